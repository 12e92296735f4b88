"""What a comparison of the original and the port said; compares nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, final


@final
@dataclass(frozen=True)
class Trial:
    """One comparison: of what, whether it held, the worst error over its bound, and what was found."""

    what: str
    status: Literal["held", "failed", "not verified"]
    ratio: float | None = None
    found: tuple[str, ...] = ()


@final
@dataclass(frozen=True)
class Proof:
    """All comparisons of a port, and what there is to know of the original."""

    trials: tuple[Trial, ...]
    notes: tuple[str, ...] = ()

    @property
    def held(self) -> bool:
        """Whether there was something to compare, and all of it held."""
        return bool(self.trials) and all(trial.status == "held" for trial in self.trials)

    def lines(self) -> Iterator[str]:
        """For a person."""
        for trial in self.trials:
            ratio = "" if trial.ratio is None else f", {trial.ratio:.2f} of the bound"
            yield f"{trial.what}: {trial.status}{ratio}"
            yield from (f"  {line}" for line in trial.found)
        yield from self.notes
