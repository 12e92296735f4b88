# Made by: actzoo render celu --to linen
"""CELU: Continuously differentiable exponential linear unit."""

from __future__ import annotations

from flax import linen as nn
from jax import Array

from actzoo_flax._celu import celu
from actzoo_flax._checks import check_number


class CELU(nn.Module):
    """Continuously differentiable exponential linear unit: x above 0, alpha (exp(x / alpha) - 1) elsewhere.

    x: any shape, floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    Source: https://arxiv.org/abs/1704.07483
    """

    alpha: float = 1.0

    @nn.compact
    def __call__(self, x: Array) -> Array:
        check_number("CELU", alpha=self.alpha)
        if not (self.alpha > 0):
            raise ValueError(f"CELU needs alpha > 0; got alpha={self.alpha!r}")
        return celu(x, self.alpha)
