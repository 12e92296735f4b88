# Made by: actzoo render tanh --to paddle
"""Tanh: Hyperbolic tangent."""

from __future__ import annotations

import paddle
from paddle import Tensor, nn

from actzoo_paddle._fast import pointwise
from actzoo_paddle._runtime import sech2


def _tanh_value(x):
    return paddle.tanh(x)


def _tanh_vjp(grad, needs, x):
    grad_x = grad * sech2(x)
    return (grad_x,)


_tanh = pointwise("tanh", _tanh_value, _tanh_vjp, differentiable=1)


def tanh(x: Tensor) -> Tensor:
    """Hyperbolic tangent: (exp(x) - exp(-x)) / (exp(x) + exp(-x)).

    x of any shape; the result has it too.
    """
    return _tanh(x)


class Tanh(nn.Layer):
    """Hyperbolic tangent: (exp(x) - exp(-x)) / (exp(x) + exp(-x)).

    x: any shape, floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    """

    def forward(self, x: Tensor) -> Tensor:
        return tanh(x)
