# Made by: actzoo render selu --to paddle
"""SELU: Scaled exponential linear unit."""

from __future__ import annotations

from paddle import Tensor, nn

from actzoo_paddle._fast import pointwise
from actzoo_paddle._runtime import expm1, stable_exp, where


def _selu_value(x):
    negative = where(x > 0, 0, x)
    return where(x > 0, 1.0507009873554805 * x, 1.7580993408473766 * expm1(negative))


def _selu_vjp(grad, needs, x):
    negative = where(x > 0, 0, x)
    grad_x = grad * where(x > 0, 1.0507009873554805, 1.7580993408473766 * stable_exp(negative))
    return (grad_x,)


_selu = pointwise("selu", _selu_value, _selu_vjp, differentiable=1)


def selu(x: Tensor) -> Tensor:
    """Scaled exponential linear unit, which keeps mean 0 and variance 1: scale times x above 0, alpha (exp(x) - 1)
    elsewhere, with scale 1.0507 and alpha 1.6733.

    x of any shape; the result has it too.
    Policies: at 0 the value is 0 and the derivative 1.7580993408473766.
    Source: https://arxiv.org/abs/1706.02515
    """
    return _selu(x)


class SELU(nn.Layer):
    """Scaled exponential linear unit, which keeps mean 0 and variance 1: scale times x above 0, alpha (exp(x) - 1)
    elsewhere, with scale 1.0507 and alpha 1.6733.

    x: any shape, floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    Policies: at 0 the value is 0 and the derivative 1.7580993408473766.
    Source: https://arxiv.org/abs/1706.02515
    """

    def forward(self, x: Tensor) -> Tensor:
        return selu(x)
