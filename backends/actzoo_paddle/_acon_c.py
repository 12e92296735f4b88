# Made by: actzoo render acon_c --to paddle
"""AconC: Smooth maximum of p1 x and p2 x."""

from __future__ import annotations

import paddle
from paddle import Tensor, nn

from actzoo_paddle._checks import check_whole
from actzoo_paddle._fast import pointwise
from actzoo_paddle._runtime import channelwise, check_input, gated, sigmoid_gated, sum_to, where


def _acon_c_value(x, beta, p1, p2):
    difference = p1 - p2
    switched = gated(x, beta * difference)
    greater = switched > 0
    closed = where(greater, -switched, switched)
    part = sigmoid_gated(difference, closed)
    return gated(x, where(greater, p1 - part, p2 + part))


def _acon_c_vjp(grad, needs, x, beta, p1, p2):
    difference = p1 - p2
    product = beta * difference
    switched = gated(x, product)
    greater = switched > 0
    closed = where(greater, -switched, switched)
    negated = -closed
    clip = paddle.clip(difference, -1e30, 1e30)
    part = sigmoid_gated(difference, closed)
    sigmoid_gated_2 = sigmoid_gated(clip * gated(x, beta), negated)
    sigmoid_gated_3 = sigmoid_gated(clip * gated(x, -beta), negated)
    grad_x = (
        sum_to(
            grad
            * (
                where(greater, p1 - part, p2 + part)
                + gated(x, sigmoid_gated(sigmoid_gated(clip * product, negated), closed))
            ),
            x,
        )
        if needs[0]
        else None
    )
    grad_beta = (
        sum_to(grad * gated(x, sigmoid_gated(sigmoid_gated(clip * gated(x, difference), negated), closed)), beta)
        if needs[1]
        else None
    )
    grad_p1 = (
        sum_to(
            grad
            * gated(
                x,
                where(
                    greater, 1 - sigmoid_gated(1 - sigmoid_gated_2, closed), sigmoid_gated(1 + sigmoid_gated_2, closed)
                ),
            ),
            p1,
        )
        if needs[2]
        else None
    )
    grad_p2 = (
        sum_to(
            grad
            * gated(
                x,
                where(
                    greater,
                    -sigmoid_gated(-1 - sigmoid_gated_3, closed),
                    1 + sigmoid_gated(-1 + sigmoid_gated_3, closed),
                ),
            ),
            p2,
        )
        if needs[3]
        else None
    )
    return grad_x, grad_beta, grad_p1, grad_p2


_acon_c = pointwise("acon_c", _acon_c_value, _acon_c_vjp, differentiable=4)


def acon_c(x: Tensor, p1: Tensor, p2: Tensor, beta: Tensor) -> Tensor:
    """Smooth maximum of p1 x and p2 x: (p1 - p2) x sigmoid(beta (p1 - p2) x) + p2 x.

    x of any shape, channels C, *S; the result has it too.
    Source: https://arxiv.org/abs/2009.04759
    """
    return _acon_c(x, channelwise(beta, x), channelwise(p1, x), channelwise(p2, x))


class AconC(nn.Layer):
    """Smooth maximum of p1 x and p2 x: (p1 - p2) x sigmoid(beta (p1 - p2) x) + p2 x.

    x: (N, C, *S), floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    Source: https://arxiv.org/abs/2009.04759
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        check_whole("AconC", channels=channels)
        self.channels = channels
        self.p1 = self.create_parameter((1, channels, 1, 1), default_initializer=nn.initializer.Normal(0.0, 1.0))
        self.p2 = self.create_parameter((1, channels, 1, 1), default_initializer=nn.initializer.Normal(0.0, 1.0))
        self.beta = self.create_parameter((1, channels, 1, 1), default_initializer=nn.initializer.Constant(1.0))

    def forward(self, x: Tensor) -> Tensor:
        check_input("AconC", x, self.channels)
        return acon_c(x, self.p1, self.p2, self.beta)
