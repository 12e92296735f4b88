# Made by: actzoo render selu --to torch
"""SELU: Scaled exponential linear unit."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from actzoo_torch._fast import pointwise
from actzoo_torch._runtime import expm1, unscripted


def _selu_value(x):
    negative = torch.where(x > 0, 0, x)
    return torch.where(x > 0, 1.0507009873554805 * x, 1.7580993408473766 * expm1(negative))


def _selu_vjp(grad, needs, x):
    negative = torch.where(x > 0, 0, x)
    grad_x = grad * torch.where(x > 0, 1.0507009873554805, 1.7580993408473766 * torch.exp(negative))
    return (grad_x,)


def _selu_tangent(x, dx):
    negative = torch.where(x > 0, 0, x)
    return dx * torch.where(x > 0, 1.0507009873554805, 1.7580993408473766 * torch.exp(negative))


_selu = pointwise("selu", _selu_value, _selu_vjp, _selu_tangent, differentiable=1)


@unscripted
def selu(x: Tensor) -> Tensor:
    """Scaled exponential linear unit, which keeps mean 0 and variance 1: scale times x above 0, alpha (exp(x) - 1)
    elsewhere, with scale 1.0507 and alpha 1.6733.

    x of any shape; the result has it too.
    Policies: at 0 the value is 0 and the derivative 1.7580993408473766.
    Source: https://arxiv.org/abs/1706.02515
    """
    return _selu(x)


class SELU(nn.Module):
    """Scaled exponential linear unit, which keeps mean 0 and variance 1: scale times x above 0, alpha (exp(x) - 1)
    elsewhere, with scale 1.0507 and alpha 1.6733.

    x: any shape, floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    Policies: at 0 the value is 0 and the derivative 1.7580993408473766.
    Source: https://arxiv.org/abs/1706.02515
    """

    @unscripted
    def forward(self, x: Tensor) -> Tensor:
        return selu(x)
