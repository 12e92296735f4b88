# Made by: actzoo render dyrelu_a --to linen
"""DyReLUA: The largest of k lines that a sample's positions and channels share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import KW_ONLY
from typing import Literal

from flax import linen as nn
from jax import Array

from actzoo_flax._checks import check_choice, check_whole, numbers
from actzoo_flax._dyrelu_a import _dyrelu_a, _dyrelu_a_residual, _dyrelu_a_residual_2
from actzoo_flax._relu import relu
from actzoo_flax._runtime import check_input, per_sample, pooled
from actzoo_flax.linen._runtime import new_dense, own_buffer


class DyReLUA(nn.Module):
    """The largest of k lines that a sample's positions and channels share, predicted from its channels' means:
    max over i of a_i x + b_i.

    reduction   the hidden layer has C // reduction units
    k           lines; their initial slopes and intercepts are init_v, the ranges of their residuals lambdas
    normaliser  what brings residuals into (-1, 1): the sigmoid of the paper, or the hard sigmoid of DyHead
    layout      the order of fc2's outputs: "interleaved" is k slopes, then k intercepts; "blocked" a_1, b_1, a_2 ...

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
    _: KW_ONLY
    lambdas: Sequence[float] | None = None
    init_v: Sequence[float] | None = None

    @nn.compact
    def __call__(self, x: Array) -> Array:
        check_whole("DyReLUA", channels=self.channels, reduction=self.reduction, k=self.k)
        check_choice("DyReLUA", "conv_type", self.conv_type, ("1d", "2d", "3d"))
        check_choice("DyReLUA", "normaliser", self.normaliser, ("sigmoid", "hard_sigmoid"))
        check_choice("DyReLUA", "layout", self.layout, ("interleaved", "blocked"))
        if not (1 <= self.reduction <= self.channels):
            raise ValueError(
                f"DyReLUA needs 1 <= reduction <= channels; got channels={self.channels!r}, reduction={self.reduction!r}"
            )
        if not (self.k >= 1):
            raise ValueError(f"DyReLUA needs k >= 1; got k={self.k!r}")
        fc1 = new_dense(self, self.channels, self.channels // self.reduction, name="fc1")
        fc2 = new_dense(self, self.channels // self.reduction, 2 * self.k, name="fc2")
        lambdas = own_buffer(
            self, "lambdas", numbers("DyReLUA", "lambdas", self.lambdas, [1.0] * self.k + [0.5] * self.k)
        )
        init_v = own_buffer(self, "init_v", numbers("DyReLUA", "init_v", self.init_v, [1.0] + [0.0] * (2 * self.k - 1)))
        check_input("DyReLUA", x, self.channels, self.conv_type)
        theta = fc2(relu(fc1(pooled(x))))
        delta = per_sample(
            _dyrelu_a_residual(theta) if self.normaliser == "sigmoid" else _dyrelu_a_residual_2(theta),
            self.k,
            self.layout,
            x,
        )
        return _dyrelu_a(x, delta, init_v, lambdas, self.k)
