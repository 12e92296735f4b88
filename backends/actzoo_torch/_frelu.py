# Made by: actzoo render frelu --to torch
"""FReLU: Funnel activation."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn

from actzoo_torch._checks import check_choice, check_whole
from actzoo_torch._fast import pointwise
from actzoo_torch._runtime import check_input, maximum, new_conv, new_norm, normalise, not_scriptable, sum_to


def _frelu_value(x, condition):
    return maximum(x, condition)


def _frelu_vjp(grad, needs, x, condition):
    grad_x = sum_to(torch.where(condition > x, 0, grad), x) if needs[0] else None
    grad_condition = sum_to(torch.where(condition > x, grad, 0), condition) if needs[1] else None
    return grad_x, grad_condition


def _frelu_tangent(x, condition, dx, dcondition):
    return torch.where(condition > x, dcondition, dx)


_frelu = pointwise("frelu", _frelu_value, _frelu_vjp, _frelu_tangent, differentiable=2)


class FReLU(nn.Module):
    """Funnel activation: max(x, bn(conv(x))), with a depthwise convolution of odd size k around each position.

    x: (N, C, *S), floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    Policies: of x and bn(conv(x)), in this order, the first of equal terms has the gradient.
    Source: https://arxiv.org/abs/2007.11824
    """

    def __init__(self, channels: int, k: int = 3, conv_type: Literal["1d", "2d", "3d"] = "2d") -> None:
        super().__init__()
        check_whole("FReLU", channels=channels, k=k)
        check_choice("FReLU", "conv_type", conv_type, ("1d", "2d", "3d"))
        if not (k >= 1 and k % 2 == 1):
            raise ValueError(f"FReLU needs k >= 1 and k % 2 == 1; got k={k!r}")
        self.channels = channels
        self.conv_type = conv_type
        self.conv = new_conv(conv_type, channels, channels, k, padding=k // 2, groups=channels, bias=False)
        self.bn = new_norm("batch_norm", channels, conv_type)

    __prepare_scriptable__ = not_scriptable

    def forward(self, x: Tensor) -> Tensor:
        check_input("FReLU", x, self.channels, self.conv_type)
        condition = normalise(self.bn, self.conv(x))
        return _frelu(x, condition)
