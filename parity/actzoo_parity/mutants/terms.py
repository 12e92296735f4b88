"""Dropped terms: one side of an operation, a sign, a step of a computation left out."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ._code import Code, Mutant


def terms(code: Code) -> Iterator[Mutant]:
    for index, node in enumerate(code.all(ast.BinOp)):
        if isinstance(node.left, ast.List | ast.Tuple) or isinstance(node.op, ast.Pow):
            continue
        alone = isinstance(node.op, ast.Add | ast.Mult) and index % 2
        yield code.replaced("dropped terms", node, node.right if alone else node.left)
    for sign in code.all(ast.UnaryOp):
        if isinstance(sign.op, ast.USub) and not isinstance(sign.operand, ast.Constant):
            yield code.replaced("dropped terms", sign, sign.operand)
    for step in code.all(ast.Assign):
        target = step.targets[0]
        if not isinstance(target, ast.Name) or isinstance(step.value, ast.IfExp | ast.BinOp):
            continue
        if any(isinstance(n, ast.Name) and n.id == target.id for n in ast.walk(step.value)):
            yield code.replaced("dropped terms", step.value, target)
