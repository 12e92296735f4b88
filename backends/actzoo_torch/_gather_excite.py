# Made by: actzoo render gather_excite --to torch
"""GatherExcite: The input times a gate that is gathered from the surroundings of each position."""

from __future__ import annotations

from typing import Literal

from torch import Tensor, nn

from actzoo_torch._checks import check_choice, check_number, check_whole
from actzoo_torch._fast import pointwise
from actzoo_torch._named import activation
from actzoo_torch._runtime import (
    average_pool,
    check_input,
    max_pool,
    new_conv,
    new_norm,
    normalise,
    not_scriptable,
    resize_nearest,
    spatial_max,
    spatial_mean,
    sum_to,
)


def _gather_excite_context_value(context, spatial_max):
    return 0.5 * context + 0.5 * spatial_max


def _gather_excite_context_vjp(grad, needs, context, spatial_max):
    product = 0.5 * grad
    grad_context = sum_to(product, context) if needs[0] else None
    grad_spatial_max = sum_to(product, spatial_max) if needs[1] else None
    return grad_context, grad_spatial_max


def _gather_excite_context_tangent(context, spatial_max, dcontext, dspatial_max):
    return 0.5 * dcontext + 0.5 * dspatial_max


_gather_excite_context = pointwise(
    "gather_excite_context",
    _gather_excite_context_value,
    _gather_excite_context_vjp,
    _gather_excite_context_tangent,
    differentiable=2,
)


def _gather_excite_context_2_value(context, max_pool):
    return 0.5 * context + 0.5 * max_pool


def _gather_excite_context_2_vjp(grad, needs, context, max_pool):
    product = 0.5 * grad
    grad_context = sum_to(product, context) if needs[0] else None
    grad_max_pool = sum_to(product, max_pool) if needs[1] else None
    return grad_context, grad_max_pool


def _gather_excite_context_2_tangent(context, max_pool, dcontext, dmax_pool):
    return 0.5 * dcontext + 0.5 * dmax_pool


_gather_excite_context_2 = pointwise(
    "gather_excite_context_2",
    _gather_excite_context_2_value,
    _gather_excite_context_2_vjp,
    _gather_excite_context_2_tangent,
    differentiable=2,
)


def _gather_excite_value(x, gate):
    return x * gate


def _gather_excite_vjp(grad, needs, x, gate):
    grad_x = sum_to(grad * gate, x) if needs[0] else None
    grad_gate = sum_to(grad * x, gate) if needs[1] else None
    return grad_x, grad_gate


def _gather_excite_tangent(x, gate, dx, dgate):
    return dx * gate + dgate * x


_gather_excite = pointwise(
    "gather_excite", _gather_excite_value, _gather_excite_vjp, _gather_excite_tangent, differentiable=2
)


