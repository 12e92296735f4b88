"""FReLU, the funnel activation."""

from typing import Any, Literal

from actzoo.language import Conv, Norm, activation, maximum


@activation(
    paper="2007.11824",
    module="FReLU",
    rank="conv_type",
    ties={"first": "of x and bn(conv(x)), in this order"},
)
def frelu(
    x: Any,
    conv: Any = Conv("C", "C", kernel="k", padding="k // 2", groups="C", bias="False", rank="conv_type"),
    bn: Any = Norm("C", rank="conv_type"),
    *,
    k: int = 3,
    conv_type: Literal["1d", "2d", "3d"] = "2d",
) -> Any:
    """Funnel activation: max(x, bn(conv(x))), with a depthwise convolution of odd size k around each position."""
    assert k >= 1 and k % 2 == 1
    condition = bn(conv(x))
    return maximum(x, condition)
