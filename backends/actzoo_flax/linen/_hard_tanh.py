# Made by: actzoo render hard_tanh --to linen
"""Hardtanh: Piecewise linear tanh."""

from __future__ import annotations

from flax import linen as nn
from jax import Array

from actzoo_flax._checks import check_number
from actzoo_flax._hard_tanh import hard_tanh


class Hardtanh(nn.Module):
    """Piecewise linear tanh: x held between min_val and max_val.

    x: any shape, floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    Policies: at min_val the value is min_val and the derivative 0; at max_val the value is max_val and the
    derivative 0; at NaN the derivative is 0.
    """

    min_val: float = -1.0
    max_val: float = 1.0

    @nn.compact
    def __call__(self, x: Array) -> Array:
        check_number("Hardtanh", min_val=self.min_val, max_val=self.max_val)
        if not (self.min_val < self.max_val):
            raise ValueError(
                f"Hardtanh needs min_val < max_val; got max_val={self.max_val!r}, min_val={self.min_val!r}"
            )
        return hard_tanh(x, self.min_val, self.max_val)
