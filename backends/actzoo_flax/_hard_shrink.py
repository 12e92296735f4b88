# Made by: actzoo render hard_shrink --to flax
"""Hardshrink: Hard threshold."""

from __future__ import annotations

from flax import nnx
from jax import Array, numpy as jnp

from actzoo_flax._checks import check_number
from actzoo_flax._runtime import pointwise


def _hard_shrink_value(x, lambd):
    return jnp.where(x > lambd, x, jnp.where(x >= -lambd, 0, x))


def _hard_shrink_tangent(x, dx, lambd):
    return jnp.where(x > lambd, dx, jnp.where(x >= -lambd, 0, dx))


_hard_shrink = pointwise("hard_shrink", _hard_shrink_value, _hard_shrink_tangent, differentiable=1)


def hard_shrink(x: Array, lambd: float = 0.5) -> Array:
    """Hard threshold: x, and 0 from -lambd to lambd.

    x of any shape; the result has it too.
    Policies: at -lambd the value is 0 and the derivative 0; at lambd the value is 0 and the derivative 0; at NaN
    the derivative is 1.
    """
    check_number("Hardshrink", lambd=lambd)
    if not (lambd >= 0):
        raise ValueError(f"Hardshrink needs lambd >= 0; got lambd={lambd!r}")
    return _hard_shrink(x, lambd)


class Hardshrink(nnx.Module):
    """Hard threshold: x, and 0 from -lambd to lambd.

    x: any shape, floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    Policies: at -lambd the value is 0 and the derivative 0; at lambd the value is 0 and the derivative 0; at NaN
    the derivative is 1.
    """

    def __init__(self, lambd: float = 0.5) -> None:
        check_number("Hardshrink", lambd=lambd)
        if not (lambd >= 0):
            raise ValueError(f"Hardshrink needs lambd >= 0; got lambd={lambd!r}")
        self.lambd = lambd

    def __call__(self, x: Array) -> Array:
        return hard_shrink(x, self.lambd)
