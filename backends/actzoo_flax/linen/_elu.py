# Made by: actzoo render elu --to linen
"""ELU: Exponential linear unit."""

from __future__ import annotations

from flax import linen as nn
from jax import Array

from actzoo_flax._checks import check_number
from actzoo_flax._elu import elu


class ELU(nn.Module):
    """Exponential linear unit: x above 0, alpha (exp(x) - 1) elsewhere.

    x: any shape, floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    Policies: at 0 the value is 0 and the derivative alpha.
    Source: https://arxiv.org/abs/1511.07289
    """

    alpha: float = 1.0

    @nn.compact
    def __call__(self, x: Array) -> Array:
        check_number("ELU", alpha=self.alpha)
        return elu(x, self.alpha)
