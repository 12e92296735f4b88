"""Wrong axes and sizes: a position, a kernel, a stride, a range off by 1; two axes in each other's place."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ._code import Code, Mutant
from .constants import counts

PERMUTES = frozenset({"permute", "transpose", "swapaxes"})


def axes(code: Code) -> Iterator[Mutant]:
    for node in code.all(ast.Constant):
        if isinstance(node.value, int) and not isinstance(node.value, bool) and counts(code, node):
            yield code.replaced("axes", node, repr(node.value + 1))
            if node.value > 0:
                yield code.replaced("axes", node, repr(node.value - 1))
    for call in code.all(ast.Call):
        if isinstance(call.func, ast.Name) and call.func.id == "range" and not isinstance(call.args[-1], ast.Constant):
            shorter = ast.BinOp(call.args[-1], ast.Sub(), ast.Constant(1))
            yield code.replaced("axes", call, ast.Call(call.func, [*call.args[:-1], shorter], []))
        if isinstance(call.func, ast.Attribute) and call.func.attr in PERMUTES:
            yield from _permuted(code, call)


def _permuted(code: Code, call: ast.Call) -> Iterator[Mutant]:
    """Each two neighbours of a permutation exchanged; what was a transposition is none then."""
    given = call.args[0].elts if isinstance(call.args[0], ast.List | ast.Tuple) else call.args
    if len(given) == 2:
        assert isinstance(call.func, ast.Attribute)
        yield code.replaced("axes", call, call.func.value)
    for i in range(len(given) - 1) if len(given) > 2 else ():
        order = [*given[:i], given[i + 1], given[i], *given[i + 2 :]]
        inside: list[ast.expr] = [ast.List(order)] if isinstance(call.args[0], ast.List) else order
        yield code.replaced("axes", call, ast.Call(call.func, inside, []))
