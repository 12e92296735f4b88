# Made by: actzoo render softplus --to linen
"""Softplus: Smooth rectified linear unit."""

from __future__ import annotations

from flax import linen as nn
from jax import Array

from actzoo_flax._checks import check_number
from actzoo_flax._softplus import softplus


class Softplus(nn.Module):
    """Smooth rectified linear unit: log(1 + exp(beta x)) / beta.

    x: any shape, floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    """

    beta: float = 1.0

    @nn.compact
    def __call__(self, x: Array) -> Array:
        check_number("Softplus", beta=self.beta)
        if not (self.beta > 0):
            raise ValueError(f"Softplus needs beta > 0; got beta={self.beta!r}")
        return softplus(x, self.beta)
