# Made by: actzoo render acon_a --to linen
"""AconA: Smooth maximum of x and 0."""

from __future__ import annotations

from flax import linen as nn
from jax import Array

from actzoo_flax._acon_a import acon_a
from actzoo_flax._checks import check_whole
from actzoo_flax._runtime import check_input
from actzoo_flax.linen._runtime import own_param


class AconA(nn.Module):
    """Smooth maximum of x and 0, swish with one beta for each channel: x sigmoid(beta x).

    x: (N, *S, C), floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    Source: https://arxiv.org/abs/2009.04759
    """

    channels: int

    @nn.compact
    def __call__(self, x: Array) -> Array:
        check_whole("AconA", channels=self.channels)
        beta = own_param(self, "beta", (1, self.channels, 1, 1), 1.0)
        check_input("AconA", x, self.channels)
        return acon_a(x, beta)
