# Made by: actzoo render dyrelu_a --to paddle
"""DyReLUA: The largest of k lines that a sample's positions and channels share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import paddle
from paddle import Tensor, nn

from actzoo_paddle._checks import check_choice, check_whole, numbers
from actzoo_paddle._fast import pointwise
from actzoo_paddle._relu import relu
from actzoo_paddle._runtime import (
    add_buffer,
    applied,
    check_input,
    maximum,
    new_dense,
    per_sample,
    pooled,
    sech2,
    stable_sigmoid,
    sum_to,
    where,
    zeros_like_index,
)


def _dyrelu_a_residual_value(theta):
    return 2 * stable_sigmoid(theta) - 1


def _dyrelu_a_residual_vjp(grad, needs, theta):
    grad_theta = grad * (0.5 * sech2(0.5 * theta))
    return (grad_theta,)


_dyrelu_a_residual = pointwise("dyrelu_a_residual", _dyrelu_a_residual_value, _dyrelu_a_residual_vjp, differentiable=1)


def _dyrelu_a_residual_2_value(theta):
    return 2 * (paddle.clip(theta + 3, 0, 6) / 6) - 1


def _dyrelu_a_residual_2_vjp(grad, needs, theta):
    total = theta + 3
    grad_theta = where((total > 0) & (total < 6), grad * (2 / 6), 0)
    return (grad_theta,)


_dyrelu_a_residual_2 = pointwise(
    "dyrelu_a_residual_2", _dyrelu_a_residual_2_value, _dyrelu_a_residual_2_vjp, differentiable=1
)


def _dyrelu_a_term(i, x, delta, init_v, lambdas, k):
    intercept = init_v[k + i] + lambdas[k + i] * delta[k + i]
    slope = init_v[i] + lambdas[i] * delta[i]
    return x * slope + intercept


def _dyrelu_a_value(x, delta, init_v, lambdas, k):
    value = _dyrelu_a_term(0, x, delta, init_v, lambdas, k)
    for i in range(1, k):
        value = maximum(value, _dyrelu_a_term(i, x, delta, init_v, lambdas, k))
    return value


def _dyrelu_a_vjp(grad, needs, x, delta, init_v, lambdas, k):
    value = _dyrelu_a_term(0, x, delta, init_v, lambdas, k)
    winner = zeros_like_index(value)
    for i in range(1, k):
        term = _dyrelu_a_term(i, x, delta, init_v, lambdas, k)
        winner = where(term > value, i, winner)
        value = maximum(value, term)
    grad_x = 0.0
    grad_delta = [0.0] * delta.shape[0]
    for i in range(k):
        won = where(winner == i, grad, 0.0)
        slope = init_v[i] + lambdas[i] * delta[i]
        grad_x = grad_x + sum_to(won * slope, x)
        grad_delta[i] = grad_delta[i] + sum_to(won * (x * lambdas[i]), delta[i])
        grad_delta[k + i] = grad_delta[k + i] + sum_to(won * lambdas[k + i], delta[k + i])
    return grad_x, paddle.stack(grad_delta)


_dyrelu_a = pointwise("dyrelu_a", _dyrelu_a_value, _dyrelu_a_vjp, differentiable=2)


class DyReLUA(nn.Layer):
    """The largest of k lines that a sample's positions and channels share, predicted from its channels' means:
    max over i of a_i x + b_i.

    reduction   the hidden layer has C // reduction units
    k           lines; their initial slopes and intercepts are init_v, the ranges of their residuals lambdas
    normaliser  what brings residuals into (-1, 1): the sigmoid of the paper, or the hard sigmoid of DyHead
    layout      the order of fc2's outputs: "interleaved" is k slopes, then k intercepts; "blocked" a_1, b_1, a_2 ...

    x: (N, C, *S), floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    Policies: of the k lines, in their order, the first of equal terms has the gradient.
    Source: https://arxiv.org/abs/2003.10027
    """

    def __init__(
        self,
        channels: int,
        reduction: int = 8,
        k: int = 2,
        conv_type: Literal["1d", "2d", "3d"] = "2d",
        normaliser: Literal["sigmoid", "hard_sigmoid"] = "sigmoid",
        layout: Literal["interleaved", "blocked"] = "interleaved",
        *,
        lambdas: Sequence[float] | None = None,
        init_v: Sequence[float] | None = None,
    ) -> None:
        super().__init__()
        check_whole("DyReLUA", channels=channels, reduction=reduction, k=k)
        check_choice("DyReLUA", "conv_type", conv_type, ("1d", "2d", "3d"))
        check_choice("DyReLUA", "normaliser", normaliser, ("sigmoid", "hard_sigmoid"))
        check_choice("DyReLUA", "layout", layout, ("interleaved", "blocked"))
        if not (1 <= reduction <= channels):
            raise ValueError(
                f"DyReLUA needs 1 <= reduction <= channels; got channels={channels!r}, reduction={reduction!r}"
            )
        if not (k >= 1):
            raise ValueError(f"DyReLUA needs k >= 1; got k={k!r}")
        self.channels = channels
        self.k = k
        self.conv_type = conv_type
        self.normaliser = normaliser
        self.layout = layout
        self.fc1 = new_dense(channels, channels // reduction)
        self.fc2 = new_dense(channels // reduction, 2 * k)
        add_buffer(self, "lambdas", numbers("DyReLUA", "lambdas", lambdas, [1.0] * k + [0.5] * k))
        add_buffer(self, "init_v", numbers("DyReLUA", "init_v", init_v, [1.0] + [0.0] * (2 * k - 1)))

    def forward(self, x: Tensor) -> Tensor:
        check_input("DyReLUA", x, self.channels, self.conv_type)
        theta = applied(self.fc2, relu(applied(self.fc1, pooled(x))))
        delta = per_sample(
            _dyrelu_a_residual(theta) if self.normaliser == "sigmoid" else _dyrelu_a_residual_2(theta),
            self.k,
            self.layout,
            x,
        )
        return _dyrelu_a(x, delta, self.init_v, self.lambdas, self.k)
