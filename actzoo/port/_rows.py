"""Reads the tables of rules: what a Paddle name is called with, and the torch expression that it becomes.

    paddle.mean(x, axis=None, keepdim=False) => torch.mean(x, dim=axis, keepdim=keepdim)

Left is Paddle's own signature. Right is the expression, in which the names of the left stand for what was given.
`dim=axis` is written only where `axis` was given; `dim=+axis` always, because the defaults differ. What the right does
not mention may only be left out, or given as its default. `name` is for Paddle's graphs, and is dropped.

    paddle.full(shape, fill_value, dtype: dtype = torch.float32) => torch.full(shape, fill_value, dtype=+dtype)

A parameter after a colon names how its value is spelled in torch: see `_values.py`. A rule may have several lines,
of which the first whose condition (see `_conditions.py`) holds is taken. `{a b}` stands for a row for each name, and
`{}` on the right for that name. A name without parentheses is only renamed. `[Layer]` says what the rows after it give.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import final


@final
@dataclass(frozen=True)
class Parameter:
    """A parameter of the left: its name, its default as text, and how its value is spelled."""

    name: str
    default: str | None = None
    spelling: str | None = None
    starred: bool = False


@final
@dataclass(frozen=True)
class Line:
    """A right side, and when it is taken."""

    target: str
    condition: str | None = None


@final
@dataclass(frozen=True)
class Rule:
    """What one name of Paddle becomes. `parameters` is None for a name that is only renamed."""

    name: str
    parameters: tuple[Parameter, ...] | None
    lines: tuple[Line, ...]
    gives: str

    @property
    def target(self) -> str:
        """The first right side."""
        return self.lines[0].target


def read_rows(text: str) -> dict[str, Rule]:
    """The rules of a table by name."""
    rules: dict[str, Rule] = {}
    for left, gives, lines in _entries(text):
        for name, part in _expanded(left):
            path, parenthesis, rest = name.partition("(")
            parameters = tuple(_parameters(rest[:-1], name)) if parenthesis else None
            filled = tuple(Line(line.target.replace("{}", part), line.condition) for line in lines)
            if path in rules:
                raise ValueError(f"two rules for {path}")
            rules[path] = Rule(path, parameters, filled, gives)
    return rules


def _entries(text: str) -> Iterator[tuple[str, str, list[Line]]]:
    gives, left, lines = "Tensor", "", list[Line]()
    for raw in [*text.splitlines(), "[end]"]:
        row = raw.rstrip()
        if not row or row.startswith("#"):
            continue
        head, arrow, right = row.strip().partition("=> ")
        if not row.startswith(" "):
            if left:
                yield left, gives, lines
            left, lines = "", []
            if row.startswith("["):
                gives = row.strip("[]")
                continue
            left, head = head.strip(), ""
        if arrow:
            lines.append(Line(right, head.strip().removeprefix("if ") or None))


def _expanded(left: str) -> Iterator[tuple[str, str]]:
    match = re.search(r"{([^}]*)}", left)
    if not match:
        yield left, ""
        return
    for part in match[1].split():
        yield left[: match.start()] + part + left[match.end() :], part


def _parameters(text: str, name: str) -> Iterator[Parameter]:
    try:
        (function,) = ast.parse(f"def f({text}): pass").body
    except SyntaxError as error:
        raise SyntaxError(f"the rule {name} has no readable parameters") from error
    assert isinstance(function, ast.FunctionDef)
    given = function.args
    defaults: list[ast.expr | None] = [*([None] * (len(given.args) - len(given.defaults))), *given.defaults]
    for argument, default in zip(given.args, defaults, strict=True):
        spelling = ast.unparse(argument.annotation) if argument.annotation else None
        yield Parameter(argument.arg, ast.unparse(default) if default else None, spelling)
    if given.vararg:
        yield Parameter(given.vararg.arg, starred=True)
    for argument, default in zip(given.kwonlyargs, given.kw_defaults, strict=True):
        yield Parameter(argument.arg, ast.unparse(default) if default else None)


def merged(*tables: Mapping[str, Rule]) -> dict[str, Rule]:
    """All tables as one; a name in two of them is an error."""
    rules: dict[str, Rule] = {}
    for table in tables:
        if both := rules.keys() & table.keys():
            raise ValueError(f"two rules for {', '.join(sorted(both))}")
        rules |= table
    return rules
