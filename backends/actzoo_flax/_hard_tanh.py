# Made by: actzoo render hard_tanh --to flax
"""Hardtanh: Piecewise linear tanh."""

from __future__ import annotations

from flax import nnx
from jax import Array, numpy as jnp

from actzoo_flax._checks import check_number
from actzoo_flax._runtime import pointwise


def _hard_tanh_value(x, min_val, max_val):
    return jnp.clip(x, min_val, max_val)


def _hard_tanh_tangent(x, dx, min_val, max_val):
    return jnp.where((x > min_val) & (x < max_val), dx, 0)


_hard_tanh = pointwise("hard_tanh", _hard_tanh_value, _hard_tanh_tangent, differentiable=1)


def hard_tanh(x: Array, min_val: float = -1.0, max_val: float = 1.0) -> Array:
    """Piecewise linear tanh: x held between min_val and max_val.

    x of any shape; the result has it too.
    Policies: at min_val the value is min_val and the derivative 0; at max_val the value is max_val and the
    derivative 0; at NaN the derivative is 0.
    """
    check_number("Hardtanh", min_val=min_val, max_val=max_val)
    if not (min_val < max_val):
        raise ValueError(f"Hardtanh needs min_val < max_val; got max_val={max_val!r}, min_val={min_val!r}")
    return _hard_tanh(x, min_val, max_val)


class Hardtanh(nnx.Module):
    """Piecewise linear tanh: x held between min_val and max_val.

    x: any shape, floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    Policies: at min_val the value is min_val and the derivative 0; at max_val the value is max_val and the
    derivative 0; at NaN the derivative is 0.
    """

    def __init__(self, min_val: float = -1.0, max_val: float = 1.0) -> None:
        check_number("Hardtanh", min_val=min_val, max_val=max_val)
        if not (min_val < max_val):
            raise ValueError(f"Hardtanh needs min_val < max_val; got max_val={max_val!r}, min_val={min_val!r}")
        self.min_val = min_val
        self.max_val = max_val

    def __call__(self, x: Array) -> Array:
        return hard_tanh(x, self.min_val, self.max_val)
