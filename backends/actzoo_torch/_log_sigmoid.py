# Made by: actzoo render log_sigmoid --to torch
"""LogSigmoid: Logarithm of the logistic function."""

from __future__ import annotations

from torch import Tensor, nn

from actzoo_torch._fast import pointwise
from actzoo_torch._runtime import stable_sigmoid, stable_softplus, unscripted


def _log_sigmoid_value(x):
    return -stable_softplus(-x)


def _log_sigmoid_vjp(grad, needs, x):
    grad_x = grad * stable_sigmoid(-x)
    return (grad_x,)


def _log_sigmoid_tangent(x, dx):
    return dx * stable_sigmoid(-x)


_log_sigmoid = pointwise("log_sigmoid", _log_sigmoid_value, _log_sigmoid_vjp, _log_sigmoid_tangent, differentiable=1)


@unscripted
def log_sigmoid(x: Tensor) -> Tensor:
    """Logarithm of the logistic function: log(1 / (1 + exp(-x))) = -softplus(-x).

    x of any shape; the result has it too.
    """
    return _log_sigmoid(x)


class LogSigmoid(nn.Module):
    """Logarithm of the logistic function: log(1 / (1 + exp(-x))) = -softplus(-x).

    x: any shape, floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    """

    @unscripted
    def forward(self, x: Tensor) -> Tensor:
        return log_sigmoid(x)
