"""Activations of one number that draw it towards 0."""

from typing import Any

from actzoo.language import activation, where


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
)
def hard_shrink(x: Any, *, lambd: float = 0.5) -> Any:
    """Hard threshold: x, and 0 from -lambd to lambd."""
    assert lambd >= 0
    return where(x > lambd, x, where(x >= -lambd, 0, x))
