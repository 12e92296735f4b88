# Made by: actzoo render mish --to torch
"""Mish: Smooth and non-monotone."""

from __future__ import annotations

from torch import Tensor, nn

from actzoo_torch._runtime import gated, pointwise, sigmoid_gated, stable_sigmoid


def _mish_value(x):
    q = stable_sigmoid(-x)
    return sigmoid_gated(gated(x, (1 + q) / (1 + q * q)), x)


def _mish_vjp(grad, needs, x):
    sigmoid_x = stable_sigmoid(-x)
    total = 1 + sigmoid_x * sigmoid_x
    quotient = (1 + sigmoid_x) / total
    product = sigmoid_x * stable_sigmoid(x)
    grad_x = grad * sigmoid_gated(
        quotient
        + gated(x, -product / total - quotient / total * (-(product * sigmoid_x) - sigmoid_x * product))
        + gated(gated(x, quotient), sigmoid_x),
        x,
    )
    return (grad_x,)


def _mish_tangent(x, dx):
    sigmoid_x = stable_sigmoid(-x)
    total = 1 + sigmoid_x * sigmoid_x
    quotient = (1 + sigmoid_x) / total
    product = sigmoid_x * stable_sigmoid(x)
    return dx * sigmoid_gated(
        quotient
        + gated(x, -product / total - quotient / total * (-(product * sigmoid_x) - sigmoid_x * product))
        + gated(gated(x, quotient), sigmoid_x),
        x,
    )


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
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    Source: https://arxiv.org/abs/1908.08681
    """

    def forward(self, x: Tensor) -> Tensor:
        return mish(x)
