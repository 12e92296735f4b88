"""Where and why a side that failed leaves the others: its first layer that differs, settings, weights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ._estimate import CONSTANTS, bounds, constants_dtype, deviations, factor
from ._locate import locate, numbers_of_calls
from ._report import EXACT, Verdict
from ._sides._side import Side
from .arithmetic import format_of

if TYPE_CHECKING:
    from ._compare import _Judging


def find(judging: _Judging, side: Side, verdict: Verdict) -> Iterator[str]:
    """What is known of a failure, in lines."""
    yield from _float64(judging, verdict)
    yield from _weights(judging, side)
    yield from _layer(judging, side, verdict)


def _float64(judging: _Judging, verdict: Verdict) -> Iterator[str]:
    """Whether it is another function, or less precise."""
    asked = [name for name in verdict.outputs if name.endswith(EXACT)]
    if not asked:
        return
    over = [name for name in asked if not verdict.outputs[name].passed]
    if over:
        yield "it differs in float64 too: not rounding, it computes something else"
    else:
        yield "it agrees in float64: the same function, but this computation of it loses digits"


def _weights(judging: _Judging, side: Side) -> Iterator[str]:
    """Weights that each side keeps, and that are not equal."""
    setup = judging.setup
    if side is setup.first or setup.carried[side.name].from_first:
        return
    own = setup.question(side, "float64").state
    first = setup.state_in("float64")
    if bool(own) != bool(first):
        return
    if own.keys() != first.keys():
        yield f"weights are not compared: {side.name} has {', '.join(own)}, {setup.first.name} {', '.join(first)}"
        return
    for key, array in own.items():
        if array.shape == first[key].shape and not np.array_equal(array, first[key], equal_nan=True):
            turned = array.ndim == 2 and np.array_equal(array.T, first[key])
            yield f"the weights differ: {key} of {side.name} is {'transposed' if turned else 'another'}"


def _layer(judging: _Judging, side: Side, verdict: Verdict) -> Iterator[str]:
    """The first layer that differs from the first side's, or from its own in float64."""
    try:
        yield from _located(judging, side, verdict)
    except Exception as error:  # to locate is a help: what it meets in other people's models must not hide the failure
        yield f"the layers could not be compared: {type(error).__name__}: {' '.join(str(error).split())[:200]}"


def _located(judging: _Judging, side: Side, verdict: Verdict) -> Iterator[str]:
    setup, seen = judging.setup, judging.seen
    sides = {s.name: s for s in setup.sides}
    base = sides.get(judging.base, setup.first)
    if base.name not in seen.exact:
        return
    exactly = any(name.endswith(EXACT) and not c.passed for name, c in verdict.outputs.items())
    question = setup.question(base, "float64", watch=True)
    here = base.run(question)
    there = side.run(setup.question(side, "float64" if exactly else setup.dtype, watch=True))
    if not here.calls or not there.calls:
        return
    carried = setup.carried[base.name]
    own = not carried.from_first
    worst = deviations(
        base,
        question,
        dict(question.state) if own else setup.state_in("float64"),
        (lambda state: state) if own else carried.state,
        dtype=constants_dtype(setup.dtype) if exactly else setup.dtype,
        samples=setup.options.samples,
        seed=setup.options.seed,
        plain=exactly,
        arrays=numbers_of_calls,
    )
    if exactly:
        made = {name: CONSTANTS * each + format_of("float64").flushed for name, each in worst.items()}
    else:
        times = factor(setup.options.samples, sum(each.size for each in worst.values()))
        made = bounds(worst, numbers_of_calls(here), times, format_of(setup.dtype))
    names: Mapping[str, Any] = setup.carried[side.name].layers
    yield from locate((base.name, here.calls), (side.name, there.calls), names, made)
