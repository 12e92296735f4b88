"""What a reference expects: value and gradients, each with a bound. Knows no framework.

Two kinds of bound. A module's is running error analysis. An element-wise function has a sharper
one, pointwise: k units in the last place of the result, and of each input carried through the true
derivative. Its derivatives likewise, with the next derivative carrying the input.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from actzoo.policies import KEPT

from ._bind import STATISTICS, Prefixes, bind_arguments
from ._registry import find_reference
from .arithmetic import ErrorCarrying, Node

Array = NDArray[Any]

FAR = 2.0**200
"""Stands in for infinity: the limit of a function is what it is here."""

BEYOND = 2.0**100
"""What a limit has to exceed to be infinite; less than its reciprocal is 0."""


@dataclass(frozen=True)
class Bounded:
    """An array, and how far a right result may be from it, element by element.

    The numbers are float64, or longer where float64 is judged by longer ones: subtract before you round.
    """

    value: Array
    bound: Array


@dataclass(frozen=True)
class Expected:
    """What a computation in `dtype` should come to, each output with its bound.

    outputs    by name: "value", "gradient of x", "gradient of fc1.weight", "second derivative", "tangent",
               "updated bn.running_mean"
    ambiguous  how many comparisons rounding may turn round, where either branch's gradient is within the bound
    x          the input of an element-wise function
    """

    outputs: Mapping[str, Bounded]
    ambiguous: int
    dtype: str
    x: Array | None = None

    @property
    def value(self) -> Array:
        return self.outputs["value"].value

    @property
    def value_bound(self) -> Array:
        return self.outputs["value"].bound

    @property
    def gradients(self) -> dict[str, tuple[Array, Array]]:
        """Gradient and bound by "x" and the state keys."""
        found = {name: each for name, each in self.outputs.items() if name.startswith(GRADIENT)}
        return {name.removeprefix(GRADIENT): (each.value, each.bound) for name, each in found.items()}


GRADIENT = "gradient of "


def evaluate(
    activation: str | Callable[..., Any],
    inputs: Mapping[str, Array],
    parts: Mapping[str, Array],
    options: Mapping[str, Any],
    *,
    dtype: Any,
    cotangent: Array,
    direction: Array | None = None,
    directions: Mapping[str, Array] | None = None,
    outputs: Collection[str] = ("gradients",),
    training: bool = False,
    elementwise: bool = False,
    nan_slope: Array | float = math.nan,
    constants: frozenset[str] = frozenset(),
    layers: Prefixes | None = None,
) -> Expected:
    """What an activation should compute from numbers of `dtype`.

    `inputs` has "x" (N, C, *S) and any further inputs that are not learnt, such as "noise".
    `parts` is the state, by torch's keys; `constants` are the keys that are not learnt. `layers`
    says under which prefix of the keys a part lies if not under its own name: {"fc1": "mlp.fc1",
    "conv": ["gather.conv1"]}. Of `options` those are used that the reference names. `cotangent` is
    the adjoint of the value, `direction` a tangent of x (by default ones), `directions` tangents of
    what is learnt (by default zeros).

    `outputs` are any of "gradients" (of x and what is learnt), "gradient" (of x alone), "second" (the
    gradient's derivative along `direction`; of an element-wise function f''), "tangent" (the value's),
    "updates" (the running statistics after a step of training).

    An infinite x of an element-wise function means the limit there; where x is NaN, the derivative is
    `nan_slope` and the second one anything. A key no part claims, and a part without a key, is a ValueError.
    """
    function = _find(activation)
    m = ErrorCarrying(dtype, pointwise=elementwise)
    if "x" not in inputs:
        raise ValueError(f"inputs have no 'x', only {', '.join(map(repr, inputs)) or 'nothing'}")
    given = np.asarray(inputs["x"], np.float64)
    infinite = np.isinf(given) if elementwise else np.zeros(given.shape, np.bool_)
    finite = {**inputs, "x": np.where(infinite, np.copysign(FAR, given), given)}
    learnt = {key: key not in constants and key.rpartition(".")[2] not in STATISTICS for key in parts}
    parts = {k: v for k, v in parts.items() if np.asarray(v).dtype.kind not in "iub"}  # no counters of batches

    def computed(m: ErrorCarrying) -> tuple[Node, dict[str, Node], dict[str, Node]]:
        """The value, what it is differentiated by, and the whole state."""
        given = {name: m.leaf(value) for name, value in finite.items()}
        state = {key: m.leaf(value) if learnt[key] else m.lift(value) for key, value in parts.items()}
        x = given.pop("x")
        y = m.lift(function(m, x, **bind_arguments(function, given, state, options, training, layers or {})))
        return y, {"x": x} | {key: node for key, node in state.items() if node.tracked}, state

    cotangent = np.asarray(cotangent, m.working)
    direction = np.ones(given.shape) if direction is None else np.asarray(direction, m.working)
    with np.errstate(all="ignore"):
        y, leaves, state = computed(m)
        if elementwise:
            found = _pointwise(m, y, leaves, cotangent, direction, infinite, nan_slope, outputs)
            if "gradients" in outputs and len(leaves) > 1:
                # Sums over all points, so their bounds are those of a module.
                sums = ErrorCarrying(dtype)
                y, leaves, _ = computed(sums)
                adjoints = sums.gradients(y, list(leaves.values())[1:], np.asarray(cotangent, sums.working))
                for key, adjoint in zip(list(leaves)[1:], adjoints, strict=True):
                    found[GRADIENT + key] = (_unbounded(adjoint.value, infinite.any()), adjoint.bound)
            if "tangent" in outputs and directions:
                sums = ErrorCarrying(dtype)
                y, leaves, _ = computed(sums)
                value, bound = found["tangent"]
                along = _along(sums, y, leaves, cotangent, directions)
                found["tangent"] = (value + along.value, bound + along.bound + sums.format.spacing(value + along.value))
        else:
            found = _module(m, y, leaves, cotangent, {"x": direction, **(directions or {})}, outputs)
        if "updates" in outputs:
            found |= _updates(m, state)
        ambiguous = np.zeros(y.shape, np.bool_)
        for mask in m.ambiguous:
            ambiguous = ambiguous | mask if elementwise else ambiguous
    return Expected(
        outputs={name: Bounded(value, _rounded(bound)) for name, (value, bound) in found.items()},
        ambiguous=int(ambiguous.sum()) if elementwise else sum(int(mask.sum()) for mask in m.ambiguous),
        dtype=m.format.name,
        x=given if elementwise else None,
    )


Outputs = dict[str, tuple[Array, Array]]


def _module(
    m: ErrorCarrying,
    y: Node,
    leaves: Mapping[str, Node],
    cotangent: Array,
    directions: Mapping[str, Array],
    outputs: Collection[str],
) -> Outputs:
    """Every output with the bound of running error analysis."""
    x = leaves["x"]
    found = {"value": (y.value, y.bound)}
    wanted = leaves if "gradients" in outputs else {"x": x} if "gradient" in outputs else {}
    adjoints = m.gradients(y, list(wanted.values()), cotangent)
    found |= {GRADIENT + key: (g.value, g.bound) for key, g in zip(wanted, adjoints, strict=True)}
    if "second" in outputs:
        (adjoint,) = m.gradients(y, [x], cotangent, record=True)
        (second,) = m.gradients(adjoint, [x], directions["x"])
        found["second derivative"] = (second.value, second.bound)
    if "tangent" in outputs:
        along = _along(m, y, leaves, cotangent, directions)
        found["tangent"] = (along.value, along.bound)
    return found


def _along(
    m: ErrorCarrying, y: Node, leaves: Mapping[str, Node], cotangent: Array, directions: Mapping[str, Array]
) -> Node:
    """The value's derivative along directions of its leaves: their adjoints are linear in that of y."""
    seed = m.leaf(cotangent)
    keys = [key for key in leaves if key in directions]
    adjoints = m.gradients(y, [leaves[key] for key in keys], seed, record=True)
    shares = [m.gradients(g, [seed], directions[key])[0] for key, g in zip(keys, adjoints, strict=True)]
    return functools.reduce(m.add, shares)


