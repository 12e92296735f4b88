"""The defects that a self-test plants: one family at a time, what it leaves alone first; then over rendered modules."""

from __future__ import annotations

import ast
import textwrap

import pytest

from actzoo.render import render
from actzoo.zoo import find
from actzoo_parity.mutants import FAMILIES, Mutant, mutants_of
from actzoo_parity.mutants._code import Code

FRAMEWORKS = ("torch", "paddle", "flax", "linen")

STAGE = """
def _relu_value(x):
    return torch.where(x <= 0, 0, x)


def _relu_vjp(grad, needs, x):
    grad_x = torch.where(x <= 0, 0, grad)
    return (grad_x,)


def _relu_tangent(x, dx):
    return torch.where(x <= 0, 0, dx)


_relu = pointwise("relu", _relu_value, _relu_vjp, _relu_tangent, differentiable=1)


def relu(x):
    return _relu(x)
"""


def planted(family: str, text: str, framework: str = "torch") -> list[Mutant]:
    code = Code(textwrap.dedent(text).lstrip("\n"), find("relu"), framework)
    return list(FAMILIES[family](code))


def changed(family: str, text: str, framework: str = "torch") -> list[str]:
    """What became of the last line."""
    return [m.source.rstrip("\n").splitlines()[-1].strip() for m in planted(family, text, framework)]


def function(line: str) -> str:
    return f"def relu(x):\n    {line}\n"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('def relu(x):\n    """x + 1, x > 0."""\n', id="docstring"),
        pytest.param("def relu(x: Tensor[1 + 1]) -> Tensor[0]:\n    return x\n", id="annotations"),
        pytest.param("def relu(x):\n    check_number('relu', x=x + 1)\n", id="check"),
        pytest.param("def relu(x):\n    raise ValueError(x + 1)\n", id="error"),
        pytest.param("def relu(x):\n    if x > 1:\n        got = x + 1\n        raise ValueError(got)\n", id="guard"),
        pytest.param("def relu(x):\n    return f'conv{x + 1}'\n", id="name"),
        pytest.param("@cache(1 + 1)\ndef relu(x):\n    return x\n", id="decorator"),
        pytest.param("def relu(x):\n    return x\n\n\ndef gelu(x):\n    return x + 1 > 0\n", id="another"),
        pytest.param("def check_relu(x):\n    return x + 1\n\n\ndef relu(x):\n    return check_relu\n", id="checks"),
    ],
)
@pytest.mark.parametrize("family", FAMILIES)
def test_left_alone(family: str, text: str) -> None:
    assert planted(family, text) == []


@pytest.mark.parametrize(
    ("family", "line"),
    [
        ("operators", "return [None] * x"),
        ("operators", "return 2.0**x"),
        ("dropped terms", "return [None] * x"),
        ("dropped terms", "return -1"),
        ("dropped terms", "y = f(x)"),
        ("constants", "return 1e-17"),
        ("constants", "return x.shape[0]"),
        ("constants", "return zip(x, x, strict=False)"),
        ("axes", "return x + 1"),
        ("axes", "return torch.clip(x, 4)"),
        ("conditions", "return x if isinstance(x, Tensor) else 0"),
        ("functions", "return super().f(x)"),
        ("defaults", "return x"),
        ("initial values", "return torch.full([], x)"),
        ("epsilon and momentum", "return nn.Linear(1, 2)"),
        ("swapped weights", "return torch.add(x, 1)"),
        ("NaN and infinity", "return torch.where(x)"),
    ],
)
def test_no_defect(family: str, line: str) -> None:
    assert changed(family, function(line)) == []


