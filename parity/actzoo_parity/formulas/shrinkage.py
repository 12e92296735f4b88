"""Functions of one number that draw it towards 0. Both edges belong to the flat part: derivative 0."""

from __future__ import annotations

from .._registry import reference
from ..arithmetic import Mathematics
from ..arithmetic._mathematics import Number


@reference
def softshrink(m: Mathematics, x: Number, *, lambd: float = 0.5) -> Number:
    return m.maximum(0, x - lambd) + m.minimum(0, x + lambd)


@reference
def hard_shrink(m: Mathematics, x: Number, *, lambd: float = 0.5) -> Number:
    return m.where(m.abs(x) <= lambd, 0 * x, x)


@reference
def tanh_shrink(m: Mathematics, x: Number) -> Number:
    """x - tanh(x); below 0.9, where that cancels, by tanh x = x / (1 + x^2 / (3 + x^2 / (5 + ...)))."""
    size = m.where(x < 0, -x, x)
    near = m.where(size < 0.9, x, 0 * x)
    rest = 0 * near
    for odd in range(25, 1, -2):
        rest = near * near / (odd + rest)
    return m.where(size < 0.9, near * rest / (1 + rest), x - m.tanh(x))
