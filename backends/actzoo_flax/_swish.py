# Made by: actzoo render swish --to flax
"""Swish: Self-gated unit."""

from __future__ import annotations

from flax import nnx
from jax import Array, numpy as jnp

from actzoo_flax._checks import check_number
from actzoo_flax._runtime import gated, pointwise, sigmoid_gated, stable_sigmoid, value_of


def _swish_value(x, beta):
    return sigmoid_gated(x, beta * x)


def _swish_tangent(x, beta, dx, dbeta):
    product = beta * x
    gated_2 = gated(x, stable_sigmoid(-product))
    return dx * sigmoid_gated(1 + gated_2 * beta, product) + dbeta * sigmoid_gated(gated_2 * x, product)


_swish = pointwise("swish", _swish_value, _swish_tangent, differentiable=2)


def swish(x: Array, beta: Array | float = 1.0) -> Array:
    """Self-gated unit, SiLU for beta 1: x sigmoid(beta x); beta is fixed or learnt.

    x of any shape; the result has it too.
    Source: https://arxiv.org/abs/1710.05941
    """
    return _swish(x, beta)


class Swish(nnx.Module):
    """Self-gated unit, SiLU for beta 1: x sigmoid(beta x); beta is fixed or learnt.

    x: any shape, floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    Source: https://arxiv.org/abs/1710.05941
    """

    def __init__(self, beta: float = 1.0, learnable: bool = False) -> None:
        check_number("Swish", beta=beta)
        self.beta = nnx.Param(jnp.full((), beta, jnp.float32)) if learnable else beta

    def __call__(self, x: Array) -> Array:
        return swish(x, value_of(self.beta))