@pytest.mark.parametrize(
    ("family", "line", "defects"),
    [
        ("operators", "return x + 3", ["return (x - 3)"]),
        ("operators", "return x * y / 2", ["return (x * y * 2)", "return (x / y) / 2"]),
        ("operators", "return (x > 0) & (x < 6)", ["return ((x > 0) | (x < 6))"]),
        ("operators", "return a or b", ["return (a and b)"]),
        ("dropped terms", "return x + 3", ["return x"]),
        ("dropped terms", "return 1 + y * x", ["return 1", "return 1 + x"]),
        ("dropped terms", "return f(-x)", ["return f(x)"]),
        ("dropped terms", "x = conv(x)", ["x = x"]),
        ("constants", "return 0.5 * x", ["return 0.505 * x", "return 0.49999 * x"]),
        ("constants", "return 2.0 * x", ["return 2.02 * x"]),
        ("constants", "return 1e-7 * x", ["return -1e-07 * x"]),
        ("constants", "return x > 0", ["return x > 1", "return x > 0.001"]),
        ("constants", "return x + 3", ["return x + 4", "return x + 3.0300000000000002"]),
        ("constants", "return f(keepdim=True)", ["return f(keepdim=False)"]),
        ("axes", "return x.shape[1]", ["return x.shape[2]", "return x.shape[0]"]),
        ("axes", "return range(k)", ["return range(k - 1)"]),
        ("axes", "return x.transpose(1, n)", ["return x.transpose(2, n)", "return x.transpose(0, n)", "return x"]),
        ("axes", "return x.permute(a, b, c)", ["return x.permute(b, a, c)", "return x.permute(a, c, b)"]),
        ("axes", "return x.transpose([a, b, c])", ["return x.transpose([b, a, c])", "return x.transpose([a, c, b])"]),
        ("conditions", "return x <= 0", ["return (x < 0)", "return (x >= 0)"]),
        ("conditions", "return x == y", ["return (x != y)"]),
        ("conditions", "return a if b else c", ["return a if (not b) else c"]),
        ("conditions", "return where(c, a, b)", ["return where(c, b, a)"]),
        ("functions", "return torch.expm1(x)", ["return torch.exp(x)", "return (torch.exp(x) - 1)"]),
        ("functions", "return sech2(x)", ["return (1 - torch.tanh(x) * torch.tanh(x))", "return x"]),
        ("functions", "return torch.clamp(x, 0, 6)", ["return x"]),
        ("functions", "return normalise(self.bn, x)", ["return x"]),
        ("initial values", "return torch.full((2,), 0.25)", ["return torch.full((2,), 0.25 + 0.25)"]),
        ("initial values", "return fan_in_uniform(n)", ["return fan_in_uniform(n * 2)"]),
        (
            "epsilon and momentum",
            "return nnx.BatchNorm(n, momentum=0.9)",
            ["return nnx.BatchNorm(n, momentum=0.1)", "return nnx.BatchNorm(n, momentum=0.99)"],
        ),
        ("swapped weights", "return relu(x, p, q)", ["return relu(p, x, q)", "return relu(x, q, p)"]),
        ("NaN and infinity", "return where(c, x, 0.0)", ["return x"]),
    ],
)
def test_defects(family: str, line: str, defects: list[str]) -> None:
    framework = "flax" if "nnx" in line else "torch"
    assert changed(family, function(line), framework) == defects


def test_torch_norms_are_told_what_differs_from_their_defaults() -> None:
    lines = changed("epsilon and momentum", function("return nn.GroupNorm(1, n)"))
    assert lines == ["return nn.GroupNorm(1, n, eps=1e-3)", "return nn.GroupNorm(1, n, eps=1e-6)"]


def test_another_choice_is_the_default() -> None:
    text = "def relu(x, layout: Literal['a', 'b'] = 'a', act_layer: str = 'relu', size: int = 3):\n    return x\n"
    heads = [m.source.splitlines()[0] for m in planted("defaults", text)]
    assert ["'b'" in h.split("=")[1] for h in heads] == [True, False]
    assert ["'gelu'" in h for h in heads] == [False, True]


def test_loops_run_backwards() -> None:
    (mutant,) = planted("swapped weights", "def relu(x):\n    for i in range(n):\n        x = f(x)\n")
    assert "for i in reversed(range(n)):" in mutant.source


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("family", ["NaN and infinity", "tails", "gradients", "float16"])
def test_stages_are_wrapped(family: str, framework: str) -> None:
    """A line is put into a function of a stage; what it was stays."""
    found = [m for m in planted(family, STAGE, framework) if "`" in m.description and "became" not in m.description]
    assert found
    for mutant in found:
        assert len(mutant.source.splitlines()) == len(STAGE.strip().splitlines()) + 1
        compile(mutant.source, "<mutant>", "exec")


def test_a_defect_says_where_it_is() -> None:
    (mutant,) = [m for m in planted("conditions", STAGE) if m.line == 2 and " < " in m.description]
    assert mutant.description == "line 2: `x <= 0` became `x < 0`"
    lines = mutant.source.splitlines()
    assert lines[1] == "    return torch.where((x < 0), 0, x)"
    assert lines[2:] == STAGE.strip().splitlines()[2:]


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("name", ["mish", "rrelu", "gelu", "acon_b", "dyrelu_b", "gather_excite"])
def test_rendered_modules(name: str, framework: str) -> None:
    spec = find(name)
    source = render(spec, to=framework)
    mutants = mutants_of(source, spec, framework)
    assert mutants == mutants_of(source, spec, framework)
    assert len({m.source for m in mutants} | {source}) == len(mutants) + 1
    assert len({m.kind for m in mutants}) >= 9
    for mutant in mutants[:: max(1, len(mutants) // 40)]:
        ast.parse(mutant.source)
        assert mutant.description.startswith(f"line {mutant.line}: ")


def test_a_limit_is_shared_by_the_families() -> None:
    spec = find("mish")
    source = render(spec, to="torch")
    few = mutants_of(source, spec, "torch", limit=30, seed=1)
    every = mutants_of(source, spec, "torch")
    assert len(few) == 30
    assert [m for m in every if m in few] == few
    assert {m.kind for m in few} == {m.kind for m in every}
    assert few != mutants_of(source, spec, "torch", limit=30, seed=2)
