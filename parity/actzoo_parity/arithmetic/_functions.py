"""One row per element-wise function: NumPy's floats, high precision, derivative. Knows no activation.

The formulas keep relative accuracy wherever the function itself does, and so do the
derivatives: no difference of nearly equal numbers (`1 - tanh(x)**2`), nothing that overflows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ._erf import erf, erfc


@dataclass(frozen=True)
class Function:
    """`floats(x)` on arrays, `decimals(mp, x)` in mpmath, `derivative(m, x, y)` in either."""

    floats: Callable[[Any], Any]
    decimals: Callable[[Any, Any], Any]
    derivative: Callable[[Any, Any, Any], Any]


def _softplus(x: Any) -> Any:
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


def _sigmoid(x: Any) -> Any:
    decay = np.exp(-np.abs(x))
    return np.where(np.less(x, 0), decay, 1.0) / (1 + decay)


def _sech2(x: Any) -> Any:
    decay = np.exp(-2 * np.abs(x))
    return 4 * decay / ((1 + decay) * (1 + decay))


def _tanh_rest(x: Any) -> Any:
    """By tanh x = x / (1 + x^2 / (3 + x^2 / (5 + ...))), where x and tanh x are near to each other."""
    size = np.abs(x)
    near, rest = np.minimum(size, 1), 0 * size
    for odd in range(27, 1, -2):
        rest = near * near / (odd + rest)
    return np.copysign(np.where(size < 1, near * rest / (1 + rest), size - np.tanh(size)), x)


def _tanh_rest_decimals(mp: Any, x: Any) -> Any:
    with mp.workprec(mp.prec + (max(0, -2 * mp.mag(x)) if x else 0)):
        return x - mp.tanh(x)


FUNCTIONS: dict[str, Function] = {
    "exp": Function(np.exp, lambda mp, x: mp.exp(x), lambda m, x, y: y),
    "expm1": Function(np.expm1, lambda mp, x: mp.expm1(x), lambda m, x, y: m.exp(x)),
    "log": Function(np.log, lambda mp, x: mp.log(x), lambda m, x, y: 1 / x),
    "log1p": Function(np.log1p, lambda mp, x: mp.log1p(x), lambda m, x, y: 1 / (1 + x)),
    "sin": Function(np.sin, lambda mp, x: mp.sin(x), lambda m, x, y: m.cos(x)),
    "cos": Function(np.cos, lambda mp, x: mp.cos(x), lambda m, x, y: -m.sin(x)),
    "sqrt": Function(np.sqrt, lambda mp, x: mp.sqrt(x), lambda m, x, y: 0.5 / y),
    "tanh": Function(np.tanh, lambda mp, x: mp.tanh(x), lambda m, x, y: m.sech2(x)),
    "tanh_rest": Function(_tanh_rest, _tanh_rest_decimals, lambda m, x, y: m.tanh(x) * m.tanh(x)),
    "sech2": Function(_sech2, lambda mp, x: mp.sech(x) ** 2, lambda m, x, y: -2 * y * m.tanh(x)),
    "sigmoid": Function(_sigmoid, lambda mp, x: 1 / (1 + mp.exp(-x)), lambda m, x, y: m.sech2(x / 2) / 4),
    "softplus": Function(_softplus, lambda mp, x: mp.log1p(mp.exp(x)), lambda m, x, y: m.sigmoid(x)),
    "erf": Function(
        erf,
        lambda mp, x: mp.erf(x),
        lambda m, x, y: 2 / m.pi**0.5 * m.exp(-x * x),
    ),
    "erfc": Function(
        erfc,
        lambda mp, x: mp.erfc(x),
        lambda m, x, y: -2 / m.pi**0.5 * m.exp(-x * x),
    ),
}
