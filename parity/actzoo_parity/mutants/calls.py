"""Wrong functions: a relative of the right one, the framework's own with its cut-off tail, or none."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ._code import Code, Mutant, called
from ._stages import ARRAYS

RELATIVES = {
    "exp": "expm1",
    "expm1": "exp",
    "log1p": "log",
    "tanh": "sin",
    "erfc": "erf",
    "logaddexp": "maximum",
    "maximum": "minimum",
    "minimum": "maximum",
    "amax": "mean",
    "max": "mean",
    "mean": "sum",
    "zeros_like": "ones_like",
    "ones_like": "zeros_like",
    "avg_pool2d": "max_pool2d",
    "avg_pool": "max_pool",
    "max_pool": "avg_pool",
    "rand": "randn",
    "rand_like": "randn_like",
}
"""Functions and methods that a slip makes of each other."""

PYTHON = frozenset({"max", "min"})
"""Builtins, where they stand as plain names."""

PLAIN: dict[str, dict[str, str]] = {
    "stable_sigmoid": {
        "torch": "torch.sigmoid({0})",
        "paddle": "paddle.nn.functional.sigmoid({0})",
        "jnp": "(1 / (1 + jnp.exp(-({0}))))",
    },
    "stable_softplus": {
        "torch": "torch.nn.functional.softplus({0})",
        "paddle": "paddle.nn.functional.softplus({0})",
        "jnp": "jnp.log(1 + jnp.exp({0}))",
    },
    "stable_exp": {"paddle": "paddle.exp({0})"},
    "sech2": {"": "(1 - {a}.tanh({0}) * {a}.tanh({0}))"},
    "exp_gated": {"": "(({0}) * {a}.exp({1}))"},
    "sigmoid_gated": {"": "(({0}) / (1 + {a}.exp(-({1}))))"},
    "normal_gated": {
        "torch": "(({0}) * (1 + torch.erf(({1}) / 2**0.5)) / 2)",
        "paddle": "(({0}) * (1 + paddle.erf(({1}) / 2**0.5)) / 2)",
        "jnp": "(({0}) * (1 + jax.scipy.special.erf(({1}) / 2**0.5)) / 2)",
    },
    "gated": {"": "(({0}) * ({1}))"},
    "expm1": {"": "({a}.exp({0}) - 1)"},
    "log1p": {"": "{a}.log(1 + {0})"},
    "erfc": {
        "torch": "(1 - torch.erf({0}))",
        "paddle": "(1 - paddle.erf({0}))",
        "jnp": "(1 - jax.scipy.special.erf({0}))",
    },
}
"""How a formula is written by who does not know of its tails, in some module of arrays or in all."""


def calls(code: Code) -> Iterator[Mutant]:
    array = ARRAYS[code.framework]
    for node in code.all(ast.Call):
        name = called(node)
        if name in RELATIVES and (isinstance(node.func, ast.Attribute) or name in code.definitions or name in PYTHON):
            yield code.replaced("functions", node, _renamed(node, RELATIVES[name]))
        rows = PLAIN.get(name, {})
        row = rows.get(array) or rows.get("")
        if row and (name != "stable_sigmoid" or _differentiated(code, node)):
            arguments = [ast.unparse(a) for a in node.args]
            yield code.replaced("functions", node, row.format(*arguments, a=array))
        if shorter := _dropped(node, name):
            yield code.replaced("functions", node, shorter)


def _differentiated(code: Code, node: ast.Call) -> bool:
    """Whether a framework differentiates the function that a call stands in: a gradient's own derivative it finds."""
    roles = ("_tangent", "_by_") if ARRAYS[code.framework] == "jnp" else ("_vjp",)
    return any(isinstance(n, ast.FunctionDef) and any(r in n.name for r in roles) for n in code.around(node))


def _renamed(node: ast.Call, name: str) -> ast.Call:
    if isinstance(node.func, ast.Attribute):
        return ast.Call(ast.Attribute(node.func.value, name), node.args, node.keywords)
    return ast.Call(ast.Name(name), node.args, node.keywords)


def _dropped(node: ast.Call, name: str) -> ast.expr | None:
    """What a call is applied to: `x.abs()` without its `abs`, `clamp(x, 0, 6)` without its limits."""
    if name in ("clamp", "clip"):
        return node.args[0]
    if name in ("abs", "detach", "to", "astype") and isinstance(node.func, ast.Attribute):
        return node.func.value
    if name in ("normalise", "act_layer", "gate_layer", "widened", "narrowed", "sum_to", "resize_nearest", "sech2"):
        return next((a for a in node.args if not _layer(a)), None)
    return None


def _layer(argument: ast.expr) -> bool:
    """Whether an argument is a layer and no tensor: what a module keeps, and Linen's are local."""
    text = ast.unparse(argument)
    return text.startswith(("self.", "norm", "bn"))
