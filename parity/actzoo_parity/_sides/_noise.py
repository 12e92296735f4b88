"""How large an error of one operation is made, to see what it does to the results. Draws none.

An operation multiplies its result by 1 + size * a number between -1 and 1. The sizes are those of the references'
arithmetic, in roundings of half a unit in the last place: 2 for basic arithmetic, 8 for a library
function such as exp. A sum of n terms, one after another, each rounding independent of the others,
is off by 0.3 n roundings of the terms if these have any sign (root mean squares), and by 0.25
n^(3/2) if they have one sign. Factors that are off by sqrt(n) / 4 units do 0.41 n to the first, and
a result off by as much does 0.29 n^(3/2) to the second. So a sum's operands and its result both get
sqrt(n) / 4 units.

Terms that are equal, as the slopes behind a mean, are rounded alike: each partial sum is off by up to half a unit in
one direction, all of them by n / 4 units of the sum. `of_sum` has that for a sum of n such terms.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from ..arithmetic import format_of


class Kind(Enum):
    """What an operation may lose."""

    MOVED = "nothing: numbers are moved or selected"
    BASIC = "two roundings"
    FUNCTION = "eight roundings"
    SUM = "as a sum of many terms does"


@final
@dataclass(frozen=True)
class Noise:
    """Errors as of computing in `dtype`. `plain` leaves the allowances out: one unit for every operation."""

    dtype: str
    seed: int
    plain: bool = False

    @property
    def unit(self) -> float:
        """A unit in the last place of a number just above 1."""
        return 2 * format_of(self.dtype).unit

    @property
    def least(self) -> float:
        """What is lost near the smallest numbers, where that is not far below any number of interest."""
        return format_of(self.dtype).flushed if self.dtype == "float16" else 0.0

    def of_result(self, kind: Kind, terms: int = 1) -> float:
        """The relative size of the error of an operation's result."""
        if kind is Kind.MOVED:
            return 0.0
        return max(self.unit, self.of_operands(kind, terms))

    def of_sum(self, terms: int, equal: bool) -> float:
        """The relative size of the error of a plain sum."""
        return self.of_result(Kind.SUM, terms * terms if equal else terms)

    def of_operands(self, kind: Kind, terms: int = 1) -> float:
        """The relative size of the errors of its operands, which stand for what happens inside."""
        if self.plain or kind in (Kind.MOVED, Kind.BASIC):
            return 0.0
        # sums of halves are kept in float32, library functions of halves computed in it
        inside = 2 * format_of(self.dtype).accumulator
        return inside * (4.0 if kind is Kind.FUNCTION else max(1.0, math.sqrt(terms) / 4))

    def generator(self, *more: int) -> np.random.Generator:
        """Numbers that depend on the seed only."""
        return np.random.default_rng((self.seed, *more))

    def disturbed(self, array: NDArray[Any], size: float, draw: np.random.Generator) -> NDArray[Any]:
        """Each number times 1 + an error; 0, infinities and NaN as they are, and whole numbers."""
        if not size or array.dtype.kind in "iub":
            return array
        errors = 2 * draw.random(array.shape, np.float32) - 1
        disturbed = np.multiply(errors, array, dtype=np.float64)
        disturbed *= size
        disturbed += array
        if not math.isfinite(float(disturbed.sum())):
            disturbed = np.where(np.isfinite(array), disturbed, array)
        if self.least:
            disturbed += self.least * errors * np.sign(array)
        made: NDArray[Any] = disturbed.astype(array.dtype, copy=False)
        return made


def are_equal(array: Any, axes: Iterable[int] | None = None) -> bool:
    """Whether most neighbours that are not 0, along one of the axes, are equal but for errors. Of any array type."""
    for axis in range(array.ndim) if axes is None else axes:
        if array.shape[axis] > 1:
            here, there = ((slice(None),) * axis + (cut,) for cut in (slice(None, -1), slice(1, None)))
            a, b = array[here], array[there]
            counted = (a != 0) & (b != 0)
            if int(counted.sum()) < 2 * int((counted & (abs(a - b) <= ALIKE * abs(a))).sum()):
                return True
    return False


ALIKE = 2.0**-6
"""Terms that are apart by less are equal numbers with the errors of a run in half precision."""


def most_terms(shapes: Iterable[tuple[int, ...]]) -> int:
    """How many terms a sum over one of these arrays may have: its size over its second largest extent.

    Of a matrix that is its longer side, of a convolution's weight the size of one filter, of a batch
    of maps the positions of one channel. A vector may be summed as a whole.
    """
    terms = 1
    for shape in shapes:
        extents = sorted(shape, reverse=True)
        size = math.prod(extents)
        terms = max(terms, size // extents[1] if len(extents) > 1 and size else size)
    return terms


def names(text: str) -> frozenset[str]:
    """The words of a text, for tables of operations."""
    return frozenset(text.split())
