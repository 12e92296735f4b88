"""A number that knows its error and where it came from. Does not know how to compute: `m` does."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any, final

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from ._carrying import ErrorCarrying

Floating = NDArray[Any]
Error = Floating | float
"""A bound per element; the Python number 0.0 says that all of it is exact."""

Rule = Callable[["Node", "Node"], "Node"]
"""From the adjoint of a result, and the result, to the adjoint of one operand."""

_serial = count()


@final
@dataclass(frozen=True)
class Condition:
    """The outcome of a comparison, and where rounding could have turned it round."""

    holds: NDArray[np.bool_]
    ambiguous: NDArray[np.bool_]

    def __and__(self, other: Condition) -> Condition:
        return Condition(self.holds & other.holds, self.ambiguous | other.ambiguous)

    def __or__(self, other: Condition) -> Condition:
        return Condition(self.holds | other.holds, self.ambiguous | other.ambiguous)

    def __invert__(self) -> Condition:
        return Condition(~self.holds, self.ambiguous)


@final
class Node:
    """An array, a bound on its error, and the operands it is to be differentiated by."""

    __slots__ = ("error", "m", "parents", "serial", "tracked", "value")
    __array_ufunc__ = None  # an array on the left hands its operator over to us

    def __init__(
        self,
        m: ErrorCarrying,
        value: Floating,
        error: Error,
        parents: Sequence[tuple[Node, Rule]] = (),
        tracked: bool = False,
    ) -> None:
        self.m = m
        self.value = value
        self.error = error if isinstance(error, float) else np.broadcast_to(error, value.shape)
        self.parents: tuple[tuple[Node, Rule], ...] = tuple(p for p in parents if p[0].tracked)
        self.tracked: bool = tracked or bool(self.parents)
        self.serial = next(_serial)

    @property
    def bound(self) -> Floating:
        """The error as an array."""
        return np.broadcast_to(np.asarray(self.error), self.value.shape)

    @property
    def shape(self) -> tuple[int, ...]:
        return self.value.shape

    @property
    def ndim(self) -> int:
        return self.value.ndim

    def __repr__(self) -> str:
        return f"Node({self.value!r} ± {self.error!r})"

    def __neg__(self) -> Node:
        return self.m.negate(self)

    def __add__(self, other: Any) -> Node:
        return self.m.add(self, other)

    def __radd__(self, other: Any) -> Node:
        return self.m.add(other, self)

    def __sub__(self, other: Any) -> Node:
        return self.m.add(self, -self.m.lift(other))

    def __rsub__(self, other: Any) -> Node:
        return self.m.add(other, -self)

    def __mul__(self, other: Any) -> Node:
        return self.m.multiply(self, other)

    def __rmul__(self, other: Any) -> Node:
        return self.m.multiply(other, self)

    def __truediv__(self, other: Any) -> Node:
        return self.m.divide(self, other)

    def __rtruediv__(self, other: Any) -> Node:
        return self.m.divide(other, self)

    def __pow__(self, power: int) -> Node:
        if not isinstance(power, int) or power < 1:
            raise TypeError(f"a power of {power!r}; only whole powers from 1 up have a rule")
        return self if power == 1 else self.m.multiply(self ** (power - 1), self)

    def __gt__(self, other: Any) -> Condition:
        return self.m.compare(np.greater, self, other)

    def __ge__(self, other: Any) -> Condition:
        return self.m.compare(np.greater_equal, self, other)

    def __lt__(self, other: Any) -> Condition:
        return self.m.compare(np.less, self, other)

    def __le__(self, other: Any) -> Condition:
        return self.m.compare(np.less_equal, self, other)

    def __getitem__(self, key: Any) -> Node:
        return self.m.pick(self, key)

    def reshape(self, *shape: Any) -> Node:
        return self.m.reshape(self, shape[0] if len(shape) == 1 else shape)

    def sum(self, axis: int | Sequence[int] | None = None, keepdims: bool = False) -> Node:
        axes = range(self.ndim) if axis is None else [axis] if isinstance(axis, int) else axis
        dropped = {a % self.ndim for a in axes}
        kept = tuple(1 if a in dropped else n for a, n in enumerate(self.shape))
        total = self.m.total(self, kept)
        if keepdims:
            return total
        return total.reshape(tuple(n for a, n in enumerate(self.shape) if a not in dropped))


def reach(output: Node) -> list[Node]:
    """All nodes an output was computed from and that are differentiated, latest first."""
    found = {output.serial: output}
    waiting = [output]
    while waiting:
        for parent, _ in waiting.pop().parents:
            if parent.serial not in found:
                found[parent.serial] = parent
                waiting.append(parent)
    return [found[serial] for serial in sorted(found, reverse=True)]


def size_of(shape: Sequence[int]) -> int:
    """Number of elements."""
    return math.prod(shape)
