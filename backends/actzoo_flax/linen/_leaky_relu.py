# Made by: actzoo render leaky_relu --to linen
"""LeakyReLU: Rectified linear unit with a small slope below 0."""

from __future__ import annotations

from flax import linen as nn
from jax import Array

from actzoo_flax._checks import check_number
from actzoo_flax._leaky_relu import leaky_relu


class LeakyReLU(nn.Module):
    """Rectified linear unit with a small slope below 0: x above 0, negative_slope x elsewhere.

    x: any shape, floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    Policies: at 0 the value is 0 and the derivative negative_slope; at NaN the derivative is negative_slope.
    """

    negative_slope: float = 0.01

    @nn.compact
    def __call__(self, x: Array) -> Array:
        check_number("LeakyReLU", negative_slope=self.negative_slope)
        return leaky_relu(x, self.negative_slope)
