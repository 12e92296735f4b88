"""Activations of one number that draw it towards 0."""

from typing import Any

from actzoo.language import activation, where
from actzoo.language import tanh as hyperbolic_tangent


@activation(
    module="Softshrink",
    kinks={"-lambd": ("0", "0"), "lambd": ("0", "0")},
    nan_slope="1",
    differences={
        "torch": "the derivative at NaN is 0 or 1 there, by its place in the array",
        "paddle": "NaN at -inf and inf there; lambd is called threshold",
    },
)
def softshrink(x: Any, *, lambd: float = 0.5) -> Any:
    """Soft threshold: x nearer to 0 by lambd, and 0 from -lambd to lambd."""
    assert lambd >= 0
    return where(x > lambd, x - lambd, where(x >= -lambd, 0, x + lambd))


@activation(
    module="Hardshrink",
    kinks={"-lambd": ("0", "0"), "lambd": ("0", "0")},
    nan_slope="1",
    differences={
        "torch": "the derivative at NaN is 0 or 1 there, by its place in the array",
        "paddle": "at -lambd and lambd the value is x and the derivative 1 there; lambd is called threshold",
    },
    in_place="True",
)
def hard_shrink(x: Any, *, lambd: float = 0.5) -> Any:
    """Hard threshold: x, and 0 from -lambd to lambd."""
    assert lambd >= 0
    return where(x > lambd, x, where(x >= -lambd, 0, x))


@activation(
    module="Tanhshrink",
    differences={
        "torch": "the value and the derivative lose all digits near 0 there",
        "paddle": "the value and the derivative lose all digits near 0 there",
    },
)
def tanh_shrink(x: Any) -> Any:
    """Soft threshold without an edge: x - tanh(x), which is x^3 / 3 near 0."""
    # Below 1 the two are near to each other: by Lambert's continued fraction for tanh, to its tenth term.
    inside = where(x < 0, -x, x) < 1
    near = where(inside, x, 0)
    w = near**2
    above = 218243025 + w * (16081065 + w * (289575 + w * (1430 + w)))
    below = 654729075 + w * (310134825 + w * (18918900 + w * (315315 + w * (1485 + w))))
    return where(inside, near * w * above / below, x - hyperbolic_tangent(x))
