"""References on power series of 50 digits: a function's value and derivatives at a point, for an oracle.

A number is what a function is for small d at x + d, up to d**3. Derivatives come from the functions'
differential equations, so nothing is subtracted that is nearly equal, and no step has to be chosen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import mpmath
import numpy as np

from actzoo_parity.arithmetic import Decimals
from actzoo_parity.arithmetic._plain import Arrays

ORDERS = 4
MP = Decimals(50).context


class Series:
    """c0 + c1 d + c2 d**2 + ...; compared by c0."""

    def __init__(self, coefficients: Sequence[Any]) -> None:
        self.c = [*coefficients, *[MP.mpf(0)] * (ORDERS - len(coefficients))]

    def __add__(self, other: Any) -> Series:
        return Series([a + b for a, b in zip(self.c, series(other).c, strict=True)])

    def __neg__(self) -> Series:
        return Series([-a for a in self.c])

    def __abs__(self) -> Series:
        return series(0) if not self.c[0] else -self if self.c[0] < 0 else self

    def __mul__(self, other: Any) -> Series:
        b = series(other).c
        return Series([MP.fsum(self.c[i] * b[k - i] for i in range(k + 1)) for k in range(ORDERS)])

    def __truediv__(self, other: Any) -> Series:
        b, q = series(other).c, []
        for k in range(ORDERS):
            q.append((self.c[k] - MP.fsum(q[i] * b[k - i] for i in range(k))) / b[0])
        return Series(q)

    __radd__, __rmul__ = __add__, __mul__

    def __sub__(self, other: Any) -> Series:
        return self + -series(other)

    def __rsub__(self, other: Any) -> Series:
        return -self + other

    def __rtruediv__(self, other: Any) -> Series:
        return series(other) / self

    def __lt__(self, other: Any) -> bool:
        return bool(self.c[0] < series(other).c[0])

    def __le__(self, other: Any) -> bool:
        return bool(self.c[0] <= series(other).c[0])

    def __gt__(self, other: Any) -> bool:
        return bool(self.c[0] > series(other).c[0])

    def __ge__(self, other: Any) -> bool:
        return bool(self.c[0] >= series(other).c[0])


def series(x: Any) -> Series:
    return x if isinstance(x, Series) else Series([MP.mpf(x)])


def integral(start: Any, x: Series, slope: Series) -> Series:
    """y of y(0) = start and y' = slope x'."""
    y = [MP.fsum(j * x.c[j] * slope.c[k - j] for j in range(1, k + 1)) / k for k in range(1, ORDERS)]
    return Series([start, *y])


def solution(start: Any, x: Series, slope: Callable[[Series], Series]) -> Series:
    """y of y(0) = start and y' = slope(y) x': each coefficient from those before."""
    y = Series([start])
    for _ in range(1, ORDERS):
        y = integral(start, x, slope(y))
    return y


def exp(x: Series) -> Series:
    return solution(MP.exp(x.c[0]), x, lambda y: y)


def sqrt(x: Series) -> Series:
    return solution(MP.sqrt(x.c[0]), x, lambda y: 1 / (2 * y))


def tanh(x: Series) -> Series:
    return solution(MP.tanh(x.c[0]), x, lambda y: _rest(y, x))


def _rest(tanh: Series, x: Series) -> Series:
    """1 - tanh(x)**2 with all its digits."""
    return Series([MP.sech(x.c[0]) ** 2, *(-(tanh * tanh)).c[1:]])


def sigmoid(x: Series) -> Series:
    half = x / 2
    return integral(1 / (1 + MP.exp(-x.c[0])), x, _rest(tanh(half), half) / 4)


def erfc(x: Series) -> Series:
    # At the least and the largest of floats mpmath overflows, and the function is what it is here.
    point = max(min(x.c[0], MP.mpf(10) ** 9), -(MP.mpf(10) ** 9))
    return integral(MP.erfc(point), x, -2 / MP.sqrt(MP.pi) * exp(-x * x))


FUNCTIONS: dict[str, Callable[[Series], Series]] = {
    "exp": exp,
    "expm1": lambda x: integral(MP.expm1(x.c[0]), x, exp(x)),
    "sigmoid": sigmoid,
    "softplus": lambda x: integral(MP.log1p(MP.exp(x.c[0])), x, sigmoid(x)),
    "tanh": tanh,
    "tanh_rest": lambda x: integral(Decimals(50)._function("tanh_rest", x.c[0]), x, tanh(x) * tanh(x)),
    "erfc": erfc,
    "sqrt": sqrt,
}


class ManyDigits(Arrays):
    """The mathematics of references on object arrays of series."""

    @property
    def pi(self) -> Any:
        return +MP.pi

    def _function(self, name: str, x: Any) -> Any:
        found = np.frompyfunc(lambda value: FUNCTIONS[name](series(value)), 1, 1)(x)
        return np.asarray(found, object)  # of a number too: it is to be a factor of arrays

    def _larger(self, a: Any, b: Any) -> Any:
        a, b = np.broadcast_arrays(np.asarray(a, object), np.asarray(b, object))
        return np.where(a >= b, a, b)


def derivatives(function: Callable[..., Any], x: np.ndarray, **arguments: Any) -> list[np.ndarray]:
    """The value and the derivatives, each an object array of mpmath's numbers."""
    leaf = np.frompyfunc(lambda v: Series([v, MP.mpf(1)]), 1, 1)(Decimals(50).number(x))
    y = np.frompyfunc(series, 1, 1)(function(ManyDigits(), leaf, **arguments))
    return [np.frompyfunc(lambda s, n=n: s.c[n] * mpmath.factorial(n), 1, 1)(y) for n in range(ORDERS)]


def rounded(values: np.ndarray) -> np.ndarray:
    """Numbers of mpmath in NumPy's longest type."""

    def one(value: Any) -> Any:
        mantissa, exponent = MP.frexp(value)
        head = float(mantissa)
        return np.ldexp(np.longdouble(head) + np.longdouble(float(mantissa - head)), max(int(exponent), -(2**15)))

    return np.array([one(value) for value in values.flat], np.longdouble).reshape(values.shape)
