"""Runs a training loop of a source and that of its port, from the same weights, and judges what they make of these.

Both run in float64, where two codes of one function and of one rule of learning agree to some 1e-15, and a gradient
that is 0 but for rounding moves nothing: beside it Adam's epsilon is large. What may differ are constants that a
framework keeps in float32. So the bound is of what one unit of float32 in each weight and in the batch does to the
changes, to first order, the largest of some samples times the factor of `_estimate.py`, and a few units of the change.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, final

import numpy as np

from actzoo_parity._carry import Carried, carry
from actzoo_parity._estimate import CONSTANTS, FLOOR, factor, root_mean_square
from actzoo_parity._evaluate import Bounded
from actzoo_parity._exchange import read, write
from actzoo_parity._judge import Comparison, compare
from actzoo_parity._process import Process
from actzoo_parity._sides import Inputs, Noise, SideError, make_sides
from actzoo_parity._sides._elsewhere import Elsewhere, Raised
from actzoo_parity.arithmetic import format_of

from ._loop_cuts import Cut
from ._proof import Trial

ITERATIONS = 2
"""The second shows what the first has left: gradients, moments, the rate of a scheduler."""

MANY = 8
"""Iterations, where the first ones change nothing, as where gradients are gathered."""

SEEN = 1e-9
"""Part of the largest change: by less, two runs are one."""

SMALL = 2.0**-13
"""Part of a unit of float32 that errors have, whose effect is scaled up: whole ones would turn maxima, which jump,
and make half of the bounds of a ResNet's second iteration larger than the changes.
"""

SAMPLES = 8
SHOWN = 3

Array = np.ndarray[Any, np.dtype[Any]]
State = Mapping[str, Array]
Layout = Any


@final
@dataclass(frozen=True)
class Planned:
    """A training loop in words, and what runs it in Paddle and in torch, or why nothing does.

    `again` gives these without some names, which turned out not to be had; the model is none of them.
    """

    what: str
    original: Cut | None = None
    port: Cut | None = None
    file: str = ""
    why: str = ""
    again: Callable[[frozenset[str]], tuple[Cut, Cut]] | None = None
    model: str = ""

    def not_run(self, why: str = "") -> Trial:
        """The trial of a loop that was not run."""
        return Trial(self.what, "not verified", found=(f"the training loop was not run: {why or self.why}",))


@final
@dataclass(frozen=True)
class Batch:
    """What a loop is given: how it nests, its arrays, and whether the source made it."""

    layout: Layout
    arrays: tuple[Array, ...]
    own: bool = False


class Differs(Exception):
    """What the port's loop does otherwise; the message says it."""


