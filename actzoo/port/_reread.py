"""Reads a port once more: names that nothing in it defines, though the source had them. Runs nothing."""

from __future__ import annotations

import ast
import builtins
import symtable
from collections.abc import Iterator

GIVEN = frozenset({*dir(builtins), "__file__", "__name__", "__doc__", "__builtins__", "__path__", "__class__"})
"""Names that any module has."""


def lost(source: str, port: str) -> list[tuple[int, str]]:
    """The names that the port uses and does not define, and the source did: each with a line of the source."""
    found = undefined(port) - undefined(source)
    left = {n.id for n in ast.walk(ast.parse(port)) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    gone = _imported(source) - _imported(port)
    found |= _only_none(port, gone & left)
    return sorted((_line(source, name), name) for name in found)


def _imported(text: str) -> set[str]:
    """The names that the imports of a module bind."""
    statements = [n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Import | ast.ImportFrom)]
    return {alias.asname or alias.name.partition(".")[0] for node in statements for alias in node.names}


def undefined(text: str) -> set[str]:
    """The names that are used in a module, or in an annotation that is a text, and defined nowhere in it."""
    whole = symtable.symtable(text, "<port>", "exec")
    defined = {s.get_name() for s in whole.get_symbols() if _defines(s)}
    used = set[str]()
    for table in _tables(whole):
        for symbol in table.get_symbols():
            if symbol.is_declared_global() and symbol.is_assigned():
                defined.add(symbol.get_name())
            if symbol.is_referenced() and (symbol.is_global() or table is whole):
                used.add(symbol.get_name())
    used |= {name for node in ast.walk(ast.parse(text)) for name in _in_annotation(node)}
    return used - defined - GIVEN


def _defines(symbol: symtable.Symbol) -> bool:
    return symbol.is_assigned() or symbol.is_imported() or symbol.is_namespace()


def _only_none(text: str, names: set[str]) -> set[str]:
    """Those of the names that a module sets to None and to nothing else, as where an import fails."""
    values: dict[str, list[bool]] = {}
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.id in names:
            values.setdefault(node.id, []).append(False)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and node.value.value is None:
            for target in node.targets:
                if isinstance(target, ast.Name) and target.id in names:
                    values.setdefault(target.id, []).append(True)
    return {name for name, found in values.items() if 2 * found.count(True) == len(found)}


def _tables(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    yield table
    for child in table.get_children():
        yield from _tables(child)


def _in_annotation(node: ast.AST) -> Iterator[str]:
    """The names in the annotations of a node, which `from __future__ import annotations` keeps from a table of symbols,
    and in those that are texts with a dot.
    """
    given = [getattr(node, "annotation", None), getattr(node, "returns", None)]
    for annotation in (each for each in given if isinstance(each, ast.expr)):
        values = [
            n.slice for n in ast.walk(annotation) if isinstance(n, ast.Subscript) and "Literal" in ast.unparse(n.value)
        ]
        literal = {id(n) for value in values for n in ast.walk(value)}
        for inner in (n for n in ast.walk(annotation) if id(n) not in literal):
            if isinstance(inner, ast.Name):
                yield inner.id
            if isinstance(inner, ast.Constant) and isinstance(inner.value, str) and "." in inner.value:
                first, *rest = inner.value.split(".")
                if all(map(str.isidentifier, (first, *rest))):
                    yield first


def _line(text: str, name: str) -> int:
    lines = [n.lineno for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Name) and n.id == name]
    return min(lines, default=1)
