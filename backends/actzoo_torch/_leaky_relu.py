# Made by: actzoo render leaky_relu --to torch
"""LeakyReLU: Rectified linear unit with a small slope below 0."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from actzoo_torch._checks import check_number
from actzoo_torch._fast import in_place, pointwise
from actzoo_torch._runtime import unscripted


def _leaky_relu_value(x, negative_slope):
    return torch.where(x > 0, x, negative_slope * x)


def _leaky_relu_vjp(grad, needs, x, negative_slope):
    grad_x = torch.where(x > 0, grad, grad * negative_slope)
    return (grad_x,)


def _leaky_relu_tangent(x, dx, negative_slope):
    return torch.where(x > 0, dx, dx * negative_slope)


_leaky_relu = pointwise("leaky_relu", _leaky_relu_value, _leaky_relu_vjp, _leaky_relu_tangent, differentiable=1)


@unscripted
def leaky_relu(x: Tensor, negative_slope: float = 0.01) -> Tensor:
    """Rectified linear unit with a small slope below 0: x above 0, negative_slope x elsewhere.

    x of any shape; the result has it too.
    Policies: at 0 the value is 0 and the derivative negative_slope; at NaN the derivative is negative_slope.
    """
    check_number("LeakyReLU", negative_slope=negative_slope)
    return _leaky_relu(x, negative_slope)


_leaky_relu_in_place = in_place("leaky_relu", _leaky_relu, _leaky_relu_value, _leaky_relu_vjp)


@unscripted
def leaky_relu_(x: Tensor, negative_slope: float = 0.01) -> Tensor:
    """`leaky_relu`, written over x, which it returns; its slope is computed from the result.

    x of any shape. Errors: as of the framework's own in-place functions, for an x that is a leaf with a gradient, and in
    backward for one that was needed as it was.
    """
    check_number("LeakyReLU", negative_slope=negative_slope)
    if not (negative_slope >= 0):
        raise ValueError(
            f"leaky_relu_ needs negative_slope >= 0, for a slope by the result; got negative_slope={negative_slope!r}"
        )
    return _leaky_relu_in_place(x, negative_slope)


class LeakyReLU(nn.Module):
    """Rectified linear unit with a small slope below 0: x above 0, negative_slope x elsewhere.

    x: any shape, floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    Policies: at 0 the value is 0 and the derivative negative_slope; at NaN the derivative is negative_slope.
    """

    def __init__(self, negative_slope: float = 0.01) -> None:
        super().__init__()
        check_number("LeakyReLU", negative_slope=negative_slope)
        self.negative_slope = negative_slope

    @unscripted
    def forward(self, x: Tensor) -> Tensor:
        return leaky_relu(x, self.negative_slope)
