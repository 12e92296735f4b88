# Made by: actzoo render softsign --to paddle
"""Softsign: Rational sigmoid."""

from __future__ import annotations

from paddle import Tensor, nn

from actzoo_paddle._fast import pointwise
from actzoo_paddle._runtime import gated, where


def _softsign_value(x):
    size = where(x < 0, -x, x)
    rest = 1024 / (1 + size)
    return where(size < 1, gated(x, rest), where(x < 0, rest - 1024, 1024 - rest)) / 1024


def _softsign_vjp(grad, needs, x):
    size = where(x < 0, -x, x)
    total = 1 + size
    rest = 1024 / total
    quotient = rest / total
    grad_x = grad * (where(size < 1, rest + gated(x, -where(x < 0, -quotient, quotient)), quotient) / 1024)
    return (grad_x,)


_softsign = pointwise("softsign", _softsign_value, _softsign_vjp, differentiable=1)


def softsign(x: Tensor) -> Tensor:
    """Rational sigmoid: x / (1 + |x|).

    x of any shape; the result has it too.
    """
    return _softsign(x)


class Softsign(nn.Layer):
    """Rational sigmoid: x / (1 + |x|).

    x: any shape, floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    """

    def forward(self, x: Tensor) -> Tensor:
        return softsign(x)
