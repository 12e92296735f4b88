"""What a row of a table may ask of the arguments of a call before it is taken; knows no name of Paddle."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping

import libcst as cst

Node = cst.BaseExpression | None


def text_of(node: cst.CSTNode) -> str:
    """The source of a node."""
    return cst.Module([]).code_for_node(node)


def literal(node: Node) -> object:
    """The value of a literal, else `...`."""
    if node is None:
        return ...
    try:
        return ast.literal_eval(text_of(node).strip())
    except (ValueError, SyntaxError):
        return ...


def given(node: Node) -> bool:
    return node is not None and not is_none(node)


def is_none(node: Node) -> bool:
    return isinstance(node, cst.Name) and node.value == "None"


def false(node: Node) -> bool:
    return isinstance(node, cst.Name) and node.value == "False"


def true(node: Node) -> bool:
    return isinstance(node, cst.Name) and node.value == "True"


def text(node: Node) -> bool:
    return isinstance(node, cst.SimpleString | cst.ConcatenatedString | cst.FormattedString)


def number(node: Node) -> bool:
    return isinstance(literal(node), int | float)


def sequence(node: Node) -> bool:
    return isinstance(node, cst.List | cst.Tuple)


def no_zero(node: Node) -> bool:
    """A list or tuple written out, in which no size is 0: Paddle takes a 0 for the size that was there."""
    if not isinstance(node, cst.List | cst.Tuple):
        return isinstance(literal(node), int) and literal(node) != 0
    return all(not isinstance(e, cst.StarredElement) and literal(e.value) != 0 for e in node.elements)


def plain_sizes(node: Node) -> bool:
    """A list or tuple written out, or a number."""
    return isinstance(node, cst.List | cst.Tuple) or number(node)


def call(node: Node) -> bool:
    """A call written out, as of a layer among others."""
    return isinstance(node, cst.Call)


def held(node: Node) -> bool:
    """What an object or a container holds, and may change later."""
    return isinstance(node, cst.Attribute | cst.Subscript)


CONDITIONS: Mapping[str, Callable[[Node], bool]] = {
    each.__name__: each
    for each in (given, is_none, false, true, text, number, sequence, no_zero, plain_sizes, call, held)
}


def holds(condition: str | None, arguments: Mapping[str, cst.BaseExpression]) -> bool:
    """Whether a condition such as `given(axis) and not text(padding)` holds; a parameter not given is None."""
    return condition is None or _holds(ast.parse(condition, mode="eval").body, arguments)


def asked_of(condition: str | None) -> set[str]:
    """The parameters whose values a condition settles."""
    tree = ast.parse(condition or "None", mode="eval")
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} - CONDITIONS.keys()


def _holds(node: ast.expr, arguments: Mapping[str, cst.BaseExpression]) -> bool:
    match node:
        case ast.BoolOp(ast.And(), values):
            return all(_holds(each, arguments) for each in values)
        case ast.BoolOp(ast.Or(), values):
            return any(_holds(each, arguments) for each in values)
        case ast.UnaryOp(ast.Not(), operand):
            return not _holds(operand, arguments)
        case ast.Call(ast.Name(name), [ast.Name(parameter)]):
            return CONDITIONS[name](arguments.get(parameter))
        case ast.Compare(ast.Name(parameter), [ast.Eq()], [ast.Constant(value)]):
            return literal(arguments.get(parameter)) == value
    raise ValueError(f"no condition: {ast.unparse(node)}")
