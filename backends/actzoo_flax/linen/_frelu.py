# Made by: actzoo render frelu --to linen
"""FReLU: Funnel activation."""

from __future__ import annotations

from typing import Literal

from flax import linen as nn
from jax import Array

from actzoo_flax._checks import check_choice, check_whole
from actzoo_flax._frelu import _frelu
from actzoo_flax._runtime import check_input
from actzoo_flax.linen._runtime import new_conv, new_norm, normalise


class FReLU(nn.Module):
    """Funnel activation: max(x, bn(conv(x))), with a depthwise convolution of odd size k around each position.

    x: (N, *S, C), floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    Policies: of x and bn(conv(x)), in this order, the first of equal terms has the gradient.
    Source: https://arxiv.org/abs/2007.11824
    """

    channels: int
    k: int = 3
    conv_type: Literal["1d", "2d", "3d"] = "2d"

    @nn.compact
    def __call__(self, x: Array, train: bool = False) -> Array:
        check_whole("FReLU", channels=self.channels, k=self.k)
        check_choice("FReLU", "conv_type", self.conv_type, ("1d", "2d", "3d"))
        if not (self.k >= 1 and self.k % 2 == 1):
            raise ValueError(f"FReLU needs k >= 1 and k % 2 == 1; got k={self.k!r}")
        conv = new_conv(
            self,
            self.conv_type,
            self.channels,
            self.channels,
            self.k,
            padding=self.k // 2,
            groups=self.channels,
            bias=False,
            name="conv",
        )
        bn = new_norm(self, "batch_norm", self.channels, self.conv_type, name="bn")
        check_input("FReLU", x, self.channels, self.conv_type)
        condition = normalise(bn, conv(x), train)
        return _frelu(x, condition)
