# Made by: actzoo render hard_shrink --to linen
"""Hardshrink: Hard threshold."""

from __future__ import annotations

from flax import linen as nn
from jax import Array

from actzoo_flax._checks import check_number
from actzoo_flax._hard_shrink import hard_shrink


class Hardshrink(nn.Module):
    """Hard threshold: x, and 0 from -lambd to lambd.

    x: any shape, floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    Policies: at -lambd the value is 0 and the derivative 0; at lambd the value is 0 and the derivative 0; at NaN
    the derivative is 1.
    """

    lambd: float = 0.5

    @nn.compact
    def __call__(self, x: Array) -> Array:
        check_number("Hardshrink", lambd=self.lambd)
        if not (self.lambd >= 0):
            raise ValueError(f"Hardshrink needs lambd >= 0; got lambd={self.lambd!r}")
        return hard_shrink(x, self.lambd)
