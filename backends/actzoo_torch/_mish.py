# Made by: actzoo render mish --to torch
"""Mish: Smooth and non-monotone."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from actzoo_torch._fast import pointwise
from actzoo_torch._runtime import exp_gated, gated, unscripted


def _mish_value(x):
    decay = torch.where(x > 0, -x, x)
    e = torch.exp(decay)
    total = 2 + e
    below = exp_gated(x, decay) * total / (2 + e * total)
    above = gated(x, 1 - 2 * (e * e) / (1 + 2 * e * (1 + e)))
    return torch.where(x > 0, above, below)


def _mish_vjp(grad, needs, x):
    decay = torch.where(x > 0, -x, x)
    e = torch.exp(decay)
    product = e * e
    total = 2 + e
    product_2 = e * total
    total_2 = 2 + product_2
    exp_gated_x = exp_gated(x, decay)
    below = exp_gated_x * total / total_2
    product_3 = 2 * e
    product_4 = product_3 * e
    total_3 = 1 + e
    total_4 = 1 + product_3 * total_3
    quotient = 2 * product / total_4
    grad_x = grad * torch.where(
        x > 0,
        1 - quotient + gated(x, -(-2 * product_4 / total_4 - quotient / total_4 * (-2 * e * total_3 - product_4))),
        (exp_gated(1 + torch.clamp(x, -1e30, 1e30), decay) * total + exp_gated_x * e) / total_2
        - below / total_2 * (product_2 + product),
    )
    return (grad_x,)


def _mish_tangent(x, dx):
    decay = torch.where(x > 0, -x, x)
    e = torch.exp(decay)
    product = e * e
    total = 2 + e
    product_2 = e * total
    total_2 = 2 + product_2
    exp_gated_x = exp_gated(x, decay)
    below = exp_gated_x * total / total_2
    product_3 = 2 * e
    product_4 = product_3 * e
    total_3 = 1 + e
    total_4 = 1 + product_3 * total_3
    quotient = 2 * product / total_4
    return dx * torch.where(
        x > 0,
        1 - quotient + gated(x, -(-2 * product_4 / total_4 - quotient / total_4 * (-2 * e * total_3 - product_4))),
        (exp_gated(1 + torch.clamp(x, -1e30, 1e30), decay) * total + exp_gated_x * e) / total_2
        - below / total_2 * (product_2 + product),
    )


_mish = pointwise("mish", _mish_value, _mish_vjp, _mish_tangent, differentiable=1)


@unscripted
def mish(x: Tensor) -> Tensor:
    """Smooth and non-monotone, unbounded above: x tanh(softplus(x)).

    x of any shape; the result has it too.
    Source: https://arxiv.org/abs/1908.08681
    """
    return _mish(x)


class Mish(nn.Module):
    """Smooth and non-monotone, unbounded above: x tanh(softplus(x)).

    x: any shape, floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    Source: https://arxiv.org/abs/1908.08681
    """

    @unscripted
    def forward(self, x: Tensor) -> Tensor:
        return mish(x)