class GatherExcite(nn.Module):
    """The input times a gate that is gathered from the surroundings of each position: x gate(mlp(gather(x))).

    extent        0: the whole map. 2, 4, 8 ...: windows of 2 extent - 1, one each extent positions
    extra_params  gather by depthwise convolutions: one of the map's size, feat_size, for extent 0, else log2(extent)
                  of size 3 and stride 2. Otherwise by averages [and maxima: add_maxpool]
    global_gather with extra_params and extent 0. "valid" is the paper's: one value for a channel. "padded" is the
                  published code's, whose result is as large as the map
    gather_act    the activation after the gather too, as the authors' own networks have it

    x: (N, C, *S), floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    Policies: in the maximum over space, equal terms share the gradient evenly; in the maximum of a window, row by
    row, the first of equal terms has the gradient.
    Source: https://arxiv.org/abs/1810.12348
    """

    def __init__(
        self,
        channels: int,
        feat_size: int | tuple[int, int] | None = None,
        extra_params: bool = False,
        extent: int = 0,
        use_mlp: bool = True,
        rd_ratio: float = 0.0625,
        rd_channels: int | None = None,
        rd_divisor: int = 1,
        add_maxpool: bool = False,
        act_layer: str = "relu",
        norm_layer: str | None = "batch_norm",
        gate_layer: str = "sigmoid",
        global_gather: Literal["padded", "valid"] = "padded",
        gather_act: bool = False,
    ) -> None:
        super().__init__()
        check_whole(
            "GatherExcite",
            channels=channels,
            rd_divisor=rd_divisor,
            rd_channels=1 if rd_channels is None else rd_channels,
        )
        check_whole("GatherExcite", least=0, extent=extent)
        check_number("GatherExcite", rd_ratio=rd_ratio)
        check_choice("GatherExcite", "global_gather", global_gather, ("padded", "valid"))
        if not (extent == 0 or (extent & extent - 1 == 0 and extent > 1)):
            raise ValueError(f"GatherExcite needs an extent of 0 or a power of two, from 2 up; got extent={extent!r}")
        if not (extent or not extra_params or feat_size is not None):
            raise ValueError(
                f"GatherExcite needs feat_size, for extent 0 with extra_params; got extent={extent!r}, extra_params={extra_params!r}, feat_size={feat_size!r}"
            )
        if not (channels >= 1 and rd_divisor >= 1):
            raise ValueError(
                f"GatherExcite needs channels >= 1 and rd_divisor >= 1; got channels={channels!r}, rd_divisor={rd_divisor!r}"
            )
        self.act_layer = activation("GatherExcite", "act_layer", act_layer)
        self.gate_layer = activation("GatherExcite", "gate_layer", gate_layer)
        hidden = rd_channels or max(rd_divisor, int(channels * rd_ratio + rd_divisor / 2) // rd_divisor * rd_divisor)
        steps = extent.bit_length() - 1 if extent else 1
        self.channels = channels
        self.extra_params = extra_params
        self.extent = extent
        self.use_mlp = use_mlp
        self.add_maxpool = add_maxpool
        self.norm_layer = norm_layer
        self.gather_act = gather_act
        self.steps = steps
        self.gather = nn.ModuleDict()
        self.mlp = nn.ModuleDict()
        if extra_params:
            for i in range(steps):
                self.gather[f"conv{i + 1}"] = new_conv(
                    "2d",
                    channels,
                    channels,
                    3 if extent else feat_size,
                    stride=2 if extent else 1,
                    padding=1 if extent else "half" if global_gather == "padded" else 0,
                    groups=channels,
                    bias=False,
                )
        if extra_params and norm_layer is not None:
            for i in range(steps):
                self.gather[f"norm{i + 1}"] = new_norm(norm_layer, channels, "2d")
        if use_mlp:
            self.mlp["fc1"] = new_conv("2d", channels, hidden, 1)
            self.mlp["fc2"] = new_conv("2d", hidden, channels, 1)

    __prepare_scriptable__ = not_scriptable

    def forward(self, x: Tensor) -> Tensor:
        check_input("GatherExcite", x, self.channels, "2d")
        context = x
        if self.extra_params:
            for i in range(self.steps):
                context = self.gather[f"conv{i + 1}"](context)
                if self.norm_layer is not None:
                    context = normalise(self.gather[f"norm{i + 1}"], context)
                if i < self.steps - 1:
                    context = self.act_layer(context)
        elif self.extent == 0:
            context = spatial_mean(x)
            if self.add_maxpool:
                context = _gather_excite_context(context, spatial_max(x))
        else:
            context = average_pool(x, self.extent)
            if self.add_maxpool:
                context = _gather_excite_context_2(context, max_pool(x, self.extent))
        if self.gather_act:
            context = self.act_layer(context)
        if self.use_mlp:
            context = self.mlp["fc2"](self.act_layer(self.mlp["fc1"](context)))
        return _gather_excite(x, self.gate_layer(resize_nearest(context, x)))
