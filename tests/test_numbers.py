"""The arithmetics of the reference: formats, functions, error bounds. Knows no activation."""

from __future__ import annotations

import functools
import operator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actzoo_parity.arithmetic import Decimals, ErrorCarrying, Layer, format_of
from actzoo_parity.arithmetic._formats import FORMATS
from actzoo_parity.arithmetic._functions import FUNCTIONS
from actzoo_parity.arithmetic._rounding import FUNCTION_ULPS
from actzoo_parity.arithmetic._working import Working

DECIMALS = Decimals(50)
MP = DECIMALS.context
# Differences of a saturated function need the digits in which it is saturated: e^-700 has 304.
MANY = Decimals(700)

POINTS = [0.0, 1e-6, -1e-6, 0.3, -0.7, 1.0, -1.2785, 3.0, -5.5, 8.7, 20.5, -20.5, 100.0, -100.0]
FAR = [700.0, -700.0]
DOMAIN = {
    "log": [1e-6, 0.3, 1.5, 100.0],
    "sqrt": [1e-6, 0.3, 1.5, 100.0],
    "log1p": [0.0, 1e-6, -1e-6, 0.3, -0.7, 100.0],
    "erf": [p for p in POINTS if abs(p) < 25],
    "erfc": [p for p in POINTS if abs(p) < 25],
    "exp": POINTS + FAR,
    "tanh": [*POINTS, 350.0, -350.0],
    "tanh_rest": [*POINTS, 0.999, 350.0, -350.0],
    "sech2": [*POINTS, 350.0, -350.0],
}


def orders(name: str) -> list[Any]:
    return [pytest.param(name, n, id=f"{name}-order{n}") for n in range(3)]


# Formats.


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
def test_spacing_is_numpys(dtype: Any) -> None:
    info = np.finfo(dtype)
    values = np.array(
        [1, 1.5, 2, -3.7, 1e-3, 0, info.tiny, info.smallest_subnormal, info.tiny / 4, info.max / 2],
        dtype,
    )
    expected = np.spacing(np.abs(values)).astype(np.float64)
    assert np.array_equal(format_of(dtype).spacing(values.astype(np.float64)), expected)


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_a_format_holds_what_survives_a_cast(dtype: Any) -> None:
    rng = np.random.default_rng(0)
    values = np.concatenate([rng.normal(size=50) * 10.0 ** rng.integers(-50, 5, 50), [0.0, 2.0, 0.1]])
    values = np.concatenate([values, values.astype(dtype).astype(np.float64)])
    assert np.array_equal(format_of(dtype).holds(values), values.astype(dtype) == values)


@pytest.mark.parametrize("working", [np.float64, np.longdouble])
def test_bfloat16_needs_no_extension(working: Any) -> None:
    values = np.array([1 + 2**-7, 1 + 2**-8, 2.0**-133, 2.0**-134, 3e38, 2.0**128, np.inf, np.nan], working)
    held = format_of("bfloat16").holds(values)
    assert held.tolist() == [True, False, True, False, False, False, False, False]


@pytest.mark.parametrize("name", FORMATS)
def test_only_subnormal_numbers_are_flushed(name: str) -> None:
    form = format_of(name)
    normal, least = form.smallest_normal, form.smallest_subnormal
    values = np.array([0, least, -normal / 2, normal, 1])
    flushes = name != "float16"  # it is converted to float32
    assert form.may_flush(values).tolist() == [False, flushes, flushes, False, False]
    assert form.reach(values, 8).tolist() == [
        8 * least, 8 * least + flushes * least, 8 * least + flushes * normal / 2, 8 * least, 16 * form.unit,
    ]  # fmt: skip


def test_an_unknown_format_is_named() -> None:
    with pytest.raises(TypeError, match="int32"):
        format_of(np.int32)


# Functions and their derivatives, against 50 digits.


TYPES = {"double": np.float64, "long": np.longdouble}


