# Made by: actzoo render hard_swish --to flax
"""HardSwish: Piecewise quadratic swish."""

from __future__ import annotations

from flax import nnx
from jax import Array, numpy as jnp

from actzoo_flax._runtime import curved


def _hard_swish_value(x):
    return jnp.where(x <= -3, 0, jnp.where(x >= 3, x, x * (x + 3) / 6))


def _hard_swish_by_x(x, dx):
    return jnp.where(x <= -3, 0, jnp.where(x >= 3, dx, (dx * (x + 3) + x * dx) / 6))


_hard_swish = curved("hard_swish", _hard_swish_value, _hard_swish_by_x)


def hard_swish(x: Array) -> Array:
    """Piecewise quadratic swish: x relu6(x + 3) / 6.

    x of any shape; the result has it too.
    Policies: at -3 the value is 0 and the derivative 0; at 3 the value is 3 and the derivative 1.
    Source: https://arxiv.org/abs/1905.02244
    """
    return _hard_swish(x)


class HardSwish(nnx.Module):
    """Piecewise quadratic swish: x relu6(x + 3) / 6.

    x: any shape, floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    Policies: at -3 the value is 0 and the derivative 0; at 3 the value is 3 and the derivative 1.
    Source: https://arxiv.org/abs/1905.02244
    """

    def __call__(self, x: Array) -> Array:
        return hard_swish(x)
