# Made by: actzoo render rrelu --to linen
"""RReLU: Rectified linear unit whose slope below 0 is drawn for each element in training."""

from __future__ import annotations

import jax
from flax import linen as nn
from jax import Array

from actzoo_flax._checks import check_number
from actzoo_flax._rrelu import rrelu


class RReLU(nn.Module):
    """Rectified linear unit whose slope below 0 is drawn for each element in training, lower + (upper - lower) noise,
    and their mean in evaluation.

    x: any shape, floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    Policies: at 0 the value is 0 and the derivative lower + (upper - lower) * noise if training else (lower +
    upper) / 2; at NaN the derivative is lower + (upper - lower) * noise if training else (lower + upper) / 2.
    Source: https://arxiv.org/abs/1505.00853
    """

    lower: float = 0.125
    upper: float = 0.3333333333333333

    @nn.compact
    def __call__(self, x: Array, noise: Array | None = None, train: bool = False) -> Array:
        check_number("RReLU", lower=self.lower, upper=self.upper)
        if not (0 <= self.lower <= self.upper):
            raise ValueError(f"RReLU needs 0 <= lower <= upper; got lower={self.lower!r}, upper={self.upper!r}")
        if noise is None and train:
            noise = jax.random.uniform(self.make_rng("noise"), x.shape, x.dtype)
        return rrelu(x, noise, self.lower, self.upper, train)