@pytest.mark.parametrize("working", TYPES.values(), ids=TYPES)
@pytest.mark.parametrize(("name", "order"), [case for name in FUNCTIONS for case in orders(name)])
def test_functions_and_derivatives_are_within_their_bound(name: str, order: int, working: Any) -> None:
    points = DOMAIN.get(name, POINTS + FAR if name in ("sigmoid", "softplus") else POINTS)
    points = [p for p in points if not (name == "expm1" and p > 700)]
    m = ErrorCarrying(np.float64, working)
    x = m.leaf(np.array(points))
    y = m._function(name, x)
    for _ in range(order):
        (y,) = m.gradients(y, [x], np.ones(len(points)), record=True)
    exact = [oracle(name, point, order) for point in points]
    error = np.array([float(abs(MANY.number(v) - e)) for v, e in zip(y.value, exact, strict=True)])
    # The point itself has no error: what is left are a few roundings of everything that is summed.
    assert (error <= y.bound * m.own_share).all()
    size = np.array([float(abs(e)) for e in exact])
    conditioned = np.array([1 + 2 * p * p if name in ("erf", "erfc") else 1 + 4 * abs(p) for p in points])
    sharp = y.bound <= 2.0**-44 * conditioned * size + 1e-300
    assert sharp.all() or name in ("sin", "cos"), "no sum cancels"


@functools.cache
def oracle(name: str, point: float, order: int) -> Any:
    x = MANY.number(point)
    return MANY.context.diff(lambda v: MANY._function(name, v), x, order) if order else MANY._function(name, x)


@pytest.mark.parametrize("working", TYPES.values(), ids=TYPES)
@pytest.mark.parametrize("name", ["erf", "erfc"])
def test_the_error_function_is_within_some_units(name: str, working: Any) -> None:
    rng = np.random.default_rng(0)
    near, far, small = rng.uniform(-3, 3, 300), rng.uniform(-7, 26, 300), 10 ** rng.uniform(-300, 0, 100)
    x = np.concatenate([near, far, small, [0.0, 0.5, 7.18, 26.5]]).astype(working)
    value = FUNCTIONS[name].floats(x)
    assert value.dtype == working
    assert FUNCTIONS[name].floats(np.array([-np.inf, np.inf])).tolist() == {"erf": [-1, 1], "erfc": [2, 0]}[name]
    exact = DECIMALS._function(name, DECIMALS.number(x))
    units = np.abs(DECIMALS.number(value) - exact) / np.where(exact == 0, 1, exact) * 2 ** Working(x.dtype).digits
    assert np.abs(units).max() <= FUNCTION_ULPS


def test_float64_is_judged_by_longer_numbers_where_there_are_some() -> None:
    longer = np.finfo(np.longdouble).minexp < 16 * np.finfo(np.float64).minexp
    judges = {name: ErrorCarrying(name, pointwise=True).working for name in FORMATS}
    assert judges.pop("float64") == (np.longdouble if longer else np.float64)
    assert set(judges.values()) == {np.dtype(np.float64)}


@pytest.mark.parametrize("working", TYPES.values(), ids=TYPES)
def test_all_digits_of_pi(working: Any) -> None:
    pi = ErrorCarrying(np.float64, working).pi
    assert abs(DECIMALS.number(pi) / MP.pi - 1) <= 2.0 ** -Working(np.dtype(working)).digits


def test_numbers_alone_are_the_same_numbers() -> None:
    m = ErrorCarrying("float32")
    x = m.leaf(np.array([-1.5, 0.25, 3.0], np.float32))
    y = m.where(x > 0, x * m.tanh(m.softplus(x)) / 3, m.abs(x)) + m.maximum(x, 0.1) * 0.3
    (bounded,) = m.gradients(y, [x], np.ones(3))
    (alone,) = m.gradients(y, [x], np.ones(3), bounds=False)
    assert np.array_equal(alone.value, bounded.value)
    assert bounded.bound[1:].all()
    assert not alone.bound.any()


def test_what_underflows_on_the_way_is_nothing_to_a_pointwise_bound() -> None:
    x = np.array([-90.0])
    error = {p: (lambda m: x * m.exp(m.leaf(x)))(ErrorCarrying("float32", pointwise=p)).bound for p in (True, False)}
    assert error[False] > 90 * 2.0**-126
    assert error[True] < 2.0**-140


# The bound bounds.

BINARY = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": lambda a, b: a / (3 + b * b),
}
UNARY = ["tanh", "sigmoid", "softplus", "erf", "expm1", "sech2", "sin"]
STEPS = st.lists(
    st.tuples(st.sampled_from([*BINARY, *UNARY]), st.integers(0, 9), st.integers(0, 9)),
    min_size=1,
    max_size=8,
)


def compute(m: ErrorCarrying, steps: Any, inputs: list[Any]) -> Any:
    values = list(inputs)
    for name, i, j in steps:
        a, b = values[i % len(values)], values[j % len(values)]
        values.append(BINARY[name](a, b) if name in BINARY else m._function(name, a / 4))
    return values[-1]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(STEPS, st.integers(0, 1000))
