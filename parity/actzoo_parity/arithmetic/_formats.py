"""The floating-point formats that are judged. Knows their grids, not what is computed in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floating = NDArray[Any]


@dataclass(frozen=True)
class Format:
    """A binary format: `digits` significant bits, normal numbers from `smallest_normal` up.

    `ulps` is what an element-wise function may be off by, in units in the last place. Halves are
    computed in float32 and rounded once, so they get one; the others get eight.
    `accumulator` is the unit roundoff in which sums are kept. Sums of halves are kept in float32
    (seen for sums, products of matrices, convolutions and their gradients in torch 2.13, jax 0.10).
    `flushes`: processors flush subnormals of float32, bfloat16 and float64 to zero when told to;
    float16 is converted to float32, where they are normal.
    """

    name: str
    digits: int
    smallest_exponent: int
    largest: float
    ulps: int
    accumulator: float
    flushes: bool

    @property
    def unit(self) -> float:
        """The unit roundoff: half the distance from 1 to the next number."""
        return 2.0**-self.digits

    @property
    def smallest_normal(self) -> float:
        """The least positive number of full precision."""
        return 2.0**self.smallest_exponent

    @property
    def smallest_subnormal(self) -> float:
        """The least positive number."""
        return 2.0 ** (self.smallest_exponent - self.digits + 1)

    @property
    def flushed(self) -> float:
        """The largest error of an underflow."""
        return self.smallest_normal if self.flushes else self.smallest_subnormal

    def spacing(self, values: Floating) -> Floating:
        """Distance between neighbours at each value: one unit in the last place."""
        _, exponents = np.frexp(np.where(np.isfinite(values), values, 1.0))
        least = self.smallest_exponent - self.digits + 1
        grid = np.ldexp(1.0, np.maximum(exponents - self.digits, least))
        return np.where(values == 0, self.smallest_subnormal, grid)

    def may_flush(self, values: Floating) -> NDArray[np.bool_]:
        """Where a value is subnormal, so that it may be read or stored as zero."""
        size = np.abs(values)
        return np.asarray((size > 0) & (size < self.smallest_normal) & self.flushes)

    def reach(self, values: Floating, ulps: float = 1) -> Floating:
        """Some units in the last place, and all of a value that may be flushed to zero."""
        lost = np.where(self.may_flush(values), np.abs(values), 0.0)
        return np.asarray(ulps * self.spacing(values) + lost)

    def holds(self, values: Floating) -> NDArray[np.bool_]:
        """Whether each value is a number of this format."""
        wide = self.name == "bfloat16"  # which is the upper half of float32
        with np.errstate(all="ignore"):
            narrow = np.asarray(values, np.float32 if wide else self.name)
        held = (narrow == values) & np.isfinite(narrow)
        return np.asarray(held & (narrow.view(np.uint32) & 0xFFFF == 0) if wide else held)


def _format(name: str, digits: int, smallest_exponent: int, largest: float) -> Format:
    half = digits < 24
    return Format(
        name=name,
        digits=digits,
        smallest_exponent=smallest_exponent,
        largest=largest,
        ulps=1 if half else 8,
        accumulator=2.0 ** -max(digits, 24),
        flushes=name != "float16",
    )


FORMATS = {
    row.name: row
    for row in (
        _format("float64", 53, -1022, (2 - 2.0**-52) * 2.0**1023),
        _format("float32", 24, -126, (2 - 2.0**-23) * 2.0**127),
        _format("float16", 11, -14, (2 - 2.0**-10) * 2.0**15),
        _format("bfloat16", 8, -126, (2 - 2.0**-7) * 2.0**127),
    )
}


def format_of(dtype: Any) -> Format:
    """The format of a NumPy dtype, or of its name (`bfloat16` needs no extension that way)."""
    name = dtype if isinstance(dtype, str) else np.dtype(dtype).name
    if name not in FORMATS:
        raise TypeError(f"no floating-point format {name!r}; known are {', '.join(FORMATS)}")
    return FORMATS[name]
