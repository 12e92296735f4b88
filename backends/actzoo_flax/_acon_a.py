# Made by: actzoo render acon_a --to flax
"""AconA: Smooth maximum of x and 0."""

from __future__ import annotations

from flax import nnx
from jax import Array, numpy as jnp

from actzoo_flax._checks import check_whole
from actzoo_flax._runtime import channelwise, check_input, curved, sigmoid_gated


def _acon_a_value(x, beta):
    return sigmoid_gated(x, beta * x)


def _acon_a_by_x(x, beta, dx):
    product = beta * x
    return sigmoid_gated(dx + sigmoid_gated(jnp.clip(x, -1e30, 1e30) * (beta * dx), -product), product)


def _acon_a_by_beta(x, beta, dbeta):
    product = beta * x
    return sigmoid_gated(sigmoid_gated(jnp.clip(x, -1e30, 1e30) * (dbeta * x), -product), product)


_acon_a = curved("acon_a", _acon_a_value, _acon_a_by_x, _acon_a_by_beta)


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
