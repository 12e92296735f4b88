# Made by: actzoo render gelu --to flax
"""GELU: Gaussian error linear unit."""

from __future__ import annotations

from typing import Literal

from flax import nnx
from jax import Array, numpy as jnp

from actzoo_flax._checks import check_choice
from actzoo_flax._runtime import curved, exp_gated, normal_gated, sigmoid_gated


def _gelu_value(x):
    bounded = jnp.clip(x, -30, 30)
    return sigmoid_gated(x, 1.5957691216057308 * bounded * (1 + 0.044715 * (bounded * bounded)))


def _gelu_by_x(x, dx):
    bounded = jnp.clip(x, -30, 30)
    total = 1 + 0.044715 * (bounded * bounded)
    product = 1.5957691216057308 * bounded
    product_2 = product * total
    return sigmoid_gated(
        dx
        + jnp.where(
            (x > -30) & (x < 30),
            sigmoid_gated(
                jnp.clip(x, -1e30, 1e30)
                * (1.5957691216057308 * dx * total + product * (0.044715 * (2 * bounded * dx))),
                -product_2,
            ),
            0,
        ),
        product_2,
    )


_gelu = curved("gelu", _gelu_value, _gelu_by_x)


def _gelu_2_value(x):
    held = jnp.clip(x, -60, 60)
    return normal_gated(x, held)


def _gelu_2_by_x(x, dx):
    held = jnp.clip(x, -60, 60)
    return normal_gated(dx, held) + jnp.where(
        (x > -60) & (x < 60), exp_gated(0.3989422804014327 * jnp.clip(x, -1e30, 1e30) * dx, -(held * held / 2)), 0
    )


_gelu_2 = curved("gelu_2", _gelu_2_value, _gelu_2_by_x)


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
