# Made by: actzoo render dyrelu_c --to linen
"""DyReLUC: The lines of DyReLU-B."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import KW_ONLY
from typing import Literal

from flax import linen as nn
from jax import Array

from actzoo_flax._checks import check_choice, check_number, check_whole, numbers
from actzoo_flax._dyrelu_c import _dyrelu_c, _dyrelu_c_2, _dyrelu_c_logits, _dyrelu_c_residual, _dyrelu_c_residual_2
from actzoo_flax._relu import relu
from actzoo_flax._runtime import check_input, per_channel, pooled, positions, softmax
from actzoo_flax.linen._runtime import new_conv, new_dense, own_buffer


class DyReLUC(nn.Module):
    """The lines of DyReLU-B, weighted at each position by attention, min(gamma positions softmax(conv(x) / tau), 1).

    The paper takes the softmax over all positions and weights slopes and intercepts, so that zero weights give
    ReLU / 3. The published Paddle notebook takes it over the last spatial axis alone, softmax_over="last_axis", and
    weights the residuals, attend="residual", so that zero weights give ReLU; its checkpoints need both. The other
    options are those of DyReLU-B.

    x: (N, *S, C), floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    Policies: of the k lines, in their order, the first of equal terms has the gradient.
    Source: https://arxiv.org/abs/2003.10027
    """

    channels: int
    reduction: int = 8
    k: int = 2
    conv_type: Literal["1d", "2d", "3d"] = "2d"
    normaliser: Literal["sigmoid", "hard_sigmoid"] = "sigmoid"
    layout: Literal["interleaved", "blocked"] = "interleaved"
    tau: float = 10.0
    gamma: float = 0.3333333333333333
    softmax_over: Literal["positions", "last_axis"] = "positions"
    attend: Literal["coefficients", "residual"] = "coefficients"
    _: KW_ONLY
    lambdas: Sequence[float] | None = None
    init_v: Sequence[float] | None = None

    @nn.compact
    def __call__(self, x: Array) -> Array:
        check_whole("DyReLUC", channels=self.channels, reduction=self.reduction, k=self.k)
        check_number("DyReLUC", tau=self.tau, gamma=self.gamma)
        check_choice("DyReLUC", "conv_type", self.conv_type, ("1d", "2d", "3d"))
        check_choice("DyReLUC", "normaliser", self.normaliser, ("sigmoid", "hard_sigmoid"))
        check_choice("DyReLUC", "layout", self.layout, ("interleaved", "blocked"))
        check_choice("DyReLUC", "softmax_over", self.softmax_over, ("positions", "last_axis"))
        check_choice("DyReLUC", "attend", self.attend, ("coefficients", "residual"))
        if not (1 <= self.reduction <= self.channels):
            raise ValueError(
                f"DyReLUC needs 1 <= reduction <= channels; got channels={self.channels!r}, reduction={self.reduction!r}"
            )
        if not (self.k >= 1):
            raise ValueError(f"DyReLUC needs k >= 1; got k={self.k!r}")
        if not (self.tau > 0):
            raise ValueError(f"DyReLUC needs tau > 0; got tau={self.tau!r}")
        fc1 = new_dense(self, self.channels, self.channels // self.reduction, name="fc1")
        fc2 = new_dense(self, self.channels // self.reduction, 2 * self.k * self.channels, name="fc2")
        conv = new_conv(self, self.conv_type, self.channels, 1, 1, name="conv")
        lambdas = own_buffer(
            self, "lambdas", numbers("DyReLUC", "lambdas", self.lambdas, [1.0] * self.k + [0.5] * self.k)
        )
        init_v = own_buffer(self, "init_v", numbers("DyReLUC", "init_v", self.init_v, [1.0] + [0.0] * (2 * self.k - 1)))
        check_input("DyReLUC", x, self.channels, self.conv_type)
        theta = fc2(relu(fc1(pooled(x))))
        delta = per_channel(
            _dyrelu_c_residual(theta) if self.normaliser == "sigmoid" else _dyrelu_c_residual_2(theta),
            self.k,
            self.layout,
            x,
        )
        weights = softmax(_dyrelu_c_logits(conv(x), self.tau), self.softmax_over)
        if self.attend == "residual":
            return _dyrelu_c(x, weights, delta, init_v, lambdas, self.gamma, positions(x), self.k)
        return _dyrelu_c_2(x, weights, delta, self.gamma, positions(x), init_v, lambdas, self.k)
