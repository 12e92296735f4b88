"""Element-wise references: honest results and defects, published constants and the declared policies."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from elementwise import CASES, OUTPUTS, POINTS, Case, arguments, arrange, expect, state
from hypothesis import given, settings
from hypothesis import strategies as st

from actzoo_parity import Actual, evaluate, find_reference, judge
from actzoo_parity.arithmetic import ErrorCarrying, Floats, format_of

# Bounds: not exceeded by an honest float32, exceeded by a small defect.

PROBES = np.float32([*POINTS, *np.linspace(-12, 12, 97), 1e-30, -1e-30, 88.0, -88.0, 1e4, -1e4, 0.0, -0.0])


def in_float32(case: Case, x: np.ndarray, cotangent: np.ndarray) -> Actual:
    m = ErrorCarrying("float32", working=np.float32)
    leaf = m.leaf(x)
    function, parts = arguments(case, m.leaf, np.float32)
    y = function(m, leaf, **parts)
    learnt = {key: parts[key] for key in state(case[2])}
    adjoints = m.gradients(y, [leaf, *learnt.values()], cotangent)
    keys = ["x", *learnt]
    return Actual(y.value, {key: g.value for key, g in zip(keys, adjoints, strict=True)})


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_float32_passes(case: Case) -> None:
    x = arrange(PROBES, np.float32)
    cotangent = np.random.default_rng(0).normal(size=x.shape).astype(np.float32)
    verdict = judge(expect(case, x, "float32", cotangent), in_float32(case, x, cotangent))
    assert verdict.passed, verdict.outputs[verdict.worst]


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
@pytest.mark.parametrize("where", ["value", "x"])
def test_a_small_defect_fails(case: Case, where: str) -> None:
    x = arrange(PROBES, np.float32)
    ones = np.ones_like(x)
    actual = in_float32(case, x, ones)
    wrong = Actual(
        actual.value * np.float32(1 + 1e-4 * (where == "value")),
        {key: g * np.float32(1 + 1e-4 * (where == key)) for key, g in actual.gradients.items()},
    )
    verdict = judge(expect(case, x, "float32"), wrong)
    comparison = verdict.value if where == "value" else verdict.gradients["x"]
    assert comparison.ratio > 10


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.sampled_from(sorted(CASES)), st.floats(-1e4, 1e4, width=32))
def test_float32_passes_anywhere(name: str, point: float) -> None:
    x = arrange([point], np.float32)
    ones = np.ones_like(x)
    verdict = judge(expect(CASES[name], x, "float32"), in_float32(CASES[name], x, ones))
    assert verdict.passed, verdict.outputs[verdict.worst]


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_halves_that_are_computed_in_float32_and_rounded_once_pass(case: Case, dtype: str) -> None:
    form = format_of(dtype)

    def rounded(values: Any) -> np.ndarray:
        wide = np.asarray(values, np.float64)
        return np.asarray(np.rint(wide / form.spacing(wide)) * form.spacing(wide))

    name, options, parts = case
    coarse: Case = (name, options, {key: rounded(value).tolist() for key, value in parts.items()})
    x = arrange(rounded(np.clip(PROBES, -500, 500)))
    ones = np.ones_like(x)
    expected = expect(coarse, x, dtype)
    actual = in_float32(coarse, x.astype(np.float32), ones.astype(np.float32))
    assert (np.abs(rounded(actual.value) - expected.value) <= expected.value_bound).all()
    gradient, bound = expected.gradients["x"]
    assert (np.abs(rounded(actual.gradients["x"]) - gradient) <= bound).all()
    # A function that is constant in the half format's steps has its bound at every one of them.
    assert (expected.value_bound <= 4 * form.unit * (np.abs(x) * 2.5 + 2) + form.flushed).all()


# Policies.


@pytest.mark.parametrize("case", ["hard_sigmoid", "hard_swish"])
def test_next_to_a_kink_that_rounds_onto_it_both_sides_pass(case: str) -> None:
    x = np.nextafter(arrange([3.0], np.float32), np.float32(0))
    expected = expect(CASES[case], x, "float32")
    _, bound = expected.gradients["x"]
    assert expected.ambiguous == 3
    assert (bound >= abs(find_slope(case, 3.0) - find_slope(case, 2.9))).all()


def find_slope(case: str, point: float) -> float:
    return float(expect(CASES[case], arrange([point])).gradients["x"][0][0, 0, 0, 0])


def test_the_slope_of_prelu_has_no_gradient_at_zero() -> None:
    expected = expect(CASES["prelu-3"], arrange([0.0]), "float32")
    assert expected.gradients["weight"][0].tolist() == [0, 0, 0]


LIMITS = {  # value and slope at -inf, at inf
    "relu": (0, 0, np.inf, 1),
    "relu6": (0, 0, 6, 0),
    "leaky_relu": (-np.inf, 0.01, np.inf, 1),
    "sigmoid": (0, 0, 1, 0),
    "hard_sigmoid": (0, 0, 1, 0),
    "tanh": (-1, 0, 1, 0),
    "softplus": (0, 0, np.inf, 1),
    "hard_swish": (0, 0, np.inf, 1),
    "mish": (0, 0, np.inf, 1),
    "gelu": (0, 0, np.inf, 1),
    "gelu-tanh": (0, 0, np.inf, 1),
    "elu": (-1, 0, np.inf, 1),
    "swish": (0, 0, np.inf, 1),
    "log_sigmoid": (-np.inf, 1, 0, 0),
    "celu": (-1, 0, np.inf, 1),
    "selu": (-1.7580993408473766, 0, np.inf, 1.0507009873554805),
    "softsign": (-1, 0, 1, 0),
    "softshrink": (-np.inf, 1, np.inf, 1),
    "hard_shrink": (-np.inf, 1, np.inf, 1),
    "tanh_shrink": (-np.inf, 1, np.inf, 1),
    "hard_tanh": (-2, 0, 0.5, 0),
    "prelu": (-np.inf, 0.25, np.inf, 1),
    "rrelu": (-np.inf, 11 / 48, np.inf, 1),
}


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16", "bfloat16"])
@pytest.mark.parametrize("case", LIMITS)
def test_infinities_are_limits_and_nan_stays(case: str, dtype: str) -> None:
    low, low_slope, high, high_slope = LIMITS[case]
    x = arrange([-np.inf, np.inf, np.nan])
    name, options, parts = CASES[case]
    expected = evaluate(
        name, {"x": x}, state(parts), options, dtype=dtype, cotangent=np.ones_like(x), direction=np.ones_like(x),
        outputs=("gradient", "second"), elementwise=True,
    )  # fmt: skip
    value, slope, bend = (expected.outputs[output].value[0, 0, :, 0] for output in OUTPUTS)
    bounds = [expected.outputs[output].bound[0, 0, :2, 0] for output in OUTPUTS]
    assert np.array_equal(value, [low, high, np.nan], equal_nan=True)
    assert slope[:2].astype(float) == pytest.approx([low_slope, high_slope], rel=1e-15)
    assert np.isnan(slope[2])
    assert not bend[:2].any()
    unit = 2 * format_of(dtype).ulps * format_of(dtype).unit
    assert (bounds[0][np.isfinite(value[:2])] <= 6.01 * unit).all()
    assert (bounds[1] <= 1.01 * unit).all()
    assert (bounds[2] <= 8 * format_of(dtype).smallest_subnormal).all()


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_lines_of_acon_are_its_limits(dtype: str) -> None:
    x = arrange([-np.inf, np.inf])
    slopes = {"acon_a": ([0, 1, 0], [1, 0, 1]), "acon_c": ([0.1, -0.8, -0.9], [1.2, 0.7, 0.3])}
    for case, (low, high) in slopes.items():
        expected = expect(CASES[case], x, dtype).outputs["gradient of x"].value[0, :, :, 0]
        assert expected.T.astype(float) == pytest.approx(np.array([low, high]), rel=1e-6)


# Published constants.


def value(name: str, point: float, **options: Any) -> float:
    function = find_reference(name)
    assert function is not None
    return float(function(Floats(), np.float64(point), **options))


CONSTANTS = {  # as printed: right to half a unit of the last digit
    "mish at its minimum": ("mish", -1.1924, "-0.30884"),
    "swish at its minimum": ("swish", -1.2784645, "-0.2784645"),
    "gelu at its minimum": ("gelu", -0.75179, "-0.16997"),
    "gelu of 1 is the normal distribution": ("gelu", 1.0, "0.8413447461"),
    "hard_swish at its minimum": ("hard_swish", -1.5, "-0.375"),
    "softplus of 0 is log 2": ("softplus", 0.0, "0.6931471806"),
    "elu saturates at -1": ("elu", -50.0, "-1.0"),
    "tanh of 1": ("tanh", 1.0, "0.7615941560"),
    "log_sigmoid of 0 is -log 2": ("log_sigmoid", 0.0, "-0.6931471806"),
    "selu of 1 is its scale": ("selu", 1.0, "1.0507009873554805"),
    "selu saturates at -scale alpha": ("selu", -50.0, "-1.7580993408473766"),
    "celu saturates at -1": ("celu", -50.0, "-1.0"),
    "softsign of 3": ("softsign", 3.0, "0.75"),
    "softshrink of 2": ("softshrink", 2.0, "1.5"),
    "tanh_shrink of 1": ("tanh_shrink", 1.0, "0.2384058440"),
    "tanh_shrink of 0.1": ("tanh_shrink", 0.1, "0.0003320053750"),
    "hard_shrink of 0.25": ("hard_shrink", 0.25, "0.0"),
}


@pytest.mark.parametrize(("name", "point", "known"), CONSTANTS.values(), ids=CONSTANTS)
def test_known_constants(name: str, point: float, known: str) -> None:
    assert value(name, point) == pytest.approx(float(known), abs=0.5 * 10.0 ** -len(known.split(".")[1]))


def test_the_tanh_formula_of_gelu_is_off_by_no_more_than_known() -> None:
    gaps = [abs(value("gelu", p) - value("gelu", p, approximate="tanh")) for p in np.linspace(-6, 6, 601)]
    assert max(gaps) == pytest.approx(4.73e-4, rel=0.01)


def test_the_slopes_of_acon_c_have_the_published_limits() -> None:
    """2009.04759, section 3: 1.0998 p1 - 0.0998 p2 and 1.0998 p2 - 0.0998 p1."""
    p1, p2 = 1.2, -0.8
    case: Case = ("acon_c", {}, {"p1": [p1] * 3, "p2": [p2] * 3, "beta": [1.0] * 3})
    slopes, _ = expect(case, arrange(np.linspace(-10, 10, 2001))).gradients["x"]
    assert slopes.max() == pytest.approx(1.0998 * p1 - 0.0998 * p2, abs=2e-4)
    assert slopes.min() == pytest.approx(1.0998 * p2 - 0.0998 * p1, abs=2e-4)


SPECIAL = {
    "acon_a at 1 is swish": (("acon_a", {}, {"beta": [1.0] * 3}), "swish"),
    "acon_c of 1 and 0 is swish": (
        ("acon_c", {}, {"p1": [1.0] * 3, "p2": [0.0] * 3, "beta": [1.0] * 3}),
        "swish",
    ),
    "a very sharp acon_b is prelu": (
        ("acon_b", {}, {"p": [0.25] * 3, "beta": [1e6] * 3}),
        "prelu",
    ),
}


@pytest.mark.parametrize(("case", "same"), SPECIAL.values(), ids=SPECIAL)
def test_special_cases_of_acon(case: Case, same: str) -> None:
    x = arrange(POINTS[2:])
    assert expect(case, x).value == pytest.approx(expect(CASES[same], x).value, rel=1e-14)


# RReLU draws.


def test_rrelu_takes_its_slopes_from_the_noise() -> None:
    x = arrange([-2.0, -1.0, 3.0])
    noise = np.linspace(0, 1, 9, endpoint=False).reshape(x.shape)
    expected = evaluate(
        "rrelu", {"x": x, "noise": noise}, {}, {"lower": 0.1, "upper": 0.5}, dtype="float64",
        cotangent=np.ones_like(x), training=True, elementwise=True,
    )  # fmt: skip
    assert expected.value == pytest.approx(np.where(x > 0, x, (0.1 + 0.4 * noise) * x))
    assert set(expected.gradients) == {"x"}


def test_rrelu_without_noise_says_what_it_needs() -> None:
    with pytest.raises(ValueError, match="noise"):
        evaluate("rrelu", {"x": np.ones(3)}, {}, {}, dtype="float64", cotangent=np.ones(3), training=True)
