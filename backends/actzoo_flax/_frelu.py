# Made by: actzoo render frelu --to flax
"""FReLU: Funnel activation."""

from __future__ import annotations

from typing import Literal

from flax import nnx
from jax import Array, numpy as jnp

from actzoo_flax._checks import check_choice, check_whole
from actzoo_flax._runtime import check_input, new_conv, new_norm, normalise, pointwise


def _frelu_value(x, condition):
    return jnp.maximum(x, condition)


def _frelu_tangent(x, condition, dx, dcondition):
    return jnp.where(condition > x, dcondition, dx)


_frelu = pointwise("frelu", _frelu_value, _frelu_tangent, differentiable=2)


class FReLU(nnx.Module):
    """Funnel activation: max(x, bn(conv(x))), with a depthwise convolution of odd size k around each position.

    x: (N, *S, C), floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    Policies: of x and bn(conv(x)), in this order, the first of equal terms has the gradient.
    Source: https://arxiv.org/abs/2007.11824
    """

    def __init__(
        self, channels: int, k: int = 3, conv_type: Literal["1d", "2d", "3d"] = "2d", *, rngs: nnx.Rngs
    ) -> None:
        check_whole("FReLU", channels=channels, k=k)
        check_choice("FReLU", "conv_type", conv_type, ("1d", "2d", "3d"))
        if not (k >= 1 and k % 2 == 1):
            raise ValueError(f"FReLU needs k >= 1 and k % 2 == 1; got k={k!r}")
        self.channels = channels
        self.conv_type = conv_type
        self.conv = new_conv(conv_type, channels, channels, k, padding=k // 2, groups=channels, bias=False, rngs=rngs)
        self.bn = new_norm("batch_norm", channels, conv_type, rngs=rngs)

    def __call__(self, x: Array) -> Array:
        check_input("FReLU", x, self.channels, self.conv_type)
        condition = normalise(self.bn, self.conv(x))
        return _frelu(x, condition)
