# Made by: actzoo render mish --to paddle
"""Mish: Smooth and non-monotone."""

from __future__ import annotations

import paddle
from paddle import Tensor, nn
from paddle.nn import functional as F

from actzoo_paddle._runtime import gated, pointwise, sech2, stable_softplus


def _mish_value(x):
    return gated(x, paddle.tanh(stable_softplus(x)))


def _mish_vjp(grad, needs, x):
    softplus_x = stable_softplus(x)
    grad_x = grad * (paddle.tanh(softplus_x) + gated(x, sech2(softplus_x) * F.sigmoid(x)))
    return (grad_x,)


_mish = pointwise("mish", _mish_value, _mish_vjp, differentiable=1)


def mish(x: Tensor) -> Tensor:
    """Smooth and non-monotone, unbounded above: x tanh(softplus(x)).

    x of any shape; the result has it too.
    Source: https://arxiv.org/abs/1908.08681
    """
    return _mish(x)


class Mish(nn.Layer):
    """Smooth and non-monotone, unbounded above: x tanh(softplus(x)).

    x: any shape, floating; the result has its shape and dtype.
    Source: https://arxiv.org/abs/1908.08681
    """

    def forward(self, x: Tensor) -> Tensor:
        return mish(x)