ADDED = round(1 - KEPT, 12)
"""The share of the batch in a running statistic."""

UNBIASED = " (unbiased)"


def _updates(m: ErrorCarrying, state: Mapping[str, Node]) -> Outputs:
    """Running statistics after the step, the variance both ways: which one a framework keeps is its policy."""
    found: Outputs = {}
    for layer, mean, variance, count in m.statistics:
        batch = {
            "running_mean": {"": mean},
            "running_var": {"": variance, UNBIASED: variance * count / max(count - 1, 1)},
        }
        for field, kinds in batch.items():
            old = getattr(layer, field)
            key = next(key for key, node in state.items() if node is old)
            for kind, new in kinds.items():
                updated = old * KEPT + new.reshape(old.shape) * ADDED
                found[f"updated {key}{kind}"] = (updated.value, updated.bound)
    return found


def _pointwise(
    m: ErrorCarrying,
    y: Node,
    leaves: Mapping[str, Node],
    cotangent: Array,
    direction: Array,
    infinite: Array,
    nan_slope: Array | float,
    outputs: Collection[str],
) -> Outputs:
    x = leaves["x"]
    if y.shape != x.shape:
        raise ValueError(f"not element-wise: x has shape {x.shape}, the result {y.shape}")
    form, k = m.format, m.format.ulps
    units = {key: form.reach(leaf.value, k) for key, leaf in leaves.items()}
    units["x"][infinite] = 0.0

    wanted: dict[str, tuple[int, tuple[Any, ...]]] = {"value": (0, ())}  # the order of the derivative, and its factors
    if "gradient" in outputs or "gradients" in outputs:
        wanted["gradient of x"] = (1, (cotangent,))
    if "tangent" in outputs:
        wanted["tangent"] = (1, (direction,))
    if "second" in outputs:
        wanted["second derivative"] = (2, (cotangent, direction))
    derivatives, carried = [y], []
    last = max(order for order, _ in wanted.values())
    for order in range(last + 1):
        derivative, effect = _carried(m, derivatives[-1], leaves, units, bounds=order < last)
        derivatives.append(derivative)
        carried.append(effect)

    doubtful = np.zeros(y.shape, np.bool_)
    for mask in m.ambiguous:
        doubtful |= mask
    nan, found = np.isnan(x.value), {}
    for name, (order, factors) in wanted.items():
        factor = math.prod(factors, start=1.0)
        exact = _limit(derivatives[order].value, infinite)
        own = _own_error(m, derivatives[order], doubtful)
        beside = np.asarray(carried[order] + own)
        beside[infinite & (exact == 0)] = 0.0
        if order and nan.any():
            exact = np.where(nan, nan_slope if order == 1 else 0.0, exact)
            beside = np.where(nan, 0.0 if order == 1 else np.inf, beside)
        if name == "tangent" and len(leaves) > 1:  # there is no saying what 0 of a learnt tensor times infinity is
            beside = np.where(infinite | nan, np.inf, beside)
        value = exact * factor
        either = np.where(doubtful & np.isfinite(own), np.abs(value) + own * np.abs(factor), value)
        bound = k * form.spacing(either) + beside * np.abs(factor)
        # A derivative that is flushed takes its product with it; one that is not may lose the product, of all factors
        # or of the one that is multiplied first.
        flushed = form.may_flush(exact) | form.may_flush(value)
        for first in factors:
            flushed |= form.may_flush(exact * first)
        lost = np.where(flushed, np.abs(value), 0.0)
        if order == 2:  # of terms that are subnormal one may be flushed and another not
            lost = np.maximum(lost, np.where(form.may_flush(exact), form.flushed * np.abs(factor), 0.0))
        found[name] = (value, bound + lost)
    return found


