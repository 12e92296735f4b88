# Made by: actzoo render hard_sigmoid --to linen
"""HardSigmoid: Piecewise linear logistic function."""

from __future__ import annotations

from flax import linen as nn
from jax import Array

from actzoo_flax._hard_sigmoid import hard_sigmoid


class HardSigmoid(nn.Module):
    """Piecewise linear logistic function: relu6(x + 3) / 6.

    x: any shape, floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    Policies: at -3 the value is 0 and the derivative 0; at 3 the value is 1 and the derivative 0; at NaN the
    derivative is 0.
    Source: https://arxiv.org/abs/1905.02244
    """

    @nn.compact
    def __call__(self, x: Array) -> Array:
        return hard_sigmoid(x)
