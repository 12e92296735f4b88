"""A rendered stage as one call: operands as NumPy arrays, their axes folded into three. Knows no framework."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from actzoo_numba._loops import RUN

Array = np.ndarray[Any, Any]
Shape = tuple[int, ...]


class Unfit(Exception):
    """Operands that no loop is made for; the message says why."""


@dataclass(frozen=True)
class Layout:
    """How operands of some shapes lie over (N, C, positions), the shape of the first.

    operands  for each, its own N and C and whether it has positions; None for a number
    """

    shape: tuple[int, int, int]
    operands: tuple[tuple[int, int, bool] | None, ...]


@functools.lru_cache(maxsize=4096)
def layout(shapes: tuple[Shape | None, ...], families: tuple[bool, ...]) -> Layout:
    """Of the first operand, and of others that are broadcast to it. `Unfit` if three axes do not do.

    Positions are the last axes over which each operand is whole or one number, and families are one number; N and C
    likewise of those before. `families` tells which operands are, whose shapes are those of a member.
    """
    whole = shapes[0]
    assert whole is not None
    spans: list[Shape | None] = []
    for shape in shapes:
        if shape is not None:
            shape = (1,) * (len(whole) - len(shape)) + shape
            if len(shape) > len(whole) or any(s not in (1, w) for s, w in zip(shape, whole, strict=True)):
                raise Unfit(f"an operand of shape {shape} is not broadcast to {whole}")
        spans.append(shape)
    groups = _groups(whole, [s for s in spans if s is not None])
    last = groups[-1]
    if any(f and s is not None and s[last] != (1,) * len(s[last]) for s, f in zip(spans, families, strict=True)):
        groups.append(slice(last.stop, last.stop))
    if len(groups) > 3:
        raise Unfit(f"operands are broadcast over {whole} in more than three ways")
    while len(groups) < 3:
        groups.insert(0, slice(0, 0))

    def sizes(shape: Shape) -> list[int]:
        return [math.prod(shape[g]) for g in groups]

    n, c, positions = sizes(whole)
    operands = tuple(None if s is None else (*sizes(s)[:2], sizes(s)[2] == positions) for s in spans)
    return Layout((n, c, positions), operands)  # type: ignore[arg-type]


def _groups(whole: Shape, shapes: Sequence[Shape]) -> list[slice]:
    """The fewest runs of axes such that each shape is whole, or 1, over a run."""
    kinds = [tuple(s[axis] == size for s in shapes) for axis, size in enumerate(whole)]
    long = [axis for axis, size in enumerate(whole) if size != 1]
    groups: list[slice] = []
    for axis in long or range(len(whole)):
        if groups and kinds[groups[-1].start] == kinds[axis]:
            groups[-1] = slice(groups[-1].start, axis + 1)
        else:
            groups.append(slice(axis, axis + 1))
    return groups or [slice(0, 0)]


@dataclass(frozen=True)
class Kernel:
    """The loops of a stage.

    arguments       what the stage takes, in order; the first has the shape of the result
    differentiable  how many of them, from the first, have gradients
    families        those that are used by index, over their first axis
    whole           those that count something, and stay integers
    """

    forward: Callable[..., None]
    backward: Callable[..., None]
    arguments: tuple[str, ...]
    differentiable: int
    families: tuple[str, ...]
    whole: tuple[str, ...]

    def layout(self, operands: Sequence[Any]) -> Layout:
        """`Unfit` if there is none."""
        shapes: list[Shape | None] = []
        for name, operand in zip(self.arguments, operands, strict=True):
            if not hasattr(operand, "shape"):
                shapes.append(None)
            else:
                shapes.append(tuple(operand.shape)[1:] if name in self.families else tuple(operand.shape))
        return layout(tuple(shapes), tuple(name in self.families for name in self.arguments))

    def value(self, operands: Sequence[Any], result: Array) -> None:
        """Write the stage's value into a contiguous array of the first operand's shape."""
        found = self.layout(operands)
        self.forward(*self._folded(found, operands), result.reshape(found.shape))

    def gradients(self, grad: Array, operands: Sequence[Any]) -> list[Array | None]:
        """The gradient of each differentiable operand, in its shape; None for a number."""
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
                results.append(np.empty(found.shape, grad.dtype))
            else:
                results.append(np.empty((n, c, runs), grad.dtype))
        self.backward(grad.reshape(found.shape), *folded, *results)
        return [
            None if r is None else self._unfolded(name, r, operand, place)
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

    def _unfolded(self, name: str, result: Array, operand: Any, place: Any) -> Array:
        """The sum of a gradient over what its operand was broadcast to, in the operand's shape."""
        n, c, over_positions = place
        axes = tuple(axis for axis, size in ((0, n), (1, c)) if size == 1 and result.shape[axis] != 1)
        if name in self.families:
            summed = result.sum(axis=(*axes, 2), keepdims=True)
            return np.moveaxis(summed.reshape(n, c, -1), -1, 0).reshape(operand.shape)
        if not over_positions:
            return result.sum(axis=(*axes, 2)).reshape(operand.shape)
        return (result.sum(axis=axes) if axes else result).reshape(operand.shape)
