"""The type that a reference computes in. Knows no function.

It is to be wider than the format that is judged, in digits and in range: what underflows in the
format is then a number like any other, and the reference's own error is small beside the bound. For
float64 that takes an np.longdouble of x86 (64 digits, 15 bits of exponent) or more. Where that is
float64 itself, as on Windows and on Apple's processors, float64 is judged by float64.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

import numpy as np

from ._formats import Format


@final
@dataclass(frozen=True)
class Working:
    """A type of NumPy's to compute in."""

    dtype: np.dtype[Any]

    @property
    def digits(self) -> int:
        return int(np.finfo(self.dtype).nmant) + 1

    @property
    def unit(self) -> float:
        """Its unit roundoff; what we make of erfc is not better than that of 64 digits."""
        return 2.0 ** -min(self.digits, 64)

    def outranges(self, form: Format) -> bool:
        """Whether products of some numbers of the format are still normal numbers here."""
        return int(np.finfo(self.dtype).minexp) < 3 * form.smallest_exponent


DOUBLE = Working(np.dtype(np.float64))


def working_for(form: Format) -> Working:
    """float64, or np.longdouble if it takes that to outrange the format and it does."""
    extended = Working(np.dtype(np.longdouble))
    return extended if not DOUBLE.outranges(form) and extended.outranges(form) else DOUBLE


def pi(dtype: np.dtype[Any]) -> Any:
    """Pi to all the digits of a type."""
    return 4 * np.arctan(dtype.type(1))
