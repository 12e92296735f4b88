# Made by: actzoo render gelu --to torch
"""GELU: Gaussian error linear unit."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn

from actzoo_torch._checks import check_choice
from actzoo_torch._fast import pointwise
from actzoo_torch._runtime import exp_gated, normal_cdf, normal_gated, sigmoid_gated, unscripted


def _gelu_value(x):
    bounded = torch.clamp(x, -30, 30)
    return sigmoid_gated(x, 1.5957691216057308 * bounded * (1 + 0.044715 * (bounded * bounded)))


def _gelu_vjp(grad, needs, x):
    bounded = torch.clamp(x, -30, 30)
    total = 1 + 0.044715 * (bounded * bounded)
    product = 1.5957691216057308 * bounded
    product_2 = product * total
    grad_x = grad * sigmoid_gated(
        1
        + torch.where(
            (x > -30) & (x < 30),
            sigmoid_gated(
                torch.clamp(x, -1e30, 1e30) * (1.5957691216057308 * total + product * (0.08943 * bounded)), -product_2
            ),
            0,
        ),
        product_2,
    )
    return (grad_x,)


def _gelu_tangent(x, dx):
    bounded = torch.clamp(x, -30, 30)
    total = 1 + 0.044715 * (bounded * bounded)
    product = 1.5957691216057308 * bounded
    product_2 = product * total
    return dx * sigmoid_gated(
        1
        + torch.where(
            (x > -30) & (x < 30),
            sigmoid_gated(
                torch.clamp(x, -1e30, 1e30) * (1.5957691216057308 * total + product * (0.08943 * bounded)), -product_2
            ),
            0,
        ),
        product_2,
    )


_gelu = pointwise("gelu", _gelu_value, _gelu_vjp, _gelu_tangent, differentiable=1)


def _gelu_2_value(x):
    held = torch.clamp(x, -60, 60)
    return normal_gated(x, held)


def _gelu_2_vjp(grad, needs, x):
    held = torch.clamp(x, -60, 60)
    grad_x = grad * (
        normal_cdf(held)
        + torch.where(
            (x > -60) & (x < 60), exp_gated(0.3989422804014327 * torch.clamp(x, -1e30, 1e30), -(held * held / 2)), 0
        )
    )
    return (grad_x,)


def _gelu_2_tangent(x, dx):
    held = torch.clamp(x, -60, 60)
    return dx * (
        normal_cdf(held)
        + torch.where(
            (x > -60) & (x < 60), exp_gated(0.3989422804014327 * torch.clamp(x, -1e30, 1e30), -(held * held / 2)), 0
        )
    )


_gelu_2 = pointwise("gelu_2", _gelu_2_value, _gelu_2_vjp, _gelu_2_tangent, differentiable=1)


@unscripted
def gelu(x: Tensor, approximate: Literal["none", "tanh"] = "none") -> Tensor:
    """Gaussian error linear unit: x times the normal distribution function of x; "tanh" approximates that.

    x of any shape; the result has it too.
    Source: https://arxiv.org/abs/1606.08415
    """
    check_choice("GELU", "approximate", approximate, ("none", "tanh"))
    if approximate == "tanh":
        return _gelu(x)
    return _gelu_2(x)


class GELU(nn.Module):
    """Gaussian error linear unit: x times the normal distribution function of x; "tanh" approximates that.

    x: any shape, floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    Source: https://arxiv.org/abs/1606.08415
    """

    def __init__(self, approximate: Literal["none", "tanh"] = "none") -> None:
        super().__init__()
        check_choice("GELU", "approximate", approximate, ("none", "tanh"))
        self.approximate = approximate

    @unscripted
    def forward(self, x: Tensor) -> Tensor:
        return gelu(x, self.approximate)
