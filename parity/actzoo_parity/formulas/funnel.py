"""FReLU: a rectifier whose threshold is the neighbourhood."""

from __future__ import annotations

from .._registry import reference
from ..arithmetic import Layer, Mathematics
from ..arithmetic._mathematics import Number


@reference
def frelu(m: Mathematics, x: Number, conv: Layer, bn: Layer, *, training: bool = False) -> Number:
    """2007.11824: max(x, T(x)), T a depthwise convolution over the window around x, normalised."""
    padding = [k // 2 for k in conv.weight.shape[2:]]
    funnel = m.conv(x, conv, padding=padding, groups=x.shape[1])
    return m.maximum(x, m.batch_norm(funnel, bn, training))
