"""References on plain numbers: float64 arrays, and 50 digits. Knows no error and no gradient."""

from __future__ import annotations

import abc
from collections.abc import Sequence
from typing import Any, final

import numpy as np

from ._functions import FUNCTIONS
from ._mathematics import Mathematics, Number


def windows_of(x: Any, kernel: tuple[int, ...], stride: int) -> Any:
    """A view of all windows of (N, C, *S): (N, C, *positions, *kernel)."""
    axes = tuple(range(2, x.ndim))
    view = np.lib.stride_tricks.sliding_window_view(x, kernel, axis=axes)
    return view[(slice(None), slice(None), *(slice(None, None, stride) for _ in kernel))]


class Arrays(Mathematics):
    """The primitives on arrays of anything NumPy can add and compare, and on scalars."""

    @abc.abstractmethod
    def _function(self, name: str, x: Number) -> Number: ...

    def abs(self, x: Number) -> Number:
        return abs(x)

    def where(self, condition: Any, yes: Number, no: Number) -> Number:
        chosen: Any = np.where(condition, yes, no)
        return chosen[()]

    def _larger(self, a: Number, b: Number) -> Number:
        return np.maximum(a, b)

    def _peak(self, x: Number, *, share: bool) -> Number:
        return x.max(axis=-1)

    def _shift(self, x: Number, axes: tuple[int, ...]) -> Number:
        return x.max(axis=axes, keepdims=True)

    def _contract(self, spec: str, a: Number, b: Number) -> Number:
        return np.einsum(spec, a, b, optimize=True)

    def _pad(self, x: Number, widths: Sequence[tuple[int, int]], value: float) -> Number:
        return np.pad(x, widths, constant_values=value)

    def _windows(self, x: Number, kernel: tuple[int, ...], stride: int) -> Number:
        return windows_of(x, kernel, stride)

    def _take(self, x: Number, index: np.ndarray[Any, Any], axis: int) -> Number:
        return np.take(x, index, axis=axis)


@final
class Floats(Arrays):
    """NumPy's floats, in the dtype of what comes in."""

    def _function(self, name: str, x: Number) -> Number:
        y = FUNCTIONS[name].floats(x)
        # A constant stays a Python number: NumPy's float64 would widen a float32 array beside it.
        return float(y) if isinstance(x, (int, float)) else y


@final
class Decimals(Arrays):
    """mpmath with a fixed number of digits: scalars, or object arrays of them."""

    def __init__(self, digits: int = 50) -> None:
        import mpmath

        self.context = mpmath.MPContext()
        self.context.dps = digits

    @property
    def pi(self) -> Number:
        return +self.context.pi

    def number(self, x: Any) -> Any:
        """A float, or an array of floats, exactly."""
        mantissas, exponents = np.frexp(x)
        head = np.asarray(mantissas, np.float64)
        rest = np.asarray(mantissas - head, np.float64)  # what a type wider than float64 has beyond it
        return np.frompyfunc(self._assemble, 3, 1)(head, rest, exponents)

    def _assemble(self, head: float, rest: float, exponent: int) -> Any:
        return self.context.ldexp(self.context.mpf(head) + (rest if head - head == 0 else 0), int(exponent))

    def _function(self, name: str, x: Number) -> Number:
        evaluate = FUNCTIONS[name].decimals
        return np.frompyfunc(lambda value: evaluate(self.context, value), 1, 1)(x)
