# Made by: actzoo render celu --to paddle
"""CELU: Continuously differentiable exponential linear unit."""

from __future__ import annotations

from paddle import Tensor, nn

from actzoo_paddle._checks import check_number
from actzoo_paddle._fast import pointwise
from actzoo_paddle._runtime import expm1, stable_exp, where


def _celu_value(x, alpha):
    scaled = where(x > 0, 0, x / alpha)
    return where(scaled > -1e-20, x * (1 + scaled / 2), alpha * expm1(scaled))


def _celu_vjp(grad, needs, x, alpha):
    scaled = where(x > 0, 0, x / alpha)
    quotient = 1 / alpha
    grad_x = grad * where(
        scaled > -1e-20,
        1 + scaled / 2 + where(x > 0, 0, x * (quotient / 2)),
        where(x > 0, 0, alpha * (quotient * stable_exp(scaled))),
    )
    return (grad_x,)


_celu = pointwise("celu", _celu_value, _celu_vjp, differentiable=1)


def celu(x: Tensor, alpha: float = 1.0) -> Tensor:
    """Continuously differentiable exponential linear unit: x above 0, alpha (exp(x / alpha) - 1) elsewhere.

    x of any shape; the result has it too.
    Source: https://arxiv.org/abs/1704.07483
    """
    check_number("CELU", alpha=alpha)
    if not (alpha > 0):
        raise ValueError(f"CELU needs alpha > 0; got alpha={alpha!r}")
    return _celu(x, alpha)


class CELU(nn.Layer):
    """Continuously differentiable exponential linear unit: x above 0, alpha (exp(x / alpha) - 1) elsewhere.

    x: any shape, floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    Source: https://arxiv.org/abs/1704.07483
    """

    def __init__(self, alpha: float = 1.0) -> None:
        super().__init__()
        check_number("CELU", alpha=alpha)
        if not (alpha > 0):
            raise ValueError(f"CELU needs alpha > 0; got alpha={alpha!r}")
        self.alpha = alpha

    def forward(self, x: Tensor) -> Tensor:
        return celu(x, self.alpha)
