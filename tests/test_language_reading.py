"""The spec language read: what each construct becomes."""

from typing import Any

import pytest

from actzoo import activation
from actzoo.language import (
    Buffer,
    C,
    Conv,
    Dense,
    Norm,
    Param,
    Spec,
    formula,
    maximum,
    per_channel,
    positions,
    spatial_mean,
    tanh,
    training,
    where,
)
from actzoo.language import sigmoid as logistic
from actzoo.language._graph import (
    Activate,
    Apply,
    Call,
    Choose,
    Fold,
    For,
    If,
    Index,
    Local,
    Name,
    Number,
    Option,
    Pass,
    Require,
    Return,
    Set,
    SetOption,
)
from actzoo.zoo.elementary import relu

X = Name("x")
HALF = 0.5


def number(text: str) -> Number:
    return Number(Option(text))


def apply(operator: str, *arguments: Any) -> Apply:
    return Apply(operator, arguments)


@formula
def scaled(x: Any, slope: Any, power: Any = 2) -> Any:
    """A formula with a default."""
    return slope * x + power


@activation
def returned(x):
    """A name alone."""
    return x


@activation
def constant_of_the_file(x):
    """A number of the file that the spec stands in."""
    return HALF * x


@activation
def named_part(x):
    """A variable, assigned once."""
    inner = tanh(x)
    return inner * inner


@activation
def reassigned(x, *, twice=True):
    """A variable, assigned twice."""
    value = tanh(x)
    if twice:
        value = tanh(value)
    return value


@activation
def option_value(x, *, a=1, b=2):
    """Arithmetic over options stays Python."""
    total = max(a, b) // 2
    return total * x


@activation
def required(x, *, a=1):
    """Two requirements, one with words."""
    assert a > 0
    assert a < 9, "a small a"
    return a * x


@activation
def chosen(x, *, flag=True):
    """A choice by an option."""
    return x if flag else tanh(x)


@activation
def trained(x):
    """Training and evaluation differ."""
    if training:
        return x
    return tanh(x)


@activation
def counted(x, w=Param("C"), *, k=2):
    """The channels by name."""
    assert k <= C
    return x


@activation
def folded(x, theta=Dense("C", "2 * k"), *, k=2, layout="interleaved"):
    """The largest of k."""
    delta = per_channel(theta(spatial_mean(x)), k, layout)
    return maximum(delta[i] * x + delta[k + i] for i in range(k))


@activation
def looped(x, conv=Conv("C", "C", count="steps", key="conv{}"), *, steps=2):
    """Layers in a loop."""
    context = x
    for i in range(steps):
        context = conv[i](context)
    return x * context


@activation
def activated(x, fc=Conv("C", "C"), *, act_layer="relu"):
    """By an option, and by name."""
    context = act_layer(fc(x))
    return relu(context)


@activation
def inlined(x):
    """An activation inside a formula is its formula."""
    return relu(x) + 1


@activation
def through_formula(x):
    """A formula, read into the spec."""
    return scaled(x, 3)


@activation
def compared(x):
    """A comparison of tensors selects."""
    return where(x >= 0, x, -x)


@activation
def squared(x):
    """A square is a product."""
    return x**2


@activation
def measured(x, conv=Conv("C", "1")):
    """A structure of the framework's own."""
    return conv(x) * positions(x)


TANH = apply("tanh", X)
BODIES = {
    "return": (returned, (Return(X),)),
    "constant": (constant_of_the_file, (Return(apply("mul", number("0.5"), X)),)),
    "local": (named_part, (Return(apply("mul", Local("inner", TANH), Local("inner", TANH))),)),
    "set-twice-and-if": (
        reassigned,
        (
            Set("value", TANH),
            If(Option("twice"), (Set("value", apply("tanh", Name("value"))),), ()),
            Return(Name("value")),
        ),
    ),
    "set-option": (
        option_value,
        (SetOption("total", Option("max(a, b) // 2")), Return(apply("mul", number("total"), X))),
    ),
    "require": (
        required,
        (
            Require(Option("a > 0"), "a > 0"),
            Require(Option("a < 9"), "a small a"),
            Return(apply("mul", number("a"), X)),
        ),
    ),
    "choose": (chosen, (Return(Choose(Option("flag"), X, TANH)),)),
    "training": (trained, (If(Option("training"), (Return(X),), ()), Return(TANH))),
    "channels": (counted, (Require(Option("k <= channels"), "k <= channels"), Return(X))),
    "fold-and-index": (
        folded,
        (
            Set(
                "delta",
                Call("per_channel", (Pass("theta", Call("spatial_mean", (X,))),), (Option("k"), Option("layout"))),
            ),
            Return(
                Fold(
                    "maximum",
                    "i",
                    Option("k"),
                    apply(
                        "add",
                        apply("mul", Index(Name("delta"), Option("i")), X),
                        Index(Name("delta"), Option("k + i")),
                    ),
                )
            ),
        ),
    ),
    "for-and-indexed-layer": (
        looped,
        (
            Set("context", X),
            For("i", Option("steps"), (Set("context", Pass("conv", Name("context"), Option("i"))),)),
            Return(apply("mul", X, Name("context"))),
        ),
    ),
    "activate": (
        activated,
        (
            Set("context", Activate("act_layer", Pass("fc", X))),
            Return(Activate("relu", Name("context"), relu.formula)),
        ),
    ),
    "activation-in-a-formula": (inlined, (Return(apply("add", relu.formula, number("1"))),)),
    "formula-with-default": (
        through_formula,
        (Return(Local("scaled", apply("add", apply("mul", number("3"), X), number("2")))),),
    ),
    "where": (
        compared,
        (Return(apply("where", apply("ge", X, number("0")), X, apply("neg", X))),),
    ),
    "square": (squared, (Return(apply("mul", X, X)),)),
    "structure": (measured, (Return(apply("mul", Pass("conv", X), Call("positions", (X,)))),)),
}


