# Made by: actzoo render swish --to flax
"""Swish: Self-gated unit."""

from __future__ import annotations

from flax import nnx
from jax import Array, numpy as jnp

from actzoo_flax._checks import check_number
from actzoo_flax._runtime import channelwise, curved, sigmoid_gated, value_of


def _swish_value(x, slope):
    return sigmoid_gated(x, slope * x)


def _swish_by_x(x, slope, dx):
    product = slope * x
    return sigmoid_gated(dx + sigmoid_gated(jnp.clip(x, -1e30, 1e30) * (slope * dx), -product), product)


def _swish_by_slope(x, slope, dslope):
    product = slope * x
    return sigmoid_gated(sigmoid_gated(jnp.clip(x, -1e30, 1e30) * (dslope * x), -product), product)


_swish = curved("swish", _swish_value, _swish_by_x, _swish_by_slope)


def swish(x: Array, beta: Array | float = 1.0) -> Array:
    """Self-gated unit, SiLU for beta 1: x sigmoid(beta x); beta is fixed or learnt.

    x of any shape, channels *S, C; the result has it too.
    Source: https://arxiv.org/abs/1710.05941
    """
    slope = channelwise(beta, x)
    return _swish(x, slope)


class Swish(nnx.Module):
    """Self-gated unit, SiLU for beta 1: x sigmoid(beta x); beta is fixed or learnt.

    x: any shape, floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    Source: https://arxiv.org/abs/1710.05941
    """

    def __init__(self, *, beta: float = 1.0, learnable: bool = False) -> None:
        check_number("Swish", beta=beta)
        self.beta = nnx.Param(jnp.full((1,), beta, jnp.float32)) if learnable else beta

    def __call__(self, x: Array) -> Array:
        return swish(x, value_of(self.beta))
