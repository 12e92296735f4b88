# Made by: actzoo render hard_shrink --to torch
"""Hardshrink: Hard threshold."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from actzoo_torch._checks import check_number
from actzoo_torch._fast import in_place, pointwise
from actzoo_torch._runtime import unscripted


def _hard_shrink_value(x, lambd):
    return torch.where(x > lambd, x, torch.where(x >= -lambd, 0, x))


def _hard_shrink_vjp(grad, needs, x, lambd):
    grad_x = torch.where(x > lambd, grad, torch.where(x >= -lambd, 0, grad))
    return (grad_x,)


def _hard_shrink_tangent(x, dx, lambd):
    return torch.where(x > lambd, dx, torch.where(x >= -lambd, 0, dx))


_hard_shrink = pointwise("hard_shrink", _hard_shrink_value, _hard_shrink_vjp, _hard_shrink_tangent, differentiable=1)


@unscripted
def hard_shrink(x: Tensor, lambd: float = 0.5) -> Tensor:
    """Hard threshold: x, and 0 from -lambd to lambd.

    x of any shape; the result has it too.
    Policies: at -lambd the value is 0 and the derivative 0; at lambd the value is 0 and the derivative 0; at NaN
    the derivative is 1.
    """
    check_number("Hardshrink", lambd=lambd)
    if not (lambd >= 0):
        raise ValueError(f"Hardshrink needs lambd >= 0; got lambd={lambd!r}")
    return _hard_shrink(x, lambd)


_hard_shrink_in_place = in_place("hard_shrink", _hard_shrink, _hard_shrink_value, _hard_shrink_vjp)


@unscripted
def hard_shrink_(x: Tensor, lambd: float = 0.5) -> Tensor:
    """`hard_shrink`, written over x, which it returns; its slope is computed from the result.

    x of any shape. Errors: as of the framework's own in-place functions, for an x that is a leaf with a gradient, and in
    backward for one that was needed as it was.
    """
    check_number("Hardshrink", lambd=lambd)
    if not (lambd >= 0):
        raise ValueError(f"Hardshrink needs lambd >= 0; got lambd={lambd!r}")
    return _hard_shrink_in_place(x, lambd)


class Hardshrink(nn.Module):
    """Hard threshold: x, and 0 from -lambd to lambd.

    x: any shape, floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    Policies: at -lambd the value is 0 and the derivative 0; at lambd the value is 0 and the derivative 0; at NaN
    the derivative is 1.
    """

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__()
        check_number("Hardshrink", lambd=lambd)
        if not (lambd >= 0):
            raise ValueError(f"Hardshrink needs lambd >= 0; got lambd={lambd!r}")
        self.lambd = lambd

    @unscripted
    def forward(self, x: Tensor) -> Tensor:
        return hard_shrink(x, self.lambd)
