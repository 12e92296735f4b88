# Made by: actzoo render tanh_shrink --to flax
"""Tanhshrink: Soft threshold without an edge."""

from __future__ import annotations

from flax import nnx
from jax import Array, numpy as jnp

from actzoo_flax._runtime import pointwise, sech2


def _tanh_shrink_value(x):
    inside = jnp.where(x < 0, -x, x) < 1
    near = jnp.where(inside, x, 0)
    w = near * near
    below = 654729075 + w * (310134825 + w * (18918900 + w * (315315 + w * (1485 + w))))
    above = 218243025 + w * (16081065 + w * (289575 + w * (1430 + w)))
    return jnp.where(inside, near * w * above / below, x - jnp.tanh(x))


def _tanh_shrink_tangent(x, dx):
    inside = jnp.where(x < 0, -x, x) < 1
    near = jnp.where(inside, x, 0)
    total = near + near
    w = near * near
    product = w * total
    total_2 = 1485 + w
    total_3 = 315315 + w * total_2
    total_4 = 18918900 + w * total_3
    total_5 = 310134825 + w * total_4
    below = 654729075 + w * total_5
    total_6 = 1430 + w
    total_7 = 289575 + w * total_6
    total_8 = 16081065 + w * total_7
    above = 218243025 + w * total_8
    product_2 = near * w
    return dx * jnp.where(
        inside,
        (
            (w + near * total) * above
            + product_2 * (total * total_8 + w * (total * total_7 + w * (total * total_6 + product)))
        )
        / below
        - product_2
        * above
        / below
        / below
        * (total * total_5 + w * (total * total_4 + w * (total * total_3 + w * (total * total_2 + product)))),
        1 - sech2(x),
    )


_tanh_shrink = pointwise("tanh_shrink", _tanh_shrink_value, _tanh_shrink_tangent, differentiable=1)


def tanh_shrink(x: Array) -> Array:
    """Soft threshold without an edge: x - tanh(x), which is x^3 / 3 near 0.

    x of any shape; the result has it too.
    """
    return _tanh_shrink(x)


class Tanhshrink(nnx.Module):
    """Soft threshold without an edge: x - tanh(x), which is x^3 / 3 near 0.

    x: any shape, floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    """

    def __call__(self, x: Array) -> Array:
        return tanh_shrink(x)
