"""The derivative table and the simplifier: against 50-digit differences, and exactly in fractions."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import mpmath as mp
import pytest
from expressions import ARITHMETIC, evaluate
from hypothesis import assume, given
from hypothesis import strategies as st

from actzoo.language._derive import CONDITIONS, ONE, RULES, ZERO, scale, simplify, tangent
from actzoo.language._graph import Apply, Expr, Index, Local, Name, Number, Option
from actzoo.language._operators import PRIMITIVES
from actzoo.language._spec import Spec
from actzoo.zoo import ZOO

DIGITS = 50
U, V = Name("u"), Name("v")

# Away from kinks and ties, and inside each function's domain; tails too. For two arguments, pairs.
ONE_ARGUMENT = ("0.3", "-0.7", "1e-6", "-1e-6", "2.9", "-0.999", "20.5", "-20.5", "100")
TWO_ARGUMENTS = (("0.3", "-0.7"), ("-1.5", "2.25"), ("20.5", "-20.5"), ("1e-6", "3"))
OUTSIDE = {("log1p", "-20.5")}
UNARY = ("neg", "exp", "expm1", "log1p", "tanh", "sech2", "sigmoid", "softplus", "erfc", "normal_cdf")
BINARY = ("add", "sub", "mul", "div", "maximum", "minimum", "gated", "exp_gated", "sigmoid_gated", "normal_gated")


def number(text: str) -> Number:
    return Number(Option(text))


def apply(operator: str, *arguments: Expr) -> Apply:
    return Apply(operator, arguments)


def difference(expr: Expr, values: dict[str, Any], name: str, order: int = 1) -> mp.mpf:
    """A central difference at three times the digits: with h = 10^-50 and 150 digits, the truncation is h^2 f'''
    and the cancellation 10^-150 / h^order, so that 50 digits of a first and of a second derivative are right."""
    h = mp.mpf(10) ** -DIGITS
    ahead, here, behind = (evaluate(expr, {**values, name: values[name] + i * h}) for i in (1, 0, -1))
    return (ahead - behind) / (2 * h) if order == 1 else (ahead - 2 * here + behind) / (h * h)


def agree(derivative: mp.mpf, wanted: mp.mpf) -> bool:
    """Equal up to the table's only roundings, its float64 coefficients such as 2 / sqrt(pi), and the difference's."""
    return abs(derivative - wanted) <= 2 * mp.mpf(2) ** -52 * abs(wanted) + mp.mpf(10) ** -45


# the rules


def test_every_rule_is_tested_here() -> None:
    assert set(RULES) == {*UNARY, *BINARY, "clip"}


@pytest.mark.parametrize("operator", sorted({*PRIMITIVES, "add", "sub", "mul", "div", "neg"} - {"where"}))
def test_every_operator_has_a_rule(operator: str) -> None:
    assert operator in RULES


@pytest.mark.parametrize("order", [1, 2], ids=["first", "second"])
@pytest.mark.parametrize(
    ("operator", "at"), [(o, x) for o in UNARY for x in ONE_ARGUMENT if (o, x) not in OUTSIDE], ids=str
)
def test_rule_of_one(operator: str, at: str, order: int) -> None:
    expr: Expr = apply(operator, U)
    with mp.workdps(3 * DIGITS):
        values = {"u": mp.mpf(at)}
        derived = expr
        for _ in range(order):
            derived = tangent(derived, {U: ONE})
        assert agree(evaluate(derived, values), difference(expr, values, "u", order))


@pytest.mark.parametrize("by", ["u", "v"])
@pytest.mark.parametrize(("u", "v"), TWO_ARGUMENTS, ids=lambda text: text)
@pytest.mark.parametrize("operator", BINARY)
def test_rule_of_two(operator: str, u: str, v: str, by: str) -> None:
    expr = apply(operator, U, V)
    with mp.workdps(3 * DIGITS):
        values = {"u": mp.mpf(u), "v": mp.mpf(v)}
        assert agree(evaluate(tangent(expr, {Name(by): ONE}), values), difference(expr, values, by))


@pytest.mark.parametrize("at", ["-7", "-0.5", "0.5", "5.5", "9"])
def test_rule_of_clip(at: str) -> None:
    expr = apply("clip", U, number("-1"), number("6"))
    with mp.workdps(3 * DIGITS):
        values = {"u": mp.mpf(at)}
        assert agree(evaluate(tangent(expr, {U: ONE}), values), difference(expr, values, "u"))


@pytest.mark.parametrize("operator", sorted(RULES))
def test_a_tangent_is_linear_in_its_seed(operator: str) -> None:
    """The chain rule: the tangent of f(u) for the seed 3 is 3 times that for 1."""
    arguments = {1: (U,), 2: (U, V), 3: (U, number("-1"), number("6"))}[
        3 if operator == "clip" else 1 if operator in UNARY else 2
    ]
    expr = Apply(operator, arguments)
    with mp.workdps(3 * DIGITS):
        values = {"u": mp.mpf("0.3"), "v": mp.mpf("-0.7"), "d": mp.mpf(3)}
        single = evaluate(tangent(expr, {U: ONE}), values)
        triple = evaluate(tangent(expr, {U: Name("d")}), values)
        assert agree(triple, 3 * single)


# kinks and ties

TIES = {
    "maximum-first": (apply("maximum", U, V), {"u": 2, "v": 2}, "u", 1),
    "maximum-second": (apply("maximum", U, V), {"u": 2, "v": 2}, "v", 0),
    "minimum-first": (apply("minimum", U, V), {"u": 2, "v": 2}, "u", 1),
    "minimum-second": (apply("minimum", U, V), {"u": 2, "v": 2}, "v", 0),
    "clip-low": (apply("clip", U, number("-1"), number("6")), {"u": -1}, "u", 0),
    "clip-high": (apply("clip", U, number("-1"), number("6")), {"u": 6}, "u", 0),
    "gated-off": (apply("gated", U, V), {"u": 5, "v": 0}, "u", 0),
    "gated-by-the-gate": (apply("gated", U, V), {"u": 5, "v": 0}, "v", 5),
    "where-takes-the-branch": (apply("where", apply("gt", U, ZERO), U, apply("mul", number("7"), U)), {"u": 0}, "u", 7),
}


@pytest.mark.parametrize(("expr", "values", "by", "wanted"), TIES.values(), ids=TIES)
def test_tie(expr: Expr, values: dict[str, Any], by: str, wanted: int) -> None:
    assert evaluate(tangent(expr, {Name(by): ONE}), values, Fraction) == wanted


@pytest.mark.parametrize("condition", sorted(CONDITIONS))
def test_a_condition_has_no_tangent(condition: str) -> None:
    assert tangent(apply(condition, U, V), {U: ONE, V: ONE}) == ZERO


def test_the_branch_not_taken_adds_nothing_at_any_order() -> None:
    """ELU's second derivative at 1000, where exp(1000) would be infinite in float64, is 0."""
    held = apply("where", apply("gt", U, ZERO), ZERO, U)
    elu = apply("where", apply("gt", U, ZERO), U, apply("expm1", held))
    second = tangent(tangent(elu, {U: ONE}), {U: ONE})
    assert evaluate(second, {"u": mp.mpf(1000)}) == 0


def test_a_known_condition_is_not_asked_again() -> None:
    """Within a branch of a `where`, another `where` on the same condition is that of the branch."""
    positive = apply("gt", U, ZERO)
    inner = apply("where", positive, apply("exp", U), ZERO)
    derived = tangent(apply("where", positive, apply("mul", number("2"), U), inner), {U: ONE})
    assert derived == apply("where", positive, number("2"), ZERO)


@pytest.mark.parametrize("operator", ["cosh", "where_not"])
def test_a_missing_rule_is_named_with_its_place(operator: str) -> None:
    said = rf"no derivative rule for '{operator}'; add one to RULES in actzoo/language/_derive.py"
    with pytest.raises(NotImplementedError, match=said):
        tangent(apply(operator, U), {U: ONE})


def test_a_missing_rule_is_not_missed_where_nothing_depends_on_it() -> None:
    assert tangent(apply("cosh", V), {U: ONE}) == ZERO


def test_an_index_is_a_leaf_of_its_own() -> None:
    a, b = Index(Name("delta"), Option("i")), Index(Name("delta"), Option("k + i"))
    line = apply("add", apply("mul", a, U), b)
    assert [tangent(line, {leaf: ONE}) for leaf in (a, b, U)] == [U, ONE, a]


def test_a_local_is_its_value() -> None:
    assert tangent(Local("square", apply("mul", U, U)), {U: ONE}) == apply("mul", number("2"), U)


@pytest.mark.parametrize("gate", ["gated", "exp_gated", "sigmoid_gated", "normal_gated"])
def test_a_number_multiplies_what_a_gate_is(gate: str) -> None:
    """Not inside: among numbers alone, a framework's `where` chooses the dtype itself, and float32 is not float64."""
    found = simplify(apply(gate, number("slope"), U))
    assert isinstance(found, Apply)
    assert (found.operator, found.arguments[0]) == ("mul", number("slope"))


def test_scale_selects_among_numbers() -> None:
    derived = apply("where", apply("gt", U, ZERO), number("2"), ZERO)
    assert scale(Name("grad"), derived) == apply(
        "where", apply("gt", U, ZERO), apply("mul", number("2"), Name("grad")), ZERO
    )


def test_scale_stays_outside_of_a_where_that_may_be_infinite() -> None:
    """Inside, the branch not taken would be multiplied by 0 when the product is differentiated or transposed."""
    derived = apply("where", apply("gt", U, ZERO), apply("exp", U), ZERO)
    assert scale(Name("grad"), derived) == apply("mul", Name("grad"), derived)


# the zoo's own formulas

FORMULAS = [s for s in ZOO.values() if s.by_name and not s.parts and not s.options]


@pytest.mark.parametrize("order", [1, 2], ids=["first", "second"])
@pytest.mark.parametrize("at", ["0.3", "-0.7", "2.9", "-2.9", "-5.5", "20.5", "-20.5"])
@pytest.mark.parametrize("spec", FORMULAS, ids=lambda s: s.name)
def test_derivative_of_a_formula(spec: Spec, at: str, order: int) -> None:
    assert spec.formula is not None
    derived: Expr = spec.formula
    for _ in range(order):
        derived = simplify(tangent(derived, {Name("x"): ONE}))
    with mp.workdps(3 * DIGITS):
        values = {"x": mp.mpf(at)}
        assert agree(evaluate(derived, values), difference(spec.formula, values, "x", order))


# the simplifier

COMPARISONS = ("lt", "le", "gt", "ge")
numbers = st.sampled_from(["0", "1", "-1", "2", "3", "0.5", "-0.25", "1.0", "0.0"]).map(number)
leaves = numbers | st.sampled_from([U, V, Index(Name("w"), Option("0"))])


def grown(children: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
    conditions = st.builds(apply, st.sampled_from(COMPARISONS), children, children)
    return st.one_of(
        st.builds(
            apply, st.sampled_from(["add", "sub", "mul", "div", "gated", "maximum", "minimum"]), children, children
        ),
        st.builds(lambda e: apply("neg", e), children),
        st.builds(lambda c, a, b: apply("where", c, a, b), conditions, children, children),
        st.builds(lambda e: Local("named", e), children),
    )


expressions = st.recursive(leaves, grown, max_leaves=12)
small = st.integers(-3, 3).map(lambda n: Fraction(n, 2))


def value_of(expr: Expr, values: dict[str, Any]) -> Fraction:
    """Exact: none of the operators leaves the fractions."""
    return evaluate(expr, values, Fraction)


@given(expressions, small, small, small)
def test_simplify_never_changes_a_value(expr: Expr, u: Fraction, v: Fraction, w: Fraction) -> None:
    values = {"u": u, "v": v, "w": [w]}
    try:
        wanted = value_of(expr, values)
    except ZeroDivisionError:
        assume(False)
    assert value_of(simplify(expr), values) == wanted


@given(expressions)
def test_simplify_is_done_in_one_go(expr: Expr) -> None:
    once = simplify(expr)
    assert simplify(once) == once


@given(expressions, small, small, small, small)
def test_scale_multiplies(expr: Expr, u: Fraction, v: Fraction, w: Fraction, factor: Fraction) -> None:
    values = {"u": u, "v": v, "w": [w], "grad": factor}
    try:
        wanted = factor * value_of(expr, values)
    except ZeroDivisionError:
        assume(False)
    assert value_of(scale(Name("grad"), expr), values) == wanted


@given(expressions, small, small, small)
def test_a_tangent_survives_simplification(expr: Expr, u: Fraction, v: Fraction, w: Fraction) -> None:
    """Simplified first or last, the derivative is the same where no branch changes."""
    values = {"u": u, "v": v, "w": [w]}
    derived = tangent(expr, {U: ONE})
    try:
        wanted = value_of(derived, values)
    except ZeroDivisionError:
        assume(False)
    assert value_of(simplify(derived), values) == wanted


def test_arithmetic_is_exact_in_fractions() -> None:
    assert all(isinstance(ARITHMETIC[o](Fraction(1, 2), Fraction(1, 3)), Fraction) for o in ("add", "mul", "gated"))
