# Made by: actzoo render tanh_shrink --to linen
"""Tanhshrink: Soft threshold without an edge."""

from __future__ import annotations

from flax import linen as nn
from jax import Array

from actzoo_flax._tanh_shrink import tanh_shrink


class Tanhshrink(nn.Module):
    """Soft threshold without an edge: x - tanh(x), which is x^3 / 3 near 0.

    x: any shape, floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    """

    @nn.compact
    def __call__(self, x: Array) -> Array:
        return tanh_shrink(x)
