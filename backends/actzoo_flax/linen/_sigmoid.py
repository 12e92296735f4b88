# Made by: actzoo render sigmoid --to linen
"""Sigmoid: Logistic function."""

from __future__ import annotations

from flax import linen as nn
from jax import Array

from actzoo_flax._sigmoid import sigmoid


class Sigmoid(nn.Module):
    """Logistic function: 1 / (1 + exp(-x)).

    x: any shape, floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    """

    @nn.compact
    def __call__(self, x: Array) -> Array:
        return sigmoid(x)
