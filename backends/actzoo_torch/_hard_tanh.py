# Made by: actzoo render hard_tanh --to torch
"""Hardtanh: Piecewise linear tanh."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from actzoo_torch._checks import check_number
from actzoo_torch._fast import in_place, pointwise
from actzoo_torch._runtime import unscripted


def _hard_tanh_value(x, min_val, max_val):
    return torch.clamp(x, min_val, max_val)


def _hard_tanh_vjp(grad, needs, x, min_val, max_val):
    grad_x = torch.where((x > min_val) & (x < max_val), grad, 0)
    return (grad_x,)


def _hard_tanh_tangent(x, dx, min_val, max_val):
    return torch.where((x > min_val) & (x < max_val), dx, 0)


_hard_tanh = pointwise("hard_tanh", _hard_tanh_value, _hard_tanh_vjp, _hard_tanh_tangent, differentiable=1)


@unscripted
def hard_tanh(x: Tensor, min_val: float = -1.0, max_val: float = 1.0) -> Tensor:
    """Piecewise linear tanh: x held between min_val and max_val.

    x of any shape; the result has it too.
    Policies: at min_val the value is min_val and the derivative 0; at max_val the value is max_val and the
    derivative 0; at NaN the derivative is 0.
    """
    check_number("Hardtanh", min_val=min_val, max_val=max_val)
    if not (min_val < max_val):
        raise ValueError(f"Hardtanh needs min_val < max_val; got max_val={max_val!r}, min_val={min_val!r}")
    return _hard_tanh(x, min_val, max_val)


_hard_tanh_in_place = in_place("hard_tanh", _hard_tanh, _hard_tanh_value, _hard_tanh_vjp)


@unscripted
def hard_tanh_(x: Tensor, min_val: float = -1.0, max_val: float = 1.0) -> Tensor:
    """`hard_tanh`, written over x, which it returns; its slope is computed from the result.

    x of any shape. Errors: as of the framework's own in-place functions, for an x that is a leaf with a gradient, and in
    backward for one that was needed as it was.
    """
    check_number("Hardtanh", min_val=min_val, max_val=max_val)
    if not (min_val < max_val):
        raise ValueError(f"Hardtanh needs min_val < max_val; got max_val={max_val!r}, min_val={min_val!r}")
    return _hard_tanh_in_place(x, min_val, max_val)


class Hardtanh(nn.Module):
    """Piecewise linear tanh: x held between min_val and max_val.

    x: any shape, floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    Policies: at min_val the value is min_val and the derivative 0; at max_val the value is max_val and the
    derivative 0; at NaN the derivative is 0.
    """

    def __init__(self, min_val: float = -1.0, max_val: float = 1.0) -> None:
        super().__init__()
        check_number("Hardtanh", min_val=min_val, max_val=max_val)
        if not (min_val < max_val):
            raise ValueError(f"Hardtanh needs min_val < max_val; got max_val={max_val!r}, min_val={min_val!r}")
        self.min_val = min_val
        self.max_val = max_val

    @unscripted
    def forward(self, x: Tensor) -> Tensor:
        return hard_tanh(x, self.min_val, self.max_val)
