# Made by: actzoo render relu --to linen
"""ReLU: Rectified linear unit."""

from __future__ import annotations

from flax import linen as nn
from jax import Array

from actzoo_flax._relu import relu


class ReLU(nn.Module):
    """Rectified linear unit: max(x, 0).

    x: any shape, floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    Policies: at 0 the value is 0 and the derivative 0; at NaN the derivative is 1.
    """

    @nn.compact
    def __call__(self, x: Array) -> Array:
        return relu(x)
