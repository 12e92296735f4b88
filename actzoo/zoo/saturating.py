"""Activations of one number that saturate, on one side or on both."""

from typing import Any

from actzoo.language import activation, clip, expm1, gated, where
from actzoo.language import softplus as log1p_exp

SELU_SCALE = 1.0507009873554805
SELU_SLOPE = 1.7580993408473766
"""Scale times alpha, the slope to the left of 0."""
LARGE = 1024.0
"""A factor that keeps numbers within the normal range until they are added up."""


@activation(module="LogSigmoid", differences={"paddle": "F.log_sigmoid(-inf) is NaN there"})
def log_sigmoid(x: Any) -> Any:
    """Logarithm of the logistic function: log(1 / (1 + exp(-x))) = -softplus(-x)."""
    return -log1p_exp(-x)


@activation(
    paper="1704.07483",
    module="CELU",
    differences={
        "torch": "the derivative at NaN is NaN or 1 there, by its place in the array",
        "paddle": "the derivative is NaN from 88.73 up there (for alpha 1), and tiny negative x give 0",
        "flax": "the derivative loses all accuracy in the left tail there",
    },
)
def celu(x: Any, *, alpha: float = 1.0) -> Any:
    """Continuously differentiable exponential linear unit: x above 0, alpha (exp(x / alpha) - 1) elsewhere."""
    assert alpha > 0
    # Next to 0, where x / alpha may be below the normal range, by the first two terms of the series.
    scaled = where(x > 0, 0, x) / alpha
    return where(scaled > -1e-20, x * (1 + scaled / 2), alpha * expm1(scaled))


@activation(
    paper="1706.02515",
    module="SELU",
    kinks={"0": ("0", repr(SELU_SLOPE))},
    differences={
        "torch": "the derivative at NaN is NaN or the scale there, by its place in the array",
        "paddle": "tiny negative x give 0 there; the derivative at NaN is the scale",
        "flax": "the derivative loses all accuracy in the left tail there",
    },
)
def selu(x: Any) -> Any:
    """Scaled exponential linear unit, which keeps mean 0 and variance 1: scale times x above 0, alpha (exp(x) - 1)
    elsewhere, with scale 1.0507 and alpha 1.6733."""
    negative = where(x > 0, 0, x)
    return where(x > 0, SELU_SCALE * x, SELU_SLOPE * expm1(negative))


@activation(module="Softsign", differences=dict.fromkeys(("torch", "paddle", "flax"), "NaN at -inf and inf there"))
def softsign(x: Any) -> Any:
    """Rational sigmoid: x / (1 + |x|)."""
    # From 1 up as 1 - 1 / (1 + |x|), whose limit and whose derivatives are no inf / inf and no difference of equals.
    size = where(x < 0, -x, x)
    rest = LARGE / (1 + size)
    return where(size < 1, gated(x, rest), where(x < 0, rest - LARGE, LARGE - rest)) / LARGE


@activation(
    module="Hardtanh",
    kinks={"min_val": ("min_val", "0"), "max_val": ("max_val", "0")},
    nan_slope="0",
    differences={
        "torch": "the derivative at NaN is 0 or 1 there, by its place in the array",
        "flax": "no limits but -1 and 1 there, and the derivative at both and at NaN is 1",
    },
    in_place="True",
)
def hard_tanh(x: Any, *, min_val: float = -1.0, max_val: float = 1.0) -> Any:
    """Piecewise linear tanh: x held between min_val and max_val."""
    assert min_val < max_val
    return clip(x, min_val, max_val)
