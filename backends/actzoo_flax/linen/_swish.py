# Made by: actzoo render swish --to linen
"""Swish: Self-gated unit."""

from __future__ import annotations

from dataclasses import KW_ONLY

from flax import linen as nn
from jax import Array

from actzoo_flax._checks import check_number
from actzoo_flax._swish import swish
from actzoo_flax.linen._runtime import own_param


class Swish(nn.Module):
    """Self-gated unit, SiLU for beta 1: x sigmoid(beta x); beta is fixed or learnt.

    x: any shape, floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    Source: https://arxiv.org/abs/1710.05941
    """

    _: KW_ONLY
    beta: float = 1.0
    learnable: bool = False

    @nn.compact
    def __call__(self, x: Array) -> Array:
        check_number("Swish", beta=self.beta)
        beta = own_param(self, "beta", (1,), self.beta) if self.learnable else self.beta
        return swish(x, beta)
