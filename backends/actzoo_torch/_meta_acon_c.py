# Made by: actzoo render meta_acon_c --to torch
"""MetaAconC: ACON-C whose switching factor is predicted."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn

from actzoo_torch._checks import check_choice, check_whole
from actzoo_torch._fast import pointwise
from actzoo_torch._runtime import (
    channelwise,
    check_input,
    gated,
    new_conv,
    new_norm,
    normalise,
    not_scriptable,
    sech2,
    sigmoid_gated,
    spatial_mean,
    stable_sigmoid,
    sum_to,
)


def _meta_acon_c_value(x, context, p1, p2):
    difference = p1 - p2
    switched = gated(x, stable_sigmoid(context) * difference)
    greater = switched > 0
    closed = torch.where(greater, -switched, switched)
    part = sigmoid_gated(difference, closed)
    return gated(x, torch.where(greater, p1 - part, p2 + part))


def _meta_acon_c_vjp(grad, needs, x, context, p1, p2):
    difference = p1 - p2
    sigmoid_context = stable_sigmoid(context)
    product = sigmoid_context * difference
    switched = gated(x, product)
    greater = switched > 0
    closed = torch.where(greater, -switched, switched)
    negated = -closed
    clip = torch.clamp(difference, -1e30, 1e30)
    part = sigmoid_gated(difference, closed)
    sigmoid_gated_2 = sigmoid_gated(clip * gated(x, sigmoid_context), negated)
    sigmoid_gated_3 = sigmoid_gated(clip * gated(x, -sigmoid_context), negated)
    grad_x = (
        sum_to(
            grad
            * (
                torch.where(greater, p1 - part, p2 + part)
                + gated(x, sigmoid_gated(sigmoid_gated(clip * product, negated), closed))
            ),
            x,
        )
        if needs[0]
        else None
    )
    grad_context = (
        sum_to(
            grad
            * gated(
                x,
                sigmoid_gated(
                    sigmoid_gated(clip * gated(x, 0.25 * sech2(0.5 * context) * difference), negated), closed
                ),
            ),
            context,
        )
        if needs[1]
        else None
    )
    grad_p1 = (
        sum_to(
            grad
            * gated(
                x,
                torch.where(
                    greater, 1 - sigmoid_gated(1 - sigmoid_gated_2, closed), sigmoid_gated(1 + sigmoid_gated_2, closed)
                ),
            ),
            p1,
        )
        if needs[2]
        else None
    )
    grad_p2 = (
        sum_to(
            grad
            * gated(
                x,
                torch.where(
                    greater,
                    -sigmoid_gated(-1 - sigmoid_gated_3, closed),
                    1 + sigmoid_gated(-1 + sigmoid_gated_3, closed),
                ),
            ),
            p2,
        )
        if needs[3]
        else None
    )
    return grad_x, grad_context, grad_p1, grad_p2


def _meta_acon_c_tangent(x, context, p1, p2, dx, dcontext, dp1, dp2):
    difference = p1 - p2
    sigmoid_context = stable_sigmoid(context)
    product = sigmoid_context * difference
    switched = gated(x, product)
    greater = switched > 0
    closed = torch.where(greater, -switched, switched)
    negated = -closed
    clip = torch.clamp(difference, -1e30, 1e30)
    sigmoid_gated_2 = sigmoid_gated(clip * gated(x, -sigmoid_context), negated)
    sigmoid_gated_3 = sigmoid_gated(clip * gated(x, sigmoid_context), negated)
    part = sigmoid_gated(difference, closed)
    return (
        dx
        * (
            torch.where(greater, p1 - part, p2 + part)
            + gated(x, sigmoid_gated(sigmoid_gated(clip * product, negated), closed))
        )
        + dcontext
        * gated(
            x, sigmoid_gated(sigmoid_gated(clip * gated(x, 0.25 * sech2(0.5 * context) * difference), negated), closed)
        )
        + dp1
        * gated(
            x,
            torch.where(
                greater, 1 - sigmoid_gated(1 - sigmoid_gated_3, closed), sigmoid_gated(1 + sigmoid_gated_3, closed)
            ),
        )
        + dp2
        * gated(
            x,
            torch.where(
                greater, -sigmoid_gated(-1 - sigmoid_gated_2, closed), 1 + sigmoid_gated(-1 + sigmoid_gated_2, closed)
            ),
        )
    )


_meta_acon_c = pointwise("meta_acon_c", _meta_acon_c_value, _meta_acon_c_vjp, _meta_acon_c_tangent, differentiable=4)


class MetaAconC(nn.Module):
    """ACON-C whose switching factor is predicted, per channel, from the whole input:
    beta = sigmoid(bn2(fc2(bn1(fc1(mean of x))))). norm_layer=None leaves the norms out, as YOLOv5 does.

    x: (N, C, *S), floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    Source: https://arxiv.org/abs/2009.04759
    """

    def __init__(
        self,
        channels: int,
        r: int = 16,
        norm_layer: str | None = "batch_norm",
        conv_type: Literal["1d", "2d", "3d"] = "2d",
    ) -> None:
        super().__init__()
        check_whole("MetaAconC", channels=channels, r=r)
        check_choice("MetaAconC", "conv_type", conv_type, ("1d", "2d", "3d"))
        if not (r >= 1):
            raise ValueError(f"MetaAconC needs r >= 1; got r={r!r}")
        if not (channels >= 1):
            raise ValueError(f"MetaAconC needs channels >= 1; got channels={channels!r}")
        self.channels = channels
        self.norm_layer = norm_layer
        self.conv_type = conv_type
        self.p1 = nn.Parameter(torch.empty((1, channels, 1, 1)))
        self.p2 = nn.Parameter(torch.empty((1, channels, 1, 1)))
        self.fc1 = new_conv(conv_type, channels, max(r, channels // r), 1)
        if norm_layer is not None:
            self.bn1 = new_norm(norm_layer, max(r, channels // r), conv_type)
        self.fc2 = new_conv(conv_type, max(r, channels // r), channels, 1)
        if norm_layer is not None:
            self.bn2 = new_norm(norm_layer, channels, conv_type)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Initial values for what the module owns itself; its layers have a method of their own."""
        nn.init.normal_(self.p1, std=1.0)
        nn.init.normal_(self.p2, std=1.0)

    __prepare_scriptable__ = not_scriptable

    def forward(self, x: Tensor) -> Tensor:
        check_input("MetaAconC", x, self.channels, self.conv_type)
        context = spatial_mean(x)
        if self.norm_layer is not None:
            context = normalise(self.bn2, self.fc2(normalise(self.bn1, self.fc1(context))))
        else:
            context = self.fc2(self.fc1(context))
        return _meta_acon_c(x, context, channelwise(self.p1, x), channelwise(self.p2, x))
