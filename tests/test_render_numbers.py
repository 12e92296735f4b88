"""Numbers among the arguments of primitives: an own activation may write them, and they render in every framework."""

from typing import Any

import numpy as np
import pytest

from actzoo.language import Spec, SpecError, activation, clip, exp, gated, maximum, minimum, where
from actzoo_parity._cases import case
from actzoo_parity._frameworks import run
from actzoo_parity._judge import judge
from actzoo_parity._self import self_reference
from actzoo_parity.run import expect


@activation
def above(x: Any) -> Any:
    """max(x, 0)."""
    return maximum(x, 0)


@activation
def above_too(x: Any) -> Any:
    """max(0, x)."""
    return maximum(0, x)


@activation
def below(x: Any) -> Any:
    """min(1, x)."""
    return minimum(1, x)


@activation
def clipped_gate(x: Any) -> Any:
    """x clip(x + 2, 0, 2) / 2."""
    return gated(x, clip(x + 2, 0, 2) / 2)


@activation
def linear_gate(x: Any, *, k: float = 0.5) -> Any:
    """k x^2."""
    return gated(x, k * x)


OWN = [above, above_too, below, clipped_gate, linear_gate]


@pytest.mark.parametrize("framework", ["torch", "paddle", "flax", "linen"])
@pytest.mark.parametrize("spec", OWN, ids=lambda s: s.name)
def test_numbers_render(spec: Spec, framework: str) -> None:
    x = np.linspace(-4, 4, 4 * 3 * 5 * 5, dtype=np.float32).reshape(4, 3, 5, 5)
    drawn = case(spec, {}, "line", x, False)
    expected = expect(drawn, self_reference(spec))
    for _, actual in run(framework, drawn):
        assert judge(expected, actual).passed


def numbers_alone(x: Any) -> Any:
    """x e."""
    return x * exp(1)


def branches_alone(x: Any) -> Any:
    """A step."""
    return where(x > 0, 1, 0)


def tensor_limits(x: Any) -> Any:
    """x held between its own values."""
    return clip(x, -x, x)


@pytest.mark.parametrize(
    ("function", "says"),
    [
        pytest.param(numbers_alone, "'exp' of numbers alone", id="numbers"),
        pytest.param(branches_alone, "'where' of numbers alone", id="branches"),
        pytest.param(tensor_limits, "the limits of 'clip'", id="limits"),
    ],
)
def test_refused(function: Any, says: str) -> None:
    with pytest.raises(SpecError, match=says):
        activation(function)
