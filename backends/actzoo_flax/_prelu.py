# Made by: actzoo render prelu --to flax
"""PReLU: Rectified linear unit whose slope below 0 is learnt."""

from __future__ import annotations

from flax import nnx
from jax import Array, numpy as jnp

from actzoo_flax._checks import check_number, check_whole
from actzoo_flax._runtime import channelwise, pointwise


def _prelu_value(x, slope):
    return jnp.where(x > 0, x, slope * x)


def _prelu_tangent(x, slope, dx, dslope):
    return dx * jnp.where(x > 0, 1, slope) + dslope * jnp.where(x > 0, 0, x)


_prelu = pointwise("prelu", _prelu_value, _prelu_tangent, differentiable=2)


def prelu(x: Array, weight: Array) -> Array:
    """Rectified linear unit whose slope below 0 is learnt, one for all channels or one for each: x above 0,
    weight x elsewhere.

    x of any shape, channels *S, C; the result has it too.
    Policies: at 0 the value is 0 and the derivative weight; at NaN the derivative is weight.
    Source: https://arxiv.org/abs/1502.01852
    """
    slope = channelwise(weight, x)
    return _prelu(x, slope)


class PReLU(nnx.Module):
    """Rectified linear unit whose slope below 0 is learnt, one for all channels or one for each: x above 0,
    weight x elsewhere.

    x: any shape, floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    Policies: at 0 the value is 0 and the derivative weight; at NaN the derivative is weight.
    Source: https://arxiv.org/abs/1502.01852
    """

    def __init__(self, num_parameters: int = 1, *, weight: float = 0.25) -> None:
        check_whole("PReLU", num_parameters=num_parameters)
        check_number("PReLU", weight=weight)
        if not (num_parameters >= 1):
            raise ValueError(f"PReLU needs num_parameters >= 1; got num_parameters={num_parameters!r}")
        self.weight = nnx.Param(jnp.full((num_parameters,), weight, jnp.float32))

    def __call__(self, x: Array) -> Array:
        return prelu(x, self.weight[...])
