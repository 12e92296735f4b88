# Made by: actzoo render tanh_shrink --to flax
"""Tanhshrink: Soft threshold without an edge."""

from __future__ import annotations

from flax import nnx
from jax import Array, numpy as jnp

from actzoo_flax._runtime import curved, sech2


def _tanh_shrink_value(x):
    inside = jnp.where(x < 0, -x, x) < 1
    near = jnp.where(inside, x, 0)
    w = near * near
    below = 654729075 + w * (310134825 + w * (18918900 + w * (315315 + w * (1485 + w))))
    above = 218243025 + w * (16081065 + w * (289575 + w * (1430 + w)))
    return jnp.where(inside, near * w * above / below, x - jnp.tanh(x))


def _tanh_shrink_by_x(x, dx):
    inside = jnp.where(x < 0, -x, x) < 1
    near = jnp.where(inside, x, 0)
    product = 2 * near * dx
    w = near * near
    product_2 = w * product
    total = 1485 + w
    total_2 = 315315 + w * total
    total_3 = 18918900 + w * total_2
    total_4 = 310134825 + w * total_3
    below = 654729075 + w * total_4
    total_5 = 1430 + w
    total_6 = 289575 + w * total_5
    total_7 = 16081065 + w * total_6
    above = 218243025 + w * total_7
    product_3 = near * w
    return jnp.where(
        inside,
        (
            (dx * w + near * product) * above
            + product_3 * (product * total_7 + w * (product * total_6 + w * (product * total_5 + product_2)))
        )
        / below
        - product_3
        * above
        / below
        / below
        * (product * total_4 + w * (product * total_3 + w * (product * total_2 + w * (product * total + product_2)))),
        dx - sech2(x) * dx,
    )


_tanh_shrink = curved("tanh_shrink", _tanh_shrink_value, _tanh_shrink_by_x)


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
