# Made by: actzoo render relu6 --to torch
"""ReLU6: Rectified linear unit held at 6."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from actzoo_torch._fast import in_place, pointwise
from actzoo_torch._runtime import unscripted


def _relu6_value(x):
    return torch.clamp(x, 0, 6)


def _relu6_vjp(grad, needs, x):
    grad_x = torch.where((x > 0) & (x < 6), grad, 0)
    return (grad_x,)


def _relu6_tangent(x, dx):
    return torch.where((x > 0) & (x < 6), dx, 0)


_relu6 = pointwise("relu6", _relu6_value, _relu6_vjp, _relu6_tangent, differentiable=1)


@unscripted
def relu6(x: Tensor) -> Tensor:
    """Rectified linear unit held at 6: min(max(x, 0), 6).

    x of any shape; the result has it too.
    Policies: at 0 the value is 0 and the derivative 0; at 6 the value is 6 and the derivative 0; at NaN the
    derivative is 0.
    """
    return _relu6(x)


_relu6_in_place = in_place("relu6", _relu6, _relu6_value, _relu6_vjp)


@unscripted
def relu6_(x: Tensor) -> Tensor:
    """`relu6`, written over x, which it returns; its slope is computed from the result.

    x of any shape. Errors: as of the framework's own in-place functions, for an x that is a leaf with a gradient, and in
    backward for one that was needed as it was.
    """
    return _relu6_in_place(x)


class ReLU6(nn.Module):
    """Rectified linear unit held at 6: min(max(x, 0), 6).

    x: any shape, floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    Policies: at 0 the value is 0 and the derivative 0; at 6 the value is 6 and the derivative 0; at NaN the
    derivative is 0.
    """

    @unscripted
    def forward(self, x: Tensor) -> Tensor:
        return relu6(x)
