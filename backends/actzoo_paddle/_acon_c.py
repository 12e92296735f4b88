# Made by: actzoo render acon_c --to paddle
"""AconC: Smooth maximum of p1 x and p2 x."""

from __future__ import annotations

from paddle import Tensor, nn

from actzoo_paddle._checks import check_whole
from actzoo_paddle._runtime import channelwise, check_input, gated, pointwise, sigmoid_gated, stable_sigmoid, sum_to


def _acon_c_value(x, p1, p2, beta):
    difference = (p1 - p2) * x
    return sigmoid_gated(difference, beta * difference) + p2 * x


def _acon_c_vjp(grad, needs, x, p1, p2, beta):
    difference = p1 - p2
    difference_2 = difference * x
    product = beta * difference_2
    gated_2 = gated(difference_2, stable_sigmoid(-product))
    product_2 = gated_2 * (beta * x)
    grad_x = (
        sum_to(grad * (sigmoid_gated(difference + gated_2 * (beta * difference), product) + p2), x)
        if needs[0]
        else None
    )
    grad_p1 = sum_to(grad * sigmoid_gated(x + product_2, product), p1) if needs[1] else None
    grad_p2 = sum_to(grad * (sigmoid_gated(-x - product_2, product) + x), p2) if needs[2] else None
    grad_beta = sum_to(grad * sigmoid_gated(gated_2 * difference_2, product), beta) if needs[3] else None
    return grad_x, grad_p1, grad_p2, grad_beta


_acon_c = pointwise("acon_c", _acon_c_value, _acon_c_vjp, differentiable=4)


def acon_c(x: Tensor, p1: Tensor, p2: Tensor, beta: Tensor) -> Tensor:
    """Smooth maximum of p1 x and p2 x: (p1 - p2) x sigmoid(beta (p1 - p2) x) + p2 x.

    x of any shape, channels C, *S; the result has it too.
    Source: https://arxiv.org/abs/2009.04759
    """
    return _acon_c(x, channelwise(p1, x), channelwise(p2, x), channelwise(beta, x))


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
