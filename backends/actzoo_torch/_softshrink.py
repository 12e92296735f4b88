# Made by: actzoo render softshrink --to torch
"""Softshrink: Soft threshold."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from actzoo_torch._checks import check_number
from actzoo_torch._fast import pointwise
from actzoo_torch._runtime import unscripted


def _softshrink_value(x, lambd):
    return torch.where(x > lambd, x - lambd, torch.where(x >= -lambd, 0, x + lambd))


def _softshrink_vjp(grad, needs, x, lambd):
    grad_x = torch.where(x > lambd, grad, torch.where(x >= -lambd, 0, grad))
    return (grad_x,)


def _softshrink_tangent(x, dx, lambd):
    return torch.where(x > lambd, dx, torch.where(x >= -lambd, 0, dx))


_softshrink = pointwise("softshrink", _softshrink_value, _softshrink_vjp, _softshrink_tangent, differentiable=1)


@unscripted
def softshrink(x: Tensor, lambd: float = 0.5) -> Tensor:
    """Soft threshold: x nearer to 0 by lambd, and 0 from -lambd to lambd.

    x of any shape; the result has it too.
    Policies: at -lambd the value is 0 and the derivative 0; at lambd the value is 0 and the derivative 0; at NaN
    the derivative is 1.
    """
    check_number("Softshrink", lambd=lambd)
    if not (lambd >= 0):
        raise ValueError(f"Softshrink needs lambd >= 0; got lambd={lambd!r}")
    return _softshrink(x, lambd)


class Softshrink(nn.Module):
    """Soft threshold: x nearer to 0 by lambd, and 0 from -lambd to lambd.

    x: any shape, floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    Policies: at -lambd the value is 0 and the derivative 0; at lambd the value is 0 and the derivative 0; at NaN
    the derivative is 1.
    """

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__()
        check_number("Softshrink", lambd=lambd)
        if not (lambd >= 0):
            raise ValueError(f"Softshrink needs lambd >= 0; got lambd={lambd!r}")
        self.lambd = lambd

    @unscripted
    def forward(self, x: Tensor) -> Tensor:
        return softshrink(x, self.lambd)
