"""The numbers that element-wise functions are swept over."""

from __future__ import annotations

import math
from typing import Any

import ml_dtypes
import numpy as np
import pytest

from actzoo_parity._floats import draws, sweep, thresholds
from actzoo_parity.arithmetic import format_of

WIDE = {"f64": np.float64, "f32": np.float32}
HALF = {"f16": np.float16, "bf16": ml_dtypes.bfloat16}


def bits(x: Any) -> np.ndarray:
    return np.asarray(x).view(f"u{np.asarray(x).dtype.itemsize}")


@pytest.mark.parametrize("dtype", HALF)
def test_every_pattern_of_a_half(dtype: str) -> None:
    x = sweep(HALF[dtype], points=(3.0,))
    assert x.dtype == HALF[dtype]
    assert sorted(bits(x).tolist()) == list(range(2**16))


@pytest.mark.parametrize(("dtype", "least", "most"), [("f32", 5000, 6500), ("f64", 10000, 12000)])
def test_as_many_as_it_says(dtype: str, least: int, most: int) -> None:
    x = sweep(WIDE[dtype])
    assert x.dtype == WIDE[dtype]
    assert x.ndim == 1
    assert least <= x.size <= most
    assert np.unique(bits(x)).size == x.size


@pytest.mark.parametrize("dtype", WIDE)
def test_every_exponent_of_both_signs(dtype: str) -> None:
    x = sweep(WIDE[dtype])
    info = np.finfo(WIDE[dtype])
    exponents = range(info.minexp - info.nmant, info.maxexp)
    for side in (x[x > 0], -x[x < 0]):
        assert set(exponents) == set((np.frexp(side[np.isfinite(side)])[1] - 1).tolist())


@pytest.mark.parametrize("special", [0.0, -0.0, math.inf, -math.inf])
@pytest.mark.parametrize("dtype", WIDE)
def test_special_numbers(dtype: str, special: float) -> None:
    x = sweep(WIDE[dtype])
    assert bits(WIDE[dtype](special)) in bits(x)
    assert np.isnan(x).any()


@pytest.mark.parametrize("dtype", WIDE)
def test_points_come_with_their_neighbours(dtype: str) -> None:
    point = WIDE[dtype](-3)
    above = np.nextafter(point, WIDE[dtype](0))
    below = np.nextafter(point, WIDE[dtype](-4))
    wanted = {point, above, below, np.nextafter(above, WIDE[dtype](0)), np.nextafter(below, WIDE[dtype](-4))}
    assert wanted <= set(sweep(WIDE[dtype], points=(-3.0,)))


@pytest.mark.parametrize("dtype", WIDE)
def test_the_middle_is_dense(dtype: str) -> None:
    """No gap of more than twice the width of a part."""
    x = np.sort(sweep(WIDE[dtype]).astype(np.float64))
    assert np.diff(x[np.abs(x) <= 31.9]).max() <= 2 * 64 / 2000


@pytest.mark.parametrize("dtype", WIDE)
def test_functions_turn_at_the_thresholds(dtype: str) -> None:
    """NumPy's own exponential, in the format: on one side of its threshold finite, or not 0, and not on the other."""
    form = format_of(WIDE[dtype])
    turns = {math.inf: math.log(form.largest), 0.0: math.log(form.smallest_subnormal) - math.log(2)}
    for lost, at in turns.items():
        assert at in thresholds(form)
        near = WIDE[dtype](at) * (1 + WIDE[dtype](4 * form.unit) * np.array([1, -1], WIDE[dtype]))
        with np.errstate(all="ignore"):
            beyond, before = np.exp(near)
        assert beyond == lost != before


@pytest.mark.parametrize("dtype", WIDE)
def test_always_the_same_and_shuffled(dtype: str) -> None:
    x = sweep(WIDE[dtype])
    np.testing.assert_array_equal(bits(x), bits(sweep(WIDE[dtype])))
    for start in range(0, x.size - 500, 500):
        assert 0.3 < (x[start : start + 500] < 0).mean() < 0.7


@pytest.mark.parametrize("dtype", WIDE)
def test_draws_differ_with_the_seed_and_reach_everywhere(dtype: str) -> None:
    x, other = (draws(WIDE[dtype], seed, 1000) for seed in (0, 1))
    assert x.dtype == WIDE[dtype]
    assert x.size == 1000
    assert np.isfinite(x).all()
    assert not np.isin(bits(x), bits(other)).any()
    exponents = np.frexp(x)[1] / np.finfo(x.dtype).maxexp
    assert exponents.min() < -0.9
    assert exponents.max() > 0.9
    assert 0.4 < (np.abs(x) < 32).mean() < 0.9
    assert 0.4 < (x < 0).mean() < 0.6
