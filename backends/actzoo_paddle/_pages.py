"""Large memory in large pages, as NumPy asks for its own and Paddle does not (3.3)."""

from __future__ import annotations

import ctypes
import math
import mmap
import sys
from collections.abc import Callable

from paddle import Tensor

LARGE = 1 << 22
"""Bytes from which NumPy asks too (2.4)."""


def _advise() -> Callable[[int, int, int], int] | None:
    """The system's `madvise`, where it knows of large pages."""
    if sys.platform != "linux":
        return None
    found = ctypes.CDLL(None).madvise
    found.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    return found  # type: ignore[no-any-return]


_madvise = _advise()


def in_large_pages(tensor: Tensor) -> Tensor:
    """A new tensor on the CPU, which nothing is written to yet: its first touch is half of what a stage takes.

    A hint: where the system has no large pages, nothing changes.
    """
    size = math.prod(tensor.shape) * tensor.element_size()
    if _madvise is not None and size >= LARGE and tensor.place.is_cpu_place():
        start = -(-tensor.data_ptr() // mmap.PAGESIZE) * mmap.PAGESIZE
        _madvise(start, tensor.data_ptr() + size - start, mmap.MADV_HUGEPAGE)
    return tensor
