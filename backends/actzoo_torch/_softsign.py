# Made by: actzoo render softsign --to torch
"""Softsign: Rational sigmoid."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from actzoo_torch._fast import pointwise
from actzoo_torch._runtime import gated, unscripted


def _softsign_value(x):
    size = torch.where(x < 0, -x, x)
    rest = 1024 / (1 + size)
    return torch.where(size < 1, gated(x, rest), torch.where(x < 0, rest - 1024, 1024 - rest)) / 1024


def _softsign_vjp(grad, needs, x):
    size = torch.where(x < 0, -x, x)
    total = 1 + size
    rest = 1024 / total
    quotient = rest / total
    grad_x = grad * (torch.where(size < 1, rest + gated(x, -torch.where(x < 0, -quotient, quotient)), quotient) / 1024)
    return (grad_x,)


def _softsign_tangent(x, dx):
    size = torch.where(x < 0, -x, x)
    total = 1 + size
    rest = 1024 / total
    quotient = rest / total
    return dx * (torch.where(size < 1, rest + gated(x, -torch.where(x < 0, -quotient, quotient)), quotient) / 1024)


_softsign = pointwise("softsign", _softsign_value, _softsign_vjp, _softsign_tangent, differentiable=1)


@unscripted
def softsign(x: Tensor) -> Tensor:
    """Rational sigmoid: x / (1 + |x|).

    x of any shape; the result has it too.
    """
    return _softsign(x)


class Softsign(nn.Module):
    """Rational sigmoid: x / (1 + |x|).

    x: any shape, floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    """

    @unscripted
    def forward(self, x: Tensor) -> Tensor:
        return softsign(x)
