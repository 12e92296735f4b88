"""The error of one operation: what it carries of its operands', and its own roundings. Keeps no numbers.

Nothing is rounded by a factor that is a power of two, nor between exact operands if the format
holds the result.
"""

from __future__ import annotations

from typing import Any, final

import numpy as np

from ._formats import Format
from ._functions import Function
from ._node import Condition, Error, Floating, Node
from ._plain import Floats
from ._working import Working

EXACT: Error = 0.0

FUNCTION_ULPS = 8
"""What an implementation of exp, tanh, erf and so on may be off by, in roundings."""

_FLOATS = Floats()


@final
class Rounding:
    """The rounding errors of a computation in a format, and of the reference itself in its own type.

    `exact` is where a result is not rounded: a mask, or False for nowhere. Results may be flushed to
    zero, where that is `flushing`.
    """

    def __init__(self, form: Format, working: Working, flushing: bool) -> None:
        self.form = form
        # The comparison sees the sum of both.
        self.unit = form.unit + working.unit
        self._accumulator = form.accumulator + working.unit
        self._product_fits = 2 * form.digits <= working.digits
        self._flushing = flushing

    def once(self, value: Floating, exact: Any = False) -> Floating:
        """One rounding of each value."""
        bound = np.abs(value) * self.unit
        if exact is not False:
            bound = bound * ~exact
        return np.asarray(bound + self.underflow(value))

    def of_addition(self, a: Node, b: Node, value: Floating) -> Error:
        """Of a + b."""
        return plus(plus(a.error, b.error), self.once(value, self.exact_addition(a, b, value)))

    def of_product(self, a: Node, b: Node, value: Floating) -> Error:
        """Of a b. The product of the errors stays: in an ambiguous adjoint the error is as large as itself."""
        carried = plus(scaled(np.abs(a.value), b.error), scaled(np.abs(b.value), a.error))
        if not (is_exact(a.error) or is_exact(b.error)):
            carried = plus(carried, a.error * b.error)
        return plus(carried, self.once(value, self.exact_product(a, b, value)))

    def of_quotient(self, a: Node, b: Node, value: Floating) -> Error:
        """Of a / b, which may be made as a product with a rounded 1 / b."""
        carried = plus(a.error, scaled(np.abs(value), b.error))
        if not is_exact(carried):
            carried = carried / np.abs(b.value)
        return plus(carried, 2 * self.once(value, self.exact_quotient(b)))

    def of_function(self, function: Function, x: Node, value: Floating) -> Error:
        """Of a function whose implementation is off by some units in the last place."""
        carried: Error = EXACT
        if not is_exact(x.error):
            slope = np.abs(function.derivative(_FLOATS, x.value, value))
            carried = np.where(np.asarray(x.error) > 0, slope * x.error, 0.0)
        return plus(carried, FUNCTION_ULPS * self.once(value))

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
        if not self._flushing:
            return EXACT
        size = np.abs(value)
        lost = (size < self.form.smallest_normal) & (size > 0)
        return np.where(lost, self.form.flushed, 0.0) if lost.any() else EXACT

    def exact_addition(self, a: Node, b: Node, value: Floating) -> Any:
        """Where a + b is not rounded: what the working type loses of it is 0, and the format holds it."""
        exact = _both_exact(a, b)
        if exact is not False:
            back = value - a.value
            lost = (a.value - (value - back)) + (b.value - back)
            exact = exact & (lost == 0) & self.form.holds(value)
        return exact

    def exact_product(self, a: Node, b: Node, value: Floating) -> Any:
        """Where a b is not rounded."""
        exact = _either(_powers_of_two(a), _powers_of_two(b))
        # Where no product is rounded on the way, what the format holds is the product.
        if self._product_fits and (both := _both_exact(a, b)) is not False:
            exact = exact | (both & self.form.holds(value))
        return exact

    def exact_quotient(self, b: Node) -> Any:
        """Where a division is not rounded: elsewhere it may be a product with a rounded reciprocal (XLA)."""
        return _powers_of_two(b)


def of_choice(condition: Condition, a: Node, b: Node, apart: bool) -> Error:
    """Of a where the condition holds, and b elsewhere.

    `apart`: at an ambiguous place the result may be off by the distance of the branches. The larger
    of two is not: taking the wrong one costs no more than the errors already there.
    """
    if is_exact(a.error) and is_exact(b.error):
        error: Error = EXACT
    else:
        error = np.where(condition.holds, a.error, b.error)
    if condition.ambiguous.any():
        either = np.maximum(a.error, b.error)
        if apart:
            either = either + np.abs(a.value - b.value)
        error = np.where(condition.ambiguous, either, error)
    return error


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
