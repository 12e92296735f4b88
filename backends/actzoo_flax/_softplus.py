# Made by: actzoo render softplus --to flax
"""Softplus: Smooth rectified linear unit."""

from __future__ import annotations

from flax import nnx
from jax import Array

from actzoo_flax._checks import check_number
from actzoo_flax._runtime import pointwise, stable_sigmoid, stable_softplus


def _softplus_value(x, beta):
    return stable_softplus(beta * x) / beta


def _softplus_tangent(x, dx, beta):
    return dx * (stable_sigmoid(beta * x) * beta / beta)


_softplus = pointwise("softplus", _softplus_value, _softplus_tangent, differentiable=1)


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
