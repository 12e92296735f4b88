# Made by: actzoo render acon_b --to linen
"""AconB: Smooth maximum of x and p x."""

from __future__ import annotations

from flax import linen as nn
from jax import Array

from actzoo_flax._acon_b import acon_b
from actzoo_flax._checks import check_whole
from actzoo_flax._runtime import check_input
from actzoo_flax.linen._runtime import own_param


class AconB(nn.Module):
    """Smooth maximum of x and p x: (1 - p) x sigmoid(beta (1 - p) x) + p x.

    The paper gives no initial p; 0.25 as in PReLU.

    x: (N, *S, C), floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    Source: https://arxiv.org/abs/2009.04759
    """

    channels: int

    @nn.compact
    def __call__(self, x: Array) -> Array:
        check_whole("AconB", channels=self.channels)
        p = own_param(self, "p", (1, self.channels, 1, 1), 0.25)
        beta = own_param(self, "beta", (1, self.channels, 1, 1), 1.0)
        check_input("AconB", x, self.channels)
        return acon_b(x, p, beta)