def _carried(
    m: ErrorCarrying, output: Node, leaves: Mapping[str, Node], units: Mapping[str, Array], bounds: bool
) -> tuple[Node, Array]:
    """The derivative by x, and the sum over inputs of |d output / d input| times a unit, at each point.

    x has the output's shape, so its adjoint is the derivative. An input that is repeated to that shape
    has a sum for an adjoint. That is linear in the adjoint of the output, and its derivative by it,
    along the units, is the other product.
    """
    seed = m.leaf(np.ones(output.shape))
    record = bounds or len(leaves) > 1
    found = m.gradients(output, list(leaves.values()), seed, record=record, bounds=bounds)
    adjoints = dict(zip(leaves, found, strict=True))
    effect = np.abs(adjoints["x"].value) * units["x"]
    for key in leaves:
        if key != "x":
            (along,) = m.gradients(adjoints[key], [seed], units[key], bounds=False)
            effect = effect + np.abs(along.value)
    return adjoints["x"], effect


def _own_error(m: ErrorCarrying, node: Node, doubtful: Array) -> Array:
    """What the reference may be off by itself; where a branch is in doubt, what anybody may."""
    return np.asarray(node.bound * np.where(doubtful, 1.0, m.own_share))


def _rounded(bound: Array) -> Array:
    """A bound in float64, not below what it was, which matters where float64 is subnormal and a bound few of its units.

    Where it is infinite anything is right, so a finite one stays finite.
    """
    if bound.dtype == np.float64:
        return bound
    rounded = np.where(np.isinf(bound), bound, np.minimum(bound, np.finfo(np.float64).max)).astype(np.float64)
    return np.where(rounded < bound, np.nextafter(rounded, np.finfo(np.float64).max), rounded)


def _limit(values: Array, infinite: Any) -> Array:
    """Numbers that came from `FAR`, as the limits that they stand for."""
    return _unbounded(np.where(infinite & (np.abs(values) <= 1 / BEYOND), 0.0, values), infinite)


def _unbounded(values: Array, infinite: Any) -> Array:
    return np.where(infinite & (np.abs(values) >= BEYOND), np.copysign(np.inf, values), values)


def _find(activation: str | Callable[..., Any]) -> Callable[..., Any]:
    if not isinstance(activation, str):
        return activation
    found = find_reference(activation)
    if found is None:
        raise ValueError(f"no reference {activation!r}; write one, @reference({activation!r})")
    return found
