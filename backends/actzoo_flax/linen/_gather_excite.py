# Made by: actzoo render gather_excite --to linen
"""GatherExcite: The input times a gate that is gathered from the surroundings of each position."""

from __future__ import annotations

from typing import Literal

from flax import linen as nn
from jax import Array

from actzoo_flax._checks import check_choice, check_number, check_whole
from actzoo_flax._gather_excite import _gather_excite, _gather_excite_context, _gather_excite_context_2
from actzoo_flax._named import activation
from actzoo_flax._runtime import average_pool, check_input, max_pool, resize_nearest, spatial_max, spatial_mean
from actzoo_flax.linen._runtime import new_conv, new_norm, normalise


class GatherExcite(nn.Module):
    """The input times a gate that is gathered from the surroundings of each position: x gate(mlp(gather(x))).

    extent        0: the whole map. 2, 4, 8 ...: windows of 2 extent - 1, one each extent positions
    extra_params  gather by depthwise convolutions: one of the map's size, feat_size, for extent 0, else log2(extent)
                  of size 3 and stride 2. Otherwise by averages [and maxima: add_maxpool]
    global_gather with extra_params and extent 0. "valid" is the paper's: one value for a channel. "padded" is the
                  published code's, whose result is as large as the map
    gather_act    the activation after the gather too, as the authors' own networks have it

    x: (N, *S, C), floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    Policies: in the maximum over space, equal terms share the gradient evenly; in the maximum of a window, row by
    row, the first of equal terms has the gradient.
    Source: https://arxiv.org/abs/1810.12348
    """

    channels: int
    feat_size: int | tuple[int, int] | None = None
    extra_params: bool = False
    extent: int = 0
    use_mlp: bool = True
    rd_ratio: float = 0.0625
    rd_channels: int | None = None
    rd_divisor: int = 1
    add_maxpool: bool = False
    act_layer: str = "relu"
    norm_layer: str | None = "batch_norm"
    gate_layer: str = "sigmoid"
    global_gather: Literal["padded", "valid"] = "padded"
    gather_act: bool = False

    @nn.compact
    def __call__(self, x: Array, train: bool = False) -> Array:
        check_whole(
            "GatherExcite",
            channels=self.channels,
            rd_divisor=self.rd_divisor,
            rd_channels=1 if self.rd_channels is None else self.rd_channels,
        )
        check_whole("GatherExcite", least=0, extent=self.extent)
        check_number("GatherExcite", rd_ratio=self.rd_ratio)
        check_choice("GatherExcite", "global_gather", self.global_gather, ("padded", "valid"))
        if not (self.extent == 0 or (self.extent & self.extent - 1 == 0 and self.extent > 1)):
            raise ValueError(
                f"GatherExcite needs an extent of 0 or a power of two, from 2 up; got extent={self.extent!r}"
            )
        if not (self.extent or not self.extra_params or self.feat_size is not None):
            raise ValueError(
                f"GatherExcite needs feat_size, for extent 0 with extra_params; got extent={self.extent!r}, extra_params={self.extra_params!r}, feat_size={self.feat_size!r}"
            )
        if not (self.channels >= 1 and self.rd_divisor >= 1):
            raise ValueError(
                f"GatherExcite needs channels >= 1 and rd_divisor >= 1; got channels={self.channels!r}, rd_divisor={self.rd_divisor!r}"
            )
        act_layer = activation("GatherExcite", "act_layer", self.act_layer)
        gate_layer = activation("GatherExcite", "gate_layer", self.gate_layer)
        hidden = self.rd_channels or max(
            self.rd_divisor,
            int(self.channels * self.rd_ratio + self.rd_divisor / 2) // self.rd_divisor * self.rd_divisor,
        )
        steps = self.extent.bit_length() - 1 if self.extent else 1
        if self.extra_params:
            conv_layers = []
            for i in range(steps):
                conv_layers.append(
                    new_conv(
                        self,
                        "2d",
                        self.channels,
                        self.channels,
                        3 if self.extent else self.feat_size,
                        stride=2 if self.extent else 1,
                        padding=1 if self.extent else "half" if self.global_gather == "padded" else 0,
                        groups=self.channels,
                        bias=False,
                        name=f"gather.conv{i + 1}",
                    )
                )
        if self.extra_params and self.norm_layer is not None:
            norm_layers = []
            for i in range(steps):
                norm_layers.append(new_norm(self, self.norm_layer, self.channels, "2d", name=f"gather.norm{i + 1}"))
        if self.use_mlp:
            fc1 = new_conv(self, "2d", self.channels, hidden, 1, name="mlp.fc1")
            fc2 = new_conv(self, "2d", hidden, self.channels, 1, name="mlp.fc2")
        check_input("GatherExcite", x, self.channels, "2d")
        context = x
        if self.extra_params:
            for i in range(steps):
                context = conv_layers[i](context)
                if self.norm_layer is not None:
                    context = normalise(norm_layers[i], context, train)
                if i < steps - 1:
                    context = act_layer(context)
        elif self.extent == 0:
            context = spatial_mean(x)
            if self.add_maxpool:
                context = _gather_excite_context(context, spatial_max(x))
        else:
            context = average_pool(x, self.extent)
            if self.add_maxpool:
                context = _gather_excite_context_2(context, max_pool(x, self.extent))
        if self.gather_act:
            context = act_layer(context)
        if self.use_mlp:
            context = fc2(act_layer(fc1(context)))
        return _gather_excite(x, gate_layer(resize_nearest(context, x)))
