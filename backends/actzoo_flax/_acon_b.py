# Made by: actzoo render acon_b --to flax
"""AconB: Smooth maximum of x and p x."""

from __future__ import annotations

from flax import nnx
from jax import Array, numpy as jnp

from actzoo_flax._checks import check_whole
from actzoo_flax._runtime import channelwise, check_input, curved, gated, sigmoid_gated


def _acon_b_value(x, beta, p):
    difference = 1 - p
    switched = gated(x, beta * difference)
    greater = switched > 0
    closed = jnp.where(greater, -switched, switched)
    part = sigmoid_gated(difference, closed)
    return gated(x, jnp.where(greater, 1 - part, p + part))


def _acon_b_by_x(x, beta, p, dx):
    difference = 1 - p
    product = beta * difference
    switched = gated(x, product)
    greater = switched > 0
    closed = jnp.where(greater, -switched, switched)
    part = sigmoid_gated(difference, closed)
    return gated(dx, jnp.where(greater, 1 - part, p + part)) + gated(
        x, sigmoid_gated(sigmoid_gated(jnp.clip(difference, -1e30, 1e30) * gated(dx, product), -closed), closed)
    )


def _acon_b_by_beta(x, beta, p, dbeta):
    difference = 1 - p
    switched = gated(x, beta * difference)
    closed = jnp.where(switched > 0, -switched, switched)
    return gated(
        x,
        sigmoid_gated(sigmoid_gated(jnp.clip(difference, -1e30, 1e30) * gated(x, dbeta * difference), -closed), closed),
    )


def _acon_b_by_p(x, beta, p, dp):
    difference = 1 - p
    switched = gated(x, beta * difference)
    greater = switched > 0
    closed = jnp.where(greater, -switched, switched)
    sigmoid_gated_2 = sigmoid_gated(jnp.clip(difference, -1e30, 1e30) * gated(x, -(beta * dp)), -closed)
    return gated(
        x,
        jnp.where(
            greater, -sigmoid_gated(-dp - sigmoid_gated_2, closed), dp + sigmoid_gated(-dp + sigmoid_gated_2, closed)
        ),
    )


_acon_b = curved("acon_b", _acon_b_value, _acon_b_by_x, _acon_b_by_beta, _acon_b_by_p)


def acon_b(x: Array, p: Array, beta: Array) -> Array:
    """Smooth maximum of x and p x: (1 - p) x sigmoid(beta (1 - p) x) + p x.

    The paper gives no initial p; 0.25 as in PReLU.

    x of any shape, channels *S, C; the result has it too.
    Source: https://arxiv.org/abs/2009.04759
    """
    return _acon_b(x, channelwise(beta, x), channelwise(p, x))


class AconB(nnx.Module):
    """Smooth maximum of x and p x: (1 - p) x sigmoid(beta (1 - p) x) + p x.

    The paper gives no initial p; 0.25 as in PReLU.

    x: (N, *S, C), floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    Source: https://arxiv.org/abs/2009.04759
    """

    def __init__(self, channels: int) -> None:
        check_whole("AconB", channels=channels)
        self.channels = channels
        self.p = nnx.Param(jnp.full((1, channels, 1, 1), 0.25, jnp.float32))
        self.beta = nnx.Param(jnp.full((1, channels, 1, 1), 1.0, jnp.float32))

    def __call__(self, x: Array) -> Array:
        check_input("AconB", x, self.channels)
        return acon_b(x, self.p[...], self.beta[...])