def test_float32_stays_within_the_bound(steps: Any, seed: int) -> None:
    data = np.random.default_rng(seed).normal(size=(2, 50)).astype(np.float32)
    exact, rounded = ErrorCarrying("float32"), ErrorCarrying("float32", working=np.float32)
    results = []
    for m in (exact, rounded):
        inputs = [m.leaf(row) for row in data]
        y = compute(m, steps, inputs)
        results.append([y, *m.gradients(y, inputs, np.ones(50))])
    for reference, actual in zip(*results, strict=True):
        assert actual.value.dtype == np.float32
        assert (np.abs(actual.value - reference.value) <= reference.bound).all()


@pytest.mark.parametrize("terms", [2, 30, 1000])
def test_sums_stay_within_the_bound(terms: int) -> None:
    data = np.random.default_rng(0).normal(size=(4, terms)).astype(np.float32)
    reference = ErrorCarrying("float32").leaf(data).sum(axis=1)
    running = np.zeros(4, np.float32)
    for column in data.T:  # the worst order there is
        running += column
    error = np.abs(running - reference.value)
    assert (error > 0).any()
    assert (error <= reference.bound).all()
    assert (reference.bound <= terms * 2.0**-23 * np.abs(data).sum(axis=1)).all()


def test_second_order_of_linear_operations() -> None:
    """The gradient of a gradient, through convolution, pooling and resize, against 50 digits."""
    rng = np.random.default_rng(1)
    data, kernel, along = (
        rng.normal(size=(1, 2, 5, 4)),
        rng.normal(size=(4, 1, 3, 3)),
        rng.normal(size=(1, 2, 5, 4)),
    )

    def network(m: Any, x: Any, weight: Any) -> Any:
        y = m.conv(x * x, Layer(weight), stride=2, padding=1, groups=2)
        y = m.resize_nearest(m.tanh(y), (5, 4))
        y = m.average_pool(m.softmax(y, (2, 3)) * y, 3, 2, 1)
        return m.sigmoid(y)[:, 1:].reshape(-1)

    m = ErrorCarrying(np.float64)
    x = m.leaf(data)
    y = network(m, x, kernel)
    (g,) = m.gradients(y, [x], np.ones(y.shape), record=True)
    (h,) = m.gradients(g, [x], along)

    step = MP.mpf(10) ** -12
    point, direction, weight = (DECIMALS.number(a) for a in (data, along, kernel))
    total = [network(DECIMALS, point + s * step * direction, weight).sum() for s in (1, 0, -1)]
    first = (total[0] - total[2]) / (2 * step)
    second = (total[0] - 2 * total[1] + total[2]) / step**2
    assert float(first) == pytest.approx((g.value * along).sum(), rel=1e-13)
    assert float(second) == pytest.approx((h.value * along).sum(), rel=1e-12)


# What is exact, and what is ambiguous.


EXACT = {
    "negation": lambda m, x: -x,
    "a power of two": lambda m, x: x / 4 * 0.5,
    "one": lambda m, x: 1 * x,
    "selection": lambda m, x: m.where(x > 0, x, -x),
    "maximum": lambda m, x: m.maximum(x, 1.5, -x),
    "held sum": lambda m, x: x + 3,
    "held product": lambda m, x: x * x,
    "shape": lambda m, x: x.reshape(3, 2)[1:].sum(axis=()),
}


@pytest.mark.parametrize("operation", EXACT.values(), ids=EXACT)
def test_nothing_is_added_where_nothing_is_rounded(operation: Any) -> None:
    m = ErrorCarrying("float32")
    y = operation(m, m.leaf(np.array([1.0, -2.0, 3.5, -0.25, 0.0, 7.0])))
    assert not y.bound.any()
    assert not m.ambiguous


@pytest.mark.parametrize(("offset", "ambiguous"), [(0.1, True), (2.0**-20, False)], ids=["rounded", "exact"])
def test_only_rounding_makes_a_tie_ambiguous(offset: float, ambiguous: bool) -> None:
    m = ErrorCarrying("float32")
    x = m.leaf(np.array([1.0]))
    y = m.maximum(x + offset, 1 + offset)
    (g,) = m.gradients(y, [x], np.ones(1))
    assert g.value == 1  # the first wins
    assert bool(m.ambiguous) is ambiguous
    assert g.bound == (1 if ambiguous else 0)


