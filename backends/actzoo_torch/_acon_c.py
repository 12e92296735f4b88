# Made by: actzoo render acon_c --to torch
"""AconC: Smooth maximum of p1 x and p2 x."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from actzoo_torch._checks import check_whole
from actzoo_torch._fast import pointwise
from actzoo_torch._runtime import channelwise, check_input, gated, sigmoid_gated, sum_to, unscripted


def _acon_c_value(x, beta, p1, p2):
    difference = p1 - p2
    switched = gated(x, beta * difference)
    greater = switched > 0
    closed = torch.where(greater, -switched, switched)
    part = sigmoid_gated(difference, closed)
    return gated(x, torch.where(greater, p1 - part, p2 + part))


def _acon_c_vjp(grad, needs, x, beta, p1, p2):
    difference = p1 - p2
    product = beta * difference
    switched = gated(x, product)
    greater = switched > 0
    closed = torch.where(greater, -switched, switched)
    negated = -closed
    clip = torch.clamp(difference, -1e30, 1e30)
    part = sigmoid_gated(difference, closed)
    sigmoid_gated_2 = sigmoid_gated(clip * gated(x, beta), negated)
    sigmoid_gated_3 = sigmoid_gated(clip * gated(x, -beta), negated)
    grad_x = (
        sum_to(
            grad
            * (
                torch.where(greater, p1 - part, p2 + part)
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
                torch.where(
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
                torch.where(
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


def _acon_c_tangent(x, beta, p1, p2, dx, dbeta, dp1, dp2):
    difference = p1 - p2
    product = beta * difference
    switched = gated(x, product)
    greater = switched > 0
    closed = torch.where(greater, -switched, switched)
    negated = -closed
    clip = torch.clamp(difference, -1e30, 1e30)
    sigmoid_gated_2 = sigmoid_gated(clip * gated(x, -beta), negated)
    sigmoid_gated_3 = sigmoid_gated(clip * gated(x, beta), negated)
    part = sigmoid_gated(difference, closed)
    return (
        dx
        * (
            torch.where(greater, p1 - part, p2 + part)
            + gated(x, sigmoid_gated(sigmoid_gated(clip * product, negated), closed))
        )
        + dbeta * gated(x, sigmoid_gated(sigmoid_gated(clip * gated(x, difference), negated), closed))
        + dp1
        * gated(
            x,
            torch.where(
                greater, 1 - sigmoid_gated(1 - sigmoid_gated_3, closed), sigmoid_gated(1 + sigmoid_gated_3, closed)
            ),
        )
        + dp2
        * gated(
            x,
            torch.where(
                greater, -sigmoid_gated(-1 - sigmoid_gated_2, closed), 1 + sigmoid_gated(-1 + sigmoid_gated_2, closed)
            ),
        )
    )


_acon_c = pointwise("acon_c", _acon_c_value, _acon_c_vjp, _acon_c_tangent, differentiable=4)


@unscripted
def acon_c(x: Tensor, p1: Tensor, p2: Tensor, beta: Tensor) -> Tensor:
    """Smooth maximum of p1 x and p2 x: (p1 - p2) x sigmoid(beta (p1 - p2) x) + p2 x.

    x of any shape, channels C, *S; the result has it too.
    Source: https://arxiv.org/abs/2009.04759
    """
    return _acon_c(x, channelwise(beta, x), channelwise(p1, x), channelwise(p2, x))


class AconC(nn.Module):
    """Smooth maximum of p1 x and p2 x: (p1 - p2) x sigmoid(beta (p1 - p2) x) + p2 x.

    x: (N, C, *S), floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    Source: https://arxiv.org/abs/2009.04759
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        check_whole("AconC", channels=channels)
        self.channels = channels
        self.p1 = nn.Parameter(torch.empty((1, channels, 1, 1)))
        self.p2 = nn.Parameter(torch.empty((1, channels, 1, 1)))
        self.beta = nn.Parameter(torch.empty((1, channels, 1, 1)))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Initial values for what the module owns itself; its layers have a method of their own."""
        nn.init.normal_(self.p1, std=1.0)
        nn.init.normal_(self.p2, std=1.0)
        nn.init.constant_(self.beta, 1.0)

    @unscripted
    def forward(self, x: Tensor) -> Tensor:
        check_input("AconC", x, self.channels)
        return acon_c(x, self.p1, self.p2, self.beta)
