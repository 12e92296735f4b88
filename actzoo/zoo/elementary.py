"""Activations of one number: no parameters, every position by itself."""

from typing import Any, Literal

from actzoo.language import (
    Noise,
    Param,
    activation,
    channelwise,
    clip,
    exp,
    exp_gated,
    expm1,
    gated,
    normal_gated,
    sigmoid_gated,
    training,
    where,
)
from actzoo.language import sigmoid as logistic
from actzoo.language import softplus as log1p_exp
from actzoo.language import tanh as hyperbolic_tangent

SQRT_8_OVER_PI = 1.5957691216057308
DRAWN_OR_MEAN = "lower + (upper - lower) * noise if training else (lower + upper) / 2"


@activation(
    module="ReLU",
    kinks={"0": ("0", "0")},
    nan_slope="1",
    differences={
        "paddle": "relu(NaN) is 0 there, NaN here; the derivative at NaN is 0",
        "flax": "the derivative at NaN is 0 there",
    },
    in_place="True",
)
def relu(x: Any) -> Any:
    """Rectified linear unit: max(x, 0)."""
    return where(x <= 0, 0, x)


@activation(
    module="ReLU6",
    kinks={"0": ("0", "0"), "6": ("6", "0")},
    nan_slope="0",
    differences={"torch": "the derivative at NaN is 0 or 1 there, by its place in the array"},
    in_place="True",
)
def relu6(x: Any) -> Any:
    """Rectified linear unit held at 6: min(max(x, 0), 6)."""
    return clip(x, 0, 6)


@activation(
    module="LeakyReLU",
    kinks={"0": ("0", "negative_slope")},
    nan_slope="negative_slope",
    differences={
        "paddle": "the derivative at 0 is 1 there, and at NaN 0",
        "flax": "the derivative at 0 is 1 there",
    },
    in_place="negative_slope >= 0",
)
def leaky_relu(x: Any, *, negative_slope: float = 0.01) -> Any:
    """Rectified linear unit with a small slope below 0: x above 0, negative_slope x elsewhere."""
    return where(x > 0, x, negative_slope * x)


@activation(
    paper="1502.01852",
    module="PReLU",
    kinks={"0": ("0", "weight")},
    nan_slope="weight",
    differences={
        "torch": "the argument for the initial value is called init there, weight here",
        "paddle": "the parameter is called _weight there",
        "flax": "one slope for all channels there, called negative_slope, 0.01 at first; the derivative at 0 is 1",
    },
)
def prelu(
    x: Any,
    weight: Any = Param("num_parameters", init=0.25, given=True),
    *,
    num_parameters: int = 1,
) -> Any:
    """Rectified linear unit whose slope below 0 is learnt, one for all channels or one for each: x above 0,
    weight x elsewhere."""
    assert num_parameters >= 1
    slope = channelwise(weight)
    return where(x > 0, x, slope * x)


@activation(
    paper="1505.00853",
    module="RReLU",
    kinks={"0": ("0", DRAWN_OR_MEAN)},
    nan_slope=DRAWN_OR_MEAN,
    differences={
        "paddle": "F.rrelu trains by default there; the function does not here. The derivative at 0 and at NaN is 1"
    },
)
def rrelu(x: Any, noise: Any = Noise(), *, lower: float = 0.125, upper: float = 0.3333333333333333) -> Any:
    """Rectified linear unit whose slope below 0 is drawn for each element in training, lower + (upper - lower) noise,
    and their mean in evaluation."""
    assert 0 <= lower <= upper
    if training:
        slope = lower + (upper - lower) * noise
        return where(x > 0, x, slope * x)
    return where(x > 0, x, (lower + upper) / 2 * x)


@activation(differences={"flax": "the derivative loses all accuracy in the left tail there, as in torch and Paddle"})
def sigmoid(x: Any) -> Any:
    """Logistic function: 1 / (1 + exp(-x))."""
    return logistic(x)


@activation(paper="1905.02244", kinks={"-3": ("0", "0"), "3": ("1", "0")}, nan_slope="0")
def hard_sigmoid(x: Any) -> Any:
    """Piecewise linear logistic function: relu6(x + 3) / 6."""
    return clip(x + 3, 0, 6) / 6


