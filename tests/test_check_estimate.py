"""The estimated bound: its factor, its samples, what it does at kinks, at zeros and near the smallest numbers."""

import math
from typing import Any

import numpy as np
import pytest
import torch

from actzoo_parity import SideError, check
from actzoo_parity._estimate import CHANCE, bounds, deviations, factor
from actzoo_parity._sides import Inputs, Kind, Noise, Question
from actzoo_parity._sides._noise import most_terms
from actzoo_parity._sides._torch import TorchSide
from actzoo_parity.arithmetic import format_of


@pytest.mark.parametrize("samples", [2, 4, 8])
def test_the_factor_keeps_its_promise(samples: int) -> None:
    """Of a million normal errors, as many are over the bound as the formula says, or fewer."""
    draw = np.random.default_rng(0)
    errors = np.abs(draw.standard_normal(1_000_000))
    largest = np.abs(draw.standard_normal((samples, 1_000_000))).max(0)
    chance = 1e-3  # for one number, so that there are some to count
    times = factor(samples, 1) * (CHANCE / chance) ** (1 / samples)
    over = np.mean(errors > times * largest)
    assert 0 < over <= chance


def test_the_factor_grows_with_numbers_and_falls_with_samples() -> None:
    assert factor(16, 1_000_000) == pytest.approx(11.1, abs=0.1)
    assert factor(16, 100) < factor(16, 10_000) < factor(8, 10_000)


def question(x: np.ndarray) -> Question:
    return Question(Inputs({"x": x}), {}, "float64", cotangent=lambda name, shape, dtype: np.ones(shape, dtype))


def spread(function: Any, x: np.ndarray, **told: Any) -> dict[str, np.ndarray]:
    side = TorchSide("torch", function, {}, lambda out: out, {})
    given = {"dtype": "float32", "samples": 16, "seed": 0, **told}
    return deviations(side, question(x), {}, lambda state: state, **given)


def test_deviations_are_first_order() -> None:
    """Errors 2^13 times as large do 2^13 times the harm."""
    x = np.linspace(0.5, 2, 50)
    single, half = (spread(torch.exp, x, dtype=dtype, plain=True)["value"] for dtype in ("float32", "float16"))
    np.testing.assert_allclose(single * 2.0**13, half, rtol=1e-2)


def test_a_kink_is_on_both_sides_in_some_samples() -> None:
    x = np.array([-1.0, 1e-9, 1.0])

    def step(x: torch.Tensor) -> torch.Tensor:
        return torch.relu(x + 1 - 1)  # 1e-9 is lost

    found = spread(step, x)["gradient of x"]
    assert found[1] == pytest.approx(1, abs=1e-5)
    assert found[0] == 0
    assert found[2] < 1e-5


def test_zeros_stay_zeros_and_infinities_infinities() -> None:
    x = np.array([0.0, np.inf, -np.inf, np.nan])
    with np.errstate(all="ignore"):
        assert np.array_equal(spread(lambda x: x * 1, x)["value"], np.zeros(4))


def test_float16_may_lose_what_is_near_its_smallest_numbers() -> None:
    noise = Noise("float16", 0)
    small = np.full(100, 1e-6)
    off = np.abs(noise.disturbed(small, noise.of_result(Kind.BASIC), noise.generator()) - small)
    assert 2.0**-25 < off.max() < 2.0**-23


@pytest.mark.parametrize(
    ("shapes", "terms"),
    [
        pytest.param([(768, 64)], 768, id="matrix"),
        pytest.param([(512, 512, 3, 3)], 4608, id="convolution"),
        pytest.param([(2, 64, 32, 32)], 4096, id="maps"),
        pytest.param([(10,)], 10, id="vector"),
        pytest.param([()], 1, id="number"),
        pytest.param([(0, 3)], 1, id="empty"),
        pytest.param([(4, 8), (100,)], 100, id="the-longest"),
    ],
)
def test_the_longest_sum_is_guessed_from_shapes(shapes: Any, terms: int) -> None:
    assert most_terms(shapes) == terms


@pytest.mark.parametrize("terms", [16, 576, 4608])
@pytest.mark.parametrize("signed", [True, False])
def test_noise_covers_a_sum_one_after_another(terms: int, signed: bool) -> None:
    """Its root mean square is at least that of float32's own errors."""
    draw = np.random.default_rng(terms)
    x = draw.standard_normal((300, terms)) if signed else draw.uniform(0, 1, (300, terms))
    x = x.astype(np.float32)
    exact = x.astype(np.float64).sum(-1)
    actual = np.add.accumulate(x, axis=-1)[:, -1]
    noise = spread(lambda x: x.sum(-1), x.astype(np.float64), samples=1)["value"]
    assert np.sqrt(np.mean((actual - exact) ** 2)) <= np.sqrt(np.mean(noise**2))


def test_errors_far_below_the_outputs_size_are_not_counted() -> None:
    expected = {"value": np.array([1.0, 1e-9])}
    made = bounds({"value": np.zeros(2)}, expected, 10.0, format_of("float32"))["value"]
    assert np.all(made == pytest.approx(16 * 2.0**-23 / math.sqrt(2), rel=1e-6))


def test_shapes_that_depend_on_rounding_are_refused() -> None:
    def some(x: torch.Tensor) -> torch.Tensor:
        return x[x * 3 >= 3]

    x = np.full(64, 1.0, np.float32)
    with pytest.raises(SideError, match="shapes depend on rounding"):
        check(some, some, x, names=("torch", "torch 2"))


def test_more_samples_make_a_closer_bound() -> None:
    x = np.linspace(-2, 2, 100, dtype=np.float32)
    few, many = (check(torch.exp, np.exp, x, samples=n).verdicts[1].outputs["value"].width for n in (4, 32))
    assert many < few
