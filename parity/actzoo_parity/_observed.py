"""Runs a source once, and notes what some of its expressions hold. Knows nothing of what is made of it.

What is seen is written at once, so that it is there even of a run that crashes or hangs.
"""

from __future__ import annotations

import ast
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, final

import numpy as np

Place = tuple[int, int, int, int]
"""First line and column, last line and column, in characters."""


def observe(text: str, places: Sequence[Place], path: Path, file: Path, given: Sequence[str]) -> None:
    """Run a source as the main program, in its folder. `given` are names that it has from elsewhere, as None.

    A line of the file says what a place held: `Tensor`, `Array`, `Layer` or `Plain`. Whatever the source raises is
    raised.
    """
    tree = ast.fix_missing_locations(_Wrap(places, text.split("\n")).visit(ast.parse(text)))
    os.chdir(path.parent)
    os.environ["MPLBACKEND"] = "Agg"
    sys.path.insert(0, str(path.parent))
    sys.argv = [str(path)]
    with file.open("w", encoding="utf-8") as log:
        seen: set[tuple[int, str]] = set()

        def see(number: int, value: Any) -> Any:
            found = (number, kind_of(value))
            if found not in seen:
                seen.add(found)
                print(json.dumps(found), file=log, flush=True)
            return value

        names: dict[str, Any] = {"__name__": "__main__", "__file__": str(path), _SEE: see, "display": print}
        exec(compile(tree, str(path), "exec"), {**names, **dict.fromkeys(given)})


def kind_of(value: Any) -> str:
    """What a value is to a porter."""
    paddle = sys.modules.get("paddle")
    if paddle is not None and isinstance(value, paddle.Tensor):
        return "Tensor"
    if paddle is not None and isinstance(value, paddle.nn.Layer):
        return "Layer"
    return "Array" if isinstance(value, np.ndarray | np.generic) else "Plain"


def seen_in(file: Path) -> Mapping[int, frozenset[str]]:
    """What each place held, by its number; of those that were reached."""
    found: dict[int, set[str]] = {}
    for line in file.read_text(encoding="utf-8").splitlines() if file.exists() else ():
        number, kind = json.loads(line)
        found.setdefault(number, set()).add(kind)
    return {number: frozenset(kinds) for number, kinds in found.items()}


_SEE = "__actzoo_see__"


@final
class _Wrap(ast.NodeTransformer):
    """Each of the places as an argument of a function that sees it."""

    def __init__(self, places: Sequence[Place], lines: Sequence[str]) -> None:
        self.numbers = {tuple(place): number for number, place in enumerate(places)}
        self.lines = lines

    def visit(self, node: ast.AST) -> Any:
        inner = self.generic_visit(node)
        if not isinstance(node, ast.expr) or not isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
            return inner
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        start = (node.lineno, self._characters(node.lineno, node.col_offset))
        number = self.numbers.get((*start, node.end_lineno, self._characters(node.end_lineno, node.end_col_offset)))
        if number is None:
            return inner
        assert isinstance(inner, ast.expr)
        return ast.copy_location(ast.Call(ast.Name(_SEE, ast.Load()), [ast.Constant(number), inner], []), node)

    def _characters(self, line: int, offset: int) -> int:
        """`ast` counts bytes."""
        return len(self.lines[line - 1].encode()[:offset].decode(errors="ignore"))
