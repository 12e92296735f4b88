# Made by: actzoo render rrelu --to torch
"""RReLU: Rectified linear unit whose slope below 0 is drawn for each element in training."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from actzoo_torch._checks import check_number
from actzoo_torch._fast import pointwise
from actzoo_torch._runtime import not_scriptable, sum_to, uniform_like, unscripted


def _rrelu_value(x, lower, upper, noise):
    slope = lower + (upper - lower) * noise
    return torch.where(x > 0, x, slope * x)


def _rrelu_vjp(grad, needs, x, lower, upper, noise):
    slope = lower + (upper - lower) * noise
    grad_x = sum_to(grad * torch.where(x > 0, 1, slope), x) if needs[0] else None
    return (grad_x,)


def _rrelu_tangent(x, dx, lower, upper, noise):
    slope = lower + (upper - lower) * noise
    return dx * torch.where(x > 0, 1, slope)


_rrelu = pointwise("rrelu", _rrelu_value, _rrelu_vjp, _rrelu_tangent, differentiable=1)


def _rrelu_2_value(x, lower, upper):
    return torch.where(x > 0, x, (lower + upper) / 2 * x)


def _rrelu_2_vjp(grad, needs, x, lower, upper):
    grad_x = torch.where(x > 0, grad, grad * ((lower + upper) / 2))
    return (grad_x,)


def _rrelu_2_tangent(x, dx, lower, upper):
    return torch.where(x > 0, dx, dx * ((lower + upper) / 2))


_rrelu_2 = pointwise("rrelu_2", _rrelu_2_value, _rrelu_2_vjp, _rrelu_2_tangent, differentiable=1)


@unscripted
def rrelu(
    x: Tensor,
    noise: Tensor | None = None,
    lower: float = 0.125,
    upper: float = 0.3333333333333333,
    training: bool = False,
) -> Tensor:
    """Rectified linear unit whose slope below 0 is drawn for each element in training, lower + (upper - lower) noise,
    and their mean in evaluation.

    x of any shape; the result has it too.
    Policies: at 0 the value is 0 and the derivative lower + (upper - lower) * noise if training else (lower +
    upper) / 2; at NaN the derivative is lower + (upper - lower) * noise if training else (lower + upper) / 2.
    Source: https://arxiv.org/abs/1505.00853
    """
    check_number("RReLU", lower=lower, upper=upper)
    if not (0 <= lower <= upper):
        raise ValueError(f"RReLU needs 0 <= lower <= upper; got lower={lower!r}, upper={upper!r}")
    if training:
        noise = uniform_like(x) if noise is None else noise
        return _rrelu(x, lower, upper, noise)
    return _rrelu_2(x, lower, upper)


class RReLU(nn.Module):
    """Rectified linear unit whose slope below 0 is drawn for each element in training, lower + (upper - lower) noise,
    and their mean in evaluation.

    x: any shape, floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    Policies: at 0 the value is 0 and the derivative lower + (upper - lower) * noise if training else (lower +
    upper) / 2; at NaN the derivative is lower + (upper - lower) * noise if training else (lower + upper) / 2.
    Source: https://arxiv.org/abs/1505.00853
    """

    def __init__(self, lower: float = 0.125, upper: float = 0.3333333333333333) -> None:
        super().__init__()
        check_number("RReLU", lower=lower, upper=upper)
        if not (0 <= lower <= upper):
            raise ValueError(f"RReLU needs 0 <= lower <= upper; got lower={lower!r}, upper={upper!r}")
        self.lower = lower
        self.upper = upper

    __prepare_scriptable__ = not_scriptable

    def forward(self, x: Tensor, noise: Tensor | None = None) -> Tensor:
        return rrelu(x, noise, self.lower, self.upper, self.training)
