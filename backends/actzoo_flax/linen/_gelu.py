# Made by: actzoo render gelu --to linen
"""GELU: Gaussian error linear unit."""

from __future__ import annotations

from typing import Literal

from flax import linen as nn
from jax import Array

from actzoo_flax._checks import check_choice
from actzoo_flax._gelu import gelu


class GELU(nn.Module):
    """Gaussian error linear unit: x times the normal distribution function of x; "tanh" approximates that.

    x: any shape, floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    Source: https://arxiv.org/abs/1606.08415
    """

    approximate: Literal["none", "tanh"] = "none"

    @nn.compact
    def __call__(self, x: Array) -> Array:
        check_choice("GELU", "approximate", self.approximate, ("none", "tanh"))
        return gelu(x, self.approximate)
