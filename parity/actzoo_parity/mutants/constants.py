"""Wrong constants: a number off by 1 %, by its fifth digit, by 1, or of the other sign; a switch the other way."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator

from ._code import Code, Mutant

NEGLIGIBLE = 1e-14
"""A term that small, of a sum near 1, is no more than what rounding in float64 may do."""


def constants(code: Code) -> Iterator[Mutant]:
    for node in code.all(ast.Constant):
        value = node.value
        if isinstance(value, bool):
            yield code.replaced("constants", node, str(not value))
        elif isinstance(value, float):
            for other in _near(value):
                yield code.replaced("constants", node, repr(other))
        elif isinstance(value, int) and not counts(code, node):
            yield code.replaced("constants", node, repr(value + 1))
            if _arithmetic(code, node):
                yield code.replaced("constants", node, repr(value * 1.01 or 0.001))


def _near(value: float) -> Iterator[float]:
    if 0 < abs(value) < 1e-3:  # small terms of a series
        if abs(value) > NEGLIGIBLE:
            yield -value
        return
    yield value * 1.01 or 0.001
    if not value.is_integer():
        yield float(f"{value * (1 - 2e-5):.{6 - math.floor(math.log10(abs(value)))}f}")


def counts(code: Code, node: ast.expr) -> bool:
    """Whether a whole number is an axis, a size, a position: what is in brackets, or in the arguments of `range`."""
    for outer in code.around(node):
        if isinstance(outer, ast.Subscript | ast.Tuple | ast.List | ast.Starred):
            return True
        if isinstance(outer, ast.Call):
            return not isinstance(outer.func, ast.Attribute) or outer.func.attr in LAYOUT
        if isinstance(outer, ast.stmt):
            return False
    return False


LAYOUT = frozenset({"reshape", "permute", "transpose", "swapaxes", "flatten", "softmax"})
"""Methods whose arguments are axes and sizes."""


def _arithmetic(code: Code, node: ast.expr) -> bool:
    """Whether a whole number is an operand, so that it need not be whole."""
    return isinstance(code.parents[node], ast.BinOp | ast.Compare) and not any(
        isinstance(n, ast.Attribute | ast.Subscript) for n in ast.walk(code.parents[node])
    )
