# Made by: actzoo render relu6 --to linen
"""ReLU6: Rectified linear unit held at 6."""

from __future__ import annotations

from flax import linen as nn
from jax import Array

from actzoo_flax._relu6 import relu6


class ReLU6(nn.Module):
    """Rectified linear unit held at 6: min(max(x, 0), 6).

    x: any shape, floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    Kinks: at 0 and at 6 the derivative is 0.
    """

    @nn.compact
    def __call__(self, x: Array) -> Array:
        return relu6(x)
