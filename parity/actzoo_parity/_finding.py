"""Where and why a side that failed leaves the others: its first layer that differs, settings, weights."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ._estimate import CONSTANTS, bounds, factor
from ._locate import locate, numbers_of_calls
from ._report import EXACT, Verdict
from ._setup import Setup
from ._sides._side import Side
from ._standard import Standard, deviations_of
from .arithmetic import format_of


def find(setup: Setup, standard: Standard, side: Side, verdict: Verdict) -> Iterator[str]:
    """What is known of a failure, in lines."""
    yield from _float64(verdict)
    yield from _variance(setup, side, verdict)
    yield from _weights(setup, side)
    try:
        yield from _located(setup, standard, side, verdict)
    except Exception as error:  # to locate is a help: what it meets in other people's models must not hide the failure
        yield f"the layers could not be compared: {type(error).__name__}: {' '.join(str(error).split())[:200]}"


def _float64(verdict: Verdict) -> Iterator[str]:
    """Whether it is another function, or less precise."""
    exact = [each for name, each in verdict.outputs.items() if name.endswith(EXACT)]
    if any(not each.passed for each in exact):
        yield "it differs in float64 too: not rounding, it computes something else"
    elif exact:
        yield "it agrees in float64: the same function, but this computation of it loses digits"


FAST_VARIANCE = frozenset(("flax", "linen"))
"""Their norms have `use_fast_variance=True` by default (Flax 0.12)."""

NORMS = frozenset(("batch_norm", "layer_norm", "group_norm", "instance_norm"))


def _variance(setup: Setup, side: Side, verdict: Verdict) -> Iterator[str]:
    """A loss of digits that a framework's own norms have, where that may be all there is."""
    outline = side.outline(setup.inputs) if side.framework in FAST_VARIANCE else None
    exact = [each for name, each in verdict.outputs.items() if name.endswith(EXACT)]
    if outline is None or not exact or not all(each.passed for each in exact):
        return
    if any(site.kind in NORMS for site in outline.sites.values()):
        yield (
            f"the norms of {side.name} compute a variance as E[x^2] - E[x]^2, which loses digits where the mean is far "
            "from 0; with use_fast_variance=False they do not"
        )


def _weights(setup: Setup, side: Side) -> Iterator[str]:
    """Weights that each side keeps, and that are not equal."""
    if side is setup.first or setup.carried[side.name].from_first:
        return
    own, first = setup.question(side, "float64").state, setup.state_in("float64")
    if bool(own) != bool(first):
        return
    if own.keys() != first.keys():
        yield f"weights are not compared: {side.name} has {', '.join(own)}, {setup.first.name} {', '.join(first)}"
        return
    for key, array in own.items():
        if array.shape == first[key].shape and not np.array_equal(array, first[key], equal_nan=True):
            turned = array.ndim == 2 and np.array_equal(array.T, first[key])
            yield f"the weights differ: {key} of {side.name} is {'transposed' if turned else 'another'}"


def _located(setup: Setup, standard: Standard, side: Side, verdict: Verdict) -> Iterator[str]:
    """The first layer that differs from the base's: in float64 if that tells, else in the judged dtype."""
    base = next((s for s in setup.sides if s.name == standard.base), setup.first)
    exactly = any(name.endswith(EXACT) and not c.passed for name, c in verdict.outputs.items())
    here = base.run(setup.question(base, "float64", watch=True))
    there = side.run(setup.question(side, "float64" if exactly else setup.dtype, watch=True))
    if not here.calls or not there.calls:
        return
    worst = deviations_of(setup, base, plain=exactly, arrays=numbers_of_calls, watch=True)
    if exactly:
        made = {name: CONSTANTS * each + format_of("float64").flushed for name, each in worst.items()}
    else:
        times = factor(setup.options.samples, sum(each.size for each in worst.values()))
        made = bounds(worst, numbers_of_calls(here), times, format_of(setup.dtype))
    layers = setup.carried[side.name].layers
    yield from locate((base.name, here.calls), (side.name, there.calls), layers, made)
