"""Verdicts: what was computed against what was expected, in units of the bound. Computes neither.

At most 1 passes. Nothing is broadcast or cast on the way: another shape or dtype is a failure, and
so is a missing gradient. NaN has to meet NaN and infinity the same infinity, except that a value
may overflow where the bound reaches past the largest number.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._evaluate import GRADIENT, Bounded, Expected
from .arithmetic import Format, format_of

Array = NDArray[Any]


@dataclass(frozen=True)
class Actual:
    """What a framework computed: gradients by "x" and by torch's state keys, in torch's shapes."""

    value: Array
    gradients: Mapping[str, Array] = field(default_factory=dict)

    @property
    def outputs(self) -> dict[str, Array]:
        """All arrays by the names of `Expected.outputs`."""
        return {"value": self.value} | {GRADIENT + key: each for key, each in self.gradients.items()}


@dataclass(frozen=True)
class Comparison:
    """One array against its bound.

    `ratio` is the worst error / bound and `index` where; `expected`, `actual` and `bound` are the
    numbers there. `ulp` is the worst error in units in the last place, wherever that is.
    `x` is the input there, of an element-wise function.
    `width` is the size of the bounds over that of the numbers (root mean squares): from 1 up, the
    comparison hardly says anything, as after a chain of normalisations over very few values.
    `over` counts the numbers beyond their bound; `regions` are from which to which x those of an element-wise function
    lie, and how many in each: the larger ones, by rising x.
    `failure` says what was wrong if the arrays, or a special value, could not be compared.
    """

    ratio: float
    ulp: float = 0.0
    index: tuple[int, ...] = ()
    expected: float = math.nan
    actual: float = math.nan
    bound: float = math.nan
    x: float | None = None
    width: float = 0.0
    over: int = 0
    regions: tuple[tuple[float, float, int], ...] = ()
    failure: str | None = None

    @property
    def passed(self) -> bool:
        return self.ratio <= 1


@dataclass(frozen=True)
class Verdict:
    """All comparisons of one case by the outputs' names; `ambiguous` is the count of `Expected`."""

    outputs: Mapping[str, Comparison]
    ambiguous: int

    @property
    def value(self) -> Comparison:
        return self.outputs["value"]

    @property
    def gradients(self) -> dict[str, Comparison]:
        """The gradients' comparisons by "x" and the state keys."""
        return {n.removeprefix(GRADIENT): c for n, c in self.outputs.items() if n.startswith(GRADIENT)}

    @property
    def worst(self) -> str:
        """The name of the output nearest to its bound, or furthest over it."""
        return max(self.outputs, key=lambda name: self.outputs[name].ratio)

    @property
    def ratio(self) -> float:
        return self.outputs[self.worst].ratio

    @property
    def passed(self) -> bool:
        return self.ratio <= 1


def judge(expected: Expected, actual: Actual | Mapping[str, Array]) -> Verdict:
    """Compare every output, those that are missing and those that nobody expected too."""
    form = format_of(expected.dtype)
    given = actual.outputs if isinstance(actual, Actual) else actual
    outputs = {}
    for name, wanted in expected.outputs.items():
        if name in given:
            outputs[name] = compare(wanted, given[name], form, expected.x)
        else:
            outputs[name] = _failed(f"no {name.split()[0]} was given")
    for name in given.keys() - expected.outputs.keys():
        outputs[name] = _failed("the reference has no such part")
    return Verdict(outputs, expected.ambiguous)


def compare(wanted: Bounded, given: Any, form: Format, x: Array | None = None) -> Comparison:
    """One array against its bound. Where the bound is infinite, anything is right."""
    expected, bound = wanted.value, wanted.bound
    given = np.asarray(given)
    if given.dtype.name != form.name:
        return _failed(f"dtype {given.dtype.name}, expected {form.name}")
    if given.shape != expected.shape:
        return _failed(f"shape {given.shape}, expected {expected.shape}")
    if not expected.size:
        return Comparison(0.0)
    actual = given.astype(np.float64)
    with np.errstate(all="ignore"):
        error = distance(expected, actual, bound, form)
        ratio = ratios(error, bound)
        ulp = error / form.spacing(expected)
    index = np.unravel_index(int(ratio.argmax()), ratio.shape)
    beyond = ratio > 1
    pointwise = x is not None and x.shape == expected.shape
    failure = None
    if math.isinf(error[index]):
        failure = f"{actual[index]} where {expected[index]} is expected"
    return Comparison(
        ratio=float(ratio[index]),
        ulp=float(np.where(np.isinf(bound), 0.0, ulp).max()),
        index=tuple(int(i) for i in index),
        expected=float(expected[index]),
        actual=float(actual[index]),
        bound=float(bound[index]),
        x=float(x[index]) if x is not None and pointwise else None,
        width=_width(expected, bound),
        over=int(beyond.sum()),
        regions=regions(x, beyond) if x is not None and pointwise else (),
        failure=failure,
    )


REGIONS = 5


def regions(x: Array, beyond: Array) -> tuple[tuple[float, float, int], ...]:
    """Runs of numbers beyond their bound among the rising x; NaN is one of its own."""
    order = np.argsort(x, axis=None)
    x, beyond = x.ravel()[order], beyond.ravel()[order]
    if not beyond.any():
        return ()
    apart = np.isnan(x) != np.isnan(np.roll(x, 1))
    starts = np.flatnonzero(beyond & (~np.roll(beyond, 1) | apart | (np.arange(x.size) == 0)))
    ends = np.flatnonzero(beyond & (~np.roll(beyond, -1) | np.roll(apart, -1) | (np.arange(x.size) == x.size - 1)))
    found = [(float(x[a]), float(x[b]), int(b - a + 1)) for a, b in zip(starts, ends, strict=True)]
    return tuple(sorted(sorted(found, key=lambda region: -region[2])[:REGIONS]))


def distance(expected: Array, actual: Array, bound: Array, form: Format) -> Array:
    """How far off each number is: 0 for the same NaN or infinity, infinite for another one."""
    error = np.asarray(np.abs(actual - expected))
    error[np.isnan(actual) & np.isnan(expected)] = 0.0
    error[np.isnan(actual) != np.isnan(expected)] = np.inf
    # Numbers round to infinity from half a step past the largest one.
    edge = form.largest * (1 + form.unit / 2)
    overflow = np.isinf(actual) & (np.abs(expected) + bound >= edge)
    same_sign = np.signbit(actual) == np.signbit(expected)
    error[(np.isinf(expected) & (actual == expected)) | (overflow & same_sign)] = 0.0
    return error


def ratios(error: Array, bound: Array) -> Array:
    """Error over bound, 0 where there is no error or no bound."""
    ratio = np.where((error == 0) | np.isposinf(bound), 0.0, error / bound)
    ratio[np.isnan(ratio)] = np.inf
    return ratio


def _width(expected: Array, bound: Array) -> float:
    finite = np.isfinite(expected) & np.isfinite(bound)
    size, reach = (float(np.linalg.norm(values[finite])) for values in (expected, bound))
    return reach / size if size else 0.0 if reach == 0 else math.inf


def _failed(reason: str) -> Comparison:
    return Comparison(math.inf, math.inf, failure=reason)
