# Made by: actzoo render mish --to torch
"""Mish: Smooth and non-monotone."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from actzoo_torch._runtime import gated, pointwise, sech2, stable_softplus


def _mish_value(x):
    return gated(x, torch.tanh(stable_softplus(x)))


def _mish_vjp(grad, needs, x):
    softplus_x = stable_softplus(x)
    grad_x = grad * (torch.tanh(softplus_x) + gated(x, sech2(softplus_x) * torch.sigmoid(x)))
    return (grad_x,)


def _mish_tangent(x, dx):
    softplus_x = stable_softplus(x)
    return dx * (torch.tanh(softplus_x) + gated(x, sech2(softplus_x) * torch.sigmoid(x)))


_mish = pointwise("mish", _mish_value, _mish_vjp, _mish_tangent, differentiable=1)


def mish(x: Tensor) -> Tensor:
    """Smooth and non-monotone, unbounded above: x tanh(softplus(x)).

    x of any shape; the result has it too.
    Source: https://arxiv.org/abs/1908.08681
    """
    return _mish(x)


class Mish(nn.Module):
    """Smooth and non-monotone, unbounded above: x tanh(softplus(x)).

    x: any shape, floating; the result has its shape and dtype.
    Source: https://arxiv.org/abs/1908.08681
    """

    def forward(self, x: Tensor) -> Tensor:
        return mish(x)
