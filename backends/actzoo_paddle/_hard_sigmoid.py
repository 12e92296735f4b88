# Made by: actzoo render hard_sigmoid --to paddle
"""HardSigmoid: Piecewise linear logistic function."""

from __future__ import annotations

import paddle
from paddle import Tensor, nn

from actzoo_paddle._fast import pointwise
from actzoo_paddle._runtime import where


def _hard_sigmoid_value(x):
    return paddle.clip(x + 3, 0, 6) / 6


def _hard_sigmoid_vjp(grad, needs, x):
    total = x + 3
    grad_x = where((total > 0) & (total < 6), grad / 6, 0)
    return (grad_x,)


_hard_sigmoid = pointwise("hard_sigmoid", _hard_sigmoid_value, _hard_sigmoid_vjp, differentiable=1)


def hard_sigmoid(x: Tensor) -> Tensor:
    """Piecewise linear logistic function: relu6(x + 3) / 6.

    x of any shape; the result has it too.
    Policies: at -3 the value is 0 and the derivative 0; at 3 the value is 1 and the derivative 0; at NaN the
    derivative is 0.
    Source: https://arxiv.org/abs/1905.02244
    """
    return _hard_sigmoid(x)


class HardSigmoid(nn.Layer):
    """Piecewise linear logistic function: relu6(x + 3) / 6.

    x: any shape, floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    Policies: at -3 the value is 0 and the derivative 0; at 3 the value is 1 and the derivative 0; at NaN the
    derivative is 0.
    Source: https://arxiv.org/abs/1905.02244
    """

    def forward(self, x: Tensor) -> Tensor:
        return hard_sigmoid(x)
