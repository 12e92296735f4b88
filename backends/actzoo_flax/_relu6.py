# Made by: actzoo render relu6 --to flax
"""ReLU6: Rectified linear unit held at 6."""

from __future__ import annotations

from flax import nnx
from jax import Array, numpy as jnp

from actzoo_flax._runtime import pointwise


def _relu6_value(x):
    return jnp.clip(x, 0, 6)


def _relu6_tangent(x, dx):
    return jnp.where((x > 0) & (x < 6), dx, 0)


_relu6 = pointwise("relu6", _relu6_value, _relu6_tangent, differentiable=1)


def relu6(x: Array) -> Array:
    """Rectified linear unit held at 6: min(max(x, 0), 6).

    x of any shape; the result has it too.
    Policies: at 0 the value is 0 and the derivative 0; at 6 the value is 6 and the derivative 0; at NaN the
    derivative is 0.
    """
    return _relu6(x)


class ReLU6(nnx.Module):
    """Rectified linear unit held at 6: min(max(x, 0), 6).

    x: any shape, floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    Policies: at 0 the value is 0 and the derivative 0; at 6 the value is 6 and the derivative 0; at NaN the
    derivative is 0.
    """

    def __call__(self, x: Array) -> Array:
        return relu6(x)
