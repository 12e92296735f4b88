# Made by: actzoo render meta_acon_c --to flax
"""MetaAconC: ACON-C whose switching factor is predicted."""

from __future__ import annotations

from typing import Literal

import jax
from flax import nnx
from jax import Array, numpy as jnp

from actzoo_flax._checks import check_choice, check_whole
from actzoo_flax._runtime import (
    channelwise,
    check_input,
    curved,
    gated,
    new_conv,
    new_norm,
    normalise,
    sech2,
    sigmoid_gated,
    spatial_mean,
    stable_sigmoid,
)


def _meta_acon_c_value(x, context, p1, p2):
    difference = p1 - p2
    switched = gated(x, stable_sigmoid(context) * difference)
    greater = switched > 0
    closed = jnp.where(greater, -switched, switched)
    part = sigmoid_gated(difference, closed)
    return gated(x, jnp.where(greater, p1 - part, p2 + part))


def _meta_acon_c_by_x(x, context, p1, p2, dx):
    difference = p1 - p2
    product = stable_sigmoid(context) * difference
    switched = gated(x, product)
    greater = switched > 0
    closed = jnp.where(greater, -switched, switched)
    part = sigmoid_gated(difference, closed)
    return gated(dx, jnp.where(greater, p1 - part, p2 + part)) + gated(
        x, sigmoid_gated(sigmoid_gated(jnp.clip(difference, -1e30, 1e30) * gated(dx, product), -closed), closed)
    )


def _meta_acon_c_by_context(x, context, p1, p2, dcontext):
    difference = p1 - p2
    switched = gated(x, stable_sigmoid(context) * difference)
    closed = jnp.where(switched > 0, -switched, switched)
    return gated(
        x,
        sigmoid_gated(
            sigmoid_gated(
                jnp.clip(difference, -1e30, 1e30) * gated(x, 0.25 * sech2(0.5 * context) * dcontext * difference),
                -closed,
            ),
            closed,
        ),
    )


def _meta_acon_c_by_p1(x, context, p1, p2, dp1):
    difference = p1 - p2
    sigmoid_context = stable_sigmoid(context)
    switched = gated(x, sigmoid_context * difference)
    greater = switched > 0
    closed = jnp.where(greater, -switched, switched)
    sigmoid_gated_2 = sigmoid_gated(jnp.clip(difference, -1e30, 1e30) * gated(x, sigmoid_context * dp1), -closed)
    return gated(
        x,
        jnp.where(
            greater, dp1 - sigmoid_gated(dp1 - sigmoid_gated_2, closed), sigmoid_gated(dp1 + sigmoid_gated_2, closed)
        ),
    )


def _meta_acon_c_by_p2(x, context, p1, p2, dp2):
    difference = p1 - p2
    sigmoid_context = stable_sigmoid(context)
    switched = gated(x, sigmoid_context * difference)
    greater = switched > 0
    closed = jnp.where(greater, -switched, switched)
    sigmoid_gated_2 = sigmoid_gated(jnp.clip(difference, -1e30, 1e30) * gated(x, -(sigmoid_context * dp2)), -closed)
    return gated(
        x,
        jnp.where(
            greater, -sigmoid_gated(-dp2 - sigmoid_gated_2, closed), dp2 + sigmoid_gated(-dp2 + sigmoid_gated_2, closed)
        ),
    )


_meta_acon_c = curved(
    "meta_acon_c",
    _meta_acon_c_value,
    _meta_acon_c_by_x,
    _meta_acon_c_by_context,
    _meta_acon_c_by_p1,
    _meta_acon_c_by_p2,
)


class MetaAconC(nnx.Module):
    """ACON-C whose switching factor is predicted, per channel, from the whole input:
    beta = sigmoid(bn2(fc2(bn1(fc1(mean of x))))). norm_layer=None leaves the norms out, as YOLOv5 does.

    x: (N, *S, C), floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    Source: https://arxiv.org/abs/2009.04759
    """

    def __init__(
        self,
        channels: int,
        r: int = 16,
        norm_layer: str | None = "batch_norm",
        conv_type: Literal["1d", "2d", "3d"] = "2d",
        *,
        rngs: nnx.Rngs,
    ) -> None:
        check_whole("MetaAconC", channels=channels, r=r)
        check_choice("MetaAconC", "conv_type", conv_type, ("1d", "2d", "3d"))
        if not (r >= 1):
            raise ValueError(f"MetaAconC needs r >= 1; got r={r!r}")
        if not (channels >= 1):
            raise ValueError(f"MetaAconC needs channels >= 1; got channels={channels!r}")
        self.channels = channels
        self.norm_layer = norm_layer
        self.conv_type = conv_type
        self.p1 = nnx.Param(jax.random.normal(rngs.params(), (1, channels, 1, 1)) * 1.0)
        self.p2 = nnx.Param(jax.random.normal(rngs.params(), (1, channels, 1, 1)) * 1.0)
        self.fc1 = new_conv(conv_type, channels, max(r, channels // r), 1, rngs=rngs)
        if norm_layer is not None:
            self.bn1 = new_norm(norm_layer, max(r, channels // r), conv_type, rngs=rngs)
        self.fc2 = new_conv(conv_type, max(r, channels // r), channels, 1, rngs=rngs)
        if norm_layer is not None:
            self.bn2 = new_norm(norm_layer, channels, conv_type, rngs=rngs)

    def __call__(self, x: Array) -> Array:
        check_input("MetaAconC", x, self.channels, self.conv_type)
        context = spatial_mean(x)
        if self.norm_layer is not None:
            context = normalise(self.bn2, self.fc2(normalise(self.bn1, self.fc1(context))))
        else:
            context = self.fc2(self.fc1(context))
        return _meta_acon_c(x, context, channelwise(self.p1[...], x), channelwise(self.p2[...], x))
