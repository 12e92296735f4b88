# Made by: actzoo render acon_b --to torch
"""AconB: Smooth maximum of x and p x."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from actzoo_torch._checks import check_whole
from actzoo_torch._runtime import channelwise, check_input, gated, pointwise, sigmoid_gated, stable_sigmoid, sum_to


def _acon_b_value(x, p, beta):
    difference = (1 - p) * x
    return sigmoid_gated(difference, beta * difference) + p * x


def _acon_b_vjp(grad, needs, x, p, beta):
    difference = 1 - p
    difference_2 = difference * x
    product = beta * difference_2
    gated_2 = gated(difference_2, stable_sigmoid(-product))
    grad_x = (
        sum_to(grad * (sigmoid_gated(difference + gated_2 * (beta * difference), product) + p), x) if needs[0] else None
    )
    grad_p = sum_to(grad * (sigmoid_gated(-x - gated_2 * (beta * x), product) + x), p) if needs[1] else None
    grad_beta = sum_to(grad * sigmoid_gated(gated_2 * difference_2, product), beta) if needs[2] else None
    return grad_x, grad_p, grad_beta


def _acon_b_tangent(x, p, beta, dx, dp, dbeta):
    difference = 1 - p
    difference_2 = difference * x
    product = beta * difference_2
    gated_2 = gated(difference_2, stable_sigmoid(-product))
    return (
        dx * (sigmoid_gated(difference + gated_2 * (beta * difference), product) + p)
        + dp * (sigmoid_gated(-x - gated_2 * (beta * x), product) + x)
        + dbeta * sigmoid_gated(gated_2 * difference_2, product)
    )


_acon_b = pointwise("acon_b", _acon_b_value, _acon_b_vjp, _acon_b_tangent, differentiable=3)


def acon_b(x: Tensor, p: Tensor, beta: Tensor) -> Tensor:
    """Smooth maximum of x and p x: (1 - p) x sigmoid(beta (1 - p) x) + p x.

    The paper gives no initial p; 0.25 as in PReLU.

    x of any shape, channels C, *S; the result has it too.
    Source: https://arxiv.org/abs/2009.04759
    """
    return _acon_b(x, channelwise(p, x), channelwise(beta, x))


class AconB(nn.Module):
    """Smooth maximum of x and p x: (1 - p) x sigmoid(beta (1 - p) x) + p x.

    The paper gives no initial p; 0.25 as in PReLU.

    x: (N, C, *S), floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    Source: https://arxiv.org/abs/2009.04759
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        check_whole("AconB", channels=channels)
        self.channels = channels
        self.p = nn.Parameter(torch.full((1, channels, 1, 1), 0.25))
        self.beta = nn.Parameter(torch.full((1, channels, 1, 1), 1.0))

    def forward(self, x: Tensor) -> Tensor:
        check_input("AconB", x, self.channels)
        return acon_b(x, self.p, self.beta)
