# Made by: actzoo render squeeze_excite --to torch
"""SqueezeExcite: The input times a gate for each channel."""

from __future__ import annotations

from torch import Tensor, nn

from actzoo_torch._checks import check_number, check_whole
from actzoo_torch._fast import pointwise
from actzoo_torch._named import activation
from actzoo_torch._runtime import (
    check_input,
    new_conv,
    new_norm,
    normalise,
    not_scriptable,
    spatial_max,
    spatial_mean,
    sum_to,
)


def _squeeze_excite_context_value(context, spatial_max):
    return 0.5 * context + 0.5 * spatial_max


def _squeeze_excite_context_vjp(grad, needs, context, spatial_max):
    product = 0.5 * grad
    grad_context = sum_to(product, context) if needs[0] else None
    grad_spatial_max = sum_to(product, spatial_max) if needs[1] else None
    return grad_context, grad_spatial_max


def _squeeze_excite_context_tangent(context, spatial_max, dcontext, dspatial_max):
    return 0.5 * dcontext + 0.5 * dspatial_max


_squeeze_excite_context = pointwise(
    "squeeze_excite_context",
    _squeeze_excite_context_value,
    _squeeze_excite_context_vjp,
    _squeeze_excite_context_tangent,
    differentiable=2,
)


def _squeeze_excite_value(x, gate):
    return x * gate


def _squeeze_excite_vjp(grad, needs, x, gate):
    grad_x = sum_to(grad * gate, x) if needs[0] else None
    grad_gate = sum_to(grad * x, gate) if needs[1] else None
    return grad_x, grad_gate


def _squeeze_excite_tangent(x, gate, dx, dgate):
    return dx * gate + dgate * x


_squeeze_excite = pointwise(
    "squeeze_excite", _squeeze_excite_value, _squeeze_excite_vjp, _squeeze_excite_tangent, differentiable=2
)


class SqueezeExcite(nn.Module):
    """The input times a gate for each channel, computed from all channels' means: x gate(fc2(act(fc1(mean of x)))).

    The hidden layer has rd_channels channels, by default rd_ratio of the input's, in multiples of rd_divisor.

    x: (N, C, *S), floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    Policies: in the maximum over space, equal terms share the gradient evenly.
    Source: https://arxiv.org/abs/1709.01507
    """

    def __init__(
        self,
        channels: int,
        rd_ratio: float = 0.0625,
        rd_channels: int | None = None,
        rd_divisor: int = 8,
        add_maxpool: bool = False,
        bias: bool = True,
        act_layer: str = "relu",
        norm_layer: str | None = None,
        gate_layer: str = "sigmoid",
    ) -> None:
        super().__init__()
        check_whole(
            "SqueezeExcite",
            channels=channels,
            rd_divisor=rd_divisor,
            rd_channels=1 if rd_channels is None else rd_channels,
        )
        check_number("SqueezeExcite", rd_ratio=rd_ratio)
        if not (channels >= 1 and rd_divisor >= 1):
            raise ValueError(
                f"SqueezeExcite needs channels >= 1 and rd_divisor >= 1; got channels={channels!r}, rd_divisor={rd_divisor!r}"
            )
        self.act_layer = activation("SqueezeExcite", "act_layer", act_layer)
        self.gate_layer = activation("SqueezeExcite", "gate_layer", gate_layer)
        hidden = rd_channels or max(rd_divisor, int(channels * rd_ratio + rd_divisor / 2) // rd_divisor * rd_divisor)
        self.channels = channels
        self.add_maxpool = add_maxpool
        self.norm_layer = norm_layer
        self.fc1 = new_conv("2d", channels, hidden, 1, bias=bias)
        if norm_layer is not None:
            self.bn = new_norm(norm_layer, hidden, "2d")
        self.fc2 = new_conv("2d", hidden, channels, 1, bias=bias)

    __prepare_scriptable__ = not_scriptable

    def forward(self, x: Tensor) -> Tensor:
        check_input("SqueezeExcite", x, self.channels, "2d")
        context = spatial_mean(x)
        if self.add_maxpool:
            context = _squeeze_excite_context(context, spatial_max(x))
        context = self.fc1(context)
        if self.norm_layer is not None:
            context = normalise(self.bn, context)
        context = self.fc2(self.act_layer(context))
        return _squeeze_excite(x, self.gate_layer(context))
