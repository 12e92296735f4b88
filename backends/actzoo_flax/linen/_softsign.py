# Made by: actzoo render softsign --to linen
"""Softsign: Rational sigmoid."""

from __future__ import annotations

from flax import linen as nn
from jax import Array

from actzoo_flax._softsign import softsign


class Softsign(nn.Module):
    """Rational sigmoid: x / (1 + |x|).

    x: any shape, floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    """

    @nn.compact
    def __call__(self, x: Array) -> Array:
        return softsign(x)