@final
class Training:
    """The loops of one model, which both processes have opened."""

    def __init__(self, theirs: Process, ours: Process, inputs: Sequence[Array], labels: Array | None) -> None:
        self.theirs, self.ours = theirs, ours
        self.inputs, self.labels = inputs, labels
        self._files = count()
        self._failed = 0
        """The line at the top of the original's text by which it failed last."""

    def trial(self, planned: Planned) -> Trial:
        """Run a loop on both sides, and compare."""
        if planned.original is None or planned.port is None:
            return planned.not_run()
        try:
            return self._trial(planned, planned.original, planned.port)
        except Differs as error:
            return Trial(planned.what, "failed", found=(str(error),))
        except (SideError, Raised) as error:
            return planned.not_run(str(error))

    def _trial(self, planned: Planned, original: Cut, port: Cut) -> Trial:
        start, carried = self._start()
        batch, iterations, notes, why = self._original(original, start)
        lost: frozenset[str] = frozenset()
        while batch is None and planned.again is not None and self._failed:
            names = original.given.get(self._failed, frozenset()) - {planned.model} - lost
            if not names:
                break
            lost |= names
            original, port = planned.again(lost)
            batch, iterations, notes, why = self._original(original, start)
        if batch is None:
            return planned.not_run(why)
        other = self._run(self.theirs, original, start, batch, iterations, seed=1)[0]
        if _apart(notes, other, start):
            return planned.not_run("it draws random numbers, of which two frameworks draw others")
        mine, raised, line = self._run(self.ours, port, carried.state(start), batch, iterations)
        if raised:
            place = f"{planned.file}:{port.lines[line]}: " if line in port.lines else ""
            raise Differs(f"the port's loop fails: {place}{raised}")
        if len(mine) != len(notes):
            raise Differs(f"the port's loop makes {len(mine)} iterations of {len(notes)}")
        changes = self._changes(notes, start)
        bounds = self._bounds(original, start, batch, iterations, changes)
        found = {
            f"after {i + 1} of {iterations} iterations, {key}": compare(
                Bounded(expected[key], bound[key]), ours[key].astype(np.float64) - begun[key], format_of("float64")
            )
            for begun in [carried.state(start)]
            for i, ours in enumerate(mine)
            for expected, bound in [(carried.state(changes[i]), carried.state(bounds[i]))]
            for key in expected
        }
        return _judged(planned.what, found, changes, bounds, batch)

    def _start(self) -> tuple[dict[str, Array], Carried]:
        """The original's weights in float64, and how the port's follow from them."""
        sides = [Elsewhere(process, True) for process in (self.theirs, self.ours)]
        first, other = make_sides(
            sides, ("paddle", "torch"), Inputs({}), keywords={}, output={}, channels_last=None, flatten={}
        )
        start = {key: _wide(each) for key, each in (first.state() or {}).items()}
        return start, carry(first, other, Inputs({}), None, [other.name])

    def _original(self, cut: Cut, start: State) -> tuple[Batch | None, int, list[State], str]:
        """The batch with which the original runs, how many iterations it takes, and its weights after each."""
        why, self._failed = "", 0
        for batch in self._batches(cut):
            for iterations in (ITERATIONS, MANY):
                notes, raised, line = self._run(self.theirs, cut, start, batch, iterations)
                if raised or not notes:
                    place = f" at line {cut.lines[line]}" if line in cut.lines else ""
                    with_it = "" if batch.own else " with a batch that was made up"
                    why = why or f"the original itself fails in float64{with_it}{place}: {raised}"
                    break
                if any(not np.array_equal(notes[-1][key], each, equal_nan=True) for key, each in start.items()):
                    return batch, iterations, notes, ""
                why = f"no weight changes in {iterations} iterations"
        return None, 0, [], why

    def _batches(self, cut: Cut) -> Iterator[Batch]:
        """The source's own first batch, where it makes that; else inputs and labels of the proof."""
        if cut.made:
            path = self.theirs.folder / f"batch-{next(self._files)}.safetensors"
            answer = self.theirs.request("batch", text=cut.text, file=str(path))
            if "failed" not in answer:
                held = read(path)
                yield Batch(answer["value"], tuple(_wide(held[str(i)]) for i in range(len(held))), own=True)
                return
        for arrays in self._made_up():
            items: Layout = {"list": [{"tensor": i} for i in range(len(arrays))]}
            for layout in (items, {"tensor": 0}) if len(arrays) == 1 else (items,):
                numbered = {"tuple": [{"value": 0}, layout]}
                yield Batch(numbered if cut.counted else layout, arrays)

    def _made_up(self) -> Iterator[tuple[Array, ...]]:
        inputs = tuple(map(_wide, self.inputs))
        if self.labels is not None:
            labels = _wide(self.labels)
            yield (*inputs, labels)
            if labels.ndim == 1 or labels.shape[-1] == 1:  # what a metric wants, and what a loss takes too
                yield (*inputs, labels[:, None] if labels.ndim == 1 else labels[..., 0])
        else:
            rows = len(inputs[0])
            for labels in (np.arange(rows) % 2, np.arange(rows)[:, None] % 2, np.linspace(0.1, 0.9, rows)[:, None]):
                yield (*inputs, labels)
        yield inputs

    def _run(
        self, process: Process, cut: Cut, state: State, batch: Batch, iterations: int, seed: int = 0
    ) -> tuple[list[State], str, int]:
        """The weights after each iteration, and what was raised in which line."""
        asked, answered = (
            self.theirs.folder / f"{process.framework}-{kind}-{next(self._files)}.safetensors"
            for kind in ("loop", "weights")
        )
        arrays = {f"state/{key}": each for key, each in state.items()}
        write(asked, arrays | {f"batch/{i}": each for i, each in enumerate(batch.arrays)})
        answer = process.request(
            "train",
            text=cut.text,
            file=str(asked),
            answer=str(answered),
            layout=batch.layout,
            iterations=iterations,
            seed=seed,
            own=batch.own,
        )
        if "failed" in answer:
            raise SideError(answer["failed"])
        (number, raised, line, top), held = answer["value"], read(answered)
        self._failed = top if process is self.theirs else self._failed
        asked.unlink()
        answered.unlink()
        notes: list[dict[str, Array]] = [{} for _ in range(number)]
        for name, each in held.items():
            note, _, key = name.partition("/")
            notes[int(note)][key] = each
        return list(notes), raised, line

    def _changes(self, notes: Sequence[State], start: State) -> list[dict[str, Array]]:
        return [{key: note[key].astype(np.float64) - start[key] for key in start} for note in notes]

    def _bounds(
        self, cut: Cut, start: State, batch: Batch, iterations: int, changes: Sequence[State]
    ) -> list[dict[str, Array]]:
        worst = [{key: np.zeros(each.shape) for key, each in change.items()} for change in changes]
        for sample in range(SAMPLES):
            noise = Noise("float32", sample, plain=True)
            draw = noise.generator()
            size = noise.unit * SMALL
            begun = {key: noise.disturbed(each, size, draw) for key, each in start.items()}
            other = Batch(batch.layout, tuple(noise.disturbed(each, size, draw) for each in batch.arrays))
            notes, raised, _ = self._run(self.theirs, cut, begun, other, iterations)
            if raised or len(notes) != len(changes):
                raise SideError(f"the original's loop depends on rounding: {raised or 'it ends elsewhere'}")
            for at, change, found in zip(worst, changes, self._changes(notes, begun), strict=True):
                for key, each in change.items():
                    np.maximum(at[key], np.abs(found[key] - each) / SMALL, out=at[key])
        numbers = len(changes) * sum(math.prod(each.shape) for each in start.values())
        times, unit, least = factor(SAMPLES, numbers), 2 * format_of("float32").unit, 2 * format_of("float64").unit
        made = []
        for at, change in zip(worst, changes, strict=True):
            # what is 0 of a sum's terms may be a rounding of these with the other framework
            around = max(root_mean_square(each) for each in change.values())
            made.append(
                {
                    key: times * each
                    + CONSTANTS * unit * np.abs(change[key])
                    + FLOOR * least * (np.abs(start[key]) + around)
                    for key, each in at.items()
                }
            )
        return made


