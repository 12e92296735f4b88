# Made by: actzoo render swish --to torch
"""Swish: Self-gated unit."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from actzoo_torch._checks import check_number
from actzoo_torch._fast import pointwise
from actzoo_torch._runtime import channelwise, sigmoid_gated, sum_to, unscripted


def _swish_value(x, slope):
    return sigmoid_gated(x, slope * x)


def _swish_vjp(grad, needs, x, slope):
    product = slope * x
    negated = -product
    clip_x = torch.clamp(x, -1e30, 1e30)
    grad_x = sum_to(grad * sigmoid_gated(1 + sigmoid_gated(clip_x * slope, negated), product), x) if needs[0] else None
    grad_slope = sum_to(grad * sigmoid_gated(sigmoid_gated(clip_x * x, negated), product), slope) if needs[1] else None
    return grad_x, grad_slope


def _swish_tangent(x, slope, dx, dslope):
    product = slope * x
    negated = -product
    clip_x = torch.clamp(x, -1e30, 1e30)
    return dx * sigmoid_gated(1 + sigmoid_gated(clip_x * slope, negated), product) + dslope * sigmoid_gated(
        sigmoid_gated(clip_x * x, negated), product
    )


_swish = pointwise("swish", _swish_value, _swish_vjp, _swish_tangent, differentiable=2)


@unscripted
def swish(x: Tensor, beta: Tensor | float = 1.0) -> Tensor:
    """Self-gated unit, SiLU for beta 1: x sigmoid(beta x); beta is fixed or learnt.

    x of any shape, channels C, *S; the result has it too.
    Source: https://arxiv.org/abs/1710.05941
    """
    slope = channelwise(beta, x)
    return _swish(x, slope)


class Swish(nn.Module):
    """Self-gated unit, SiLU for beta 1: x sigmoid(beta x); beta is fixed or learnt.

    x: any shape, floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    Source: https://arxiv.org/abs/1710.05941
    """

    def __init__(self, *, beta: float = 1.0, learnable: bool = False) -> None:
        super().__init__()
        check_number("Swish", beta=beta)
        self.initial_beta = beta
        self.beta = nn.Parameter(torch.empty((1,))) if learnable else self.initial_beta
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Initial values for what the module owns itself; its layers have a method of their own."""
        if isinstance(self.beta, nn.Parameter):
            nn.init.constant_(self.beta, self.initial_beta)

    @unscripted
    def forward(self, x: Tensor) -> Tensor:
        return swish(x, self.beta)
