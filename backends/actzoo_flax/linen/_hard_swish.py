# Made by: actzoo render hard_swish --to linen
"""HardSwish: Piecewise quadratic swish."""

from __future__ import annotations

from flax import linen as nn
from jax import Array

from actzoo_flax._hard_swish import hard_swish


class HardSwish(nn.Module):
    """Piecewise quadratic swish: x relu6(x + 3) / 6.

    x: any shape, floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    Policies: at -3 the value is 0 and the derivative 0; at 3 the value is 3 and the derivative 1.
    Source: https://arxiv.org/abs/1905.02244
    """

    @nn.compact
    def __call__(self, x: Array) -> Array:
        return hard_swish(x)
