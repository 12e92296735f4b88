# Made by: actzoo render leaky_relu --to flax
"""LeakyReLU: Rectified linear unit with a small slope below 0."""

from __future__ import annotations

from flax import nnx
from jax import Array, numpy as jnp

from actzoo_flax._checks import check_number
from actzoo_flax._runtime import pointwise


def _leaky_relu_value(x, negative_slope):
    return jnp.where(x > 0, x, negative_slope * x)


def _leaky_relu_tangent(x, dx, negative_slope):
    return jnp.where(x > 0, dx, dx * negative_slope)


_leaky_relu = pointwise("leaky_relu", _leaky_relu_value, _leaky_relu_tangent, differentiable=1)


def leaky_relu(x: Array, negative_slope: float = 0.01) -> Array:
    """Rectified linear unit with a small slope below 0: x above 0, negative_slope x elsewhere.

    x of any shape; the result has it too.
    Policies: at 0 the value is 0 and the derivative negative_slope; at NaN the derivative is negative_slope.
    """
    check_number("LeakyReLU", negative_slope=negative_slope)
    return _leaky_relu(x, negative_slope)


class LeakyReLU(nnx.Module):
    """Rectified linear unit with a small slope below 0: x above 0, negative_slope x elsewhere.

    x: any shape, floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    Policies: at 0 the value is 0 and the derivative negative_slope; at NaN the derivative is negative_slope.
    """

    def __init__(self, negative_slope: float = 0.01) -> None:
        check_number("LeakyReLU", negative_slope=negative_slope)
        self.negative_slope = negative_slope

    def __call__(self, x: Array) -> Array:
        return leaky_relu(x, self.negative_slope)
