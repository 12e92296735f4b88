# Made by: actzoo render selu --to flax
"""SELU: Scaled exponential linear unit."""

from __future__ import annotations

from flax import nnx
from jax import Array, numpy as jnp

from actzoo_flax._runtime import curved, exp_gated


def _selu_value(x):
    negative = jnp.where(x > 0, 0, x)
    return jnp.where(x > 0, 1.0507009873554805 * x, 1.7580993408473766 * jnp.expm1(negative))


def _selu_by_x(x, dx):
    negative = jnp.where(x > 0, 0, x)
    return jnp.where(x > 0, 1.0507009873554805 * dx, 1.7580993408473766 * exp_gated(dx, negative))


_selu = curved("selu", _selu_value, _selu_by_x)


def selu(x: Array) -> Array:
    """Scaled exponential linear unit, which keeps mean 0 and variance 1: scale times x above 0, alpha (exp(x) - 1)
    elsewhere, with scale 1.0507 and alpha 1.6733.

    x of any shape; the result has it too.
    Policies: at 0 the value is 0 and the derivative 1.7580993408473766.
    Source: https://arxiv.org/abs/1706.02515
    """
    return _selu(x)


class SELU(nnx.Module):
    """Scaled exponential linear unit, which keeps mean 0 and variance 1: scale times x above 0, alpha (exp(x) - 1)
    elsewhere, with scale 1.0507 and alpha 1.6733.

    x: any shape, floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    Policies: at 0 the value is 0 and the derivative 1.7580993408473766.
    Source: https://arxiv.org/abs/1706.02515
    """

    def __call__(self, x: Array) -> Array:
        return selu(x)
