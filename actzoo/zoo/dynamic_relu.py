"""Dynamic ReLU: the largest of k lines whose slopes and intercepts are predicted from the whole input.

Of 2k numbers in a group the first k are residuals of slopes, the last k of intercepts.
"""

from typing import Any, Literal

from actzoo.language import (
    Buffer,
    C,
    Conv,
    Dense,
    activation,
    formula,
    maximum,
    minimum,
    per_channel,
    per_sample,
    pooled,
    positions,
    sigmoid,
    softmax,
)
from actzoo.zoo.elementary import hard_sigmoid, relu

LAMBDAS = Buffer("2 * k", init="[1.0] * k + [0.5] * k")
INIT_V = Buffer("2 * k", init="[1.0] + [0.0] * (2 * k - 1)")


@formula
def residual(theta: Any, normaliser: Any) -> Any:
    """theta brought into (-1, 1): 2 sigmoid(theta) - 1, or the hard sigmoid in its place."""
    # Not tanh(theta / 2): by Eigen's, in Paddle and XLA, it is off by five units near -1, where a slope of 1 + delta
    # has only the rounding of the difference to lose.
    return 2 * sigmoid(theta) - 1 if normaliser == "sigmoid" else 2 * hard_sigmoid(theta) - 1


@formula
def line(i: Any, x: Any, delta: Any, lambdas: Any, init_v: Any, k: Any, attention: Any = 1) -> Any:
    """The i-th line: its slope is init_v[i] + lambdas[i] delta[i], its intercept the same at k + i."""
    slope = init_v[i] + lambdas[i] * (attention * delta[i])
    intercept = init_v[k + i] + lambdas[k + i] * (attention * delta[k + i])
    return x * slope + intercept


@activation(
    paper="2003.10027",
    module="DyReLUA",
    rank="conv_type",
    ties={"first": "of the k lines, in their order"},
)
def dyrelu_a(
    x: Any,
    fc1: Any = Dense("C", "C // reduction"),
    fc2: Any = Dense("C // reduction", "2 * k"),
    lambdas: Any = LAMBDAS,
    init_v: Any = INIT_V,
    *,
    reduction: int = 8,
    k: int = 2,
    conv_type: Literal["1d", "2d", "3d"] = "2d",
    normaliser: Literal["sigmoid", "hard_sigmoid"] = "sigmoid",
    layout: Literal["interleaved", "blocked"] = "interleaved",
) -> Any:
    """The largest of k lines that a sample's positions and channels share, predicted from its channels' means:
    max over i of a_i x + b_i.

    reduction   the hidden layer has C // reduction units
    k           lines; their initial slopes and intercepts are init_v, the ranges of their residuals lambdas
    normaliser  what brings residuals into (-1, 1): the sigmoid of the paper, or the hard sigmoid of DyHead
    layout      the order of fc2's outputs: "interleaved" is k slopes, then k intercepts; "blocked" a_1, b_1, a_2 ..."""
    assert 1 <= reduction <= C
    assert k >= 1
    theta = fc2(relu(fc1(pooled(x))))
    delta = per_sample(residual(theta, normaliser), k, layout)
    return maximum(line(i, x, delta, lambdas, init_v, k) for i in range(k))


@activation(
    paper="2003.10027",
    module="DyReLUB",
    rank="conv_type",
    ties={"first": "of the k lines, in their order"},
)
def dyrelu_b(
    x: Any,
    fc1: Any = Dense("C", "C // reduction"),
    fc2: Any = Dense("C // reduction", "2 * k * C"),
    lambdas: Any = LAMBDAS,
    init_v: Any = INIT_V,
    *,
    reduction: int = 8,
    k: int = 2,
    conv_type: Literal["1d", "2d", "3d"] = "2d",
    normaliser: Literal["sigmoid", "hard_sigmoid"] = "sigmoid",
    layout: Literal["interleaved", "blocked"] = "interleaved",
) -> Any:
    """The largest of k lines of each channel, predicted from the means of all of them: max over i of a_ci x + b_ci.

    reduction   the hidden layer has C // reduction units
    k           lines; their initial slopes and intercepts are init_v, the ranges of their residuals lambdas
    normaliser  what brings residuals into (-1, 1): the sigmoid of the paper, or the hard sigmoid of DyHead
    layout      the order of fc2's outputs: "interleaved" has each channel's 2k numbers together; "blocked" has a
                block of C numbers for a_1, then for b_1, a_2, b_2, as DyHead and MMDetection have"""
    assert 1 <= reduction <= C
    assert k >= 1
    theta = fc2(relu(fc1(pooled(x))))
    delta = per_channel(residual(theta, normaliser), k, layout)
    return maximum(line(i, x, delta, lambdas, init_v, k) for i in range(k))


@activation(
    paper="2003.10027",
    module="DyReLUC",
    rank="conv_type",
    ties={"first": "of the k lines, in their order"},
)
def dyrelu_c(
    x: Any,
    fc1: Any = Dense("C", "C // reduction"),
    fc2: Any = Dense("C // reduction", "2 * k * C"),
    conv: Any = Conv("C", "1", rank="conv_type"),
    lambdas: Any = LAMBDAS,
    init_v: Any = INIT_V,
    *,
    reduction: int = 8,
    k: int = 2,
    conv_type: Literal["1d", "2d", "3d"] = "2d",
    normaliser: Literal["sigmoid", "hard_sigmoid"] = "sigmoid",
    layout: Literal["interleaved", "blocked"] = "interleaved",
    tau: float = 10.0,
    gamma: float = 0.3333333333333333,
    softmax_over: Literal["positions", "last_axis"] = "positions",
    attend: Literal["coefficients", "residual"] = "coefficients",
) -> Any:
    """The lines of DyReLU-B, weighted at each position by attention, min(gamma positions softmax(conv(x) / tau), 1).

    The paper takes the softmax over all positions and weights slopes and intercepts, so that zero weights give
    ReLU / 3. The published Paddle notebook takes it over the last spatial axis alone, softmax_over="last_axis", and
    weights the residuals, attend="residual", so that zero weights give ReLU; its checkpoints need both. The other
    options are those of DyReLU-B."""
    assert 1 <= reduction <= C
    assert k >= 1
    assert tau > 0
    theta = fc2(relu(fc1(pooled(x))))
    delta = per_channel(residual(theta, normaliser), k, layout)
    logits = conv(x) / tau
    weights = softmax(logits, softmax_over)
    attention = minimum(gamma * positions(x) * weights, 1)
    if attend == "residual":
        return maximum(line(i, x, delta, lambdas, init_v, k, attention) for i in range(k))
    return maximum(attention * line(i, x, delta, lambdas, init_v, k) for i in range(k))
