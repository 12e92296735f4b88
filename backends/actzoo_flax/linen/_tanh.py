# Made by: actzoo render tanh --to linen
"""Tanh: Hyperbolic tangent."""

from __future__ import annotations

from flax import linen as nn
from jax import Array

from actzoo_flax._tanh import tanh


class Tanh(nn.Module):
    """Hyperbolic tangent: (exp(x) - exp(-x)) / (exp(x) + exp(-x)).

    x: any shape, floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    """

    @nn.compact
    def __call__(self, x: Array) -> Array:
        return tanh(x)
