# Made by: actzoo render elu --to paddle
"""ELU: Exponential linear unit."""

from __future__ import annotations

from paddle import Tensor, nn

from actzoo_paddle._checks import check_number
from actzoo_paddle._fast import pointwise
from actzoo_paddle._runtime import expm1, stable_exp, where


def _elu_value(x, alpha):
    negative = where(x > 0, 0, x)
    return where(x > 0, x, alpha * expm1(negative))


def _elu_vjp(grad, needs, x, alpha):
    negative = where(x > 0, 0, x)
    grad_x = grad * where(x > 0, 1, alpha * stable_exp(negative))
    return (grad_x,)


_elu = pointwise("elu", _elu_value, _elu_vjp, differentiable=1)


def elu(x: Tensor, alpha: float = 1.0) -> Tensor:
    """Exponential linear unit: x above 0, alpha (exp(x) - 1) elsewhere.

    x of any shape; the result has it too.
    Policies: at 0 the value is 0 and the derivative alpha.
    Source: https://arxiv.org/abs/1511.07289
    """
    check_number("ELU", alpha=alpha)
    return _elu(x, alpha)


class ELU(nn.Layer):
    """Exponential linear unit: x above 0, alpha (exp(x) - 1) elsewhere.

    x: any shape, floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    Policies: at 0 the value is 0 and the derivative alpha.
    Source: https://arxiv.org/abs/1511.07289
    """

    def __init__(self, alpha: float = 1.0) -> None:
        super().__init__()
        check_number("ELU", alpha=alpha)
        self.alpha = alpha

    def forward(self, x: Tensor) -> Tensor:
        return elu(x, self.alpha)
