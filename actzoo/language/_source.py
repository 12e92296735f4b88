"""A function's syntax tree, where it stands, and the error that says so. Knows nothing of the language's words."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn


class SpecError(SyntaxError):
    """A function that is outside the spec language; names the file, the line and what is allowed."""


class NoSource(SpecError):
    """A function whose source cannot be read: one typed at Python's prompt, before 3.13."""


class Unread:
    """What a name is bound to at Python's prompt when the spec's source cannot be read. Every use of it says so."""

    def __init__(self, reason: NoSource) -> None:
        self._reason = reason

    def __repr__(self) -> str:
        return f"<{self._reason}>"

    def __getattr__(self, name: str) -> NoReturn:
        raise self._reason


@dataclass(frozen=True)
class Source:
    """A function's syntax tree, and where it stands."""

    function: Callable[..., Any]
    tree: ast.FunctionDef
    file: str
    first_line: int

    @classmethod
    def of(cls, function: Callable[..., Any]) -> Source:
        try:
            lines, first = inspect.getsourcelines(function)
        except OSError as error:
            raise NoSource(
                f"cannot read the source of '{function.__name__}': write it in a file, mine.py, and import it, "
                "or in a notebook"
            ) from error
        tree = ast.parse(textwrap.dedent("".join(lines))).body[0]
        if not isinstance(tree, ast.FunctionDef):
            raise SpecError(f"'{function.__name__}' is not a plain function (def)")
        return cls(function, tree, inspect.getsourcefile(function) or "<unknown>", first)

    def fail(self, node: ast.AST, message: str) -> NoReturn:
        line = self.first_line + getattr(node, "lineno", 1) - 1
        text = ast.unparse(node).splitlines()[0]
        name = self.function.__name__
        raise SpecError(f"{self.file}:{line}: in '{name}': {message}: {text}", (self.file, line, None, text))


@dataclass(frozen=True)
class Formula:
    """A pointwise function that specs share; it is read into each of them."""

    function: Callable[..., Any]

    @property
    def __name__(self) -> str:
        return self.function.__name__

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        raise TypeError(f"'{self.__name__}' is a formula of the spec language: use it in the body of an @activation")


def text_of(source: Source) -> str:
    """A function's body without its docstring."""
    return "\n".join(ast.unparse(node) for node in source.tree.body[1:])
