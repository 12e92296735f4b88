"""Error curves, thinned to what a plot shows. Draws nothing.

A plot has two views. The near one is where exp(x) is neither 0 nor infinite in the dtype, on an axis that is linear
about 0 and logarithmic further out; beyond it an activation is a constant or a line. The other has every magnitude
down to the least subnormal. In either view only the worst of the points that share a stretch of the axis is kept.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .._record import Record
from ..arithmetic._formats import FORMATS
from ._words import in_order

STRETCHES = 120
"""Of each view: one for about three pixels of a plot."""

MARGIN = 1.1

Numbers = NDArray[np.float64]

Point = tuple[float, float, float, str]
"""x, the error in ulp, error / bound, and the mode in which that is worst."""


@dataclass(frozen=True)
class Axis:
    """The ends of both views: exp(-x) is 0 a little before `near`."""

    near: float
    least: float
    largest: float

    @classmethod
    def of(cls, dtype: str) -> Axis:
        """Of a dtype; a name that is no format gets float32's."""
        form = FORMATS.get(dtype, FORMATS["float32"])
        least = form.smallest_subnormal
        return cls(round(MARGIN * -math.log(least), 1), least, form.largest)

    def by_size(self, x: Numbers) -> Numbers:
        """Where each x lies from -1 to 1 where every octave is as wide."""
        whole = math.log2(self.largest) - math.log2(self.least) + 1
        with np.errstate(divide="ignore"):
            octaves = np.log2(np.abs(x)) - math.log2(self.least) + 1
        return np.copysign(np.maximum(octaves, 0.0), x) / whole

    def about_zero(self, x: Numbers) -> Numbers:
        """Where each x lies from -1 to 1 near 0."""
        return np.arcsinh(x) / math.asinh(self.near)


@dataclass(frozen=True)
class Series:
    """One line of a plot: a framework on a device, all modes together."""

    framework: str
    device: str
    points: list[Point]


@dataclass(frozen=True)
class Plot:
    """The error of one output of an activation in one dtype."""

    activation: str
    subject: str
    output: str
    dtype: str
    axis: Axis
    series: list[Series]


def plots(records: Iterable[Record]) -> list[Plot]:
    """A plot for each activation with its options, output and dtype; a line for each framework and device."""
    found: dict[tuple[str, str, str, str], dict[tuple[str, str], list[Point]]] = defaultdict(lambda: defaultdict(list))
    for record in records:
        for output in in_order(record.curves):
            curve = record.curves[output]
            line = found[record.activation, record.subject, output, record.dtype][record.framework, record.device]
            line += [(x, ulp, ratio, record.mode) for x, ulp, ratio in curve]
    drawn = []
    for key, lines in found.items():
        axis = Axis.of(key[-1])
        drawn.append(Plot(*key, axis, [Series(*name, thinned(points, axis)) for name, points in lines.items()]))
    return drawn


def thinned(points: Sequence[Point], axis: Axis) -> list[Point]:
    """The worst point of each stretch of either view, and of those at an infinity or NaN; by rising x, NaN last."""
    x, ratio = (np.array([point[i] for point in points], np.float64) for i in (0, 2))
    views: tuple[tuple[NDArray[np.bool_], Callable[[Numbers], Numbers]], ...] = (
        (np.isfinite(x), axis.by_size),
        (np.abs(x) <= axis.near, axis.about_zero),
        (~np.isfinite(x), lambda x: np.nan_to_num(x, nan=0.0, posinf=1.0, neginf=-1.0)),
    )
    kept: set[Point] = set()
    for shown, place in views:
        index = np.flatnonzero(shown)
        stretch = np.rint(place(x[index]) * STRETCHES / 2)
        order = np.lexsort((-ratio[index], stretch))
        _, first = np.unique(stretch[order], return_index=True)
        kept.update(points[i] for i in index[order[first]])
    return sorted(kept, key=lambda point: (math.isnan(point[0]), point[0]))
