# Made by: actzoo render mish --to flax
"""Mish: Smooth and non-monotone."""

from __future__ import annotations

import jax
from flax import nnx
from jax import Array, numpy as jnp

from actzoo_flax._runtime import gated, pointwise, sech2, stable_softplus


def _mish_value(x):
    return gated(x, jnp.tanh(stable_softplus(x)))


def _mish_tangent(x, dx):
    softplus_x = stable_softplus(x)
    return dx * (jnp.tanh(softplus_x) + gated(x, sech2(softplus_x) * jax.nn.sigmoid(x)))


_mish = pointwise("mish", _mish_value, _mish_tangent, differentiable=1)


def mish(x: Array) -> Array:
    """Smooth and non-monotone, unbounded above: x tanh(softplus(x)).

    x of any shape; the result has it too.
    Source: https://arxiv.org/abs/1908.08681
    """
    return _mish(x)


class Mish(nnx.Module):
    """Smooth and non-monotone, unbounded above: x tanh(softplus(x)).

    x: any shape, floating; the result has its shape and dtype.
    Source: https://arxiv.org/abs/1908.08681
    """

    def __call__(self, x: Array) -> Array:
        return mish(x)
