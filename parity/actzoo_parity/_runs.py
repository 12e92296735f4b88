"""What each side of a check gives, in the judged dtype and in float64. Judges nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import final

import numpy as np

from ._estimate import root_mean_square
from ._setup import Setup, is_float
from ._sides import Run
from ._sides._elsewhere import Raised
from ._sides._side import Array, Side, SideError
from ._sides._which import holds_module
from .arithmetic import format_of

Named = Mapping[str, Array]

ROUNDINGS = 256.0
"""Two runs that are apart by less than this many roundings are one function's, and no random one's."""


@final
@dataclass
class Seen:
    """What the sides gave by the names of outputs, what they raised, and which of them are narrower than asked."""

    judged: dict[str, Named] = field(default_factory=dict)
    exact: dict[str, Named] = field(default_factory=dict)
    narrowed: dict[str, Mapping[str, str]] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def numbers(self) -> int:
        """How many there are to compare."""
        return sum(each.size for given in self.judged.values() for each in given.values())

    def clean(self, name: str) -> bool:
        """Whether a side computes in float64 throughout when asked to."""
        return name in self.exact and not self.narrowed[name]


def run_all(setup: Setup) -> Seen:
    """Every side in the judged dtype, and in float64."""
    seen = Seen()
    runs = {}
    for side in setup.sides:
        try:
            runs[side.name] = side.run(setup.question(side, setup.dtype))
            _require_the_same(side, runs[side.name], side.run(setup.question(side, setup.dtype)))
        except SideError:
            raise
        except Exception as error:  # the user's code and four frameworks: anything may come
            seen.errors[side.name] = f"raised {_told(error)} in {setup.dtype}"
    if not runs:
        raise SideError("; ".join(f"{n} {e}" for n, e in seen.errors.items()))
    changed = {key for n, run in runs.items() for key in setup.carried[n].back(run.updated)}
    for side in setup.sides:
        if side.name in runs:
            seen.judged[side.name] = _with_buffers(setup, side, runs[side.name], changed, setup.dtype)
            _run_in_float64(setup, side, seen, changed)
    reference = setup.reference_side()
    if reference is not None:
        _run_in_float64(setup, reference, seen, changed)
        if reference.name not in seen.exact:
            raise SideError(seen.notes[-1])
    return seen


def _run_in_float64(setup: Setup, side: Side, seen: Seen, changed: set[str]) -> None:
    try:
        run = side.run(setup.question(side, "float64"))
    except SideError:
        raise
    except Exception as error:  # as above; a side need not have float64
        note = f"{side.name} does not run in float64 ({_told(error)}), so it is not compared there"
        if holds_module(setup.targets[side.name]):
            note += "; it is a function that holds a module: give the module, and the rest by output= and keywords="
        seen.notes.append(note)
        return
    seen.exact[side.name] = _with_buffers(setup, side, run, changed, "float64")
    outputs = {a.dtype.name: "its output" for a in run.outputs.values() if is_float(a) and a.dtype.name != "float64"}
    seen.narrowed[side.name] = {**run.narrowed, **outputs}
    if seen.narrowed[side.name]:
        how = ", ".join(f"{dtype} by {what}" for dtype, what in seen.narrowed[side.name].items())
        seen.notes.append(f"{side.name} computes in {how} even when it is given float64: not compared there")


def _require_the_same(side: Side, run: Run, again: Run) -> None:
    """What is random cannot be compared. The question is the same: another may be computed otherwise, and round so."""
    pairs = [(y, again.outputs[name]) for name, y in run.outputs.items() if name in again.outputs]
    if not all(y.shape == other.shape and _alike(y, other) for y, other in pairs):
        raise SideError(
            f"{side.name} is random: it gives other values for the same inputs (dropout in training mode?); put it "
            "into eval mode, or hand the random numbers in as an input"
        )


def _alike(y: Array, other: Array) -> bool:
    """Whether two arrays are equal, or apart by roundings: threads may add in another order each time."""
    if np.array_equal(y, other, equal_nan=is_float(y)):
        return True
    if not is_float(y):
        return False
    a, b, unit = y.astype(np.float64), other.astype(np.float64), format_of(y.dtype.name).unit
    return bool(np.allclose(a, b, rtol=ROUNDINGS * unit, atol=ROUNDINGS * unit * root_mean_square(a), equal_nan=True))


def _with_buffers(setup: Setup, side: Side, run: Run, changed: set[str], dtype: str) -> dict[str, Array]:
    """What a run gave, and each buffer that some side changes, changed here or not."""
    named = setup.named(side, run)
    if not changed or side.name not in setup.carried:
        return named
    state = setup.carried[side.name].back(setup.question(side, dtype).state)
    return {**{f"updated {key}": state[key] for key in changed if key in state}, **named}


def _told(error: Exception) -> str:
    words = " ".join(str(error).split())[:300]
    return words if isinstance(error, Raised) else f"{type(error).__name__}: {words}"
