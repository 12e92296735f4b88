"""Small changes of shape on syntax trees: parentheses, line breaks, functions as methods. Knows no rule."""

from __future__ import annotations

import libcst as cst

from ._conditions import text_of
from ._template import grouped, main_call


def is_paddle(name: str) -> bool:
    return name == "paddle" or name.startswith("paddle.")


def like(old: cst.BaseExpression, new: cst.BaseExpression) -> cst.BaseExpression:
    """The new expression in the parentheses of the old."""
    return new.with_changes(lpar=old.lpar, rpar=old.rpar) if old.lpar else new


def inside(node: cst.CSTNode) -> set[int]:
    return {id(node)}.union(*map(inside, node.children))


def calls(node: cst.CSTNode) -> list[cst.Call]:
    return [node] if isinstance(node, cst.Call) else []


def methodical(made: cst.BaseExpression, call: cst.Call) -> cst.BaseExpression:
    """`torch.mean(x, 1)` as `x.mean(1)`; what is no function of torch stays a function."""
    inner = main_call(made)
    if inner is None or not isinstance(inner.func, cst.Attribute) or not inner.args or inner.args[0].keyword:
        return made
    if text_of(inner.func.value) != "torch" or not isinstance(call.func, cst.Attribute):
        return made
    function = call.func.with_changes(value=grouped(inner.args[0].value), attr=inner.func.attr)
    return made.deep_replace(inner, inner.with_changes(func=function, args=inner.args[1:]))


def spaced(made: cst.BaseExpression, call: cst.Call) -> cst.BaseExpression:
    """With the line breaks after the opening parenthesis that the source has."""
    inner = main_call(made)
    if inner is None or not call.args:
        return made
    return made.deep_replace(inner, inner.with_changes(whitespace_before_args=call.whitespace_before_args))
