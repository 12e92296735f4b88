# Made by: actzoo render gelu --to flax
"""GELU: Gaussian error linear unit."""

from __future__ import annotations

from typing import Literal

import jax
from flax import nnx
from jax import Array, numpy as jnp

from actzoo_flax._checks import check_choice
from actzoo_flax._runtime import gated, pointwise, sigmoid_gated, stable_sigmoid


def _gelu_value(x):
    bounded = jnp.clip(x, -30, 30)
    return sigmoid_gated(x, 1.5957691216057308 * bounded * (1 + 0.044715 * (bounded * bounded)))


def _gelu_tangent(x, dx):
    bounded = jnp.clip(x, -30, 30)
    total = 1 + 0.044715 * (bounded * bounded)
    product = 1.5957691216057308 * bounded
    product_2 = product * total
    return dx * sigmoid_gated(
        1
        + jnp.where(
            (x > -30) & (x < 30),
            gated(x, stable_sigmoid(-product_2))
            * (1.5957691216057308 * total + product * (0.044715 * (bounded + bounded))),
            0,
        ),
        product_2,
    )


_gelu = pointwise("gelu", _gelu_value, _gelu_tangent, differentiable=1)


def _gelu_2_value(x):
    scaled = -0.7071067811865476 * x
    return gated(x, jax.scipy.special.erfc(scaled) / 2)


def _gelu_2_tangent(x, dx):
    scaled = -0.7071067811865476 * x
    return dx * (jax.scipy.special.erfc(scaled) / 2 + gated(x, 0.7978845608028654 * jnp.exp(-(scaled * scaled)) / 2))


_gelu_2 = pointwise("gelu_2", _gelu_2_value, _gelu_2_tangent, differentiable=1)


def gelu(x: Array, approximate: Literal["none", "tanh"] = "none") -> Array:
    """Gaussian error linear unit: x times the normal distribution function of x; "tanh" approximates that.

    x of any shape; the result has it too.
    Source: https://arxiv.org/abs/1606.08415
    """
    check_choice("GELU", "approximate", approximate, ("none", "tanh"))
    if approximate == "tanh":
        return _gelu(x)
    return _gelu_2(x)


class GELU(nnx.Module):
    """Gaussian error linear unit: x times the normal distribution function of x; "tanh" approximates that.

    x: any shape, floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    Source: https://arxiv.org/abs/1606.08415
    """

    def __init__(self, approximate: Literal["none", "tanh"] = "none") -> None:
        check_choice("GELU", "approximate", approximate, ("none", "tanh"))
        self.approximate = approximate

    def __call__(self, x: Array) -> Array:
        return gelu(x, self.approximate)
