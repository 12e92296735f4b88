# Made by: actzoo render mish --to flax
"""Mish: Smooth and non-monotone."""

from __future__ import annotations

from flax import nnx
from jax import Array, numpy as jnp

from actzoo_flax._runtime import curved, exp_gated, gated


def _mish_value(x):
    decay = jnp.where(x > 0, -x, x)
    e = jnp.exp(decay)
    total = 2 + e
    below = exp_gated(x, decay) * total / (2 + e * total)
    above = gated(x, 1 - 2 * (e * e) / (1 + 2 * e * (1 + e)))
    return jnp.where(x > 0, above, below)


def _mish_by_x(x, dx):
    decay = jnp.where(x > 0, -x, x)
    exp_gated_2 = exp_gated(dx, decay)
    e = jnp.exp(decay)
    total = 2 + e
    total_2 = 2 + e * total
    exp_gated_x = exp_gated(x, decay)
    below = exp_gated_x * total / total_2
    product = 2 * e
    product_2 = product * exp_gated_2
    total_3 = 1 + e
    total_4 = 1 + product * total_3
    quotient = 2 * (e * e) / total_4
    return jnp.where(
        x > 0,
        gated(dx, 1 - quotient)
        + gated(x, -(-2 * product_2 / total_4 - quotient / total_4 * (-2 * exp_gated_2 * total_3 - product_2))),
        (exp_gated(dx + jnp.clip(x, -1e30, 1e30) * dx, decay) * total + exp_gated_x * exp_gated_2) / total_2
        - below / total_2 * (exp_gated_2 * total + e * exp_gated_2),
    )


_mish = curved("mish", _mish_value, _mish_by_x)


def mish(x: Array) -> Array:
    """Smooth and non-monotone, unbounded above: x tanh(softplus(x)).

    x of any shape; the result has it too.
    Source: https://arxiv.org/abs/1908.08681
    """
    return _mish(x)


class Mish(nnx.Module):
    """Smooth and non-monotone, unbounded above: x tanh(softplus(x)).

    x: any shape, floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    Source: https://arxiv.org/abs/1908.08681
    """

    def __call__(self, x: Array) -> Array:
        return mish(x)
