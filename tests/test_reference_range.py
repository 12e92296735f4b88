"""Element-wise references over the whole range of a format: values, derivatives and bounds, against 50 digits."""

from __future__ import annotations

import functools
import math

import numpy as np
import pytest
from elementwise import CASES, OUTPUTS, POINTS, arguments, arrange, expect
from series import derivatives, rounded

from actzoo_parity import evaluate, judge
from actzoo_parity._floats import sweep, thresholds
from actzoo_parity.arithmetic import Decimals, ErrorCarrying, Node, _carrying, format_of
from actzoo_parity.arithmetic._working import DOUBLE, working_for

ROOTS = (-1.2784645, -1.1924012, -0.7517916, -2.3993572, 2.3993572)
EDGES = (3.0, -3.0, 6.0, 0.5, -0.5, 1.0, -1.0, -2.0)
PLACES = (0.0, *EDGES, *ROOTS)
"""Kinks, and places where a derivative is 0."""

FORMATS = ["float64", "float32"]


@functools.cache
def points(dtype: str) -> np.ndarray:
    """Kinks and thresholds with their neighbours and a part of the sweep: (1, 3, n, 1)."""
    number = np.dtype(dtype).type
    places = np.array([*PLACES, *thresholds(format_of(dtype))], number)
    with np.errstate(over="ignore", under="ignore"):
        around = [np.nextafter(places, number(side)) for side in (-np.inf, np.inf)]
    every = np.concatenate([places, *around, -places[:1], sweep(dtype)[:150]])
    every = every[np.isfinite(every)]
    return every[: every.size // 3 * 3].reshape(1, 3, -1, 1)


@functools.cache
def exact(name: str, dtype: str) -> list[np.ndarray]:
    """The function and three derivatives at the points, in 50 digits."""
    function, parts = arguments(CASES[name], Decimals().number, dtype)
    return derivatives(function, points(dtype), **parts)


def nodes(name: str, dtype: str) -> tuple[ErrorCarrying, list[Node]]:
    """The same by the reference's own arithmetic, and what it says it may be off by."""
    m = ErrorCarrying(dtype, pointwise=True)
    x = m.leaf(points(dtype))
    function, parts = arguments(CASES[name], m.leaf, dtype)
    found = [function(m, x, **parts)]
    for _ in range(2):
        found += m.gradients(found[-1], [x], np.ones(x.shape), record=True)
    return m, found


def doubtful(m: ErrorCarrying, shape: tuple[int, ...]) -> np.ndarray:
    return np.logical_or.reduce([np.broadcast_to(mask, shape) for mask in (np.False_, *m.ambiguous)])


@pytest.mark.parametrize("dtype", FORMATS)
@pytest.mark.parametrize("name", CASES)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_the_reference_is_right_to_a_quarter_of_a_unit(name: str, dtype: str) -> None:
    """Or to what it says it is off by, where terms cancel."""
    m, found = nodes(name, dtype)
    for node, true in zip(found, exact(name, dtype)[:3], strict=True):
        error = rounded(np.abs(Decimals().number(node.value) - true))
        unit = m.format.spacing(node.value)
        assert (error <= np.maximum(unit / 4, node.bound * m.own_share)).all()
        assert np.median(error / unit) < 2.0**-8


@pytest.mark.parametrize("dtype", FORMATS)
@pytest.mark.parametrize("name", [name for name, (_, _, parts) in CASES.items() if not parts])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_bound_is_some_units_of_the_result_and_of_the_input(name: str, dtype: str) -> None:
    """And a branch in doubt, and what is flushed of a subnormal number; nothing for numbers on the way."""
    x, form = points(dtype).astype(np.float64), format_of(dtype)
    ones, orders = np.ones_like(x), exact(name, dtype)
    expected = evaluate(
        CASES[name][0], {"x": x}, {}, CASES[name][1], dtype=dtype, cotangent=ones, direction=ones,
        outputs=("gradient", "second"), elementwise=True,
    )  # fmt: skip
    m, _ = nodes(name, dtype)
    doubt = doubtful(m, x.shape)
    near = np.any([np.abs(x - place) <= form.spacing(x) for place in EDGES], axis=0)
    assert expected.ambiguous == doubt.sum()
    assert not (doubt & ~near & ~form.may_flush(x)).any(), "in doubt far from a kink"
    for output, this, following in zip(OUTPUTS, orders, orders[1:], strict=False):
        this, slope = (rounded(np.abs(order)) for order in (this, following))
        spacing = form.spacing(expected.outputs[output].value)
        units = form.ulps * (spacing + form.spacing(x) * slope)
        # of the terms of a second derivative that is subnormal, one may be flushed and another not
        most = np.maximum(this, form.flushed) if output == "second derivative" else this
        lost = np.where(form.may_flush(this), most, 0) + np.where(form.may_flush(x), np.abs(x) * slope, 0)
        bound, least = expected.outputs[output].bound, 2.0**-1074  # to which a bound is rounded itself
        assert (bound >= units * (1 - 2.0**-20) - least).all()
        assert ((bound <= 1.02 * (units + lost) + least) | doubt).all()


FLUSHED = {  # where the result is a normal number, and where it is not
    "swish-f64": ("swish", "float64", -714.9, -720.0),
    "mish-f64": ("mish", "float64", -714.9, -720.0),
    "gelu-f64": ("gelu", "float64", -37.5, -37.8),
    "gelu-tanh-f64": ("gelu-tanh", "float64", -21.1, -21.6),
    "sigmoid-f64": ("sigmoid", "float64", -708.0, -709.0),
    "swish-f32": ("swish", "float32", -91.8, -92.0),
    "mish-f32": ("mish", "float32", -91.8, -92.0),
    "gelu-f32": ("gelu", "float32", -13.0, -13.2),
    "sigmoid-f32": ("sigmoid", "float32", -87.3, -87.4),
}


@pytest.mark.parametrize(("name", "dtype", "normal", "subnormal"), FLUSHED.values(), ids=FLUSHED)
def test_only_a_subnormal_result_may_be_flushed(name: str, dtype: str, normal: float, subnormal: float) -> None:
    x = arrange([normal, subnormal], dtype)
    expected = expect(CASES[name], x, dtype)
    flushed = judge(expected, {"value": np.zeros_like(x), "gradient of x": np.zeros_like(x)})
    assert flushed.value.index == (0, 0, 0, 0)
    assert flushed.value.ratio > 1000
    kept = np.where(x == normal, expected.value, 0).astype(dtype)
    assert judge(expected, {"value": kept, "gradient of x": np.zeros_like(x)}).value.passed


@pytest.mark.parametrize(
    ("cotangent", "direction", "flushed"), [(1.0, 1.0, False), (4.0, 0.25, True), (0.25, 4.0, True)]
)
def test_a_product_may_be_lost_to_the_factor_that_is_multiplied_first(
    cotangent: float, direction: float, flushed: bool
) -> None:
    """The second derivative of the sigmoid is a normal number here, and a quarter of it is not."""
    x = np.full((1, 1, 1), 1.2140106646204737e-37, np.float32)
    ones, wanted = np.ones_like(x), ("gradient", "second")
    factors = {"cotangent": cotangent * ones, "direction": direction * ones}
    expected = evaluate("sigmoid", {"x": x}, {}, {}, dtype="float32", elementwise=True, outputs=wanted, **factors)
    verdict = judge(expected, {"second derivative": np.zeros_like(x)})
    assert verdict.outputs["second derivative"].passed is flushed


@pytest.mark.parametrize("name", CASES)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_where_no_numbers_are_longer_float64_judges_itself(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on Windows and on Apple's processors: with a share of the bound, and room for what underflows."""
    x = arrange([*POINTS, -700.0, -714.0, 1e-310, 0.0, np.inf])
    longer = expect(CASES[name], x)
    monkeypatch.setattr(_carrying, "working_for", lambda form: DOUBLE)
    alone = expect(CASES[name], x)
    for output, (ours, theirs) in {k: (alone.outputs[k], longer.outputs[k]) for k in OUTPUTS[:2]}.items():
        assert ours.value.dtype == np.float64
        assert judge(longer, {output: ours.value}).outputs[output].passed
        assert judge(alone, {output: theirs.value.astype(np.float64)}).outputs[output].passed


@pytest.mark.parametrize("places", [1, 2, 4])
def test_a_bound_of_few_units_is_not_rounded_down(places: int) -> None:
    """The derivative of tanh is about 8 of float64's least numbers here: so are the bound's two parts."""
    x = np.float64(-math.log(5e-324) / 2)
    for _ in range(places):
        x = np.nextafter(x, 0.0)
    form, ones = format_of("float64"), np.ones((1, 1, 1))
    expected = evaluate(
        "tanh", {"x": x * ones}, {}, {}, dtype="float64", cotangent=ones, elementwise=True, outputs=("gradient",)
    )
    found = expected.outputs["gradient of x"]
    assert found.bound.item() >= 8 * form.smallest_subnormal + np.abs(found.value).item()
    assert found.bound.item() <= 18 * form.smallest_subnormal


def test_what_is_expected_of_float64_has_more_digits() -> None:
    expected = expect(CASES["sigmoid"], arrange([0.3]))
    assert expected.value.dtype == working_for(format_of("float64")).dtype
    assert expected.value_bound.dtype == np.float64
    assert expect(CASES["sigmoid"], arrange([0.3]), "float32").value.dtype == np.float64
