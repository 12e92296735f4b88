"""ACON, "activate or not": smooth forms of max(p1 x, p2 x) whose switch is learnt, and Meta-ACON, which predicts it."""

from typing import Any, Literal

from actzoo.language import (
    C,
    Conv,
    Norm,
    Normal,
    Param,
    activation,
    channelwise,
    formula,
    gated,
    sigmoid_gated,
    spatial_mean,
    where,
)
from actzoo.language import sigmoid as logistic

PER_CHANNEL = "1, C, 1, 1"


@formula
def switch(x: Any, upper: Any, lower: Any, beta: Any) -> Any:
    """A smooth maximum of upper x and lower x, with the switching factor beta."""
    # x by one weight, not a sum of two products: those may overflow, or be subnormal, where the result is not.
    difference = upper - lower
    switched = gated(x, beta * difference)
    closed = where(switched > 0, -switched, switched)
    part = sigmoid_gated(difference, closed)
    return gated(x, where(switched > 0, upper - part, lower + part))


@activation(paper="2009.04759", module="AconA")
def acon_a(x: Any, beta: Any = Param(PER_CHANNEL, init=1.0)) -> Any:
    """Smooth maximum of x and 0, swish with one beta for each channel: x sigmoid(beta x)."""
    return sigmoid_gated(x, channelwise(beta) * x)


@activation(paper="2009.04759", module="AconB")
def acon_b(x: Any, p: Any = Param(PER_CHANNEL, init=0.25), beta: Any = Param(PER_CHANNEL, init=1.0)) -> Any:
    """Smooth maximum of x and p x: (1 - p) x sigmoid(beta (1 - p) x) + p x.

    The paper gives no initial p; 0.25 as in PReLU."""
    return switch(x, 1, channelwise(p), channelwise(beta))


@activation(paper="2009.04759", module="AconC")
def acon_c(
    x: Any,
    p1: Any = Param(PER_CHANNEL, init=Normal()),
    p2: Any = Param(PER_CHANNEL, init=Normal()),
    beta: Any = Param(PER_CHANNEL, init=1.0),
) -> Any:
    """Smooth maximum of p1 x and p2 x: (p1 - p2) x sigmoid(beta (p1 - p2) x) + p2 x."""
    return switch(x, channelwise(p1), channelwise(p2), channelwise(beta))


@activation(paper="2009.04759", module="MetaAconC", rank="conv_type")
def meta_acon_c(
    x: Any,
    p1: Any = Param(PER_CHANNEL, init=Normal()),
    p2: Any = Param(PER_CHANNEL, init=Normal()),
    fc1: Any = Conv("C", "max(r, C // r)", rank="conv_type"),
    bn1: Any = Norm("max(r, C // r)", kind="norm_layer", rank="conv_type", when="norm_layer is not None"),
    fc2: Any = Conv("max(r, C // r)", "C", rank="conv_type"),
    bn2: Any = Norm("C", kind="norm_layer", rank="conv_type", when="norm_layer is not None"),
    *,
    r: int = 16,
    norm_layer: str | None = "batch_norm",
    conv_type: Literal["1d", "2d", "3d"] = "2d",
) -> Any:
    """ACON-C whose switching factor is predicted, per channel, from the whole input:
    beta = sigmoid(bn2(fc2(bn1(fc1(mean of x))))). norm_layer=None leaves the norms out, as YOLOv5 does."""
    assert r >= 1
    assert C >= 1
    context = spatial_mean(x)
    if norm_layer is not None:
        context = bn2(fc2(bn1(fc1(context))))
    else:
        context = fc2(fc1(context))
    return switch(x, channelwise(p1), channelwise(p2), logistic(context))
