"""Right sides of the tables as trees: parsed once, filled with values, their names spelled as a file has them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import cache
from typing import cast

import libcst as cst
from libcst.helpers import get_full_name_for_node

from ._conditions import literal, text_of

Spell = Callable[[str], str]


def respelled(text: str, spell: Spell) -> cst.BaseExpression:
    """An expression of the tables with its names as the file has them."""
    return filled(text, {}, spell)


def filled(text: str, values: Mapping[str, cst.BaseExpression], spell: Spell) -> cst.BaseExpression:
    """An expression of the tables with values for its names."""
    return Fill(values, spell)(parsed(text))


class Fill(cst.CSTTransformer):
    """Puts values where the right side names parameters, and spells torch's names and the twins'."""

    def __init__(self, values: Mapping[str, cst.BaseExpression], spell: Spell) -> None:
        super().__init__()
        self.values, self.spell = values, spell

    def __call__(self, node: cst.BaseExpression) -> cst.BaseExpression:
        return cast(cst.BaseExpression, node.visit(self))

    def spelled(self, node: cst.BaseExpression) -> cst.BaseExpression:
        """Its names only."""
        return Fill({}, self.spell)(node)

    def visit_Attribute(self, node: cst.Attribute) -> bool:
        return not _is_ours(node)

    def visit_Arg_keyword(self, node: cst.Arg) -> None:
        self._keyword = True

    def leave_Arg_keyword(self, node: cst.Arg) -> None:
        self._keyword = False

    _keyword = False

    def leave_Attribute(self, original_node: cst.Attribute, updated_node: cst.Attribute) -> cst.BaseExpression:
        if _is_ours(original_node):
            return cst.parse_expression(self.spell(str(get_full_name_for_node(original_node))))
        if isinstance(original_node.attr, cst.Name):
            return updated_node.with_changes(attr=original_node.attr, value=grouped(updated_node.value))
        return updated_node

    def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.BaseExpression:
        if self._keyword:
            return updated_node
        return self.values.get(original_node.value, updated_node)

    def leave_BinaryOperation(
        self, original_node: cst.BinaryOperation, updated_node: cst.BinaryOperation
    ) -> cst.BaseExpression:
        return updated_node.with_changes(left=grouped(updated_node.left), right=grouped(updated_node.right))

    def leave_UnaryOperation(
        self, original_node: cst.UnaryOperation, updated_node: cst.UnaryOperation
    ) -> cst.BaseExpression:
        return updated_node.with_changes(expression=grouped(updated_node.expression))


class Rebuild(cst.CSTTransformer):
    """The template with its main call's arguments replaced, and everything around it filled."""

    def __init__(self, main: cst.Call | None, arguments: Sequence[cst.Arg], fill: Fill) -> None:
        super().__init__()
        self.main, self.arguments, self.fill = main, arguments, fill

    def on_visit(self, node: cst.CSTNode) -> bool:
        return node is self.main or (self.main is not None and _contains(node, self.main))

    def on_leave(self, original_node: cst.CSTNode, updated_node: cst.CSTNode) -> cst.CSTNode:  # type: ignore[override]
        if original_node is self.main:
            function = self.fill(self.main.func)
            return self.main.with_changes(func=function, args=self.arguments)
        if self.main is not None and _contains(original_node, self.main):
            return updated_node
        return cast(cst.CSTNode, original_node.visit(self.fill))


def _contains(node: cst.CSTNode, inner: cst.CSTNode) -> bool:
    return node is inner or any(_contains(child, inner) for child in node.children)


def _is_ours(node: cst.BaseExpression) -> bool:
    name = get_full_name_for_node(node) if isinstance(node, cst.Attribute) else None
    return name is not None and name.startswith(("torch.", "twins.", "models.", "zoo.")) and "(" not in text_of(node)


def grouped(node: cst.BaseExpression) -> cst.BaseExpression:
    """In parentheses, where it needs them to be a part of something."""
    safe = (cst.Name, cst.Attribute, cst.Call, cst.Subscript, cst.BaseNumber, cst.List, cst.Dict, cst.BaseString)
    if isinstance(node, safe) or node.lpar:
        return node
    return node.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])


def folded(node: cst.BaseExpression) -> cst.BaseExpression:
    """Arithmetic on literals, done: `1 - 0.9` is 0.1, and `not False` is True."""
    if isinstance(node, cst.UnaryOperation) and isinstance(node.operator, cst.Not):
        value = literal(node.expression)
        return cst.Name(str(not value)) if isinstance(value, bool) else node
    if isinstance(node, cst.BinaryOperation) and isinstance(node.operator, cst.Subtract):
        left, right = node.left, node.right
        if all(isinstance(literal(each), int | float) for each in (left, right)):
            return cst.parse_expression(str(Decimal(text_of(left)) - Decimal(text_of(right))))
    return node


@cache
def parsed(target: str) -> cst.BaseExpression:
    """A right side, parsed once."""
    return cst.parse_expression(target)


def main_call(node: cst.BaseExpression) -> cst.Call | None:
    """The call that takes the arguments: the innermost on the way down the chain of attributes."""
    if isinstance(node, cst.Call):
        inner = main_call(node.func.value) if isinstance(node.func, cst.Attribute) else None
        return inner or node
    if isinstance(node, cst.Attribute | cst.Subscript):
        return main_call(node.value)
    return None


def names_in(node: cst.CSTNode) -> set[str]:
    """The names in an expression, those of keywords and attributes apart."""
    if isinstance(node, cst.Name):
        return {node.value}
    if isinstance(node, cst.Attribute):
        return names_in(node.value)
    if isinstance(node, cst.Arg):
        return names_in(node.value)
    return set().union(*map(names_in, node.children))
