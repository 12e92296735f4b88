"""A rendered module as defects are planted in it: its text, and the places that may change. Knows no defect."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from actzoo.language import Spec
from actzoo.zoo import ZOO

Node = TypeVar("Node", bound=ast.expr | ast.stmt)

SHARED = frozenset({"activation", "ACTIVATIONS"})
"""Where an option's activation is looked up: the activations behind it are judged by themselves."""

ATOMS = (ast.Name, ast.Constant, ast.Call, ast.Attribute, ast.Subscript, ast.List)
"""What needs no parentheses, wherever it stands."""


@dataclass(frozen=True)
class Mutant:
    """A rendered module with one defect.

    kind    the family of the defect
    line    where it is, in the module as it was
    source  the whole module
    """

    kind: str
    line: int
    description: str
    source: str


@dataclass(frozen=True)
class Edit:
    """Characters `start` to `end` of the text become `text`."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Code:
    """What `render` made of a spec for a framework."""

    text: str
    spec: Spec
    framework: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @cached_property
    def lines(self) -> list[int]:
        """Where each line begins."""
        starts = [0]
        for line in self.text.splitlines(keepends=True):
            starts.append(starts[-1] + len(line))
        return starts

    @cached_property
    def definitions(self) -> dict[str, ast.stmt]:
        """The functions, classes and tables that the activation itself is made of, in the order of the text."""
        found: dict[str, ast.stmt] = {}
        for statement in self.tree.body:
            if isinstance(statement, ast.FunctionDef | ast.ClassDef):
                found[statement.name] = statement
            elif isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
                found[statement.targets[0].id] = statement
        others = {s.name for s in ZOO.values()} - {self.spec.name}
        wanted, pending = set(), {self.spec.name, self.spec.module} & set(found)
        while pending:
            wanted |= pending
            used = {n.id for name in pending for n in ast.walk(found[name]) if isinstance(n, ast.Name)}
            pending = (used & set(found)) - wanted - others - SHARED
        return {name: statement for name, statement in found.items() if name in wanted and not _checks(name)}

    @cached_property
    def nodes(self) -> list[ast.expr | ast.stmt]:
        """Every expression and statement that may change, in the order of the text."""
        found = [node for statement in self.definitions.values() for node in _changeable(statement)]
        return sorted(found, key=lambda node: (node.lineno, node.col_offset, -_end(node)[0], -_end(node)[1]))

    @cached_property
    def parents(self) -> dict[ast.AST, ast.AST]:
        return {child: node for node in ast.walk(self.tree) for child in ast.iter_child_nodes(node)}

    def all(self, kind: type[Node]) -> Iterator[Node]:
        """The nodes of a kind."""
        return (node for node in self.nodes if isinstance(node, kind))

    def around(self, node: ast.AST) -> Iterator[ast.AST]:
        """What a node stands in, from the inside out."""
        outer = self.parents.get(node)
        while outer is not None:
            yield outer
            outer = self.parents.get(outer)

    def written(self, node: ast.AST) -> str:
        """A node as it stands in the text."""
        return ast.get_source_segment(self.text, node) or ""

    def start(self, node: ast.expr | ast.stmt) -> int:
        return self._offset(node.lineno, node.col_offset)

    def end(self, node: ast.expr | ast.stmt) -> int:
        return self._offset(*_end(node))

    def _offset(self, line: int, column: int) -> int:
        """The place of a column, which the syntax tree counts in bytes."""
        text = self.text[self.lines[line - 1] : self.lines[line]]
        return self.lines[line - 1] + len(text.encode()[:column].decode())

    def replaced(self, kind: str, node: ast.expr, new: ast.expr | str) -> Mutant:
        """The module with one expression in place of another."""
        if isinstance(new, ast.expr):
            text = ast.unparse(ast.fix_missing_locations(new))
            text = text if isinstance(new, ATOMS) else f"({text})"
        else:
            text = new
        shown = text[1:-1] if text.startswith("(") and isinstance(new, ast.expr) else text
        what = f"`{_short(ast.unparse(node))}` became `{_short(shown)}`"
        return self.edited(kind, node, what, Edit(self.start(node), self.end(node), text))

    def edited(self, kind: str, node: ast.expr | ast.stmt, what: str, *edits: Edit) -> Mutant:
        """The module after some edits, which make one defect."""
        text = self.text
        for edit in sorted(edits, key=lambda e: -e.start):
            text = text[: edit.start] + edit.text + text[edit.end :]
        return Mutant(kind, node.lineno, f"line {node.lineno}: {what}", text)


def _changeable(node: ast.AST) -> Iterator[ast.expr | ast.stmt]:
    """The nodes under one, without what changes no result of valid input: docstrings, annotations, checks, errors."""
    if isinstance(node, ast.Raise | ast.Assert | ast.JoinedStr) or _refuses(node) or _said(node):
        return
    if isinstance(node, ast.expr | ast.stmt):
        yield node
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list", "ctx"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.keyword) and child.arg == "strict":
                continue
            if isinstance(child, ast.AST):
                yield from _changeable(child)


def _refuses(node: ast.AST) -> bool:
    """Whether it is an `if` that only leads to errors."""
    if not isinstance(node, ast.If):
        return False
    ends = [branch[-1] for branch in (node.body, node.orelse) if branch]
    return all(isinstance(end, ast.Raise) or _refuses(end) for end in ends)


def _said(node: ast.AST) -> bool:
    """Whether it is a docstring, or a call of a check."""
    if not isinstance(node, ast.Expr):
        return False
    return isinstance(node.value, ast.Constant) or (isinstance(node.value, ast.Call) and _checks(called(node.value)))


def called(call: ast.Call) -> str:
    """The name of the function or method that is called, if it has one."""
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _checks(name: str) -> bool:
    return name.startswith("check_")


def _end(node: ast.expr | ast.stmt) -> tuple[int, int]:
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    return node.end_lineno, node.end_col_offset


def _short(text: str) -> str:
    return text if len(text) <= 90 else f"{text[:50]} ... {text[-35:]}"
