# Made by: actzoo render rrelu --to flax
"""RReLU: Rectified linear unit whose slope below 0 is drawn for each element in training."""

from __future__ import annotations

import jax
from flax import nnx
from jax import Array, numpy as jnp

from actzoo_flax._checks import check_number
from actzoo_flax._runtime import curved, given_noise, pointwise


def _rrelu_value(x, lower, upper, noise):
    slope = lower + (upper - lower) * noise
    return jnp.where(x > 0, x, slope * x)


def _rrelu_by_x(x, lower, upper, noise, dx):
    slope = lower + (upper - lower) * noise
    return jnp.where(x > 0, dx, slope * dx)


_rrelu = curved("rrelu", _rrelu_value, _rrelu_by_x)


def _rrelu_2_value(x, lower, upper):
    return jnp.where(x > 0, x, (lower + upper) / 2 * x)


def _rrelu_2_tangent(x, dx, lower, upper):
    return jnp.where(x > 0, dx, dx * ((lower + upper) / 2))


_rrelu_2 = pointwise("rrelu_2", _rrelu_2_value, _rrelu_2_tangent, differentiable=1)


def rrelu(
    x: Array,
    noise: Array | None = None,
    lower: float = 0.125,
    upper: float = 0.3333333333333333,
    training: bool = False,
) -> Array:
    """Rectified linear unit whose slope below 0 is drawn for each element in training, lower + (upper - lower) noise,
    and their mean in evaluation.

    x of any shape; the result has it too.
    Policies: at 0 the value is 0 and the derivative lower + (upper - lower) * noise if training else (lower +
    upper) / 2; at NaN the derivative is lower + (upper - lower) * noise if training else (lower + upper) / 2.
    Source: https://arxiv.org/abs/1505.00853
    """
    check_number("RReLU", lower=lower, upper=upper)
    if not (0 <= lower <= upper):
        raise ValueError(f"RReLU needs 0 <= lower <= upper; got lower={lower!r}, upper={upper!r}")
    if training:
        noise = given_noise("rrelu", noise)
        return _rrelu(x, lower, upper, noise)
    return _rrelu_2(x, lower, upper)


class RReLU(nnx.Module):
    """Rectified linear unit whose slope below 0 is drawn for each element in training, lower + (upper - lower) noise,
    and their mean in evaluation.

    x: any shape, floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    Policies: at 0 the value is 0 and the derivative lower + (upper - lower) * noise if training else (lower +
    upper) / 2; at NaN the derivative is lower + (upper - lower) * noise if training else (lower + upper) / 2.
    Source: https://arxiv.org/abs/1505.00853
    """

    def __init__(self, lower: float = 0.125, upper: float = 0.3333333333333333, *, rngs: nnx.Rngs) -> None:
        check_number("RReLU", lower=lower, upper=upper)
        if not (0 <= lower <= upper):
            raise ValueError(f"RReLU needs 0 <= lower <= upper; got lower={lower!r}, upper={upper!r}")
        self.lower = lower
        self.upper = upper
        self.deterministic = False
        self.rngs = rngs.noise.fork()

    def __call__(self, x: Array, noise: Array | None = None) -> Array:
        if noise is None and not self.deterministic:
            noise = jax.random.uniform(self.rngs(), x.shape, x.dtype)
        return rrelu(x, noise, self.lower, self.upper, not self.deterministic)
