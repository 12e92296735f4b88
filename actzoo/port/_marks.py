"""What the porter has to say about a place; knows no rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, final


class Unported(Exception):
    """A place that no rule covers: why, and what a person may do."""

    def __init__(self, reason: str, suggestion: str = "") -> None:
        super().__init__(reason)
        self.reason, self.suggestion = reason, suggestion


@final
@dataclass(frozen=True)
class Mark:
    """A place: a line of a file, or of a cell of a notebook. A `hand` has to look at it; a `note` is told."""

    kind: Literal["hand", "note"]
    file: str
    cell: int | None
    line: int
    source: str
    reason: str
    suggestion: str = ""

    def where(self) -> str:
        """`model.ipynb, cell 3, line 7`."""
        return f"{self.file}, " + (f"cell {self.cell}, " if self.cell is not None else "") + f"line {self.line}"
