# Made by: actzoo render selu --to linen
"""SELU: Scaled exponential linear unit."""

from __future__ import annotations

from flax import linen as nn
from jax import Array

from actzoo_flax._selu import selu


class SELU(nn.Module):
    """Scaled exponential linear unit, which keeps mean 0 and variance 1: scale times x above 0, alpha (exp(x) - 1)
    elsewhere, with scale 1.0507 and alpha 1.6733.

    x: any shape, floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    Policies: at 0 the value is 0 and the derivative 1.7580993408473766.
    Source: https://arxiv.org/abs/1706.02515
    """

    @nn.compact
    def __call__(self, x: Array) -> Array:
        return selu(x)
