"""What a check found: its comparisons by side and output, and the words for a failure. Compares nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import final

import numpy as np

from ._judge import Comparison
from ._record import Against, Record

EXACT = " in float64"
"""What follows an output's name where the side was asked to compute it in float64."""


@final
@dataclass(frozen=True)
class Verdict:
    """One side's comparisons by output; `finding` is where it leaves the others, in lines of words."""

    name: str
    framework: str
    device: str
    outputs: Mapping[str, Comparison]
    finding: tuple[str, ...] = ()
    error: str = ""

    @property
    def passed(self) -> bool:
        return not self.error and all(c.passed for c in self.outputs.values())

    @property
    def ratio(self) -> float:
        """The worst error / bound."""
        return max((c.ratio for c in self.outputs.values()), default=0.0)

    @property
    def nearest(self) -> str:
        """The output nearest to its bound, or furthest over it."""
        return max(self.outputs, key=lambda name: self.outputs[name].ratio, default="")

    @property
    def worst(self) -> str:
        """The output that tells most of a failure: of the first kind that fails, the one furthest over."""
        over = [name for name, c in self.outputs.items() if not c.passed]
        first = min((_order(name) for name in over), default=0)
        return max((n for n in over if _order(n) == first), key=lambda n: self.outputs[n].ratio, default="")


@final
@dataclass(frozen=True)
class Report:
    """A check: the verdict on each side.

    `base` is whose values are expected, `how` what they and the bounds are, in words; `notes` what
    else is worth knowing: what was not compared, and why.
    """

    verdicts: tuple[Verdict, ...]
    against: Against
    base: str
    dtype: str
    seed: int
    how: str
    weights: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    points: int = 0
    ambiguous: int = 0
    seconds: float = 0.0
    name: str = ""

    @property
    def passed(self) -> bool:
        return all(v.passed for v in self.verdicts)

    @property
    def ratio(self) -> float:
        """The worst error / bound of all sides: at most 1 holds."""
        return max((v.ratio for v in self.verdicts), default=0.0)

    def records(self) -> list[Record]:
        """One line of the contract for each side."""
        return [
            Record(
                activation=self.name or "check",
                framework=v.framework,
                device=v.device,
                dtype=self.dtype,
                mode="compiled" if v.framework in ("flax", "linen", "jax") else "eager",
                data=v.name,
                status="error" if v.error else "held" if v.passed else "failed",
                against=self.against,
                seed=self.seed,
                outputs=dict(v.outputs),
                points=self.points,
                ambiguous=self.ambiguous,
                seconds=self.seconds,
                message=v.error or "\n".join((*v.finding, *self.notes)),
            )
            for v in self.verdicts
        ]

    def failures(self) -> list[str]:
        """What to say of each side: of one that holds, nothing."""
        return ["" if v.passed else f"{self._failure(v)}\n{self._again()}" for v in self.verdicts]

    def __str__(self) -> str:
        """The failure in words; of a check that holds, a table."""
        if self.passed:
            return self._table()
        parts = [self._failure(v) for v in self.verdicts if not v.passed]
        return "\n\n".join([*parts, self._again()])

    def _table(self) -> str:
        width = max(len(v.name) for v in self.verdicts)
        lines = [f"{v.name:<{width}}  {v.ratio:.3f} of the bound, in {v.nearest}" for v in self.verdicts]
        return "\n".join([*lines, self._again()])

    def _again(self) -> str:
        lines = [f"judged in {self.dtype} against {self.how}; seed={self.seed}"]
        lines += [f"weights of {name}: {words}" for name, words in self.weights.items()]
        return "\n".join([*lines, *(f"note: {note}" for note in self.notes)])

    def _failure(self, verdict: Verdict) -> str:
        if verdict.error:
            return f"{verdict.name}: {verdict.error}"
        name = verdict.worst
        comparison = verdict.outputs[name]
        reference = "its own float64" if self.base == verdict.name else self.base
        lines = [f"{verdict.name} differs from {reference} in {name}: {_how_much(comparison)}"]
        lines += describe(comparison, "float64" if name.endswith(EXACT) else self.dtype)
        others = [n for n, c in verdict.outputs.items() if not c.passed and n != name]
        lines += [f"  {line}" for line in verdict.finding]
        if others:
            told = ", ".join(f"{n} ({_times(verdict.outputs[n])})" for n in others[:6])
            lines.append(f"  also over their bounds: {told}{f' and {len(others) - 6} more' if len(others) > 6 else ''}")
        held = len(verdict.outputs) - len(others) - 1
        if held:
            lines.append(f"  {held} of {len(verdict.outputs)} outputs hold")
        return "\n".join(lines)


@final
class ParityError(AssertionError):
    """A check does not hold; `report` has all of it."""

    __module__ = "actzoo_parity"

    def __init__(self, report: Report) -> None:
        super().__init__(str(report))
        self.report = report


def describe(c: Comparison, dtype: str) -> list[str]:
    """A failed comparison, with what is needed to see it again."""
    if c.failure and not c.index:
        return [f"  {c.failure}"]
    lines = [f"  at {list(c.index)}: expected {_number(c.expected, dtype)}, got {_number(c.actual, dtype)}"]
    if c.x is not None:
        lines.append(f"  the input there: {_number(c.x, dtype)}")
    if not c.failure:
        lines.append(f"  off by {abs(c.actual - c.expected):.3g}, the bound is {c.bound:.3g}; worst {c.ulp:.3g} ulp")
    return lines


def _how_much(c: Comparison) -> str:
    return c.failure or f"{c.ratio:.3g} times the bound"


def _times(c: Comparison) -> str:
    return c.failure or f"{c.ratio:.3g}"


def _number(value: float, dtype: str) -> str:
    """Decimal and hex: of the expected value too, which is not rounded to the dtype."""
    digits = 17 if dtype == "float64" else 10
    if not np.isfinite(value):
        return str(value)
    mantissa, _, exponent = float(value).hex().partition("p")
    mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
    return f"{value:.{digits}g} ({mantissa}p{exponent})"


def _order(name: str) -> int:
    """Values before gradients before updated buffers; in float64 after all that."""
    kind = 1 if name.startswith("gradient of") else 2 if name.startswith("updated ") else 0
    return kind + (3 if name.endswith(EXACT) else 0)
