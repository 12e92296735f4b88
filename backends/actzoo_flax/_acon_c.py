# Made by: actzoo render acon_c --to flax
"""AconC: Smooth maximum of p1 x and p2 x."""

from __future__ import annotations

import jax
from flax import nnx
from jax import Array, numpy as jnp

from actzoo_flax._checks import check_whole
from actzoo_flax._runtime import channelwise, check_input, gated, pointwise, sigmoid_gated, stable_sigmoid


def _acon_c_value(x, p1, p2, beta):
    difference = (p1 - p2) * x
    return sigmoid_gated(difference, beta * difference) + p2 * x


def _acon_c_tangent(x, p1, p2, beta, dx, dp1, dp2, dbeta):
    difference = p1 - p2
    difference_2 = difference * x
    product = beta * difference_2
    gated_2 = gated(difference_2, stable_sigmoid(-product))
    product_2 = gated_2 * (beta * x)
    return (
        dx * (sigmoid_gated(difference + gated_2 * (beta * difference), product) + p2)
        + dp1 * sigmoid_gated(x + product_2, product)
        + dp2 * (sigmoid_gated(-x - product_2, product) + x)
        + dbeta * sigmoid_gated(gated_2 * difference_2, product)
    )


_acon_c = pointwise("acon_c", _acon_c_value, _acon_c_tangent, differentiable=4)


def acon_c(x: Array, p1: Array, p2: Array, beta: Array) -> Array:
    """Smooth maximum of p1 x and p2 x: (p1 - p2) x sigmoid(beta (p1 - p2) x) + p2 x.

    x of any shape, channels *S, C; the result has it too.
    Source: https://arxiv.org/abs/2009.04759
    """
    return _acon_c(x, channelwise(p1, x), channelwise(p2, x), channelwise(beta, x))


class AconC(nnx.Module):
    """Smooth maximum of p1 x and p2 x: (p1 - p2) x sigmoid(beta (p1 - p2) x) + p2 x.

    x: (N, *S, C), floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    Source: https://arxiv.org/abs/2009.04759
    """

    def __init__(self, channels: int, *, rngs: nnx.Rngs) -> None:
        check_whole("AconC", channels=channels)
        self.channels = channels
        self.p1 = nnx.Param(jax.random.normal(rngs.params(), (1, channels, 1, 1)) * 1.0)
        self.p2 = nnx.Param(jax.random.normal(rngs.params(), (1, channels, 1, 1)) * 1.0)
        self.beta = nnx.Param(jnp.full((1, channels, 1, 1), 1.0, jnp.float32))

    def __call__(self, x: Array) -> Array:
        check_input("AconC", x, self.channels)
        return acon_c(x, self.p1[...], self.p2[...], self.beta[...])
