# Made by: actzoo render log_sigmoid --to linen
"""LogSigmoid: Logarithm of the logistic function."""

from __future__ import annotations

from flax import linen as nn
from jax import Array

from actzoo_flax._log_sigmoid import log_sigmoid


class LogSigmoid(nn.Module):
    """Logarithm of the logistic function: log(1 / (1 + exp(-x))) = -softplus(-x).

    x: any shape, floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    """

    @nn.compact
    def __call__(self, x: Array) -> Array:
        return log_sigmoid(x)