def _judged(
    what: str, found: Mapping[str, Comparison], changes: Sequence[State], bounds: Sequence[State], batch: Batch
) -> Trial:
    lines = []
    last, bound = changes[-1], bounds[-1]
    moved = sum(int((each != 0).sum()) for each in last.values())
    vague = sum(int(((each != 0) & (np.abs(each) <= bound[key])).sum()) for key, each in last.items())
    worst = sorted((key for key, each in found.items() if not each.passed), key=lambda key: -found[key].ratio)
    for key in worst[:SHOWN]:
        each = found[key]
        lines.append(
            f"{key} at {list(each.index)}: {each.failure or ''}changes by {each.actual:.6g}, in the original by "
            f"{each.expected:.6g}, {each.ratio:.3g} of the bound"
        )
    lines += [] if batch.own else ["with a batch that was made up"]
    lines += [f"{vague:,} of {moved:,} numbers change by less than their bound"] if vague else []
    ratio = max(each.ratio for each in found.values())
    return Trial(what, "failed" if worst else "held", float(ratio) if np.isfinite(ratio) else None, tuple(lines))


def _apart(notes: Sequence[State], others: Sequence[State], start: State) -> bool:
    """Whether two runs of one loop give other weights, by more than threads that add in another order."""
    pairs = [(a[key] - start[key], b[key] - start[key]) for a, b in zip(notes, others, strict=False) for key in a]
    around = max((float(np.abs(a).max(initial=0)) for a, _ in pairs), default=0.0)
    return len(notes) != len(others) or any(bool((np.abs(a - b) > SEEN * around).any()) for a, b in pairs)


def _wide(array: Array) -> Array:
    return array.astype(np.float64) if array.dtype.kind == "f" or array.dtype.name == "bfloat16" else array
