# Made by: actzoo render prelu --to torch
"""PReLU: Rectified linear unit whose slope below 0 is learnt."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from actzoo_torch._checks import check_number, check_whole
from actzoo_torch._fast import pointwise
from actzoo_torch._runtime import channelwise, sum_to, unscripted


def _prelu_value(x, slope):
    return torch.where(x > 0, x, slope * x)


def _prelu_vjp(grad, needs, x, slope):
    grad_x = sum_to(grad * torch.where(x > 0, 1, slope), x) if needs[0] else None
    grad_slope = sum_to(grad * torch.where(x > 0, 0, x), slope) if needs[1] else None
    return grad_x, grad_slope


def _prelu_tangent(x, slope, dx, dslope):
    return dx * torch.where(x > 0, 1, slope) + dslope * torch.where(x > 0, 0, x)


_prelu = pointwise("prelu", _prelu_value, _prelu_vjp, _prelu_tangent, differentiable=2)


@unscripted
def prelu(x: Tensor, weight: Tensor) -> Tensor:
    """Rectified linear unit whose slope below 0 is learnt, one for all channels or one for each: x above 0,
    weight x elsewhere.

    x of any shape, channels C, *S; the result has it too.
    Policies: at 0 the value is 0 and the derivative weight; at NaN the derivative is weight.
    Source: https://arxiv.org/abs/1502.01852
    """
    slope = channelwise(weight, x)
    return _prelu(x, slope)


class PReLU(nn.Module):
    """Rectified linear unit whose slope below 0 is learnt, one for all channels or one for each: x above 0,
    weight x elsewhere.

    x: any shape, floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    Policies: at 0 the value is 0 and the derivative weight; at NaN the derivative is weight.
    Source: https://arxiv.org/abs/1502.01852
    """

    def __init__(self, num_parameters: int = 1, *, weight: float = 0.25) -> None:
        super().__init__()
        check_whole("PReLU", num_parameters=num_parameters)
        check_number("PReLU", weight=weight)
        if not (num_parameters >= 1):
            raise ValueError(f"PReLU needs num_parameters >= 1; got num_parameters={num_parameters!r}")
        self.initial_weight = weight
        self.weight = nn.Parameter(torch.empty((num_parameters,)))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Initial values for what the module owns itself; its layers have a method of their own."""
        nn.init.constant_(self.weight, self.initial_weight)

    @unscripted
    def forward(self, x: Tensor) -> Tensor:
        return prelu(x, self.weight)
