"""What a reference expects: value and gradients, each with a bound. Knows no framework.

Two kinds of bound. A module's is running error analysis. An element-wise function has a sharper
one, pointwise: k units in the last place of the result, and of each input carried through the true
derivative. Its first derivative likewise, with the second derivative carrying the input.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._bind import STATISTICS, Prefixes, bind_arguments
from ._registry import find_reference
from .arithmetic import ErrorCarrying, Node
from .arithmetic._formats import DOUBLE_UNIT

Array = NDArray[Any]

FAR = 2.0**200
"""Stands in for infinity: the limit of a function is what it is here."""

BEYOND = 2.0**100
"""What a limit has to exceed to be infinite."""


@dataclass(frozen=True)
class Expected:
    """Value and gradients in float64, with the bounds for a computation in `dtype`.

    `gradients` has "x" and the state keys. `ambiguous` counts comparisons that rounding may turn
    round, where either branch's gradient is within the bound.
    """

    value: Array
    value_bound: Array
    gradients: dict[str, tuple[Array, Array]]
    ambiguous: int
    dtype: str


def evaluate(
    activation: str | Callable[..., Any],
    inputs: Mapping[str, Array],
    parts: Mapping[str, Array],
    options: Mapping[str, Any],
    *,
    dtype: Any,
    cotangent: Array,
    training: bool = False,
    elementwise: bool = False,
    constants: frozenset[str] = frozenset(),
    layers: Prefixes | None = None,
) -> Expected:
    """What an activation should compute from numbers of `dtype`.

    `inputs` has "x" (N, C, *S) and any further inputs that are not learnt, such as "noise".
    `parts` is the state, by torch's keys; `constants` are the keys that are not learnt. `layers`
    says under which prefix of the keys a part lies if not under its own name: {"fc1": "mlp.fc1",
    "conv": ["gather.conv1"]}. Of `options` those are used that the reference names. `cotangent` is
    the adjoint of the value. An infinite x of an element-wise function means the limit there; the
    gradient where x is NaN is NaN. A key no part claims, and a part without a key, is a ValueError.
    """
    function = _find(activation)
    m = ErrorCarrying(dtype)
    if "x" not in inputs:
        raise ValueError(f"inputs have no 'x', only {', '.join(map(repr, inputs)) or 'nothing'}")
    given = np.asarray(inputs["x"], np.float64)
    infinite = np.isinf(given) if elementwise else np.zeros(given.shape, np.bool_)
    x = m.leaf(np.where(infinite, np.copysign(FAR, given), given))
    others = {name: m.leaf(value) for name, value in inputs.items() if name != "x"}
    learnt = {key: key not in constants and key.rpartition(".")[2] not in STATISTICS for key in parts}
    state = {
        key: m.leaf(value) if learnt[key] else m.lift(value)
        for key, value in parts.items()
        if np.asarray(value).dtype.kind not in "iub"  # counters, such as num_batches_tracked
    }
    leaves = {"x": x} | {key: node for key, node in state.items() if node.tracked}
    arguments = bind_arguments(function, others, state, options, training, layers or {})

    with np.errstate(all="ignore"):
        y = m.lift(function(m, x, **arguments))
        cotangent = np.asarray(cotangent, np.float64)
        if elementwise:
            return _pointwise(m, y, leaves, cotangent, infinite)
        adjoints = m.gradients(y, list(leaves.values()), cotangent)
        return Expected(
            value=y.value,
            value_bound=y.bound,
            gradients={key: (g.value, g.bound) for key, g in zip(leaves, adjoints, strict=True)},
            ambiguous=sum(int(mask.sum()) for mask in m.ambiguous),
            dtype=m.format.name,
        )


def _pointwise(m: ErrorCarrying, y: Node, leaves: Mapping[str, Node], cotangent: Array, infinite: Array) -> Expected:
    x = leaves["x"]
    if y.shape != x.shape:
        raise ValueError(f"not element-wise: x has shape {x.shape}, the result {y.shape}")
    form, k = m.format, m.format.ulps
    doubtful = np.zeros(y.shape, np.bool_)
    for mask in m.ambiguous:
        doubtful |= mask
    units = {key: form.reach(leaf.value) for key, leaf in leaves.items()}
    units["x"][infinite] = 0.0

    ones = m.leaf(np.ones(y.shape))
    (slope,) = m.gradients(y, [x], ones, record=True)
    value_bound = k * (form.reach(y.value) + _carried(m, y, leaves, units))
    slope_bound = k * (form.reach(slope.value) + _carried(m, slope, leaves, units))
    value_bound += _own_error(m, y, doubtful)
    slope_bound += _own_error(m, slope, doubtful)

    gradient = np.where(np.isnan(x.value), np.nan, slope.value * cotangent)
    gradient_bound = slope_bound * np.abs(cotangent) + form.reach(gradient)
    gradients = {"x": (_limit(gradient, infinite), gradient_bound)}
    keys = [key for key in leaves if key != "x"]
    adjoints = m.gradients(y, [leaves[key] for key in keys], cotangent)
    for key, adjoint in zip(keys, adjoints, strict=True):
        gradients[key] = (_limit(adjoint.value, infinite.any()), adjoint.bound)
    return Expected(
        value=_limit(y.value, infinite),
        value_bound=value_bound,
        gradients=gradients,
        ambiguous=int(doubtful.sum()),
        dtype=form.name,
    )


def _carried(m: ErrorCarrying, output: Node, leaves: Mapping[str, Node], units: Mapping[str, Array]) -> Array:
    """The sum over inputs of |d output / d input| times a unit, at each point.

    A derivative along a direction, from two reverse ones: the adjoint of an input is linear in that
    of the output, so its own derivative is the other product.
    """
    total = np.zeros(output.shape)
    for key, leaf in leaves.items():
        seed = m.leaf(np.ones(output.shape))
        (adjoint,) = m.gradients(output, [leaf], seed, record=True)
        (along,) = m.gradients(adjoint, [seed], units[key])
        total += np.abs(along.value)
    return total


def _own_error(m: ErrorCarrying, node: Node, doubtful: Array) -> Array:
    """What the reference may be off by itself; where a branch is in doubt, what anybody may."""
    share = DOUBLE_UNIT / (m.format.unit + DOUBLE_UNIT)
    return np.asarray(node.bound * np.where(doubtful, 1.0, share))


def _limit(values: Array, infinite: Any) -> Array:
    return np.where(infinite & (np.abs(values) >= BEYOND), np.copysign(np.inf, values), values)


def _find(activation: str | Callable[..., Any]) -> Callable[..., Any]:
    if not isinstance(activation, str):
        return activation
    found = find_reference(activation)
    if found is None:
        raise ValueError(f"no reference {activation!r}; write one, @reference({activation!r})")
    return found
