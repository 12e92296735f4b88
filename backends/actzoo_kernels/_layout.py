"""How the operands of a stage lie over three axes, for any kernel. Knows no framework."""

from __future__ import annotations

import abc
import functools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

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
class Kernel(abc.ABC):
    """A rendered stage: its functions, and what is known of its operands.

    kind            "numba" or "triton"
    arguments       what the stage takes, in order; the first has the shape of the result
    differentiable  how many of them, from the first, have gradients
    families        those that are used by index, over their first axis
    whole           those that count something, and stay integers
    arithmetic      whether it is sums and products alone, which a compiler fuses with what is around them
    """

    kind: ClassVar[str]

    forward: Callable[..., Any]
    backward: Callable[..., Any]
    arguments: tuple[str, ...]
    differentiable: int
    families: tuple[str, ...]
    whole: tuple[str, ...]
    arithmetic: bool = False

    def layout(self, operands: Sequence[Any]) -> Layout:
        """`Unfit` if there is none."""
        shapes: list[Shape | None] = []
        for name, operand in zip(self.arguments, operands, strict=True):
            if not hasattr(operand, "shape"):
                shapes.append(None)
            else:
                shapes.append(tuple(operand.shape)[1:] if name in self.families else tuple(operand.shape))
        return layout(tuple(shapes), tuple(name in self.families for name in self.arguments))

    @abc.abstractmethod
    def value(self, operands: Sequence[Any], result: Any, threads: int = 0) -> None:
        """Write the stage's value into a contiguous array of the first operand's shape.

        threads: at most so many on a CPU; 0 for as many as there are
        """

    @abc.abstractmethod
    def gradients(self, grad: Any, operands: Sequence[Any], threads: int = 0) -> list[Any]:
        """The gradient of each differentiable operand, in its shape; None for a number."""
