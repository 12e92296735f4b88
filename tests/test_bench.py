"""Defects on a bench: a framework of NumPy alone, and modules of a few lines."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import pytest

from actzoo.zoo import find
from actzoo_parity._bench import UNREACHED, Bench, Unfit, spans
from actzoo_parity._cases import Case, case
from actzoo_parity._extra import KINDS, extra
from actzoo_parity._plan import Line, Plan
from actzoo_parity._verdicts import expect, reference_of
from actzoo_parity.adapters import Adapter, Outputs, Subject

SOURCE = """\
import numpy as np


class LeakyReLU:
    def __init__(self, negative_slope=0.01):
        self.negative_slope = negative_slope

    def __call__(self, x):
        if x.dtype == np.float64:
            x = 1 * x
        return np.where(
            x > 0,
            x,
            self.negative_slope * x,
        )
"""


class Plain(Adapter):
    """Modules of NumPy: values alone."""

    def facts(self) -> dict[str, str]:
        return {}

    def missing(self, device: str) -> str:
        return ""

    def run(
        self, subjects: Sequence[Subject], mode: str, device: str, wanted: Sequence[frozenset[str]]
    ) -> Iterator[Outputs]:
        for subject in subjects:
            x = subject.case.x
            y = subject.cls(**subject.arguments)(x).astype(x.dtype)
            slope = np.where(x > 0, 1, subject.case.options.get("negative_slope", 0.01))
            slope[np.isnan(x)] = np.nan
            yield {"value": y, "gradient of x": (slope * subject.case.cotangent).astype(x.dtype)}


def bench(*options: dict[str, Any], source: str = SOURCE, beyond: Iterable[tuple[Line, Case]] = ()) -> Bench:
    spec = find("leaky_relu")
    made = Bench(Plain(), spec, source, beyond)
    for each in options:
        plan = Plan("leaky_relu", "random", options=each, outputs=("gradient",))
        numbers = case(plan, spec)
        made.add(Line(plan, "torch", "cpu", "eager"), numbers, expect(numbers, reference_of(spec)[0]))
    return made


def wrong(old: str, new: str) -> tuple[str, int]:
    """A module with a defect, and where it is."""
    assert SOURCE.count(old) == 1
    return SOURCE.replace(old, new), SOURCE[: SOURCE.index(old)].count("\n") + 1


def test_a_defect_is_caught_by_a_line_and_an_output() -> None:
    found = bench({}).tried(*wrong("x > 0", "x > 1"))
    assert (found.status, found.by) == ("caught", "leaky_relu-torch-cpu-float32-eager-random: value")


def test_a_module_that_raises_is_caught() -> None:
    found = bench({}).tried(*wrong("self.negative_slope * x", "self.slope * x"))
    assert (found.status, found.by) == ("raised", "AttributeError: 'LeakyReLU' object has no attribute 'slope'")


def test_a_default_is_seen_only_by_default() -> None:
    defect = wrong("slope=0.01", "slope=0.02")
    assert bench({}).tried(*defect).status == "caught"
    assert bench({"negative_slope": 0.3}).tried(*defect).reason == "the same numbers on 1 lines"
    assert bench({"negative_slope": 0.3}, {}).tried(*defect).status == "caught"


def test_what_differs_within_the_bound_survives() -> None:
    found = bench({}).tried(*wrong("self.negative_slope * x", "self.negative_slope * x * (1 + 2**-23)"))
    assert found.status == "survived"
    assert found.where.startswith("leaky_relu-torch-cpu-float32-eager-random: value, by 0.")


def test_a_zero_has_no_sign() -> None:
    assert bench({}).tried(*wrong("x > 0", "(x > 0) | (x == 0)")).status == "no change"


def test_text_that_no_line_runs_is_not_tried() -> None:
    found = bench({}).tried(*wrong("1 * x", "2 * x"))
    assert (found.status, found.reason, found.lines) == ("no change", UNREACHED, 0)


def test_a_line_on_which_the_right_code_fails_tells_nothing() -> None:
    with pytest.raises(Unfit, match="leaky_relu-torch-cpu-float32-eager-random: value"):
        bench({}, source=SOURCE.replace("x > 0", "x > 1"))


def test_an_output_on_which_the_right_code_fails_is_left_out() -> None:
    """The rest of the line still tells."""
    spec, made = find("leaky_relu"), bench()
    plan = Plan("leaky_relu", "random", outputs=("gradient", "second"))
    numbers = case(plan, spec)
    told = made.add(Line(plan, "torch", "cpu", "eager"), numbers, expect(numbers, reference_of(spec)[0]))
    assert told == "leaky_relu-torch-cpu-float32-eager-random: second derivative"
    assert made.tried(*wrong("x > 0", "x > 1")).status == "caught"


def test_spans() -> None:
    found = spans(ast.parse(SOURCE))
    assert found[13] == range(11, 16)
    assert found[9] == range(9, 10)
    assert found[8] == range(8, 9)


def test_lines_beyond_the_contract_tell_what_it_lacks() -> None:
    """The default is on no line of the contract here: a wrong one survives."""
    spec = find("leaky_relu")
    plan = Plan("leaky_relu", "random", outputs=("gradient",))
    beyond = [(Line(plan, "torch", "cpu", "eager"), case(plan, spec))]
    made = bench({"negative_slope": 0.3})
    assert made.tried(*wrong("slope=0.01", "slope=0.02")).status == "no change"
    made = bench({"negative_slope": 0.3}, beyond=beyond)
    found = made.tried(*wrong("slope=0.01", "slope=0.02"))
    assert (found.status, found.where) == ("survived", "leaky_relu-torch-cpu-float32-eager-random: value")


@pytest.mark.parametrize("name", ["mish", "prelu", "meta_acon_c", "dyrelu_c", "gather_excite"])
def test_extra_cases_change_every_option(name: str) -> None:
    spec = find(name)
    cases = list(extra(spec))
    assert {c.plan.data for c in cases} == set(KINDS)
    assert {c.plan.dtype for c in cases} == {"float16", "bfloat16", "float32", "float64"}
    for option in spec.options:
        values = {repr(c.plan.options.get(option.name, option.default)) for c in cases}
        assert len(values) >= 2, option.name
