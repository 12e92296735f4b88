# Made by: actzoo render dyrelu_c --to flax
"""DyReLUC: The lines of DyReLU-B."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from flax import nnx
from jax import Array, numpy as jnp

from actzoo_flax._checks import check_choice, check_number, check_whole, numbers
from actzoo_flax._relu import relu
from actzoo_flax._runtime import (
    Buffer,
    check_input,
    curved,
    new_conv,
    new_dense,
    per_channel,
    pointwise,
    pooled,
    positions,
    sech2,
    softmax,
    stable_sigmoid,
)


def _dyrelu_c_residual_value(theta):
    return 2 * stable_sigmoid(theta) - 1


def _dyrelu_c_residual_by_theta(theta, dtheta):
    return 2 * (0.25 * sech2(0.5 * theta) * dtheta)


_dyrelu_c_residual = curved("dyrelu_c_residual", _dyrelu_c_residual_value, _dyrelu_c_residual_by_theta)


def _dyrelu_c_residual_2_value(theta):
    return 2 * (jnp.clip(theta + 3, 0, 6) / 6) - 1


def _dyrelu_c_residual_2_tangent(theta, dtheta):
    total = theta + 3
    return jnp.where((total > 0) & (total < 6), dtheta * (2 / 6), 0)


_dyrelu_c_residual_2 = pointwise(
    "dyrelu_c_residual_2", _dyrelu_c_residual_2_value, _dyrelu_c_residual_2_tangent, differentiable=1
)


def _dyrelu_c_logits_value(conv_out, tau):
    return conv_out / tau


def _dyrelu_c_logits_tangent(conv_out, dconv_out, tau):
    return dconv_out / tau


_dyrelu_c_logits = pointwise("dyrelu_c_logits", _dyrelu_c_logits_value, _dyrelu_c_logits_tangent, differentiable=1)


def _dyrelu_c_term(i, x, weights, delta, init_v, lambdas, gamma, positions, k):
    attention = jnp.minimum(gamma * positions * weights, 1)
    intercept = init_v[k + i] + lambdas[k + i] * (attention * delta[k + i])
    slope = init_v[i] + lambdas[i] * (attention * delta[i])
    return x * slope + intercept


def _dyrelu_c_value(x, weights, delta, init_v, lambdas, gamma, positions, k):
    value = _dyrelu_c_term(0, x, weights, delta, init_v, lambdas, gamma, positions, k)
    for i in range(1, k):
        value = jnp.maximum(value, _dyrelu_c_term(i, x, weights, delta, init_v, lambdas, gamma, positions, k))
    return value


def _dyrelu_c_term_tangent(i, x, weights, delta, dx, dweights, ddelta, init_v, lambdas, gamma, positions, k):
    product = gamma * positions
    product_2 = product * weights
    attention = jnp.minimum(product_2, 1)
    slope = init_v[i] + lambdas[i] * (attention * delta[i])
    return (
        dx * slope
        + dweights
        * jnp.where(
            product_2 > 1, 0, x * (lambdas[i] * (product * delta[i])) + lambdas[k + i] * (product * delta[k + i])
        )
        + ddelta[i] * (x * (lambdas[i] * attention))
        + ddelta[k + i] * (lambdas[k + i] * attention)
    )


def _dyrelu_c_tangent(x, weights, delta, dx, dweights, ddelta, init_v, lambdas, gamma, positions, k):
    value = _dyrelu_c_term(0, x, weights, delta, init_v, lambdas, gamma, positions, k)
    dvalue = _dyrelu_c_term_tangent(0, x, weights, delta, dx, dweights, ddelta, init_v, lambdas, gamma, positions, k)
    for i in range(1, k):
        term = _dyrelu_c_term(i, x, weights, delta, init_v, lambdas, gamma, positions, k)
        dvalue = jnp.where(
            term > value,
            _dyrelu_c_term_tangent(i, x, weights, delta, dx, dweights, ddelta, init_v, lambdas, gamma, positions, k),
            dvalue,
        )
        value = jnp.maximum(value, term)
    return dvalue


_dyrelu_c = pointwise("dyrelu_c", _dyrelu_c_value, _dyrelu_c_tangent, differentiable=3)


def _dyrelu_c_2_term(i, x, weights, delta, gamma, positions, init_v, lambdas, k):
    intercept = init_v[k + i] + lambdas[k + i] * delta[k + i]
    slope = init_v[i] + lambdas[i] * delta[i]
    line = x * slope + intercept
    attention = jnp.minimum(gamma * positions * weights, 1)
    return attention * line


def _dyrelu_c_2_value(x, weights, delta, gamma, positions, init_v, lambdas, k):
    value = _dyrelu_c_2_term(0, x, weights, delta, gamma, positions, init_v, lambdas, k)
    for i in range(1, k):
        value = jnp.maximum(value, _dyrelu_c_2_term(i, x, weights, delta, gamma, positions, init_v, lambdas, k))
    return value


def _dyrelu_c_2_term_tangent(i, x, weights, delta, dx, dweights, ddelta, gamma, positions, init_v, lambdas, k):
    product = gamma * positions
    product_2 = product * weights
    attention = jnp.minimum(product_2, 1)
    intercept = init_v[k + i] + lambdas[k + i] * delta[k + i]
    slope = init_v[i] + lambdas[i] * delta[i]
    line = x * slope + intercept
    return (
        dx * (attention * slope)
        + dweights * jnp.where(product_2 > 1, 0, product * line)
        + ddelta[i] * (attention * (x * lambdas[i]))
        + ddelta[k + i] * (attention * lambdas[k + i])
    )


def _dyrelu_c_2_tangent(x, weights, delta, dx, dweights, ddelta, gamma, positions, init_v, lambdas, k):
    value = _dyrelu_c_2_term(0, x, weights, delta, gamma, positions, init_v, lambdas, k)
    dvalue = _dyrelu_c_2_term_tangent(0, x, weights, delta, dx, dweights, ddelta, gamma, positions, init_v, lambdas, k)
    for i in range(1, k):
        term = _dyrelu_c_2_term(i, x, weights, delta, gamma, positions, init_v, lambdas, k)
        dvalue = jnp.where(
            term > value,
            _dyrelu_c_2_term_tangent(i, x, weights, delta, dx, dweights, ddelta, gamma, positions, init_v, lambdas, k),
            dvalue,
        )
        value = jnp.maximum(value, term)
    return dvalue


_dyrelu_c_2 = pointwise("dyrelu_c_2", _dyrelu_c_2_value, _dyrelu_c_2_tangent, differentiable=3)


class DyReLUC(nnx.Module):
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
        rngs: nnx.Rngs,
    ) -> None:
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
        self.fc1 = new_dense(channels, channels // reduction, rngs=rngs)
        self.fc2 = new_dense(channels // reduction, 2 * k * channels, rngs=rngs)
        self.conv = new_conv(conv_type, channels, 1, 1, rngs=rngs)
        self.lambdas = Buffer(jnp.asarray(numbers("DyReLUC", "lambdas", lambdas, [1.0] * k + [0.5] * k), jnp.float32))
        self.init_v = Buffer(
            jnp.asarray(numbers("DyReLUC", "init_v", init_v, [1.0] + [0.0] * (2 * k - 1)), jnp.float32)
        )

    def __call__(self, x: Array) -> Array:
        check_input("DyReLUC", x, self.channels, self.conv_type)
        theta = self.fc2(relu(self.fc1(pooled(x))))
        delta = per_channel(
            _dyrelu_c_residual(theta) if self.normaliser == "sigmoid" else _dyrelu_c_residual_2(theta),
            self.k,
            self.layout,
            x,
        )
        weights = softmax(_dyrelu_c_logits(self.conv(x), self.tau), self.softmax_over)
        if self.attend == "residual":
            return _dyrelu_c(x, weights, delta, self.init_v[...], self.lambdas[...], self.gamma, positions(x), self.k)
        return _dyrelu_c_2(x, weights, delta, self.gamma, positions(x), self.init_v[...], self.lambdas[...], self.k)
