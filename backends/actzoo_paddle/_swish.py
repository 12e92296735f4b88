# Made by: actzoo render swish --to paddle
"""Swish: Self-gated unit."""

from __future__ import annotations

import paddle
from paddle import Tensor, nn

from actzoo_paddle._checks import check_number
from actzoo_paddle._fast import pointwise
from actzoo_paddle._runtime import channelwise, sigmoid_gated, sum_to


def _swish_value(x, slope):
    return sigmoid_gated(x, slope * x)


def _swish_vjp(grad, needs, x, slope):
    product = slope * x
    negated = -product
    clip_x = paddle.clip(x, -1e30, 1e30)
    grad_x = sum_to(grad * sigmoid_gated(1 + sigmoid_gated(clip_x * slope, negated), product), x) if needs[0] else None
    grad_slope = sum_to(grad * sigmoid_gated(sigmoid_gated(clip_x * x, negated), product), slope) if needs[1] else None
    return grad_x, grad_slope


_swish = pointwise("swish", _swish_value, _swish_vjp, differentiable=2)


def swish(x: Tensor, beta: Tensor | float = 1.0) -> Tensor:
    """Self-gated unit, SiLU for beta 1: x sigmoid(beta x); beta is fixed or learnt.

    x of any shape, channels C, *S; the result has it too.
    Source: https://arxiv.org/abs/1710.05941
    """
    slope = channelwise(beta, x)
    return _swish(x, slope)


class Swish(nn.Layer):
    """Self-gated unit, SiLU for beta 1: x sigmoid(beta x); beta is fixed or learnt.

    x: any shape, floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    Source: https://arxiv.org/abs/1710.05941
    """

    def __init__(self, *, beta: float = 1.0, learnable: bool = False) -> None:
        super().__init__()
        check_number("Swish", beta=beta)
        self.beta = (
            self.create_parameter((1,), default_initializer=nn.initializer.Constant(beta)) if learnable else beta
        )

    def forward(self, x: Tensor) -> Tensor:
        return swish(x, self.beta)
