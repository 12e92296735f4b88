"""Arrays as bits with a named dtype: NumPy carries what it has no type for; knows no framework.

bfloat16 and 8-bit floats travel as unsigned integers of their width: no value is interpreted.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import final

import numpy as np

from ._errors import ConversionError

CARRIERS: Mapping[str, str] = MappingProxyType({"bfloat16": "uint16", "float8_e4m3fn": "uint8", "float8_e5m2": "uint8"})


@final
@dataclass(frozen=True, eq=False)
class Bits:
    """An array and its dtype's name, which for a dtype in `CARRIERS` is not the array's own."""

    array: np.ndarray
    dtype: str

    def moved(self, move: Callable[[np.ndarray], np.ndarray]) -> "Bits":
        """Apply a function that moves values and computes none."""
        return replace(self, array=move(self.array))

    def fresh(self) -> "Bits":
        """Copy, in row-major order."""
        return replace(self, array=np.array(self.array, order="C", copy=True))

    def same(self, other: "Bits") -> bool:
        """Whether dtype, shape and every bit agree."""
        return (
            self.dtype == other.dtype
            and self.array.shape == other.array.shape
            and self.array.tobytes() == other.array.tobytes()
        )


def from_numpy(array: object, key: str) -> Bits:
    """Take a NumPy array, whose extended dtypes (of ml_dtypes) are known by name."""
    if not isinstance(array, np.ndarray | np.generic):
        raise ConversionError(f"'{key}' holds a {type(array).__name__}, not a tensor or an array")
    array = np.asarray(array)
    name = array.dtype.name
    return Bits(array.view(CARRIERS[name]) if name in CARRIERS else array, name)
