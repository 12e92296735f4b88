# Made by: actzoo render mish --to linen
"""Mish: Smooth and non-monotone."""

from __future__ import annotations

from flax import linen as nn
from jax import Array

from actzoo_flax._mish import mish


class Mish(nn.Module):
    """Smooth and non-monotone, unbounded above: x tanh(softplus(x)).

    x: any shape, floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    Source: https://arxiv.org/abs/1908.08681
    """

    @nn.compact
    def __call__(self, x: Array) -> Array:
        return mish(x)
