"""Defects of operators: one arithmetic or logical operator for another."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ._code import Code, Mutant

OTHERS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.BitAnd: ast.BitOr,
}


def operators(code: Code) -> Iterator[Mutant]:
    for node in code.all(ast.BinOp):
        other = OTHERS.get(type(node.op))
        if other is None or isinstance(node.left, ast.List | ast.Tuple):  # `[None] * n` is no arithmetic
            continue
        yield code.replaced("operators", node, ast.BinOp(node.left, other(), node.right))
    for logical in code.all(ast.BoolOp):
        swapped = ast.Or() if isinstance(logical.op, ast.And) else ast.And()
        yield code.replaced("operators", logical, ast.BoolOp(swapped, logical.values))
