# Made by: actzoo render prelu --to linen
"""PReLU: Rectified linear unit whose slope below 0 is learnt."""

from __future__ import annotations

from dataclasses import KW_ONLY

from flax import linen as nn
from jax import Array

from actzoo_flax._checks import check_number, check_whole
from actzoo_flax._prelu import prelu
from actzoo_flax.linen._runtime import own_param


class PReLU(nn.Module):
    """Rectified linear unit whose slope below 0 is learnt, one for all channels or one for each: x above 0,
    weight x elsewhere.

    x: any shape, floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    Policies: at 0 the value is 0 and the derivative weight; at NaN the derivative is weight.
    Source: https://arxiv.org/abs/1502.01852
    """

    num_parameters: int = 1
    _: KW_ONLY
    weight: float = 0.25

    @nn.compact
    def __call__(self, x: Array) -> Array:
        check_whole("PReLU", num_parameters=self.num_parameters)
        check_number("PReLU", weight=self.weight)
        if not (self.num_parameters >= 1):
            raise ValueError(f"PReLU needs num_parameters >= 1; got num_parameters={self.num_parameters!r}")
        weight = own_param(self, "weight", (self.num_parameters,), self.weight)
        return prelu(x, weight)
