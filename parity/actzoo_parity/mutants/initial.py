"""Wrong initial values: what a new module begins with."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from ._code import Code, Edit, Mutant, called

KIND = "initial values"
LAYERS = frozenset({"Linear", "layer"})
"""Torch's own initial values are the zoo's, so that nothing in the text says them."""


def initial(code: Code) -> Iterator[Mutant]:
    for call in code.all(ast.Call):
        match called(call):
            case "full" if not _of_number(call):
                yield _argument(code, call, 1, lambda value: ast.BinOp(value, ast.Add(), ast.Constant(0.25)))
            case "own_param":
                yield _argument(code, call, 3, lambda value: ast.BinOp(value, ast.Add(), ast.Constant(0.25)))
            case "randn" | "normal":
                yield code.replaced(KIND, call, ast.BinOp(call, ast.Add(), ast.Constant(0.5)))
                yield code.replaced(KIND, call, ast.BinOp(ast.Constant(0.5), ast.Mult(), call))
            case "fan_in_uniform":
                yield _argument(code, call, 0, lambda fan: ast.BinOp(fan, ast.Mult(), ast.Constant(2)))
            case "numbers":
                yield _argument(code, call, len(call.args) - 1, _reversed)
    if code.framework == "torch":
        yield from _layers(code)


def _argument(code: Code, call: ast.Call, at: int, wrong: Callable[[ast.expr], ast.expr]) -> Mutant:
    """The module with one argument of a call changed."""
    arguments = [*call.args[:at], wrong(call.args[at]), *call.args[at + 1 :]]
    return code.replaced(KIND, call, ast.Call(call.func, arguments, call.keywords))


def _reversed(values: ast.expr) -> ast.expr:
    return ast.Subscript(values, ast.Slice(step=ast.UnaryOp(ast.USub(), ast.Constant(1))))


def _of_number(call: ast.Call) -> bool:
    """Whether it is no initial value: a number made a tensor, of no axes."""
    return ast.unparse(call.args[0]) in ("[]", "()")


def _layers(code: Code) -> Iterator[Mutant]:
    """Another initialiser called on what torch's layers made."""
    rows = (("nn.init.normal_({0}.weight)", "is normal"), ("nn.init.uniform_({0}.weight, -0.05, 0.05)", "is narrower"))
    statements: list[ast.Assign | ast.Return] = [*code.all(ast.Assign), *code.all(ast.Return)]
    for statement in statements:
        call = statement.value
        if not (isinstance(call, ast.Call) and called(call) in LAYERS):
            continue
        for row, what in rows:
            begin, end = code.start(statement), code.end(statement)
            indent = " " * statement.col_offset
            if isinstance(statement, ast.Assign):
                made = code.written(statement.targets[0])
                edits = [Edit(end, end, f"\n{indent}{row.format(made)}")]
            else:
                made = "made"
                edits = [
                    Edit(begin, begin + len("return"), "made ="),
                    Edit(end, end, f"\n{indent}{row.format('made')}\n{indent}return made"),
                ]
            yield code.edited(KIND, statement, f"the initial weight of `{ast.unparse(call.func)}` {what}", *edits)
