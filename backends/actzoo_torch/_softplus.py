# Made by: actzoo render softplus --to torch
"""Softplus: Smooth rectified linear unit."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from actzoo_torch._checks import check_number
from actzoo_torch._fast import pointwise
from actzoo_torch._runtime import stable_sigmoid, stable_softplus, unscripted


def _softplus_value(x, beta):
    decay = torch.where(x > 0, -beta * x, beta * x)
    rest = stable_softplus(decay) / beta
    return torch.where(x > 0, x + rest, rest)


def _softplus_vjp(grad, needs, x, beta):
    decay = torch.where(x > 0, -beta * x, beta * x)
    sigmoid_x = stable_sigmoid(decay)
    grad_x = grad * torch.where(x > 0, 1 + -beta * sigmoid_x / beta, beta * sigmoid_x / beta)
    return (grad_x,)


def _softplus_tangent(x, dx, beta):
    decay = torch.where(x > 0, -beta * x, beta * x)
    sigmoid_x = stable_sigmoid(decay)
    return dx * torch.where(x > 0, 1 + -beta * sigmoid_x / beta, beta * sigmoid_x / beta)


_softplus = pointwise("softplus", _softplus_value, _softplus_vjp, _softplus_tangent, differentiable=1)


@unscripted
def softplus(x: Tensor, beta: float = 1.0) -> Tensor:
    """Smooth rectified linear unit: log(1 + exp(beta x)) / beta.

    x of any shape; the result has it too.
    """
    check_number("Softplus", beta=beta)
    if not (beta > 0):
        raise ValueError(f"Softplus needs beta > 0; got beta={beta!r}")
    return _softplus(x, beta)


class Softplus(nn.Module):
    """Smooth rectified linear unit: log(1 + exp(beta x)) / beta.

    x: any shape, floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    """

    def __init__(self, beta: float = 1.0) -> None:
        super().__init__()
        check_number("Softplus", beta=beta)
        if not (beta > 0):
            raise ValueError(f"Softplus needs beta > 0; got beta={beta!r}")
        self.beta = beta

    @unscripted
    def forward(self, x: Tensor) -> Tensor:
        return softplus(x, self.beta)
