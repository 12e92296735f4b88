"""What a person writes for a stage of the zoo, over any framework's functions `f`; and the published DyReLU."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Stage = Callable[..., Any]


def acon(f: Any, x: Any, beta: Any, p1: Any, p2: Any) -> Any:
    return (p1 - p2) * x * f.sigmoid(beta * (p1 - p2) * x) + p2 * x


def largest_line(f: Any, x: Any, slopes: Any, intercepts: Any, k: int) -> Any:
    found = x * slopes[0] + intercepts[0]
    for i in range(1, k):
        found = f.maximum(found, x * slopes[i] + intercepts[i])
    return found


def dyrelu(f: Any, x: Any, delta: Any, init_v: Any, lambdas: Any, k: int) -> Any:
    slopes = [init_v[i] + lambdas[i] * delta[i] for i in range(k)]
    intercepts = [init_v[k + i] + lambdas[k + i] * delta[k + i] for i in range(k)]
    return largest_line(f, x, slopes, intercepts, k)


def dyrelu_c(
    f: Any, x: Any, weights: Any, delta: Any, init_v: Any, lambdas: Any, gamma: float, positions: Any, k: int
) -> Any:
    attention = f.minimum(gamma * positions * weights, 1.0)
    slopes = [init_v[i] + lambdas[i] * (attention * delta[i]) for i in range(k)]
    intercepts = [init_v[k + i] + lambdas[k + i] * (attention * delta[k + i]) for i in range(k)]
    return largest_line(f, x, slopes, intercepts, k)


def dyrelu_c_whole(
    f: Any, x: Any, weights: Any, delta: Any, gamma: float, positions: Any, init_v: Any, lambdas: Any, k: int
) -> Any:
    return f.minimum(gamma * positions * weights, 1.0) * dyrelu(f, x, delta, init_v, lambdas, k)


def published_dyrelu(f: Any, x: Any, delta: Any, init_v: Any, lambdas: Any, k: int) -> Any:
    """All k lines as one tensor, lines last, with the axis of the maximum beside them: as in the published code."""
    coefficients = f.stack([init_v[i] + lambdas[i] * delta[i] for i in range(2 * k)], -1)
    lines = f.expand(x[..., None], (*x.shape, k)) * coefficients[..., :k] + coefficients[..., k:]
    return f.amax(lines, -1)


PLAIN: Mapping[str, Stage] = {
    "relu": lambda f, x: f.where(x > 0, x, 0.0),
    "relu6": lambda f, x: f.minimum(f.maximum(x, 0.0), 6.0),
    "leaky_relu": lambda f, x, negative_slope: f.where(x > 0, x, negative_slope * x),
    "prelu": lambda f, x, slope: f.where(x > 0, x, slope * x),
    "rrelu": lambda f, x, lower, upper, noise: f.where(x >= 0, x, (lower + (upper - lower) * noise) * x),
    "rrelu_2": lambda f, x, lower, upper: f.where(x >= 0, x, (lower + upper) / 2 * x),
    "elu": lambda f, x, alpha: f.where(x > 0, x, alpha * (f.exp(x) - 1)),
    "celu": lambda f, x, alpha: f.maximum(x, 0.0) + f.minimum(alpha * (f.exp(x / alpha) - 1), 0.0),
    "selu": lambda f, x: 1.0507009873554805 * f.where(x > 0, x, 1.6732632423543772 * (f.exp(x) - 1)),
    "gelu": lambda f, x: 0.5 * x * (1 + f.tanh(0.7978845608028654 * (x + 0.044715 * x * x * x))),
    "gelu_2": lambda f, x: 0.5 * x * (1 + f.erf(x * 0.7071067811865476)),
    "softplus": lambda f, x, beta: f.log1p(f.exp(beta * x)) / beta,
    "sigmoid": lambda f, x: 1 / (1 + f.exp(-x)),
    "log_sigmoid": lambda f, x: -f.log1p(f.exp(-x)),
    "hard_sigmoid": lambda f, x: f.minimum(f.maximum(x + 3, 0.0), 6.0) / 6,
    "tanh": lambda f, x: 2 / (1 + f.exp(-2 * x)) - 1,
    "hard_tanh": lambda f, x, min_val, max_val: f.minimum(f.maximum(x, min_val), max_val),
    "softsign": lambda f, x: x / (1 + f.abs(x)),
    "softshrink": lambda f, x, lambd: f.where(x > lambd, x - lambd, f.where(x < -lambd, x + lambd, 0.0)),
    "hard_shrink": lambda f, x, lambd: f.where((x > lambd) | (x < -lambd), x, 0.0),
    "tanh_shrink": lambda f, x: x - f.tanh(x),
    "swish": lambda f, x, beta: x * f.sigmoid(beta * x),
    "hard_swish": lambda f, x: x * f.minimum(f.maximum(x + 3, 0.0), 6.0) / 6,
    "mish": lambda f, x: x * f.tanh(f.log1p(f.exp(x))),
    "acon_a": lambda f, x, beta: x * f.sigmoid(beta * x),
    "acon_b": lambda f, x, beta, p: acon(f, x, beta, 1, p),
    "acon_c": acon,
    "meta_acon_c": lambda f, x, context, p1, p2: acon(f, x, f.sigmoid(context), p1, p2),
    "frelu": lambda f, x, condition: f.maximum(x, condition),
    "gather_excite": lambda f, x, gate: x * gate,
    "squeeze_excite": lambda f, x, gate: x * gate,
    "dyrelu_a": dyrelu,
    "dyrelu_b": dyrelu,
    "dyrelu_c": dyrelu_c,
    "dyrelu_c_2": dyrelu_c_whole,
}
"""The plain composition of a stage, by the stage's name and arguments."""

PUBLISHED: Mapping[str, Stage] = {"dyrelu_a": published_dyrelu, "dyrelu_b": published_dyrelu}
"""The published code's way, where it is another."""
