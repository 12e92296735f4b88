"""Ports one source: its text in, its text in torch out, with what there is to say. Knows no files and no notebooks."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import final

import libcst as cst
from libcst.metadata import MetadataWrapper

from ._facts import Span
from ._imports import ImportRewriter, bindings_of
from ._kinds import Kind
from ._marks import Unported
from ._read import PASSES, read
from ._reread import lost
from ._rewrite import Rewriter
from ._rows import Rule
from ._shaping import is_paddle
from ._spelling import Names


@final
@dataclass(frozen=True)
class Ported:
    """The text; the places that need a hand, by line and name; what was dropped; the helpers that it needs.

    `unsure` are the expressions of which it matters, and cannot be read, whether they are tensors.
    """

    text: str
    marks: tuple[tuple[int, str, Unported], ...] = ()
    dropped: tuple[str, ...] = ()
    twins: frozenset[str] = frozenset()
    models: frozenset[str] = frozenset()
    adapters: Mapping[str, Rule] = field(default_factory=dict)
    unsure: tuple[Span, ...] = ()


def port_source(
    text: str,
    rules: Mapping[str, Rule],
    seen: Mapping[Span, Kind] | None = None,
    tell: Callable[[int, int], None] = lambda done, of: None,
) -> Ported:
    """Port a source. One that imports nothing of Paddle comes back as it is. SyntaxError if it is no Python.

    `seen` is what places held that were `unsure` before, when the source was run. `tell` is told how far it is.
    """
    if "paddle" not in text:
        return Ported(text)
    tree = ast.parse(text)
    statements = [n for n in ast.walk(tree) if isinstance(n, ast.Import | ast.ImportFrom)]
    if not any(map(_imports_paddle, statements)):
        return Ported(text)
    steps = count(1)
    of = PASSES + len(tree.body)

    def step() -> None:
        tell(min(next(steps), of), of)

    facts, knowledge = read(tree, text.split("\n"), rules, seen, step)
    bindings = [b for n in tree.body if isinstance(n, ast.Import | ast.ImportFrom) for b in bindings_of(n, rules)]
    taken = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)} | {
        n.name for n in ast.walk(tree) if isinstance(n, ast.ClassDef | ast.FunctionDef)
    }
    names = Names(bindings, taken - {b.local for b in bindings} - _names_of_paddle(tree))
    rewriter = Rewriter(facts, knowledge, names, step)
    wrapper = MetadataWrapper(cst.parse_module(text), unsafe_skip_copy=True)
    changed = wrapper.visit(rewriter)
    imports = ImportRewriter(names, rules)
    made = cst.parse_module(changed.code).visit(imports)
    for name in rewriter.adapters:
        names.twins.add(name)
    marks = list(rewriter.marks)
    for line, name in lost(text, made.code):
        marks.append((line, name, Unported(f"'{name}' is not defined in the port", "import it, or write it by hand")))
    return Ported(
        made.code,
        tuple(sorted(marks, key=lambda mark: mark[0])),
        tuple(imports.dropped),
        frozenset(names.twins),
        frozenset(names.models),
        dict(rewriter.adapters),
        tuple(dict.fromkeys(rewriter.unsure)),
    )


def _imports_paddle(node: ast.Import | ast.ImportFrom) -> bool:
    if isinstance(node, ast.ImportFrom):
        return not node.level and is_paddle(node.module or "")
    return any(is_paddle(alias.name) for alias in node.names)


def _names_of_paddle(tree: ast.Module) -> set[str]:
    """Names that the source has from Paddle, and that are free when its imports are gone."""
    return {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and is_paddle(node.module or "")
        for alias in node.names
    }