@activation(differences={"torch": "the derivative is 0 from 9 up in float32 there, as in Paddle and Flax; exact here"})
def tanh(x: Any) -> Any:
    """Hyperbolic tangent: (exp(x) - exp(-x)) / (exp(x) + exp(-x))."""
    return hyperbolic_tangent(x)


@activation(
    differences={
        "torch": "the function is cut off at 20 there, where the result is x",
        "paddle": "softplus(-17) is 0 there",
        "flax": "no beta there",
    }
)
def softplus(x: Any, *, beta: float = 1.0) -> Any:
    """Smooth rectified linear unit: log(1 + exp(beta x)) / beta."""
    assert beta > 0
    # Above 0 as x and a rest, since beta x may overflow.
    decay = where(x > 0, -beta * x, beta * x)
    rest = log1p_exp(decay) / beta
    return where(x > 0, x + rest, rest)


@activation(
    paper="1710.05941",
    differences={
        "torch": "SiLU, with beta 1 only; NaN at -inf there, 0 here",
        "paddle": "F.silu has the gradient -inf at -88 there, NaN below",
        "flax": "silu(-89) is 0 there",
    },
)
def swish(x: Any, beta: Any = Param("1", init=1.0, given=True, learnt="learnable"), *, learnable: bool = False) -> Any:
    """Self-gated unit, SiLU for beta 1: x sigmoid(beta x); beta is fixed or learnt."""
    slope = channelwise(beta)
    return sigmoid_gated(x, slope * x)


@activation(
    paper="1905.02244",
    kinks={"-3": ("0", "0"), "3": ("3", "1")},
    differences={"paddle": "the gradient at +-inf is NaN there"},
)
def hard_swish(x: Any) -> Any:
    """Piecewise quadratic swish: x relu6(x + 3) / 6."""
    return where(x <= -3, 0, where(x >= 3, x, x * (x + 3) / 6))


@activation(paper="1908.08681", differences={"paddle": "0 from -16.6 down there", "torch": "NaN at -inf there, 0 here"})
def mish(x: Any) -> Any:
    """Smooth and non-monotone, unbounded above: x tanh(softplus(x))."""
    # With e = exp(-|x|), tanh(softplus(x)) is 1 - 2 e^2 / (1 + 2 e (1 + e)) above 0, and below it is
    # e (2 + e) / (2 + e (2 + e)): neither cancels in its tail, nor when it is differentiated.
    decay = where(x > 0, -x, x)
    e = exp(decay)
    above = gated(x, 1 - 2 * e**2 / (1 + 2 * e * (1 + e)))
    below = exp_gated(x, decay) * (2 + e) / (2 + e * (2 + e))
    return where(x > 0, above, below)


@activation(
    paper="1606.08415",
    module="GELU",
    differences={
        "torch": "the exact form loses its left tail there (0 from -5.5 in float32)",
        "paddle": "the exact form loses its left tail there",
        "flax": "approximate=True is the default there",
    },
)
def gelu(x: Any, *, approximate: Literal["none", "tanh"] = "none") -> Any:
    """Gaussian error linear unit: x times the normal distribution function of x; "tanh" approximates that."""
    if approximate == "tanh":
        # (1 + tanh(u)) / 2 is sigmoid(2u), which keeps the tail. Beyond 30 both are 0 or 1 in every precision.
        bounded = clip(x, -30, 30)
        return sigmoid_gated(x, SQRT_8_OVER_PI * bounded * (1 + 0.044715 * bounded**2))
    held = clip(x, -60, 60)  # beyond, x Phi(x) is 0 or x in every precision
    return normal_gated(x, held)


@activation(
    paper="1511.07289",
    module="ELU",
    kinks={"0": ("0", "alpha")},
    differences={"paddle": "tiny negative x give 0 there"},
)
def elu(x: Any, *, alpha: float = 1.0) -> Any:
    """Exponential linear unit: x above 0, alpha (exp(x) - 1) elsewhere."""
    negative = where(x > 0, 0, x)
    return where(x > 0, x, alpha * expm1(negative))
