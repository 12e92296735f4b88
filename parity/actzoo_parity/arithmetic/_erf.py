"""The error function and its complement, in the type of what comes in. Knows no bound.

erfc(x) is 2 x exp(-x^2) / pi times the integral of exp(-t^2) / (t^2 + x^2) over t > 0. The midpoint
rule with steps of h is off by exp(-(pi / h)^2) of it, once what the pole of the integrand adds up to
x = pi / h is put right (Hunter and Regan, Mathematics of Computation 26, 1972). All terms are
positive, so no digit is lost, whatever x is.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ._working import pi

STEP = 7 / 16
"""exp(-(pi / h)^2) is 2**-74, and the squares of the midpoints are exact."""

TERMS = 16
"""exp(-t^2) is below 2**-75 at the next midpoint."""

LAST = 120.0
"""exp(-x^2) is 0 from here on, even in 15 bits of exponent."""

NEAR = 0.5
"""Up to here erf is a power series: 1 - erfc(x) would lose what is small."""


def erfc(x: Any) -> Any:
    """1 - erf(x), accurate in its tail."""
    wide = _wide(x)
    tail = _tail(np.abs(wide))
    return np.where(wide < 0, 2 - tail, tail).astype(np.asarray(x).dtype)


def erf(x: Any) -> Any:
    """The integral of 2 / sqrt(pi) exp(-t^2) from 0 to x."""
    wide = _wide(x)
    size = np.abs(wide)
    near = np.minimum(size, NEAR)
    power = total = np.ones_like(near)
    for n in range(1, TERMS):
        power = power * (-near * near) / n
        total = total + power / (2 * n + 1)
    series = 2 / np.sqrt(pi(wide.dtype)) * near * total
    return np.copysign(np.where(size < NEAR, series, 1 - _tail(size)), wide).astype(np.asarray(x).dtype)


def _tail(x: Any) -> Any:
    """erfc of x from 0 up."""
    x, whole = np.minimum(x, LAST), pi(x.dtype)
    total, square = np.zeros_like(x), x * x
    for n in reversed(range(TERMS)):
        node = ((n + 0.5) * STEP) ** 2
        total = total + np.exp(x.dtype.type(-node)) / (square + node)
    # x * x is rounded, and in an exponential that is 500 units at 24: the square of the head is exact.
    head = np.rint(x * 2**16) / 2**16
    total = total * (2 * STEP / whole) * x * np.exp(-head * head) * np.exp((head - x) * (head + x))
    pole = 2 / (1 + np.exp(2 * whole / STEP * np.minimum(x, whole / STEP)))
    return total + np.where(x < whole / STEP, pole, 0)


def _wide(x: Any) -> Any:
    given = np.asarray(x)
    return given.astype(np.result_type(given.dtype, np.float64))
