# Made by: actzoo render celu --to flax
"""CELU: Continuously differentiable exponential linear unit."""

from __future__ import annotations

from flax import nnx
from jax import Array, numpy as jnp

from actzoo_flax._checks import check_number
from actzoo_flax._runtime import curved, exp_gated


def _celu_value(x, alpha):
    scaled = jnp.where(x > 0, 0, x / alpha)
    return jnp.where(scaled > -1e-20, x * (1 + scaled / 2), alpha * jnp.expm1(scaled))


def _celu_by_x(x, alpha, dx):
    scaled = jnp.where(x > 0, 0, x / alpha)
    quotient = dx / alpha
    return jnp.where(
        scaled > -1e-20,
        dx * (1 + scaled / 2) + jnp.where(x > 0, 0, x * (quotient / 2)),
        jnp.where(x > 0, 0, alpha * exp_gated(quotient, scaled)),
    )


_celu = curved("celu", _celu_value, _celu_by_x)


def celu(x: Array, alpha: float = 1.0) -> Array:
    """Continuously differentiable exponential linear unit: x above 0, alpha (exp(x / alpha) - 1) elsewhere.

    x of any shape; the result has it too.
    Source: https://arxiv.org/abs/1704.07483
    """
    check_number("CELU", alpha=alpha)
    if not (alpha > 0):
        raise ValueError(f"CELU needs alpha > 0; got alpha={alpha!r}")
    return _celu(x, alpha)


class CELU(nnx.Module):
    """Continuously differentiable exponential linear unit: x above 0, alpha (exp(x / alpha) - 1) elsewhere.

    x: any shape, floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    Source: https://arxiv.org/abs/1704.07483
    """

    def __init__(self, alpha: float = 1.0) -> None:
        check_number("CELU", alpha=alpha)
        if not (alpha > 0):
            raise ValueError(f"CELU needs alpha > 0; got alpha={alpha!r}")
        self.alpha = alpha

    def __call__(self, x: Array) -> Array:
        return celu(x, self.alpha)
