"""Rectifiers that leak. The kink at 0 belongs to the leaking side: its derivative is the slope."""

from __future__ import annotations

from .._registry import reference
from ..arithmetic import Mathematics
from ..arithmetic._mathematics import Number


@reference
def leaky_relu(m: Mathematics, x: Number, *, negative_slope: float = 0.01) -> Number:
    return m.where(x > 0, x, negative_slope * x)


@reference
def prelu(m: Mathematics, x: Number, weight: Number) -> Number:
    """1502.01852: one learnt slope, or one per channel."""
    return m.where(x > 0, x, m.channelwise(weight, x) * x)


@reference
def rrelu(
    m: Mathematics,
    x: Number,
    noise: Number = None,
    *,
    lower: float = 1 / 8,
    upper: float = 1 / 3,
    training: bool = False,
) -> Number:
    """1505.00853: a slope drawn per element in training, from the uniforms given; else the mean."""
    if not training:
        slope = (lower + upper) / 2
    elif noise is None:
        raise ValueError("rrelu in training draws its slopes from uniforms; pass the input 'noise'")
    else:
        slope = lower + (upper - lower) * noise
    return m.where(x > 0, x, slope * x)
