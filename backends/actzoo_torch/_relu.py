# Made by: actzoo render relu --to torch
"""ReLU: Rectified linear unit."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from actzoo_torch._fast import in_place, pointwise
from actzoo_torch._runtime import unscripted


def _relu_value(x):
    return torch.where(x <= 0, 0, x)


def _relu_vjp(grad, needs, x):
    grad_x = torch.where(x <= 0, 0, grad)
    return (grad_x,)


def _relu_tangent(x, dx):
    return torch.where(x <= 0, 0, dx)


_relu = pointwise("relu", _relu_value, _relu_vjp, _relu_tangent, differentiable=1)


@unscripted
def relu(x: Tensor) -> Tensor:
    """Rectified linear unit: max(x, 0).

    x of any shape; the result has it too.
    Policies: at 0 the value is 0 and the derivative 0; at NaN the derivative is 1.
    """
    return _relu(x)


_relu_in_place = in_place("relu", _relu, _relu_value, _relu_vjp)


@unscripted
def relu_(x: Tensor) -> Tensor:
    """`relu`, written over x, which it returns; its slope is computed from the result.

    x of any shape. Errors: as of the framework's own in-place functions, for an x that is a leaf with a gradient, and in
    backward for one that was needed as it was.
    """
    return _relu_in_place(x)


class ReLU(nn.Module):
    """Rectified linear unit: max(x, 0).

    x: any shape, floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    Policies: at 0 the value is 0 and the derivative 0; at NaN the derivative is 1.
    """

    @unscripted
    def forward(self, x: Tensor) -> Tensor:
        return relu(x)
