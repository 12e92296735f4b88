# Made by: actzoo render meta_acon_c --to linen
"""MetaAconC: ACON-C whose switching factor is predicted."""

from __future__ import annotations

from typing import Literal

from flax import linen as nn
from jax import Array

from actzoo_flax._checks import check_choice, check_whole
from actzoo_flax._meta_acon_c import _meta_acon_c
from actzoo_flax._runtime import channelwise, check_input, spatial_mean
from actzoo_flax.linen._runtime import new_conv, new_norm, normalise, own_normal


class MetaAconC(nn.Module):
    """ACON-C whose switching factor is predicted, per channel, from the whole input:
    beta = sigmoid(bn2(fc2(bn1(fc1(mean of x))))). norm_layer=None leaves the norms out, as YOLOv5 does.

    x: (N, *S, C), floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    Source: https://arxiv.org/abs/2009.04759
    """

    channels: int
    r: int = 16
    norm_layer: str | None = "batch_norm"
    conv_type: Literal["1d", "2d", "3d"] = "2d"

    @nn.compact
    def __call__(self, x: Array, train: bool = False) -> Array:
        check_whole("MetaAconC", channels=self.channels, r=self.r)
        check_choice("MetaAconC", "conv_type", self.conv_type, ("1d", "2d", "3d"))
        if not (self.r >= 1):
            raise ValueError(f"MetaAconC needs r >= 1; got r={self.r!r}")
        if not (self.channels >= 1):
            raise ValueError(f"MetaAconC needs channels >= 1; got channels={self.channels!r}")
        p1 = own_normal(self, "p1", (1, self.channels, 1, 1), 1.0)
        p2 = own_normal(self, "p2", (1, self.channels, 1, 1), 1.0)
        fc1 = new_conv(self, self.conv_type, self.channels, max(self.r, self.channels // self.r), 1, name="fc1")
        if self.norm_layer is not None:
            bn1 = new_norm(self, self.norm_layer, max(self.r, self.channels // self.r), self.conv_type, name="bn1")
        fc2 = new_conv(self, self.conv_type, max(self.r, self.channels // self.r), self.channels, 1, name="fc2")
        if self.norm_layer is not None:
            bn2 = new_norm(self, self.norm_layer, self.channels, self.conv_type, name="bn2")
        check_input("MetaAconC", x, self.channels, self.conv_type)
        context = spatial_mean(x)
        if self.norm_layer is not None:
            context = normalise(bn2, fc2(normalise(bn1, fc1(context), train)), train)
        else:
            context = fc2(fc1(context))
        return _meta_acon_c(x, context, channelwise(p1, x), channelwise(p2, x))
