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
    """x - tanh(x)."""
    return m.tanh_rest(x)
