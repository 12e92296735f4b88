# Made by: actzoo render acon_b --to torch
"""AconB: Smooth maximum of x and p x."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from actzoo_torch._checks import check_whole
from actzoo_torch._fast import pointwise
from actzoo_torch._runtime import channelwise, check_input, gated, sigmoid_gated, sum_to, unscripted


def _acon_b_value(x, beta, p):
    difference = 1 - p
    switched = gated(x, beta * difference)
    greater = switched > 0
    closed = torch.where(greater, -switched, switched)
    part = sigmoid_gated(difference, closed)
    return gated(x, torch.where(greater, 1 - part, p + part))


def _acon_b_vjp(grad, needs, x, beta, p):
    difference = 1 - p
    product = beta * difference
    switched = gated(x, product)
    greater = switched > 0
    closed = torch.where(greater, -switched, switched)
    negated = -closed
    clip_p = torch.clamp(difference, -1e30, 1e30)
    part = sigmoid_gated(difference, closed)
    sigmoid_gated_2 = sigmoid_gated(clip_p * gated(x, -beta), negated)
    grad_x = (
        sum_to(
            grad
            * (
                torch.where(greater, 1 - part, p + part)
                + gated(x, sigmoid_gated(sigmoid_gated(clip_p * product, negated), closed))
            ),
            x,
        )
        if needs[0]
        else None
    )
    grad_beta = (
        sum_to(grad * gated(x, sigmoid_gated(sigmoid_gated(clip_p * gated(x, difference), negated), closed)), beta)
        if needs[1]
        else None
    )
    grad_p = (
        sum_to(
            grad
            * gated(
                x,
                torch.where(
                    greater,
                    -sigmoid_gated(-1 - sigmoid_gated_2, closed),
                    1 + sigmoid_gated(-1 + sigmoid_gated_2, closed),
                ),
            ),
            p,
        )
        if needs[2]
        else None
    )
    return grad_x, grad_beta, grad_p


def _acon_b_tangent(x, beta, p, dx, dbeta, dp):
    difference = 1 - p
    product = beta * difference
    switched = gated(x, product)
    greater = switched > 0
    closed = torch.where(greater, -switched, switched)
    negated = -closed
    clip_p = torch.clamp(difference, -1e30, 1e30)
    sigmoid_gated_2 = sigmoid_gated(clip_p * gated(x, -beta), negated)
    part = sigmoid_gated(difference, closed)
    return (
        dx
        * (
            torch.where(greater, 1 - part, p + part)
            + gated(x, sigmoid_gated(sigmoid_gated(clip_p * product, negated), closed))
        )
        + dbeta * gated(x, sigmoid_gated(sigmoid_gated(clip_p * gated(x, difference), negated), closed))
        + dp
        * gated(
            x,
            torch.where(
                greater, -sigmoid_gated(-1 - sigmoid_gated_2, closed), 1 + sigmoid_gated(-1 + sigmoid_gated_2, closed)
            ),
        )
    )


_acon_b = pointwise("acon_b", _acon_b_value, _acon_b_vjp, _acon_b_tangent, differentiable=3)


@unscripted
def acon_b(x: Tensor, p: Tensor, beta: Tensor) -> Tensor:
    """Smooth maximum of x and p x: (1 - p) x sigmoid(beta (1 - p) x) + p x.

    The paper gives no initial p; 0.25 as in PReLU.

    x of any shape, channels C, *S; the result has it too.
    Source: https://arxiv.org/abs/2009.04759
    """
    return _acon_b(x, channelwise(beta, x), channelwise(p, x))


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
        self.p = nn.Parameter(torch.empty((1, channels, 1, 1)))
        self.beta = nn.Parameter(torch.empty((1, channels, 1, 1)))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Initial values for what the module owns itself; its layers have a method of their own."""
        nn.init.constant_(self.p, 0.25)
        nn.init.constant_(self.beta, 1.0)

    @unscripted
    def forward(self, x: Tensor) -> Tensor:
        check_input("AconB", x, self.channels)
        return acon_b(x, self.p, self.beta)