@pytest.mark.parametrize(("spec", "body"), BODIES.values(), ids=BODIES)
def test_body(spec: Spec, body: tuple[Any, ...]) -> None:
    assert spec.body == body


# what a spec says of itself


@activation(
    paper="1234.56789", module="Thing", rank="2d", ties={"first": "of all"}, differences={"torch": "no such thing"}
)
def described(x, w=Param("C", init=0.5), bn=Norm("C"), b=Buffer("3", init="[0.0] * 3"), *, a=1, kind: str = "one"):
    """First line.

    Second paragraph."""
    return bn(w * x) + a


def test_description() -> None:
    assert (described.name, described.module, described.paper) == ("described", "Thing", "1234.56789")
    assert described.doc == "First line.\n\nSecond paragraph."
    assert list(described.parts) == ["w", "bn", "b"]
    assert [(o.name, o.default, o.annotation) for o in described.options] == [("a", 1, "int"), ("kind", "one", "str")]
    assert (described.kinks, described.policies.ties) == ({}, {"first": "of all"})
    assert described.differences == {"torch": "no such thing"}


@pytest.mark.parametrize(
    ("name", "module"), [("hard_mish", "HardMish"), ("elu", "Elu"), ("acon2_b", "Acon2B")], ids=str
)
def test_class_name_follows_the_function(name: str, module: str) -> None:
    from actzoo.language._spec import class_name

    assert class_name(name) == module


POINTWISE = {"returned", "named_part", "compared", "reassigned", "inlined", "through_formula", "trained"}
PROPERTIES = {
    "element_wise": POINTWISE | {"counted"},
    "functional": POINTWISE | {"counted"},
    "by_name": POINTWISE,
    "trains": {"trained", "described"},
    "uses_channels": {"counted", "folded", "looped", "activated", "measured", "described"},
}


@pytest.mark.parametrize("name", sorted(set().union(*PROPERTIES.values())))
@pytest.mark.parametrize("what", PROPERTIES)
def test_property(what: str, name: str) -> None:
    assert getattr(globals()[name], what) == (name in PROPERTIES[what])


# what options lead to


def test_values_include_what_the_body_derives() -> None:
    assert option_value.values(a=7)["total"] == 3


def test_values_refuse_an_unknown_option() -> None:
    with pytest.raises(TypeError, match=r"OptionValue has no option \['c'\]; its options: a, b"):
        option_value.values(c=1)


def test_values_say_that_none_are_allowed() -> None:
    with pytest.raises(TypeError, match=r"Returned has no option \['c'\]; its options: none"):
        returned.values(c=1)


def test_values_refuse_what_the_body_forbids() -> None:
    with pytest.raises(ValueError, match="Required needs a small a"):
        required.values(a=9)


def test_values_need_the_channels() -> None:
    with pytest.raises(TypeError, match="Counted needs channels="):
        counted.values()


def test_parameters_of_repeated_layers_follow_the_count() -> None:
    keys = [p.key for p in looped.parameters(4, steps=3)]
    assert keys == [f"conv{i}.{part}" for i in (1, 2, 3) for part in ("weight", "bias")]


def test_parameters_in_torch_layout() -> None:
    found = {p.key: p.shape for p in described.parameters(5)}
    statistics = {f"bn.{n}": (5,) for n in ("weight", "bias", "running_mean", "running_var")}
    assert found == {"w": (5,), **statistics, "b": (3,)}


def test_a_formula_is_not_called_outside_a_spec() -> None:
    with pytest.raises(TypeError, match="'scaled' is a formula of the spec language"):
        scaled(1.0, 2.0)


def test_a_word_of_the_language_is_not_called_outside_a_spec() -> None:
    with pytest.raises(TypeError, match="'sigmoid' is a word of the spec language"):
        logistic(1.0)


def test_a_spec_with_options_is_no_formula() -> None:
    assert chosen.formula is None
    assert named_part.formula is not None
