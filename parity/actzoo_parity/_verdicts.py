"""What the reference's process does: expects a plan's outputs, and judges what a framework made of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from actzoo.language import Spec
from actzoo.policies import BATCH_NORM

from ._cases import Array, Case, numpy_dtype
from ._evaluate import UNBIASED, Bounded, Expected, evaluate
from ._initial import initial
from ._judge import Comparison, Verdict, distance, judge, ratios
from ._limits import lacks
from ._plan import EVERYTHING, MODES, Line
from ._record import Against, Curve
from ._registry import find_reference
from ._self import self_reference
from .arithmetic import format_of

BOUND = "~bound"
KINDS = {"value": "value", "second derivative": "second", "tangent": "tangent", "gradient of x": "gradient"}


def reference_of(spec: Spec) -> tuple[Callable[..., Any], Against]:
    """The hand-written reference, or the spec's own formula where there is none."""
    found = find_reference(spec.name)
    return (found, "reference") if found else (self_reference(spec), "self-consistent only")


def expect(case: Case, reference: Callable[..., Any]) -> Expected:
    """What the reference says of a case, with the bounds for its dtype."""
    expected = evaluate(
        reference,
        {"x": case.x} | ({} if case.noise is None else {"noise": case.noise}),
        case.state,
        {**{o.name: o.default for o in case.spec.options}, **case.given, **case.options},
        dtype="bfloat16" if case.plan.amp else case.plan.dtype,
        cotangent=case.cotangent,
        direction=case.direction,
        directions=case.directions,
        outputs=case.plan.outputs,
        training=case.training,
        elementwise=case.spec.element_wise,
        nan_slope=case.nan_slope if case.spec.element_wise else math.nan,
        constants=case.constants,
        layers=case.prefixes,
    )
    return replace(expected, dtype=case.plan.dtype)


def to_arrays(expected: Expected) -> dict[str, Array]:
    """Values and bounds by name, for a file."""
    return {
        name: array
        for key, each in expected.outputs.items()
        for name, array in ((key, each.value), (key + BOUND, each.bound))
    }


def of_arrays(arrays: Mapping[str, Array], dtype: str, ambiguous: int, x: Array | None) -> Expected:
    """What `to_arrays` wrote."""
    names = [name for name in arrays if not name.endswith(BOUND)]
    outputs = {name: Bounded(arrays[name], arrays[name + BOUND]) for name in names}
    return Expected(outputs, ambiguous, dtype, None if x is None else x.astype(np.float64))


def kind(output: str) -> str:
    """What a plan and a mode call an output."""
    return KINDS.get(output) or {"gradient": "gradients", "updated": "updates", "initial": "initial"}[output.split()[0]]


def wanted(line: Line) -> frozenset[str]:
    """The kinds of outputs of a line: what its plan asks for, and its framework computes in its mode."""
    able = MODES.get(line.framework, {}).get(line.mode, EVERYTHING)
    kinds = {k for k in line.plan.outputs if k in able or k == "gradient"} - lacks(line.id)
    return frozenset(kinds | {"value"} | ({"gradient"} if "gradients" in kinds else set()))


def offered(expected: Expected, line: Line) -> Expected:
    """What a line is judged by: the kinds it has, and the running variance that its framework keeps."""
    kinds, suffix = wanted(line), UNBIASED if BATCH_NORM.get(line.framework) == "unbiased" else ""
    outputs = {}
    for name, each in expected.outputs.items():
        plain = name.removesuffix(UNBIASED)
        ends_right = name == plain + suffix or not plain.endswith("running_var") or not plain.startswith("updated")
        if kind(plain) in kinds and ends_right:
            outputs[plain] = each
    return replace(expected, outputs=outputs)


def verdict(case: Case, line: Line, expected: Expected, actual: Mapping[str, Array]) -> dict[str, Any]:
    """The facts of a line's record."""
    if line.plan.native:
        from ._conventions import adopted

        expected = adopted(expected, case, line.framework)
    wanted_now = offered(expected, line)
    if line.framework not in MODES:  # something else: what it gives is judged, and the value has to be there
        given = {name: each for name, each in wanted_now.outputs.items() if name in actual or name == "value"}
        wanted_now = replace(wanted_now, outputs=given)
    fresh = {name: a for name, a in actual.items() if name.startswith("initial ")}
    unasked = {"gradient of x"} - wanted_now.outputs.keys() if not case.plan.outputs else set()
    found: Verdict = judge(wanted_now, {name: a for name, a in actual.items() if name not in {*fresh, *unasked}})
    outputs: dict[str, Comparison] = dict(found.outputs)
    if "initial" in wanted(line) and line.framework in MODES:
        for p in case.parameters_of_fresh:
            value, declared = fresh.get(f"initial {p.key}"), case.options.get(p.key)
            missing = Comparison(math.inf, failure="none given")
            outputs[f"initial {p.key}"] = missing if value is None else initial(p, value, declared)
    curves = {}
    if case.plan.data == "sweep" and expected.x is not None:
        curves = {name: curve(wanted_now, name, actual[name]) for name in wanted_now.outputs if name in actual}
    return {
        "status": "held" if all(c.passed for c in outputs.values()) else "failed",
        "outputs": outputs,
        "curves": {name: points for name, points in curves.items() if points},
        "points": sum(each.value.size for each in wanted_now.outputs.values()),
        "ambiguous": expected.ambiguous,
    }


REACH = 32.0
"""Up to here bins of x are equal steps of asinh(x), beyond equal steps of its logarithm."""

BINS = 64
"""On each side of 0 up to there, and half as many beyond."""


def curve(expected: Expected, name: str, actual: Array) -> Curve:
    """The worst point of each bin of x, for a plot."""
    each, x = expected.outputs[name], expected.x
    assert x is not None
    if actual.shape != x.shape or actual.dtype != numpy_dtype(expected.dtype):
        return []
    form, x = format_of(expected.dtype), x.ravel()
    with np.errstate(all="ignore"):
        error = distance(each.value, actual.astype(each.value.dtype), each.bound, form)
        ratio, ulp = ratios(error, each.bound).ravel(), (error / form.spacing(each.value)).ravel()
    bins = bin_of(x, form.largest)
    order = np.lexsort((ratio, bins))
    worst = order[np.flatnonzero(np.diff(bins[order], append=np.inf))]
    return [(float(x[i]), float(ulp[i]), float(ratio[i])) for i in worst]


def bin_of(x: Array, largest: float) -> Array:
    """A number for each x, by which they are put together; infinities and NaN are apart."""
    size = np.abs(x)
    with np.errstate(all="ignore"):
        far = BINS + np.log2(size / REACH) / np.log2(largest / REACH) * BINS / 2
        steps = np.where(size <= REACH, np.arcsinh(size) / np.arcsinh(REACH) * BINS, far)
    steps = np.where(np.isinf(x), 2 * BINS, np.floor(steps) + 0.5)
    return np.asarray(np.where(np.isnan(x), 3 * BINS, np.copysign(steps, x)))
