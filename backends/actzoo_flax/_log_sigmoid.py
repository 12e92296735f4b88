# Made by: actzoo render log_sigmoid --to flax
"""LogSigmoid: Logarithm of the logistic function."""

from __future__ import annotations

from flax import nnx
from jax import Array

from actzoo_flax._runtime import curved, sigmoid_gated, stable_softplus


def _log_sigmoid_value(x):
    return -stable_softplus(-x)


def _log_sigmoid_by_x(x, dx):
    return sigmoid_gated(dx, -x)


_log_sigmoid = curved("log_sigmoid", _log_sigmoid_value, _log_sigmoid_by_x)


def log_sigmoid(x: Array) -> Array:
    """Logarithm of the logistic function: log(1 / (1 + exp(-x))) = -softplus(-x).

    x of any shape; the result has it too.
    """
    return _log_sigmoid(x)


class LogSigmoid(nnx.Module):
    """Logarithm of the logistic function: log(1 / (1 + exp(-x))) = -softplus(-x).

    x: any shape, floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    """

    def __call__(self, x: Array) -> Array:
        return log_sigmoid(x)
