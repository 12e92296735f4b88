"""The judge, the registry of references and the data: what they accept and what they refuse."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from actzoo_parity import (
    Actual,
    Bounded,
    Expected,
    _photographs,
    _registry,
    evaluate,
    feature_maps,
    feature_sequences,
    feature_volumes,
    find_reference,
    judge,
    photographs,
    random_maps,
    reference,
    references,
)

X = np.float32([-2.0, -0.5, 0.0, 0.5, 3.0])


def expected_tanh(x: Any = X, dtype: str = "float32") -> Expected:
    return evaluate("tanh", {"x": x}, {}, {}, dtype=dtype, cotangent=np.ones_like(x), elementwise=True)


def honest(expected: Expected, dtype: Any = np.float32) -> Actual:
    gradients = {key: value.astype(dtype) for key, (value, _) in expected.gradients.items()}
    return Actual(expected.value.astype(dtype), gradients)


def test_the_correctly_rounded_result_passes() -> None:
    verdict = judge(expected_tanh(), honest(expected_tanh()))
    assert verdict.passed
    assert verdict.value.ulp <= 0.5
    assert list(verdict.outputs) == ["value", "gradient of x"]


def test_the_worst_place_is_named() -> None:
    actual = honest(expected_tanh())
    actual.gradients["x"][3] *= np.float32(1.001)
    verdict = judge(expected_tanh(), actual)
    assert not verdict.passed
    assert verdict.worst == "gradient of x"
    assert verdict.gradients["x"].index == (3,)
    assert verdict.gradients["x"].actual == actual.gradients["x"][3]
    assert verdict.value.passed


REFUSED = {
    "another shape": (lambda v: v[:, None], "shape"),
    "a shape that would broadcast": (lambda v: v[:1], "shape"),
    "another dtype": (lambda v: v.astype(np.float64), "dtype float64"),
    "NaN": (lambda v: np.where(v == v.max(), np.float32(np.nan), v), "nan where"),
    "infinity": (lambda v: np.where(v == v.max(), np.float32(np.inf), v), "inf where"),
}


@pytest.mark.parametrize(("change", "message"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_compared_fails(change: Any, message: str) -> None:
    expected = expected_tanh()
    actual = honest(expected)
    comparison = judge(expected, replace(actual, value=change(actual.value))).value
    assert not comparison.passed
    assert comparison.failure is not None
    assert message in comparison.failure


def test_a_missing_and_a_surplus_gradient_fail() -> None:
    expected = expected_tanh()
    actual = Actual(expected.value.astype(np.float32), {"beta": np.float32(1)})
    failures = {key: each.failure for key, each in judge(expected, actual).gradients.items()}
    assert failures == {"x": "no gradient was given", "beta": "the reference has no such part"}


def test_nan_has_to_meet_nan_and_infinity_the_same_infinity() -> None:
    x = np.float32([np.nan, np.inf, -np.inf])
    expected = evaluate("elu", {"x": x}, {}, {}, dtype="float32", cotangent=np.ones_like(x), elementwise=True)
    assert judge(expected, honest(expected)).passed
    swapped = replace(honest(expected), value=np.float32([np.nan, -np.inf, -1]))
    assert judge(expected, swapped).value.index == (1,)
    swallowed = replace(honest(expected), value=np.float32([0, np.inf, -1]))
    assert judge(expected, swallowed).value.index == (0,)


@pytest.mark.parametrize(("size", "passes"), [(60000, False), (65000, True)], ids=str)
def test_overflow_is_right_only_where_rounding_overflows(size: float, passes: bool) -> None:
    bound = np.array([1000.0])
    expected = Expected({"value": Bounded(np.array([size]), bound)}, ambiguous=0, dtype="float16")
    assert judge(expected, Actual(np.float16([np.inf]))).passed is passes
    assert not judge(expected, Actual(np.float16([-np.inf]))).passed


@pytest.mark.parametrize(("error", "bound", "ratio"), [(0, 0, 0), (1, 0, np.inf), (1, 2, 0.5)], ids=str)
def test_ratios(error: float, bound: float, ratio: float) -> None:
    expected = Expected({"value": Bounded(np.array([8.0]), np.array([bound]))}, ambiguous=0, dtype="float32")
    assert judge(expected, Actual(np.float32([8 + error]))).ratio == ratio


@pytest.mark.parametrize(
    ("value", "bound", "width"), [(8, 2, 0.25), (0, 0, 0), (0, 1, np.inf), (np.inf, 1, 0)], ids=str
)
def test_the_width_tells_how_much_a_comparison_says(value: float, bound: float, width: float) -> None:
    expected = Expected({"value": Bounded(np.array([value]), np.array([bound]))}, ambiguous=0, dtype="float32")
    assert judge(expected, Actual(np.float32([value]))).value.width == width


def test_empty_arrays_agree() -> None:
    x = np.zeros((0, 3), np.float32)
    assert judge(expected_tanh(x), honest(expected_tanh(x))).passed


def test_bfloat16_arrays_are_read() -> None:
    ml_dtypes = pytest.importorskip("ml_dtypes")
    x = X.astype(ml_dtypes.bfloat16)
    expected = expected_tanh(x, ml_dtypes.bfloat16)
    assert expected.dtype == "bfloat16"
    assert judge(expected, honest(expected, ml_dtypes.bfloat16)).passed


def test_a_flushed_subnormal_passes_and_a_flushed_normal_fails() -> None:
    x = np.float32([1e-40, 1e-37])
    flushed = judge(expected_tanh(x), replace(honest(expected_tanh(x)), value=np.float32([0, 0])))
    assert flushed.value.index == (1,)
    kept = replace(honest(expected_tanh(x)), value=np.float32([0, 1e-37]))
    assert judge(expected_tanh(x), kept).passed


# The registry.

ZOO = [
    "relu",
    "relu6",
    "leaky_relu",
    "sigmoid",
    "hard_sigmoid",
    "tanh",
    "softplus",
    "hard_swish",
    "mish",
    "gelu",
    "elu",
    "log_sigmoid",
    "celu",
    "selu",
    "softsign",
    "softshrink",
    "hard_shrink",
    "tanh_shrink",
    "hard_tanh",
    "swish",
    "prelu",
    "rrelu",
    "frelu",
    "acon_a",
    "acon_b",
    "acon_c",
    "meta_acon_c",
    "dyrelu_a",
    "dyrelu_b",
    "dyrelu_c",
    "squeeze_excite",
    "gather_excite",
]


@pytest.mark.parametrize("name", ZOO)
def test_every_activation_has_a_reference(name: str) -> None:
    assert find_reference(name) is references()[name]


@pytest.fixture
def registry() -> Iterator[None]:
    """Forgets what a test registers."""
    references()
    before = dict(_registry._references)
    yield
    _registry._references.clear()
    _registry._references.update(before)


@pytest.mark.usefixtures("registry")
def test_a_users_own_reference() -> None:
    @reference
    def hard_mish(m: Any, x: Any) -> Any:
        return x * m.clip(x + 2, 0, 2) / 2

    assert find_reference("hard_mish") is hard_mish
    expected = evaluate("hard_mish", {"x": X}, {}, {}, dtype="float32", cotangent=X, elementwise=True)
    assert expected.value.tolist() == [0, -0.375, 0, 0.5, 3]


@pytest.mark.usefixtures("registry")
def test_a_reference_may_be_registered_again_but_not_replaced() -> None:
    def define(name: str) -> Any:
        @reference(name)
        def mine(m: Any, x: Any) -> Any:
            return x

        return mine

    define("mine")
    again = define("mine")
    assert find_reference("mine") is again
    with pytest.raises(ValueError, match=r"'mish' has a reference, .*gated\.mish"):
        define("mish")


def test_an_unknown_name_says_what_to_do() -> None:
    assert find_reference("nish") is None
    with pytest.raises(ValueError, match=r"@reference\('nish'\)"):
        evaluate("nish", {"x": X}, {}, {}, dtype="float32", cotangent=X)


def test_a_mixing_function_is_not_elementwise() -> None:
    with pytest.raises(ValueError, match="not element-wise"):
        evaluate(lambda m, x: x.sum(), {"x": X}, {}, {}, dtype="float32", cotangent=X, elementwise=True)


# The data.


def test_photographs_keep_their_pixels() -> None:
    raw, scaled = photographs(), photographs(scaled=True)
    assert raw.shape == (2, 3, 427, 640)
    assert raw.dtype == scaled.dtype == np.float32
    assert np.array_equal(raw, np.rint(raw))
    assert (raw.min(), raw.max()) == (0, 255)
    assert np.array_equal(scaled, raw / 255)
    assert ((raw == 255) | (raw == 0)).mean() > 0.01


@pytest.mark.parametrize(
    ("make", "shape"),
    [
        pytest.param(feature_maps, (2, 16, 32, 40), id="maps"),
        pytest.param(lambda: feature_maps(64, (56, 56)), (2, 64, 56, 56), id="wide-maps"),
        pytest.param(lambda: feature_maps(3, (500, 8)), (2, 3, 500, 8), id="beyond-the-edge"),
        pytest.param(feature_sequences, (2, 16, 48), id="sequences"),
        pytest.param(feature_volumes, (2, 16, 4, 16, 20), id="volumes"),
    ],
)
def test_features_are_of_order_one_and_held_by_every_format(make: Any, shape: Any) -> None:
    maps = make()
    assert maps.shape == shape
    assert maps.dtype == np.float32
    assert np.array_equal(maps * 32, np.rint(maps * 32))
    assert 0.3 < maps.std() < 3
    assert np.array_equal(maps, make())
    spread = maps.reshape(2, shape[1], -1).std(axis=2)
    assert (spread > 0.05).all(), "a map without content"


def test_features_tie() -> None:
    """Neighbours that are equal: what a maximum over a window has to decide about."""
    maps = feature_maps()
    assert (maps[..., 1:] == maps[..., :-1]).mean() > 0.01


def test_random_maps_are_seeded() -> None:
    assert np.array_equal(random_maps((2, 3), 5), random_maps((2, 3), 5))
    assert not np.array_equal(random_maps((2, 3), 5), random_maps((2, 3), 6))


def test_without_scikit_learn_the_error_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    _photographs._pixels.cache_clear()
    with pytest.raises(ImportError, match=r"pip install \"actzoo\[parity\]\""):
        photographs()
