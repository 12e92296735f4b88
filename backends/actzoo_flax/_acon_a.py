# Made by: actzoo render acon_a --to flax
"""AconA: Smooth maximum of x and 0."""

from __future__ import annotations

from flax import nnx
from jax import Array, numpy as jnp

from actzoo_flax._checks import check_whole
from actzoo_flax._runtime import channelwise, check_input, gated, pointwise, sigmoid_gated, stable_sigmoid


def _acon_a_value(x, beta):
    return sigmoid_gated(x, beta * x)


def _acon_a_tangent(x, beta, dx, dbeta):
    product = beta * x
    gated_2 = gated(x, stable_sigmoid(-product))
    return dx * sigmoid_gated(1 + gated_2 * beta, product) + dbeta * sigmoid_gated(gated_2 * x, product)


_acon_a = pointwise("acon_a", _acon_a_value, _acon_a_tangent, differentiable=2)


def acon_a(x: Array, beta: Array) -> Array:
    """Smooth maximum of x and 0, swish with one beta for each channel: x sigmoid(beta x).

    x of any shape, channels *S, C; the result has it too.
    Source: https://arxiv.org/abs/2009.04759
    """
    return _acon_a(x, channelwise(beta, x))


class AconA(nnx.Module):
    """Smooth maximum of x and 0, swish with one beta for each channel: x sigmoid(beta x).

    x: (N, *S, C), floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    Source: https://arxiv.org/abs/2009.04759
    """

    def __init__(self, channels: int) -> None:
        check_whole("AconA", channels=channels)
        self.channels = channels
        self.beta = nnx.Param(jnp.full((1, channels, 1, 1), 1.0, jnp.float32))

    def __call__(self, x: Array) -> Array:
        check_input("AconA", x, self.channels)
        return acon_a(x, self.beta[...])
