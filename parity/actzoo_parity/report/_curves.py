"""Error curves, thinned to what a plot shows. Draws nothing.

A plot has two views. The near one is where exp(x) is neither 0 nor infinite in the dtype, on an axis that is linear
about 0 and logarithmic further out; beyond it an activation is a constant or a line. The other has every magnitude
down to the least subnormal. In either view only the worst of the points that share a stretch of the axis is kept.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .._record import Record
from ..arithmetic._formats import FORMATS

STRETCHES = 120
"""Of each view: one for about three pixels of a plot."""

MARGIN = 1.1

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

    def stretches(self, x: float) -> list[tuple[str, int]]:
        """Where a point lies in each view that shows it."""
        if not math.isfinite(x):
            return [(str(x), 0)]
        octaves = max(0.0, math.log2(abs(x)) - math.log2(self.least) + 1) if x else 0.0
        whole = math.log2(self.largest) - math.log2(self.least) + 1
        found = [("all", round(math.copysign(octaves, x) / whole * STRETCHES / 2))]
        if abs(x) <= self.near:
            found.append(("near", round(math.asinh(x) / math.asinh(self.near) * STRETCHES / 2)))
        return found


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
        for output, curve in record.curves.items():
            line = found[record.activation, record.subject, output, record.dtype][record.framework, record.device]
            line += [(x, ulp, ratio, record.mode) for x, ulp, ratio in curve]
    drawn = []
    for key, lines in found.items():
        axis = Axis.of(key[-1])
        drawn.append(Plot(*key, axis, [Series(*name, thinned(points, axis)) for name, points in lines.items()]))
    return drawn


def thinned(points: Sequence[Point], axis: Axis) -> list[Point]:
    """The worst point of each stretch of either view, by rising x, NaN last."""
    worst: dict[tuple[str, int], Point] = {}
    for point in points:
        for stretch in axis.stretches(point[0]):
            if stretch not in worst or point[2] > worst[stretch][2]:
                worst[stretch] = point
    return sorted(set(worst.values()), key=lambda p: (math.isnan(p[0]), p[0]))
