# Made by: actzoo render tanh --to flax
"""Tanh: Hyperbolic tangent."""

from __future__ import annotations

from flax import nnx
from jax import Array, numpy as jnp

from actzoo_flax._runtime import curved, sech2


def _tanh_value(x):
    return jnp.tanh(x)


def _tanh_by_x(x, dx):
    return sech2(x) * dx


_tanh = curved("tanh", _tanh_value, _tanh_by_x)


def tanh(x: Array) -> Array:
    """Hyperbolic tangent: (exp(x) - exp(-x)) / (exp(x) + exp(-x)).

    x of any shape; the result has it too.
    """
    return _tanh(x)


class Tanh(nnx.Module):
    """Hyperbolic tangent: (exp(x) - exp(-x)) / (exp(x) + exp(-x)).

    x: any shape, floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    """

    def __call__(self, x: Array) -> Array:
        return tanh(x)
