# Made by: actzoo render elu --to torch
"""ELU: Exponential linear unit."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from actzoo_torch._checks import check_number
from actzoo_torch._fast import pointwise
from actzoo_torch._runtime import expm1, unscripted


def _elu_value(x, alpha):
    negative = torch.where(x > 0, 0, x)
    return torch.where(x > 0, x, alpha * expm1(negative))


def _elu_vjp(grad, needs, x, alpha):
    negative = torch.where(x > 0, 0, x)
    grad_x = grad * torch.where(x > 0, 1, alpha * torch.exp(negative))
    return (grad_x,)


def _elu_tangent(x, dx, alpha):
    negative = torch.where(x > 0, 0, x)
    return dx * torch.where(x > 0, 1, alpha * torch.exp(negative))


_elu = pointwise("elu", _elu_value, _elu_vjp, _elu_tangent, differentiable=1)


@unscripted
def elu(x: Tensor, alpha: float = 1.0) -> Tensor:
    """Exponential linear unit: x above 0, alpha (exp(x) - 1) elsewhere.

    x of any shape; the result has it too.
    Policies: at 0 the value is 0 and the derivative alpha.
    Source: https://arxiv.org/abs/1511.07289
    """
    check_number("ELU", alpha=alpha)
    return _elu(x, alpha)


class ELU(nn.Module):
    """Exponential linear unit: x above 0, alpha (exp(x) - 1) elsewhere.

    x: any shape, floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    Policies: at 0 the value is 0 and the derivative alpha.
    Source: https://arxiv.org/abs/1511.07289
    """

    def __init__(self, alpha: float = 1.0) -> None:
        super().__init__()
        check_number("ELU", alpha=alpha)
        self.alpha = alpha

    @unscripted
    def forward(self, x: Tensor) -> Tensor:
        return elu(x, self.alpha)
