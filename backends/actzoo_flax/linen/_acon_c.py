# Made by: actzoo render acon_c --to linen
"""AconC: Smooth maximum of p1 x and p2 x."""

from __future__ import annotations

from flax import linen as nn
from jax import Array

from actzoo_flax._acon_c import acon_c
from actzoo_flax._checks import check_whole
from actzoo_flax._runtime import check_input
from actzoo_flax.linen._runtime import own_normal, own_param


class AconC(nn.Module):
    """Smooth maximum of p1 x and p2 x: (p1 - p2) x sigmoid(beta (p1 - p2) x) + p2 x.

    x: (N, *S, C), floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    Source: https://arxiv.org/abs/2009.04759
    """

    channels: int

    @nn.compact
    def __call__(self, x: Array) -> Array:
        check_whole("AconC", channels=self.channels)
        p1 = own_normal(self, "p1", (1, self.channels, 1, 1), 1.0)
        p2 = own_normal(self, "p2", (1, self.channels, 1, 1), 1.0)
        beta = own_param(self, "beta", (1, self.channels, 1, 1), 1.0)
        check_input("AconC", x, self.channels)
        return acon_c(x, p1, p2, beta)
