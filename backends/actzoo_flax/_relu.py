# Made by: actzoo render relu --to flax
"""ReLU: Rectified linear unit."""

from __future__ import annotations

from flax import nnx
from jax import Array, numpy as jnp

from actzoo_flax._runtime import pointwise


def _relu_value(x):
    return jnp.where(x <= 0, 0, x)


def _relu_tangent(x, dx):
    return jnp.where(x <= 0, 0, dx)


_relu = pointwise("relu", _relu_value, _relu_tangent, differentiable=1)


def relu(x: Array) -> Array:
    """Rectified linear unit: max(x, 0).

    x of any shape; the result has it too.
    Policies: at 0 the value is 0 and the derivative 0; at NaN the derivative is 1.
    """
    return _relu(x)


class ReLU(nnx.Module):
    """Rectified linear unit: max(x, 0).

    x: any shape, floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    Policies: at 0 the value is 0 and the derivative 0; at NaN the derivative is 1.
    """

    def __call__(self, x: Array) -> Array:
        return relu(x)
