# Made by: actzoo render hard_sigmoid --to torch
"""HardSigmoid: Piecewise linear logistic function."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from actzoo_torch._fast import pointwise
from actzoo_torch._runtime import unscripted


def _hard_sigmoid_value(x):
    return torch.clamp(x + 3, 0, 6) / 6


def _hard_sigmoid_vjp(grad, needs, x):
    total = x + 3
    grad_x = torch.where((total > 0) & (total < 6), grad / 6, 0)
    return (grad_x,)


def _hard_sigmoid_tangent(x, dx):
    total = x + 3
    return torch.where((total > 0) & (total < 6), dx / 6, 0)


_hard_sigmoid = pointwise(
    "hard_sigmoid", _hard_sigmoid_value, _hard_sigmoid_vjp, _hard_sigmoid_tangent, differentiable=1
)


@unscripted
def hard_sigmoid(x: Tensor) -> Tensor:
    """Piecewise linear logistic function: relu6(x + 3) / 6.

    x of any shape; the result has it too.
    Policies: at -3 the value is 0 and the derivative 0; at 3 the value is 1 and the derivative 0; at NaN the
    derivative is 0.
    Source: https://arxiv.org/abs/1905.02244
    """
    return _hard_sigmoid(x)


class HardSigmoid(nn.Module):
    """Piecewise linear logistic function: relu6(x + 3) / 6.

    x: any shape, floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    Policies: at -3 the value is 0 and the derivative 0; at 3 the value is 1 and the derivative 0; at NaN the
    derivative is 0.
    Source: https://arxiv.org/abs/1905.02244
    """

    @unscripted
    def forward(self, x: Tensor) -> Tensor:
        return hard_sigmoid(x)
