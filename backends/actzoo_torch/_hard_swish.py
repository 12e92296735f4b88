# Made by: actzoo render hard_swish --to torch
"""HardSwish: Piecewise quadratic swish."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from actzoo_torch._fast import pointwise
from actzoo_torch._runtime import unscripted


def _hard_swish_value(x):
    return torch.where(x <= -3, 0, torch.where(x >= 3, x, x * (x + 3) / 6))


def _hard_swish_vjp(grad, needs, x):
    grad_x = grad * torch.where(x <= -3, 0, torch.where(x >= 3, 1, (x + 3 + x) / 6))
    return (grad_x,)


def _hard_swish_tangent(x, dx):
    return dx * torch.where(x <= -3, 0, torch.where(x >= 3, 1, (x + 3 + x) / 6))


_hard_swish = pointwise("hard_swish", _hard_swish_value, _hard_swish_vjp, _hard_swish_tangent, differentiable=1)


@unscripted
def hard_swish(x: Tensor) -> Tensor:
    """Piecewise quadratic swish: x relu6(x + 3) / 6.

    x of any shape; the result has it too.
    Policies: at -3 the value is 0 and the derivative 0; at 3 the value is 3 and the derivative 1.
    Source: https://arxiv.org/abs/1905.02244
    """
    return _hard_swish(x)


class HardSwish(nn.Module):
    """Piecewise quadratic swish: x relu6(x + 3) / 6.

    x: any shape, floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    Policies: at -3 the value is 0 and the derivative 0; at 3 the value is 3 and the derivative 1.
    Source: https://arxiv.org/abs/1905.02244
    """

    @unscripted
    def forward(self, x: Tensor) -> Tensor:
        return hard_swish(x)