def test_shared_and_first_maxima() -> None:
    m = ErrorCarrying("float32")
    x = m.leaf(np.array([3.0, 5.0, 5.0, 1.0]).reshape(1, 1, 4))
    (shared,) = m.gradients(m.spatial_max(x), [x], np.ones((1, 1)))
    (first,) = m.gradients(m.max_pool(x, 3, 2, 1), [x], np.array([[[1.0, 10.0]]]))
    assert shared.value.ravel().tolist() == [0, 0.5, 0.5, 0]
    assert first.value.ravel().tolist() == [0, 11, 0, 0]
    assert not shared.bound.any()


def test_subnormals_may_be_flushed() -> None:
    m = ErrorCarrying("float32")
    x = m.leaf(np.array([1e-40, 1e-30, 0.0], np.float32))
    assert x.bound.tolist() == [x.value[0], 0, 0]
    assert (x * np.float32(1e-12)).bound[1] >= 2.0**-126


def test_halves_are_summed_in_float32() -> None:
    data = np.ones((1, 1, 4096))
    bound = ErrorCarrying("float16").leaf(data).sum().bound
    assert 2.0**-11 * 4096 <= bound < 2.0**-8 * 4096


# The layers, against plain loops.


@pytest.mark.parametrize("axes", [1, 2, 3], ids="{}d".format)
@pytest.mark.parametrize("groups", [1, 2, 4], ids="groups{}".format)
def test_convolution_is_the_sum_it_says(axes: int, groups: int) -> None:
    rng = np.random.default_rng(axes)
    size, kernel, stride, padding = (6, 5, 4)[:axes], (3, 2, 3)[:axes], 2, 1
    x, w = rng.normal(size=(2, 4, *size)), rng.normal(size=(4, 4 // groups, *kernel))
    b = rng.normal(size=4)
    m = ErrorCarrying(np.float64)
    y = m.conv(m.leaf(x), Layer(m.leaf(w), m.leaf(b)), stride, padding, groups)
    framed = np.pad(x, [(0, 0), (0, 0)] + [(padding, padding)] * axes)
    per = 4 // groups
    for where in np.ndindex(*y.shape):
        n, o, *place = where
        first = o // per * per
        window = framed[
            (
                n,
                slice(first, first + per),
                *(slice(p * stride, p * stride + k) for p, k in zip(place, kernel, strict=True)),
            )
        ]
        assert y.value[where] == pytest.approx((window * w[o]).sum() + b[o], rel=1e-12)


def test_average_pool_counts_no_padding() -> None:
    m = ErrorCarrying(np.float64)
    y = m.average_pool(m.leaf(np.arange(5.0).reshape(1, 1, 5)), 3, 2, 1)
    assert y.value.ravel().tolist() == [0.5, 2.0, 3.5]


@pytest.mark.parametrize(("old", "new"), [(2, 5), (3, 7), (4, 4), (7, 3)])
def test_nearest_is_the_floor(old: int, new: int) -> None:
    m = ErrorCarrying(np.float64)
    x = m.leaf(np.arange(float(old)).reshape(1, 1, old))
    y = m.resize_nearest(x, (new,))
    assert y.value.ravel().tolist() == [i * old // new for i in range(new)]
    (g,) = m.gradients(y, [x], np.ones(y.shape))
    assert g.value.ravel().tolist() == np.bincount([i * old // new for i in range(new)], minlength=old).tolist()


def test_statistics_of_the_norms() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(3, 2, size=(3, 4, 5))
    layer = Layer(np.full(4, 2.0), np.full(4, 0.5), rng.normal(size=4), rng.uniform(1, 2, 4))
    m = ErrorCarrying(np.float64)
    batch = m.batch_norm(m.leaf(x), layer, training=True).value
    assert batch.mean(axis=(0, 2)) == pytest.approx(0.5)
    assert batch.std(axis=(0, 2)) == pytest.approx(2, rel=1e-4)
    group = m.group_norm(m.leaf(x), layer, groups=2).value.reshape(3, 2, -1)
    assert group.mean(axis=2) == pytest.approx(0.5)
    running = m.batch_norm(m.leaf(x), layer, training=False).value
    mean, var = layer.running_mean[:, None], layer.running_var[:, None]
    assert running == pytest.approx((x - mean) / np.sqrt(var + 1e-5) * 2 + 0.5)
