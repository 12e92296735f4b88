"""What has been learnt of a source: kinds by place, and what functions and classes take, give and hold."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import final

from ._kinds import NOTHING, Api, Class, Kind, Object, held, is_open, join
from ._rows import Rule

Span = tuple[int, int, int, int]


@final
class Facts:
    """Kinds of expressions by their place, in characters, as LibCST counts them.

    `seen` has those that were observed, if the source was run: they decide where reading leaves it open.
    """

    def __init__(self, lines: Sequence[str], seen: Mapping[Span, Kind] | None = None) -> None:
        self.lines = lines
        self.seen = seen
        self.kinds: dict[Span, Kind] = {}
        self.stars: list[str] = []
        self.unresolved: set[str] = set()

    def note(self, node: ast.expr, kind: Kind) -> Kind:
        place = self.span(node)
        if self.seen is not None and is_open(kind):
            kind = self.seen.get(place, kind)
        self.kinds[place] = join(self.kinds.get(place, NOTHING), kind)
        return kind

    def span(self, node: ast.expr) -> Span:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        start, end = (
            self._characters(node.lineno, node.col_offset),
            self._characters(node.end_lineno, node.end_col_offset),
        )
        return node.lineno, start, node.end_lineno, end

    def _characters(self, line: int, offset: int) -> int:
        """`ast` counts bytes."""
        text = self.lines[line - 1] if line <= len(self.lines) else ""
        return offset if text.isascii() else len(text.encode()[:offset].decode(errors="ignore"))


@final
class Knowledge:
    """What holds of functions and classes wherever they are used."""

    def __init__(self, rules: Mapping[str, Rule]) -> None:
        self.rules = rules
        self.functions: dict[str, ast.FunctionDef | ast.AsyncFunctionDef] = {}
        self.methods: set[str] = set()
        self.bases: dict[str, list[Kind]] = {}
        self._given: dict[tuple[str, str], Kind] = {}
        self._results: dict[str, Kind] = {}
        self._attributes: dict[tuple[str, str], Kind] = {}
        self.globals: dict[str, Kind] = {}
        self.assigned: set[str] = set()
        self.texts: set[str] = set()

    def size(self) -> int:
        """Grows with everything that is learnt."""
        tables = (self._given, self._results, self._attributes, self.globals)
        return sum(len(kind) + 1 for table in tables for kind in table.values()) + len(self.bases) + len(self.functions)

    def apis(self, name: str) -> list[str]:
        """The classes of Paddle that a class of the source inherits from, by their names in the tables."""
        bases = [
            atom.name
            for each in self.lineage(name)
            for base in self.bases.get(each, [])
            for atom in base
            if isinstance(atom, Api) and atom.name.startswith("paddle.nn.")
        ]
        return [f"paddle.nn.{base.rpartition('.')[2]}" for base in bases]

    def define(self, name: str, node: ast.FunctionDef | ast.AsyncFunctionDef, is_method: bool) -> None:
        self.functions[name] = node
        if is_method:
            self.methods.add(name)

    def define_class(self, name: str, bases: list[Kind]) -> None:
        self.bases[name] = bases

    def is_method(self, name: str) -> bool:
        return name in self.methods

    def learn_global(self, name: str, kind: Kind) -> None:
        self.globals[name] = join(self.globals.get(name, NOTHING), kind)

    def learn_argument(self, function: str, parameter: str, kind: Kind) -> None:
        key = (function, parameter)
        self._given[key] = join(self._given.get(key, NOTHING), held(kind))

    def learn_result(self, function: str, kind: Kind) -> None:
        self._results[function] = join(self._results.get(function, NOTHING), held(kind))

    def learn_attribute(self, owner: str, name: str, kind: Kind) -> None:
        self._attributes[owner, name] = join(self._attributes.get((owner, name), NOTHING), held(kind))

    def given(self, function: str, parameter: str) -> Kind:
        return self._given.get((function, parameter), NOTHING)

    def result(self, function: str) -> Kind:
        return self._results.get(function, NOTHING)

    def lineage(self, name: str, seen: frozenset[str] = frozenset()) -> list[str]:
        """A class and those of the source that it inherits from."""
        found = [name]
        for base in self.bases.get(name, []):
            for atom in base:
                if isinstance(atom, Class) and atom.name not in seen | {name}:
                    found += self.lineage(atom.name, seen | {name})
        return found

    def attribute(self, owner: str, name: str) -> Kind:
        return join(*(self._attributes.get((each, name), NOTHING) for each in self.lineage(owner)))

    def method(self, owner: str, name: str) -> str | None:
        """The function that a method of a class is."""
        return next((f"{each}.{name}" for each in self.lineage(owner) if f"{each}.{name}" in self.functions), None)

    def family(self, name: str) -> str | None:
        """What an object of a class of the source is by its bases: `Layer`, `Dataset`, ..."""
        for each in self.lineage(name):
            for base in self.bases.get(each, []):
                for atom in base:
                    if isinstance(atom, Api) and atom.name in self.rules:
                        return self.rules[atom.name].gives
        return None

    def defines(self, kind: Kind, name: str) -> bool:
        """Whether the source says itself what this name of such an object is."""
        objects = [atom.of for atom in kind if isinstance(atom, Object)]
        return any(self.method(each, name) or self.attribute(each, name) for each in objects)

    def is_layer(self, name: str) -> bool:
        return self.family(name) == "Layer"
