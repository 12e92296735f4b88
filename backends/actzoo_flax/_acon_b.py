# Made by: actzoo render acon_b --to flax
"""AconB: Smooth maximum of x and p x."""

from __future__ import annotations

from flax import nnx
from jax import Array, numpy as jnp

from actzoo_flax._checks import check_whole
from actzoo_flax._runtime import channelwise, check_input, gated, pointwise, sigmoid_gated, stable_sigmoid


def _acon_b_value(x, p, beta):
    difference = (1 - p) * x
    return sigmoid_gated(difference, beta * difference) + p * x


def _acon_b_tangent(x, p, beta, dx, dp, dbeta):
    difference = 1 - p
    difference_2 = difference * x
    product = beta * difference_2
    gated_2 = gated(difference_2, stable_sigmoid(-product))
    return (
        dx * (sigmoid_gated(difference + gated_2 * (beta * difference), product) + p)
        + dp * (sigmoid_gated(-x - gated_2 * (beta * x), product) + x)
        + dbeta * sigmoid_gated(gated_2 * difference_2, product)
    )


_acon_b = pointwise("acon_b", _acon_b_value, _acon_b_tangent, differentiable=3)


def acon_b(x: Array, p: Array, beta: Array) -> Array:
    """Smooth maximum of x and p x: (1 - p) x sigmoid(beta (1 - p) x) + p x.

    The paper gives no initial p; 0.25 as in PReLU.

    x of any shape, channels *S, C; the result has it too.
    Source: https://arxiv.org/abs/2009.04759
    """
    return _acon_b(x, channelwise(p, x), channelwise(beta, x))


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
