"""What one operation adds to an error: its roundings, or nothing. Knows no derivative.

Nothing is rounded by a factor that is a power of two, nor between exact operands if the format
holds the result.
"""

from __future__ import annotations

from typing import Any, final

import numpy as np

from ._formats import DOUBLE_UNIT, Format
from ._node import Error, Floating, Node

EXACT: Error = 0.0


@final
class Rounding:
    """The rounding errors of a computation in a format, and of the reference itself in float64.

    `exact` is where a result is not rounded: a mask, or False for nowhere.
    """

    def __init__(self, form: Format) -> None:
        self.form = form
        # The comparison sees the sum of both.
        self.unit = form.unit + DOUBLE_UNIT
        self._accumulator = form.accumulator + DOUBLE_UNIT

    def once(self, value: Floating, exact: Any = False) -> Floating:
        """One rounding of each value."""
        bound = np.abs(value) * self.unit
        if exact is not False:
            bound = bound * ~exact
        return np.asarray(bound + self.underflow(value))

    def of_sum(self, value: Floating, sizes: Floating, terms: int) -> Floating:
        """n terms make n - 1 roundings of partial sums, none larger than the sum of the sizes.

        Where the accumulator is wider than the format, the sum is rounded once when it is stored,
        and partial sums may be: a mean over one axis after another stores one in between.
        """
        bound = (terms - 1) * self._accumulator * sizes
        if self.form.accumulator < self.form.unit:
            bound = bound + self.unit * sizes + self.once(value)
        return np.asarray(bound + self.underflow(value))

    def underflow(self, value: Floating) -> Error:
        """All of a value that may be flushed to zero."""
        size = np.abs(value)
        lost = (size < self.form.smallest_normal) & (size > 0)
        return np.where(lost, self.form.flushed, 0.0) if lost.any() else EXACT

    def exact_addition(self, a: Node, b: Node, value: Floating) -> Any:
        """Where a + b is not rounded: what float64 loses of it is 0, and the format holds it."""
        exact = _both_exact(a, b)
        if exact is not False:
            back = value - a.value
            lost = (a.value - (value - back)) + (b.value - back)
            exact = exact & (lost == 0) & self.form.holds(value)
        return exact

    def exact_product(self, a: Node, b: Node, value: Floating) -> Any:
        """Where a b is not rounded."""
        exact = _either(_powers_of_two(a), _powers_of_two(b))
        # A product of numbers of 26 bits fits float64: there, what the format holds is the product.
        if self.form.digits <= 26 and (both := _both_exact(a, b)) is not False:
            exact = exact | (both & self.form.holds(value))
        return exact

    def exact_quotient(self, b: Node) -> Any:
        """Where a division is not rounded: elsewhere it may be a product with a rounded reciprocal (XLA)."""
        return _powers_of_two(b)


def is_exact(error: Error) -> bool:
    """Whether an error is 0 by construction, everywhere."""
    return isinstance(error, float) and error == EXACT


def plus(a: Error, b: Error) -> Error:
    """The sum of two errors, without work where one is exact."""
    if is_exact(a):
        return b
    return a if is_exact(b) else a + b


def scaled(size: Floating, error: Error) -> Error:
    """An error times the size of a factor, without work where it is exact."""
    return EXACT if is_exact(error) else size * error


def _both_exact(a: Node, b: Node) -> Any:
    if is_exact(a.error) and is_exact(b.error):
        return True
    both = (np.asarray(a.error) == 0) & (np.asarray(b.error) == 0)
    return both if both.any() else False


def _either(a: Any, b: Any) -> Any:
    if a is False:
        return b
    return a if b is False else a | b


def _powers_of_two(factor: Node) -> Any:
    """Where a factor scales without rounding: constants that are 0 or a power of two."""
    if factor.tracked or not is_exact(factor.error):
        return False
    return (np.abs(np.frexp(factor.value)[0]) == 0.5) | (factor.value == 0)
