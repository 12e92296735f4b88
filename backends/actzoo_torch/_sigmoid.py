# Made by: actzoo render sigmoid --to torch
"""Sigmoid: Logistic function."""

from __future__ import annotations

from torch import Tensor, nn

from actzoo_torch._fast import pointwise
from actzoo_torch._runtime import sech2, stable_sigmoid, unscripted


def _sigmoid_value(x):
    return stable_sigmoid(x)


def _sigmoid_vjp(grad, needs, x):
    grad_x = grad * (0.25 * sech2(0.5 * x))
    return (grad_x,)


def _sigmoid_tangent(x, dx):
    return dx * (0.25 * sech2(0.5 * x))


_sigmoid = pointwise("sigmoid", _sigmoid_value, _sigmoid_vjp, _sigmoid_tangent, differentiable=1)


@unscripted
def sigmoid(x: Tensor) -> Tensor:
    """Logistic function: 1 / (1 + exp(-x)).

    x of any shape; the result has it too.
    """
    return _sigmoid(x)


class Sigmoid(nn.Module):
    """Logistic function: 1 / (1 + exp(-x)).

    x: any shape, floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    """

    @unscripted
    def forward(self, x: Tensor) -> Tensor:
        return sigmoid(x)
