"""A stage's loops as one call: operands as NumPy arrays, their axes folded into three."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

import numba
import numpy as np

from actzoo_kernels._layout import Kernel, Layout
from actzoo_kernels.numba._loops import RUN, sum_rows

Array = np.ndarray[Any, Any]

SHARE = 32768
"""Elements that are worth a thread."""

PARTS = 32
"""Of the channels that a map is summed over, each in a thread."""


_one_at_a_time = threading.Lock()


def call(threads: int, kernel: Callable[..., None], first: Array, *others: Any) -> None:
    """Call a loop over an array, with so many threads as it has work for: one starts at no cost, and waits for nobody.

    Numba's simplest way of having threads ends the process where two of the caller's are in it at once.
    """
    with _one_at_a_time:
        allowed = numba.get_num_threads()
        wanted = max(1, min(threads or allowed, first.size // SHARE))
        if wanted >= allowed:
            kernel(first, *others)
            return
        numba.set_num_threads(wanted)
        try:
            kernel(first, *others)
        finally:
            numba.set_num_threads(allowed)


class Loops(Kernel):
    """Of tensors whose memory NumPy sees."""

    kind = "numba"

    def value(self, operands: Sequence[Any], result: Array, threads: int = 0) -> None:
        found = self.layout(operands)
        call(threads, self.forward, *self._folded(found, operands), result.reshape(found.shape))

    def gradients(
        self, grad: Array, operands: Sequence[Any], threads: int = 0, empty: Callable[..., Array] = np.empty
    ) -> list[Array | None]:
        found = self.layout(operands)
        folded = self._folded(found, operands)
        n, c, positions = found.shape
        runs = -(-positions // RUN)
        results: list[Any] = []
        for name, operand, place in zip(self.arguments[: self.differentiable], folded, found.operands, strict=False):
            if place is None:
                results.append(None)
            elif name in self.families:
                results.append(np.zeros((n, c, runs, operand.shape[2]), grad.dtype))
            elif place[2]:
                results.append(empty(found.shape, grad.dtype))
            else:
                results.append(np.empty((n, c, runs), grad.dtype))
        call(threads, self.backward, grad.reshape(found.shape), *folded, *results)
        return [
            None if r is None else self._unfolded(name, r, operand, place, threads)
            for name, r, operand, place in zip(self.arguments, results, operands, found.operands, strict=False)
        ]

    def _folded(self, found: Layout, operands: Sequence[Any]) -> list[Any]:
        dtype = operands[0].dtype.type
        folded: list[Any] = []
        for name, operand, place in zip(self.arguments, operands, found.operands, strict=True):
            if place is None:
                folded.append(int(operand) if name in self.whole else dtype(operand))
            elif name in self.families:
                members = np.moveaxis(operand, 0, -1).reshape(*place[:2], operand.shape[0])
                folded.append(np.ascontiguousarray(members, dtype))
            else:
                shape = (*place[:2], found.shape[2]) if place[2] else place[:2]
                folded.append(np.ascontiguousarray(operand.reshape(shape), dtype))
        return folded

    def _unfolded(self, name: str, result: Array, operand: Any, place: Any, threads: int) -> Array:
        """The sum of a gradient over what its operand was broadcast to, in the operand's shape."""
        n, c, over_positions = place
        axes = tuple(axis for axis, size in ((0, n), (1, c)) if size == 1 and result.shape[axis] != 1)
        if name in self.families:
            summed = result.sum(axis=(*axes, 2), keepdims=True)
            return np.moveaxis(summed.reshape(n, c, -1), -1, 0).reshape(operand.shape)
        if not over_positions:
            return result.sum(axis=(*axes, 2)).reshape(operand.shape)
        if 1 in axes:
            parts = np.empty((result.shape[0], min(PARTS, result.shape[1]), result.shape[2]), result.dtype)
            call(threads, sum_rows, result, parts)
            result = parts
        return (result.sum(axis=axes) if axes else result).reshape(operand.shape)
