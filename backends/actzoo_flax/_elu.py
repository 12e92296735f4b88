# Made by: actzoo render elu --to flax
"""ELU: Exponential linear unit."""

from __future__ import annotations

from flax import nnx
from jax import Array, numpy as jnp

from actzoo_flax._checks import check_number
from actzoo_flax._runtime import curved, exp_gated


def _elu_value(x, alpha):
    negative = jnp.where(x > 0, 0, x)
    return jnp.where(x > 0, x, alpha * jnp.expm1(negative))


def _elu_by_x(x, alpha, dx):
    negative = jnp.where(x > 0, 0, x)
    return jnp.where(x > 0, dx, alpha * exp_gated(dx, negative))


_elu = curved("elu", _elu_value, _elu_by_x)


def elu(x: Array, alpha: float = 1.0) -> Array:
    """Exponential linear unit: x above 0, alpha (exp(x) - 1) elsewhere.

    x of any shape; the result has it too.
    Policies: at 0 the value is 0 and the derivative alpha.
    Source: https://arxiv.org/abs/1511.07289
    """
    check_number("ELU", alpha=alpha)
    return _elu(x, alpha)


class ELU(nnx.Module):
    """Exponential linear unit: x above 0, alpha (exp(x) - 1) elsewhere.

    x: any shape, floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    Policies: at 0 the value is 0 and the derivative alpha.
    Source: https://arxiv.org/abs/1511.07289
    """

    def __init__(self, alpha: float = 1.0) -> None:
        check_number("ELU", alpha=alpha)
        self.alpha = alpha

    def __call__(self, x: Array) -> Array:
        return elu(x, self.alpha)
