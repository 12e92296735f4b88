"""Wrong conditions: a kink on the other side, a choice reversed, a branch always taken."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ._code import Code, Mutant, called

OTHERS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
REVERSED: dict[type[ast.cmpop], type[ast.cmpop]] = {ast.Lt: ast.Gt, ast.LtE: ast.GtE, ast.Gt: ast.Lt, ast.GtE: ast.LtE}
TYPE_TESTS = frozenset({"isinstance", "is_tensor"})


def conditions(code: Code) -> Iterator[Mutant]:
    for node in code.all(ast.Compare):
        operator = type(node.ops[0])
        for table in (OTHERS, REVERSED):
            if operator in table:
                yield code.replaced("conditions", node, ast.Compare(node.left, [table[operator]()], node.comparators))
    tests = [c.test for c in code.all(ast.IfExp)] + [c.test for c in code.all(ast.If)]
    for test in tests:
        if not isinstance(test, ast.Compare) and not _asks_type(test):
            yield code.replaced("conditions", test, ast.UnaryOp(ast.Not(), test))
    for call in code.all(ast.Call):
        if is_where(call):
            condition, first, second = call.args
            yield code.replaced("conditions", call, ast.Call(call.func, [condition, second, first], []))


def is_where(call: ast.Call) -> bool:
    """Whether it selects between two tensors."""
    name = called(call)
    return name == "where" and len(call.args) == 3


def _asks_type(test: ast.expr) -> bool:
    """What is a tensor is told apart from a number; the other way round nothing runs."""
    names = {getattr(n, "id", getattr(n, "attr", "")) for n in ast.walk(test)}
    return bool(names & TYPE_TESTS)
