"""Activations whose formulas hand numbers to primitives."""

from typing import Any

from actzoo.language import activation, clip, gated, maximum, minimum


@activation(nan_slope="1")
def above(x: Any) -> Any:
    """max(x, 0)."""
    return maximum(x, 0)


@activation(nan_slope="0")
def above_too(x: Any) -> Any:
    """max(0, x)."""
    return maximum(0, x)


@activation(nan_slope="0")
def below(x: Any) -> Any:
    """min(1, x)."""
    return minimum(1, x)


@activation
def clipped_gate(x: Any) -> Any:
    """x clip(x + 2, 0, 2) / 2."""
    return gated(x, clip(x + 2, 0, 2) / 2)


@activation
def linear_gate(x: Any, *, k: float = 2.0) -> Any:
    """k x^2."""
    return gated(x, k * x)
