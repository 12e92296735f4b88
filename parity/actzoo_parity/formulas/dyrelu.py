"""Dynamic ReLU (2003.10027): the largest of k lines that are predicted from the whole input.

delta = 2 N(fc2(relu(fc1(mean x)))) - 1 are the residuals, N a normaliser onto (0, 1). A slope is
init_v[i] + lambdas[i] delta, an intercept the same with i + k. A shares the lines over channels and
space, B over space, C not at all: there a map pi over positions scales them.
"""

from __future__ import annotations

import math

from .._registry import elementwise, reference
from ..arithmetic import Layer, Mathematics
from ..arithmetic._mathematics import Number


def _residuals(m: Mathematics, x: Number, fc1: Layer, fc2: Layer, k: int, normaliser: str, layout: str) -> list[Number]:
    """delta of the k slopes, then of the k intercepts, each (N, C or 1, 1, ...)."""
    if normaliser not in ("sigmoid", "hard_sigmoid"):
        raise ValueError(f"normaliser {normaliser!r}; the known ones are 'sigmoid', 'hard_sigmoid'")
    theta = m.dense(m.maximum(0, m.dense(m.spatial_mean(x), fc1)), fc2)
    delta = 2 * elementwise(normaliser)(m, theta) - 1
    channels = theta.shape[1] // (2 * k)
    samples = (theta.shape[0], channels, *(1,) * (x.ndim - 2))
    if layout == "interleaved":  # per channel a1 ... ak b1 ... bk
        delta = delta.reshape((-1, channels, 2 * k))
        return [delta[:, :, i].reshape(samples) for i in range(2 * k)]
    if layout == "blocked":  # all a1, all b1, all a2, all b2
        delta = delta.reshape((-1, k, 2, channels))
        return [delta[:, i, j].reshape(samples) for j in range(2) for i in range(k)]
    raise ValueError(f"layout {layout!r}; the known ones are 'interleaved' and 'blocked'")


def _largest_line(m: Mathematics, x: Number, coefficients: list[Number]) -> Number:
    k = len(coefficients) // 2
    return m.maximum(*(coefficients[i] * x + coefficients[k + i] for i in range(k)))


@reference("dyrelu_a")
@reference("dyrelu_b")
def shared_lines(
    m: Mathematics,
    x: Number,
    fc1: Layer,
    fc2: Layer,
    lambdas: Number,
    init_v: Number,
    *,
    k: int = 2,
    normaliser: str = "sigmoid",
    layout: str = "interleaved",
) -> Number:
    """Lines per sample (A: fc2 has 2k outputs), or per sample and channel (B: 2kC)."""
    delta = _residuals(m, x, fc1, fc2, k, normaliser, layout)
    return _largest_line(m, x, [init_v[i] + lambdas[i] * delta[i] for i in range(2 * k)])


@reference
def dyrelu_c(
    m: Mathematics,
    x: Number,
    fc1: Layer,
    fc2: Layer,
    conv: Layer,
    lambdas: Number,
    init_v: Number,
    *,
    k: int = 2,
    normaliser: str = "sigmoid",
    layout: str = "interleaved",
    tau: float = 10.0,
    gamma: float = 1 / 3,
    softmax_over: str = "positions",
    attend: str = "coefficients",
) -> Number:
    """B, with pi = min(gamma * positions * softmax(conv(x) / tau), 1) at each position.

    The paper's softmax is over all positions and its pi scales the coefficients. The Paddle
    notebook's is over the last axis only (Paddle's default) and scales the residuals.
    """
    axes = {"positions": tuple(range(2, x.ndim)), "last_axis": (x.ndim - 1,)}
    if softmax_over not in axes:
        raise ValueError(f"softmax_over {softmax_over!r}; the known ones are {', '.join(axes)}")
    positions = math.prod(x.shape[2:])
    attention = m.softmax(m.conv(x, conv) / tau, axes[softmax_over])
    pi = m.minimum(gamma * positions * attention, 1)

    delta = _residuals(m, x, fc1, fc2, k, normaliser, layout)
    if attend == "coefficients":
        lines = [(init_v[i] + lambdas[i] * delta[i]) * pi for i in range(2 * k)]
    elif attend == "residual":
        lines = [init_v[i] + lambdas[i] * (delta[i] * pi) for i in range(2 * k)]
    else:
        raise ValueError(f"attend {attend!r}; the known ones are 'coefficients' and 'residual'")
    return _largest_line(m, x, lines)
