"""Arrays as a pickle spells them: made empty, then told their shape, dtype and bytes. No claim is believed."""

from __future__ import annotations

import math
import re
from typing import Any, final

import numpy as np

from .._bits import Bits

_CODE = re.compile(r"[<>|=]?(b1|[iu][1248]|f[248]|c(8|16)|bool|u?int(8|16|32|64)|float(16|32|64)|complex(64|128))")


@final
class Dtype:
    """A dtype of numbers; of objects and records there is none."""

    def __init__(self, code: Any) -> None:
        if not isinstance(code, str | bytes):
            raise TypeError("a dtype is named by text")
        text = code if isinstance(code, str) else code.decode("latin1")
        if not _CODE.fullmatch(text):
            raise ValueError(f"a dtype '{text[:40]}'")
        self.dtype = np.dtype(text)

    def set(self, version: int, order: Any, *rest: Any) -> None:
        order = order.decode("latin1") if isinstance(order, bytes) else order
        if order not in ("<", ">", "|", "="):
            raise ValueError("a byte order that is none")
        self.dtype = self.dtype.newbyteorder(order)


@final
class Array:
    """An array that is still being told what it is."""

    def __init__(self, dtype: Dtype | None = None, shape: Any = (), data: Any = None) -> None:
        self.dtype, self.shape, self.data, self.order = dtype, shape, data, "C"

    def set(self, version: int, shape: Any, dtype: Dtype, fortran: Any, data: Any) -> None:
        self.dtype, self.shape, self.data, self.order = dtype, shape, data, "F" if fortran else "C"

    def bits(self) -> Bits:
        """The array; its shape has to be exactly what its bytes hold."""
        if not isinstance(self.dtype, Dtype) or not isinstance(self.shape, tuple):
            raise TypeError("an array without a dtype or a shape")
        data = self.data.encode("latin1") if isinstance(self.data, str) else self.data
        if not isinstance(data, bytes | bytearray):
            raise TypeError("an array without its bytes")
        if any(type(extent) is not int or extent < 0 for extent in self.shape):
            raise ValueError("a shape that is none")
        dtype = self.dtype.dtype
        if math.prod(self.shape) * dtype.itemsize != len(data):
            raise ValueError(f"an array claims the shape {self.shape} of {dtype}, and has {len(data)} bytes")
        array = np.frombuffer(data, dtype).reshape(self.shape, order="F" if self.order == "F" else "C")
        array = np.ascontiguousarray(array, dtype.newbyteorder("=")).reshape(self.shape)
        return Bits(array, "bfloat16" if array.dtype == np.uint16 else array.dtype.name)


def from_buffer(data: Any, dtype: Dtype, shape: Any, order: str = "C") -> Array:
    """What protocol 5 calls to make an array of bytes that lie in the file."""
    made = Array()
    made.set(1, shape, dtype, order == "F", bytes(data) if isinstance(data, bytearray) else data)
    return made
