# Made by: actzoo render dyrelu_c --to paddle
"""DyReLUC: The lines of DyReLU-B."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import paddle
from paddle import Tensor, nn

from actzoo_paddle._checks import check_choice, check_number, check_whole, numbers
from actzoo_paddle._fast import pointwise
from actzoo_paddle._relu import relu
from actzoo_paddle._runtime import (
    add_buffer,
    applied,
    check_input,
    maximum,
    minimum,
    new_conv,
    new_dense,
    per_channel,
    pooled,
    positions,
    sech2,
    softmax,
    stable_sigmoid,
    sum_to,
    where,
    zeros_like_index,
)


def _dyrelu_c_residual_value(theta):
    return 2 * stable_sigmoid(theta) - 1


def _dyrelu_c_residual_vjp(grad, needs, theta):
    grad_theta = grad * (0.5 * sech2(0.5 * theta))
    return (grad_theta,)


_dyrelu_c_residual = pointwise("dyrelu_c_residual", _dyrelu_c_residual_value, _dyrelu_c_residual_vjp, differentiable=1)


def _dyrelu_c_residual_2_value(theta):
    return 2 * (paddle.clip(theta + 3, 0, 6) / 6) - 1


def _dyrelu_c_residual_2_vjp(grad, needs, theta):
    total = theta + 3
    grad_theta = where((total > 0) & (total < 6), grad * (2 / 6), 0)
    return (grad_theta,)


_dyrelu_c_residual_2 = pointwise(
    "dyrelu_c_residual_2", _dyrelu_c_residual_2_value, _dyrelu_c_residual_2_vjp, differentiable=1
)


def _dyrelu_c_logits_value(conv_out, tau):
    return conv_out / tau


def _dyrelu_c_logits_vjp(grad, needs, conv_out, tau):
    grad_conv_out = grad / tau
    return (grad_conv_out,)


_dyrelu_c_logits = pointwise("dyrelu_c_logits", _dyrelu_c_logits_value, _dyrelu_c_logits_vjp, differentiable=1)


def _dyrelu_c_term(i, x, weights, delta, init_v, lambdas, gamma, positions, k):
    attention = minimum(gamma * positions * weights, 1)
    intercept = init_v[k + i] + lambdas[k + i] * (attention * delta[k + i])
    slope = init_v[i] + lambdas[i] * (attention * delta[i])
    return x * slope + intercept


def _dyrelu_c_value(x, weights, delta, init_v, lambdas, gamma, positions, k):
    value = _dyrelu_c_term(0, x, weights, delta, init_v, lambdas, gamma, positions, k)
    for i in range(1, k):
        value = maximum(value, _dyrelu_c_term(i, x, weights, delta, init_v, lambdas, gamma, positions, k))
    return value


def _dyrelu_c_vjp(grad, needs, x, weights, delta, init_v, lambdas, gamma, positions, k):
    value = _dyrelu_c_term(0, x, weights, delta, init_v, lambdas, gamma, positions, k)
    winner = zeros_like_index(value)
    for i in range(1, k):
        term = _dyrelu_c_term(i, x, weights, delta, init_v, lambdas, gamma, positions, k)
        winner = where(term > value, i, winner)
        value = maximum(value, term)
    grad_x = 0.0
    grad_weights = 0.0
    grad_delta = [0.0] * delta.shape[0]
    for i in range(k):
        won = where(winner == i, grad, 0.0)
        product = gamma * positions
        product_2 = product * weights
        attention = minimum(product_2, 1)
        slope = init_v[i] + lambdas[i] * (attention * delta[i])
        grad_x = grad_x + sum_to(won * slope, x)
        grad_weights = grad_weights + sum_to(
            won
            * where(
                product_2 > 1, 0, x * (lambdas[i] * (product * delta[i])) + lambdas[k + i] * (product * delta[k + i])
            ),
            weights,
        )
        grad_delta[i] = grad_delta[i] + sum_to(won * (x * (lambdas[i] * attention)), delta[i])
        grad_delta[k + i] = grad_delta[k + i] + sum_to(won * (lambdas[k + i] * attention), delta[k + i])
    return grad_x, grad_weights, paddle.stack(grad_delta)


_dyrelu_c = pointwise("dyrelu_c", _dyrelu_c_value, _dyrelu_c_vjp, differentiable=3)


def _dyrelu_c_2_term(i, x, weights, delta, gamma, positions, init_v, lambdas, k):
    intercept = init_v[k + i] + lambdas[k + i] * delta[k + i]
    slope = init_v[i] + lambdas[i] * delta[i]
    line = x * slope + intercept
    attention = minimum(gamma * positions * weights, 1)
    return attention * line


def _dyrelu_c_2_value(x, weights, delta, gamma, positions, init_v, lambdas, k):
    value = _dyrelu_c_2_term(0, x, weights, delta, gamma, positions, init_v, lambdas, k)
    for i in range(1, k):
        value = maximum(value, _dyrelu_c_2_term(i, x, weights, delta, gamma, positions, init_v, lambdas, k))
    return value


def _dyrelu_c_2_vjp(grad, needs, x, weights, delta, gamma, positions, init_v, lambdas, k):
    value = _dyrelu_c_2_term(0, x, weights, delta, gamma, positions, init_v, lambdas, k)
    winner = zeros_like_index(value)
    for i in range(1, k):
        term = _dyrelu_c_2_term(i, x, weights, delta, gamma, positions, init_v, lambdas, k)
        winner = where(term > value, i, winner)
        value = maximum(value, term)
    grad_x = 0.0
    grad_weights = 0.0
    grad_delta = [0.0] * delta.shape[0]
    for i in range(k):
        won = where(winner == i, grad, 0.0)
        slope = init_v[i] + lambdas[i] * delta[i]
        product = gamma * positions
        product_2 = product * weights
        attention = minimum(product_2, 1)
        intercept = init_v[k + i] + lambdas[k + i] * delta[k + i]
        line = x * slope + intercept
        grad_x = grad_x + sum_to(won * (attention * slope), x)
        grad_weights = grad_weights + sum_to(won * where(product_2 > 1, 0, product * line), weights)
        grad_delta[i] = grad_delta[i] + sum_to(won * (attention * (x * lambdas[i])), delta[i])
        grad_delta[k + i] = grad_delta[k + i] + sum_to(won * (attention * lambdas[k + i]), delta[k + i])
    return grad_x, grad_weights, paddle.stack(grad_delta)


_dyrelu_c_2 = pointwise("dyrelu_c_2", _dyrelu_c_2_value, _dyrelu_c_2_vjp, differentiable=3)


class DyReLUC(nn.Layer):
    """The lines of DyReLU-B, weighted at each position by attention, min(gamma positions softmax(conv(x) / tau), 1).

    The paper takes the softmax over all positions and weights slopes and intercepts, so that zero weights give
    ReLU / 3. The published Paddle notebook takes it over the last spatial axis alone, softmax_over="last_axis", and
    weights the residuals, attend="residual", so that zero weights give ReLU; its checkpoints need both. The other
    options are those of DyReLU-B.

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
        tau: float = 10.0,
        gamma: float = 0.3333333333333333,
        softmax_over: Literal["positions", "last_axis"] = "positions",
        attend: Literal["coefficients", "residual"] = "coefficients",
        *,
        lambdas: Sequence[float] | None = None,
        init_v: Sequence[float] | None = None,
    ) -> None:
        super().__init__()
        check_whole("DyReLUC", channels=channels, reduction=reduction, k=k)
        check_number("DyReLUC", tau=tau, gamma=gamma)
        check_choice("DyReLUC", "conv_type", conv_type, ("1d", "2d", "3d"))
        check_choice("DyReLUC", "normaliser", normaliser, ("sigmoid", "hard_sigmoid"))
        check_choice("DyReLUC", "layout", layout, ("interleaved", "blocked"))
        check_choice("DyReLUC", "softmax_over", softmax_over, ("positions", "last_axis"))
        check_choice("DyReLUC", "attend", attend, ("coefficients", "residual"))
        if not (1 <= reduction <= channels):
            raise ValueError(
                f"DyReLUC needs 1 <= reduction <= channels; got channels={channels!r}, reduction={reduction!r}"
            )
        if not (k >= 1):
            raise ValueError(f"DyReLUC needs k >= 1; got k={k!r}")
        if not (tau > 0):
            raise ValueError(f"DyReLUC needs tau > 0; got tau={tau!r}")
        self.channels = channels
        self.k = k
        self.conv_type = conv_type
        self.normaliser = normaliser
        self.layout = layout
        self.tau = tau
        self.gamma = gamma
        self.softmax_over = softmax_over
        self.attend = attend
        self.fc1 = new_dense(channels, channels // reduction)
        self.fc2 = new_dense(channels // reduction, 2 * k * channels)
        self.conv = new_conv(conv_type, channels, 1, 1)
        add_buffer(self, "lambdas", numbers("DyReLUC", "lambdas", lambdas, [1.0] * k + [0.5] * k))
        add_buffer(self, "init_v", numbers("DyReLUC", "init_v", init_v, [1.0] + [0.0] * (2 * k - 1)))

    def forward(self, x: Tensor) -> Tensor:
        check_input("DyReLUC", x, self.channels, self.conv_type)
        theta = applied(self.fc2, relu(applied(self.fc1, pooled(x))))
        delta = per_channel(
            _dyrelu_c_residual(theta) if self.normaliser == "sigmoid" else _dyrelu_c_residual_2(theta),
            self.k,
            self.layout,
            x,
        )
        weights = softmax(_dyrelu_c_logits(applied(self.conv, x), self.tau), self.softmax_over)
        if self.attend == "residual":
            return _dyrelu_c(x, weights, delta, self.init_v, self.lambdas, self.gamma, positions(x), self.k)
        return _dyrelu_c_2(x, weights, delta, self.gamma, positions(x), self.init_v, self.lambdas, self.k)
