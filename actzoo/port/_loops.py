"""Finds the training loops of a source. Cuts nothing out, and runs nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import final

Function = ast.FunctionDef | ast.AsyncFunctionDef
Scope = tuple[str, ...]


@final
@dataclass(frozen=True)
class Loop:
    """A training loop: the functions that it is within, which loop of these it is, and its line."""

    scope: Scope
    ordinal: int
    line: int


class NoWay(Exception):
    """Why a loop cannot be run."""


def loops(text: str) -> list[Loop]:
    """The innermost loops in which something is differentiated, here or in a function that they call."""
    tree = ast.parse(text)
    stepping = _stepping(tree)
    found = []
    for scope, body in scopes(tree):
        for ordinal, node in enumerate(_within(body)):
            inner = [n for child in ast.iter_child_nodes(node) for n in _within([child])]
            if _trains(node, stepping) and not any(_trains(n, stepping) for n in inner):
                found.append(Loop(scope, ordinal, node.lineno))
    return found


def scopes(tree: ast.Module) -> Iterator[tuple[Scope, list[ast.stmt]]]:
    """The module and its functions, also those of classes and of functions, with their bodies."""

    def visit(node: ast.AST, scope: Scope) -> Iterator[tuple[Scope, list[ast.stmt]]]:
        for child in ast.iter_child_nodes(node):
            inside = (*scope, child.name) if isinstance(child, Function | ast.ClassDef) else scope
            if isinstance(child, Function):
                yield inside, child.body
            yield from visit(child, inside)

    yield (), tree.body
    yield from visit(tree, ())


def _within(body: Sequence[ast.AST]) -> Iterator[ast.For | ast.While]:
    """The loops of a scope, in their order, without those of functions and classes inside."""
    for node in body:
        if isinstance(node, Function | ast.ClassDef | ast.Lambda):
            continue
        if isinstance(node, ast.For | ast.While):
            yield node
        yield from _within(list(ast.iter_child_nodes(node)))


def calls_in(node: ast.AST, *, loops: bool = True) -> Iterator[ast.Call]:
    """The calls in a node, without those of functions and classes inside; those in its loops if wanted."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Function | ast.ClassDef) or (not loops and isinstance(child, ast.For | ast.While)):
            continue
        if isinstance(child, ast.Call):
            yield child
        yield from calls_in(child, loops=loops)


def called(call: ast.Call) -> str:
    return ast.unparse(call.func).rpartition(".")[2]


def _stepping(tree: ast.Module) -> set[str]:
    """The functions that differentiate once: not in a loop of their own."""
    names = {"backward"}
    before = -1
    while len(names) != before:
        before = len(names)
        for scope, body in scopes(tree):
            calls = calls_in(ast.Module(body, []), loops=False)
            if scope and scope[-1] != "forward" and any(called(call) in names for call in calls):
                names.add(scope[-1])
    return names


def _trains(node: ast.For | ast.While, stepping: set[str]) -> bool:
    return any(called(call) in stepping for each in node.body for call in calls_in(ast.Module([each], [])))


def find(tree: ast.Module, loop: Loop) -> ast.For | ast.While:
    for scope, body in scopes(tree):
        found = list(_within(body))
        if scope == loop.scope and loop.ordinal < len(found):
            return found[loop.ordinal]
    raise NoWay("the port has no such loop")
