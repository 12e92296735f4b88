# Made by: actzoo render softsign --to flax
"""Softsign: Rational sigmoid."""

from __future__ import annotations

from flax import nnx
from jax import Array, numpy as jnp

from actzoo_flax._runtime import curved, gated


def _softsign_value(x):
    size = jnp.where(x < 0, -x, x)
    rest = 1024 / (1 + size)
    return jnp.where(size < 1, gated(x, rest), jnp.where(x < 0, rest - 1024, 1024 - rest)) / 1024


def _softsign_by_x(x, dx):
    size = jnp.where(x < 0, -x, x)
    total = 1 + size
    rest = 1024 / total
    quotient = rest / total
    return (
        jnp.where(size < 1, gated(dx, rest) + gated(x, -(quotient * jnp.where(x < 0, -dx, dx))), quotient * dx) / 1024
    )


_softsign = curved("softsign", _softsign_value, _softsign_by_x)


def softsign(x: Array) -> Array:
    """Rational sigmoid: x / (1 + |x|).

    x of any shape; the result has it too.
    """
    return _softsign(x)


class Softsign(nnx.Module):
    """Rational sigmoid: x / (1 + |x|).

    x: any shape, floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    """

    def __call__(self, x: Array) -> Array:
        return softsign(x)
