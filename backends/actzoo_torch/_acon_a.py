# Made by: actzoo render acon_a --to torch
"""AconA: Smooth maximum of x and 0."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from actzoo_torch._checks import check_whole
from actzoo_torch._fast import pointwise
from actzoo_torch._runtime import channelwise, check_input, sigmoid_gated, sum_to, unscripted


def _acon_a_value(x, beta):
    return sigmoid_gated(x, beta * x)


def _acon_a_vjp(grad, needs, x, beta):
    product = beta * x
    negated = -product
    clip_x = torch.clamp(x, -1e30, 1e30)
    grad_x = sum_to(grad * sigmoid_gated(1 + sigmoid_gated(clip_x * beta, negated), product), x) if needs[0] else None
    grad_beta = sum_to(grad * sigmoid_gated(sigmoid_gated(clip_x * x, negated), product), beta) if needs[1] else None
    return grad_x, grad_beta


def _acon_a_tangent(x, beta, dx, dbeta):
    product = beta * x
    negated = -product
    clip_x = torch.clamp(x, -1e30, 1e30)
    return dx * sigmoid_gated(1 + sigmoid_gated(clip_x * beta, negated), product) + dbeta * sigmoid_gated(
        sigmoid_gated(clip_x * x, negated), product
    )


_acon_a = pointwise("acon_a", _acon_a_value, _acon_a_vjp, _acon_a_tangent, differentiable=2)


@unscripted
def acon_a(x: Tensor, beta: Tensor) -> Tensor:
    """Smooth maximum of x and 0, swish with one beta for each channel: x sigmoid(beta x).

    x of any shape, channels C, *S; the result has it too.
    Source: https://arxiv.org/abs/2009.04759
    """
    return _acon_a(x, channelwise(beta, x))


class AconA(nn.Module):
    """Smooth maximum of x and 0, swish with one beta for each channel: x sigmoid(beta x).

    x: (N, C, *S), floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    Source: https://arxiv.org/abs/2009.04759
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        check_whole("AconA", channels=channels)
        self.channels = channels
        self.beta = nn.Parameter(torch.empty((1, channels, 1, 1)))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Initial values for what the module owns itself; its layers have a method of their own."""
        nn.init.constant_(self.beta, 1.0)

    @unscripted
    def forward(self, x: Tensor) -> Tensor:
        check_input("AconA", x, self.channels)
        return acon_a(x, self.beta)
