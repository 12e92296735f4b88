# Made by: actzoo render softplus --to flax
"""Softplus: Smooth rectified linear unit."""

from __future__ import annotations

from flax import nnx
from jax import Array, numpy as jnp

from actzoo_flax._checks import check_number
from actzoo_flax._runtime import curved, sigmoid_gated, stable_softplus


def _softplus_value(x, beta):
    decay = jnp.where(x > 0, -beta * x, beta * x)
    rest = stable_softplus(decay) / beta
    return jnp.where(x > 0, x + rest, rest)


def _softplus_by_x(x, beta, dx):
    decay = jnp.where(x > 0, -beta * x, beta * x)
    return jnp.where(x > 0, dx + sigmoid_gated(-beta * dx, decay) / beta, sigmoid_gated(beta * dx, decay) / beta)


_softplus = curved("softplus", _softplus_value, _softplus_by_x)


def softplus(x: Array, beta: float = 1.0) -> Array:
    """Smooth rectified linear unit: log(1 + exp(beta x)) / beta.

    x of any shape; the result has it too.
    """
    check_number("Softplus", beta=beta)
    if not (beta > 0):
        raise ValueError(f"Softplus needs beta > 0; got beta={beta!r}")
    return _softplus(x, beta)


class Softplus(nnx.Module):
    """Smooth rectified linear unit: log(1 + exp(beta x)) / beta.

    x: any shape, floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    """

    def __init__(self, beta: float = 1.0) -> None:
        check_number("Softplus", beta=beta)
        if not (beta > 0):
            raise ValueError(f"Softplus needs beta > 0; got beta={beta!r}")
        self.beta = beta

    def __call__(self, x: Array) -> Array:
        return softplus(x, self.beta)
