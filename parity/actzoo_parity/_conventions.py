"""The frameworks' own functions as lines of the contract, each judged by its framework's own conventions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from actzoo.zoo import ZOO

from ._cases import Case, resolved
from ._evaluate import Bounded, Expected
from ._native import choices, find_native, values
from ._plan import CONFIGURATIONS, DTYPES, MODES, Line, Plan
from .arithmetic import format_of


def native_lines(frameworks: Sequence[str], devices: Sequence[str], dtypes: Sequence[str], seed: int) -> Iterator[Line]:
    """A sweep of each function that a framework has of its own, with as many derivatives as it has."""
    for name, spec in ZOO.items():
        for options in CONFIGURATIONS.get(name, ({},)):
            for dtype in [d for d in DTYPES if d in dtypes]:
                for framework in frameworks:
                    training = False if spec.trains else None
                    plan = Plan(name, "sweep", dtype, options, training, seed, native=True)
                    row = find_native(framework, name, resolved(plan, spec, (2, 4, 1))[0])
                    if row:
                        outputs = ("gradient", "second") if row.orders > 1 else ("gradient",)
                        asked = replace(plan, outputs=outputs)
                        yield from (Line(asked, framework, device, next(iter(MODES[framework]))) for device in devices)


def adopted(expected: Expected, case: Case, framework: str) -> Expected:
    """What is expected, with the framework's own derivatives at kinks and at NaN, where they are declared."""
    row = find_native(framework, case.spec.name, case.options)
    assert row is not None
    assert expected.x is not None
    outputs, form = dict(expected.outputs), format_of(expected.dtype)
    gradient, second = outputs["gradient of x"], outputs.get("second derivative")
    slope, slope_bound = gradient.value.copy(), gradient.bound.copy()
    free = np.zeros(slope.shape, np.bool_)
    for channel in range(case.x.shape[1]):  # learnt tensors have one number a channel, or one
        x, at = expected.x[:, channel], np.s_[:, channel]
        state = {key: float(np.resize(value, case.x.shape[1])[channel]) for key, value in case.state.items()}
        known = values(case.spec.name, case.options) | state | {"training": case.training}
        slopes = row.slopes_at_nan(case.spec, known)
        own = [(np.isnan(x), slopes[0]), *((x == k.at, k.derivative) for k in row.kink_points(case.spec, known))]
        for here, derivative in own:
            slope[at][here] = derivative
            slope_bound[at][here] = form.ulps * form.spacing(np.array(derivative))
        slope_bound[at][np.isnan(x)] = np.inf if len(slopes) > 1 else slope_bound[at][np.isnan(x)]
        free[at] = np.isin(x, choices(case.spec.name, case.options, state))
    outputs["gradient of x"] = Bounded(slope, slope_bound)
    if second:
        outputs["second derivative"] = Bounded(second.value, np.where(free, np.inf, second.bound))
    return replace(expected, outputs=outputs)
