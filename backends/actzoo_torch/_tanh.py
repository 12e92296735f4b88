# Made by: actzoo render tanh --to torch
"""Tanh: Hyperbolic tangent."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from actzoo_torch._fast import pointwise
from actzoo_torch._runtime import sech2, unscripted


def _tanh_value(x):
    return torch.tanh(x)


def _tanh_vjp(grad, needs, x):
    grad_x = grad * sech2(x)
    return (grad_x,)


def _tanh_tangent(x, dx):
    return dx * sech2(x)


_tanh = pointwise("tanh", _tanh_value, _tanh_vjp, _tanh_tangent, differentiable=1)


@unscripted
def tanh(x: Tensor) -> Tensor:
    """Hyperbolic tangent: (exp(x) - exp(-x)) / (exp(x) + exp(-x)).

    x of any shape; the result has it too.
    """
    return _tanh(x)


class Tanh(nn.Module):
    """Hyperbolic tangent: (exp(x) - exp(-x)) / (exp(x) + exp(-x)).

    x: any shape, floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    """

    @unscripted
    def forward(self, x: Tensor) -> Tensor:
        return tanh(x)
