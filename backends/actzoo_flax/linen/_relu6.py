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
    Policies: at 0 the value is 0 and the derivative 0; at 6 the value is 6 and the derivative 0; at NaN the
    derivative is 0.
    """

    @nn.compact
    def __call__(self, x: Array) -> Array:
        return relu6(x)
