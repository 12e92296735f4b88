# Made by: actzoo render acon_c --to flax
"""AconC: Smooth maximum of p1 x and p2 x."""

from __future__ import annotations

import jax
from flax import nnx
from jax import Array, numpy as jnp

from actzoo_flax._checks import check_whole
from actzoo_flax._runtime import channelwise, check_input, curved, gated, sigmoid_gated


def _acon_c_value(x, beta, p1, p2):
    difference = p1 - p2
    switched = gated(x, beta * difference)
    greater = switched > 0
    closed = jnp.where(greater, -switched, switched)
    part = sigmoid_gated(difference, closed)
    return gated(x, jnp.where(greater, p1 - part, p2 + part))


def _acon_c_by_x(x, beta, p1, p2, dx):
    difference = p1 - p2
    product = beta * difference
    switched = gated(x, product)
    greater = switched > 0
    closed = jnp.where(greater, -switched, switched)
    part = sigmoid_gated(difference, closed)
    return gated(dx, jnp.where(greater, p1 - part, p2 + part)) + gated(
        x, sigmoid_gated(sigmoid_gated(jnp.clip(difference, -1e30, 1e30) * gated(dx, product), -closed), closed)
    )


def _acon_c_by_beta(x, beta, p1, p2, dbeta):
    difference = p1 - p2
    switched = gated(x, beta * difference)
    closed = jnp.where(switched > 0, -switched, switched)
    return gated(
        x,
        sigmoid_gated(sigmoid_gated(jnp.clip(difference, -1e30, 1e30) * gated(x, dbeta * difference), -closed), closed),
    )


def _acon_c_by_p1(x, beta, p1, p2, dp1):
    difference = p1 - p2
    switched = gated(x, beta * difference)
    greater = switched > 0
    closed = jnp.where(greater, -switched, switched)
    sigmoid_gated_2 = sigmoid_gated(jnp.clip(difference, -1e30, 1e30) * gated(x, beta * dp1), -closed)
    return gated(
        x,
        jnp.where(
            greater, dp1 - sigmoid_gated(dp1 - sigmoid_gated_2, closed), sigmoid_gated(dp1 + sigmoid_gated_2, closed)
        ),
    )


def _acon_c_by_p2(x, beta, p1, p2, dp2):
    difference = p1 - p2
    switched = gated(x, beta * difference)
    greater = switched > 0
    closed = jnp.where(greater, -switched, switched)
    sigmoid_gated_2 = sigmoid_gated(jnp.clip(difference, -1e30, 1e30) * gated(x, -(beta * dp2)), -closed)
    return gated(
        x,
        jnp.where(
            greater, -sigmoid_gated(-dp2 - sigmoid_gated_2, closed), dp2 + sigmoid_gated(-dp2 + sigmoid_gated_2, closed)
        ),
    )


_acon_c = curved("acon_c", _acon_c_value, _acon_c_by_x, _acon_c_by_beta, _acon_c_by_p1, _acon_c_by_p2)


def acon_c(x: Array, p1: Array, p2: Array, beta: Array) -> Array:
    """Smooth maximum of p1 x and p2 x: (p1 - p2) x sigmoid(beta (p1 - p2) x) + p2 x.

    x of any shape, channels *S, C; the result has it too.
    Source: https://arxiv.org/abs/2009.04759
    """
    return _acon_c(x, channelwise(beta, x), channelwise(p1, x), channelwise(p2, x))


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
