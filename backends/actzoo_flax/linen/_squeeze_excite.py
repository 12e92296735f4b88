# Made by: actzoo render squeeze_excite --to linen
"""SqueezeExcite: The input times a gate for each channel."""

from __future__ import annotations

from flax import linen as nn
from jax import Array

from actzoo_flax._checks import check_number, check_whole
from actzoo_flax._named import activation
from actzoo_flax._runtime import check_input, spatial_max, spatial_mean
from actzoo_flax._squeeze_excite import _squeeze_excite, _squeeze_excite_context
from actzoo_flax.linen._runtime import new_conv, new_norm, normalise


class SqueezeExcite(nn.Module):
    """The input times a gate for each channel, computed from all channels' means: x gate(fc2(act(fc1(mean of x)))).

    The hidden layer has rd_channels channels, by default rd_ratio of the input's, in multiples of rd_divisor.

    x: (N, *S, C), floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    Policies: in the maximum over space, equal terms share the gradient evenly.
    Source: https://arxiv.org/abs/1709.01507
    """

    channels: int
    rd_ratio: float = 0.0625
    rd_channels: int | None = None
    rd_divisor: int = 8
    add_maxpool: bool = False
    bias: bool = True
    act_layer: str = "relu"
    norm_layer: str | None = None
    gate_layer: str = "sigmoid"

    @nn.compact
    def __call__(self, x: Array, train: bool = False) -> Array:
        check_whole(
            "SqueezeExcite",
            channels=self.channels,
            rd_divisor=self.rd_divisor,
            rd_channels=1 if self.rd_channels is None else self.rd_channels,
        )
        check_number("SqueezeExcite", rd_ratio=self.rd_ratio)
        if not (self.channels >= 1 and self.rd_divisor >= 1):
            raise ValueError(
                f"SqueezeExcite needs channels >= 1 and rd_divisor >= 1; got channels={self.channels!r}, rd_divisor={self.rd_divisor!r}"
            )
        act_layer = activation("SqueezeExcite", "act_layer", self.act_layer)
        gate_layer = activation("SqueezeExcite", "gate_layer", self.gate_layer)
        hidden = self.rd_channels or max(
            self.rd_divisor,
            int(self.channels * self.rd_ratio + self.rd_divisor / 2) // self.rd_divisor * self.rd_divisor,
        )
        fc1 = new_conv(self, "2d", self.channels, hidden, 1, bias=self.bias, name="fc1")
        if self.norm_layer is not None:
            bn = new_norm(self, self.norm_layer, hidden, "2d", name="bn")
        fc2 = new_conv(self, "2d", hidden, self.channels, 1, bias=self.bias, name="fc2")
        check_input("SqueezeExcite", x, self.channels, "2d")
        context = spatial_mean(x)
        if self.add_maxpool:
            context = _squeeze_excite_context(context, spatial_max(x))
        context = fc1(context)
        if self.norm_layer is not None:
            context = normalise(bn, context, train)
        context = fc2(act_layer(context))
        return _squeeze_excite(x, gate_layer(context))
