"""Has a source run once, where reading it leaves open what some expressions are. Runs nothing itself."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, final

from ._document import ASIDE, CELL, Document
from ._kinds import Kind

if TYPE_CHECKING:
    from ._facts import Span


@final
@dataclass(frozen=True)
class Observing:
    """How: another interpreter for Paddle, if any, and the seconds that a source may take."""

    pythons: Mapping[str, str] = field(default_factory=dict)
    timeout: float = 900.0


def observed(document: Document, places: Sequence[Span], how: Observing) -> tuple[dict[Span, Kind], str]:
    """What each place held that was reached, and what went wrong, or nothing."""
    try:
        from actzoo_parity._execute import work_folder
        from actzoo_parity._observed import seen_in
        from actzoo_parity._pool import Missing, Settings
        from actzoo_parity._process import Process
        from actzoo_parity._sides import SideError
        from actzoo_parity._sides._elsewhere import Raised
    except ModuleNotFoundError as error:
        raise ValueError(f"--observe needs {error.name}: pip install 'actzoo[parity]'") from None
    aside = set(re.findall(f"{CELL}|{ASIDE}", document.text))
    wrong = ""
    with work_folder(None) as folder:
        process, log = Process("paddle", Settings(folder, how.pythons, how.timeout)), folder / "seen.txt"
        where = {"path": str(document.path.resolve()), "file": str(log)}
        try:
            process.request("observe", text=document.text, places=list(places), given=sorted(aside), **where)
        except (Missing, SideError, Raised) as error:
            wrong = str(error)
        finally:
            process.close()
        return {places[number]: frozenset(kinds) for number, kinds in seen_in(log).items()}, wrong
