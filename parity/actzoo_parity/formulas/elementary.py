"""Functions of one number, without gates. A kink belongs to the constant side: derivative 0."""

from __future__ import annotations

from .._registry import reference
from ..arithmetic import Mathematics
from ..arithmetic._mathematics import Number


@reference
def relu(m: Mathematics, x: Number) -> Number:
    return m.maximum(0, x)


@reference
def relu6(m: Mathematics, x: Number) -> Number:
    return m.clip(x, 0, 6)


@reference
def sigmoid(m: Mathematics, x: Number) -> Number:
    return m.sigmoid(x)


@reference
def hard_sigmoid(m: Mathematics, x: Number) -> Number:
    """MobileNetV3 (1905.02244): relu6(x + 3) / 6, not the slope 0.2 of older libraries."""
    return m.clip(x + 3, 0, 6) / 6


@reference
def tanh(m: Mathematics, x: Number) -> Number:
    return m.tanh(x)


@reference
def softplus(m: Mathematics, x: Number, *, beta: float = 1.0) -> Number:
    return m.softplus(beta * x) / beta


@reference
def elu(m: Mathematics, x: Number, *, alpha: float = 1.0) -> Number:
    """1511.07289. At 0 the exponential branch, of derivative alpha; no exponential above it."""
    return m.where(x > 0, x, alpha * m.expm1(m.minimum(x, 0)))
