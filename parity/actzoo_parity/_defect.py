"""A planted defect and what became of it; shares of many. Plants and runs none."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Fate = Literal["caught", "raised", "survived", "no change", "not run"]


@dataclass(frozen=True)
class Defect:
    """A defect, where it was planted, and its fate.

    family       the rule that planted it
    line         in the rendered module as it was
    by           the line of the contract and the output that caught it, or its error, or how the process ended
    where        if it survived: the line and the output in which its results differ most from the right ones
    reason       if it changed no result, or was not run: why
    """

    activation: str
    framework: str
    family: str
    line: int
    description: str
    fate: Fate
    by: str = ""
    where: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Counts:
    """How many defects had which fate.

    caught   by a comparison with what is expected
    raised   by an error: the defect raises, or kills its process, or hangs
    """

    planted: int
    caught: int
    raised: int
    survived: int
    unchanged: int

    @property
    def share(self) -> float:
        """Of what changes a result or raises, how much is caught; NaN of nothing."""
        return part(self.caught + self.raised, self.survived)

    @property
    def compared(self) -> float:
        """The same without those that raise."""
        return part(self.caught, self.survived)

    def as_data(self) -> dict[str, Any]:
        shares = {"share": self.share, "share without errors": self.compared}
        return {**vars(self), **{name: None if math.isnan(share) else share for name, share in shares.items()}}


def part(caught: int, survived: int) -> float:
    return caught / (caught + survived) if caught + survived else math.nan


def count(defects: Iterable[Defect]) -> Counts:
    """The counts of those that were run."""
    fates: Mapping[Fate, int] = Counter(d.fate for d in defects if d.fate != "not run")
    return Counts(sum(fates.values()), *(fates.get(f, 0) for f in ("caught", "raised", "survived", "no change")))
