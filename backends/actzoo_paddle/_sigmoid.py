# Made by: actzoo render sigmoid --to paddle
"""Sigmoid: Logistic function."""

from __future__ import annotations

from paddle import Tensor, nn

from actzoo_paddle._fast import pointwise
from actzoo_paddle._runtime import sech2, stable_sigmoid


def _sigmoid_value(x):
    return stable_sigmoid(x)


def _sigmoid_vjp(grad, needs, x):
    grad_x = grad * (0.25 * sech2(0.5 * x))
    return (grad_x,)


_sigmoid = pointwise("sigmoid", _sigmoid_value, _sigmoid_vjp, differentiable=1)


def sigmoid(x: Tensor) -> Tensor:
    """Logistic function: 1 / (1 + exp(-x)).

    x of any shape; the result has it too.
    """
    return _sigmoid(x)


class Sigmoid(nn.Layer):
    """Logistic function: 1 / (1 + exp(-x)).

    x: any shape, floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    """

    def forward(self, x: Tensor) -> Tensor:
        return sigmoid(x)
