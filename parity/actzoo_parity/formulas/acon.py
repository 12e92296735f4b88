"""ACON (2009.04759): smooth maxima of two lines through the origin, and the learnt switch."""

from __future__ import annotations

from .._registry import reference
from ..arithmetic import Layer, Mathematics
from ..arithmetic._mathematics import Number


def _smooth_maximum(m: Mathematics, x: Number, p1: Number, p2: Number, beta: Number) -> Number:
    difference = p1 - p2
    # x by one weight: a sum of two products, (p1 - p2) x sigmoid(...) + p2 x, would be off by a rounding of each.
    return x * (difference * m.sigmoid(beta * (difference * x)) + p2)


@reference
def acon_a(m: Mathematics, x: Number, beta: Number) -> Number:
    return x * m.sigmoid(m.channelwise(beta, x) * x)


@reference
def acon_b(m: Mathematics, x: Number, p: Number, beta: Number) -> Number:
    p = m.channelwise(p, x)
    return _smooth_maximum(m, x, 1, p, m.channelwise(beta, x))


@reference
def acon_c(m: Mathematics, x: Number, p1: Number, p2: Number, beta: Number) -> Number:
    p1, p2, beta = (m.channelwise(part, x) for part in (p1, p2, beta))
    return _smooth_maximum(m, x, p1, p2, beta)


@reference
def meta_acon_c(
    m: Mathematics,
    x: Number,
    p1: Number,
    p2: Number,
    fc1: Layer,
    bn1: Layer | None,
    fc2: Layer,
    bn2: Layer | None,
    *,
    norm_layer: str | None = "batch_norm",
    training: bool = False,
) -> Number:
    """beta is predicted per sample and channel; as released, without an activation in between."""
    squeezed = m.conv(m.spatial_mean(x, keepdims=True), fc1)
    restored = m.conv(m.normalise(squeezed, bn1, norm_layer, training), fc2)
    beta = m.sigmoid(m.normalise(restored, bn2, norm_layer, training))
    p1, p2 = (m.channelwise(part, x) for part in (p1, p2))
    return _smooth_maximum(m, x, p1, p2, beta)
