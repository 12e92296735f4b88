"""Element-wise activations in every framework: values, derivatives, limits, halves. Kinks are in test_policies.py."""

from __future__ import annotations

import functools
import math
from typing import Any

import jax
import ml_dtypes
import numpy as np
import paddle
import pytest
import torch
from frameworks import (
    ELEMENT_WISE,
    FRAMEWORKS,
    PARAMETER_FREE,
    build,
    channels_first,
    channels_last,
    compare,
    expected,
    explain,
    from_paddle,
    from_torch,
    function,
    random,
    random_state,
    to_paddle,
    to_torch,
    verdict,
    x64,
)

from actzoo_parity import Expected, judge

CHANNELS = 4
Case = tuple[str, dict[str, Any]]
PARAMETRIC: dict[str, Case] = {
    "swish-learnable": ("swish", {"learnable": True}),
    "prelu-shared": ("prelu", {"num_parameters": 1}),
    "prelu-per-channel": ("prelu", {"num_parameters": CHANNELS}),
    "acon_a": ("acon_a", {"channels": CHANNELS}),
    "acon_b": ("acon_b", {"channels": CHANNELS}),
    "acon_c": ("acon_c", {"channels": CHANNELS}),
}
FREE: dict[str, Case] = {
    **{name: (name, {}) for name in PARAMETER_FREE},
    "swish": ("swish", {}),
    "swish-beta1.5": ("swish", {"beta": 1.5}),
    "leaky_relu-0.2": ("leaky_relu", {"negative_slope": 0.2}),
    "softplus-beta2": ("softplus", {"beta": 2.0}),
    "gelu-tanh": ("gelu", {"approximate": "tanh"}),
    "elu-alpha0.5": ("elu", {"alpha": 0.5}),
    "celu-alpha0.5": ("celu", {"alpha": 0.5}),
    "celu-alpha4": ("celu", {"alpha": 4.0}),
    "softshrink-0.25": ("softshrink", {"lambd": 0.25}),
    "hard_shrink-2": ("hard_shrink", {"lambd": 2.0}),
    "hard_tanh-asymmetric": ("hard_tanh", {"min_val": -2.0, "max_val": 0.5}),
    "rrelu-eval": ("rrelu", {}),
}
DTYPES = {"f64": np.float64, "f32": np.float32, "f16": np.float16, "bf16": ml_dtypes.bfloat16}

# Zeros of both signs, kinks, roots of derivatives, tails.
POINTS = [0.0, -0.0, 1e-6, -1e-6, 3.0, -3.0, 6.0, -6.0, 0.3, -0.7, 1.0, -1.0, -1.2784645, -1.1924012, -0.7517916]
POINTS += [2.9, -2.9, -5.5, 5.5, -8.7, 8.7, -12.9, 16.6, -16.7, 20.5, -20.5, 36.0, -36.0]

# Where exp overflows and underflows in each format, and beyond; finite in float16 still. Not between -745 and -710,
# where float64's own sigmoid has few digits left, the reference's too.
DEEP = [87.0, -87.0, 88.5, -88.5, 89.0, -89.0, 100.0, -100.0, 103.5, -103.5, 110.0, -110.0, 700.0, -700.0]
DEEP += [709.5, -709.5, 760.0, -760.0, 1e4, -1e4]

# Where a factor or a summand is subnormal in float32 or in float64, and the result is not.
NARROW = [91.25, -91.25, 87.34, -87.34, 58.33, -61.2, -43.9, 43.668, 44.5, 13.147, 13.4, -13.1, 10.2, -10.02]
NARROW += [2.7e-38, -2.7e-38, 2e-35, -2e-35, 37.6, -37.6, 354.2, -354.3, 372.5, 712.0, -712.0, 743.0]
PLACES = {"near": POINTS, "deep": DEEP, "narrow": NARROW}


def test_every_element_wise_activation_is_tested_here() -> None:
    assert {name for name, _ in (FREE | PARAMETRIC).values()} == set(ELEMENT_WISE)


def points(dtype: Any, place: str = "near") -> np.ndarray:
    """(2, 4, 20): each of the points, and random numbers to fill up."""
    numbers = [*PLACES[place], *random(160 - len(PLACES[place]), seed=3, scale=3.0)]
    return np.random.default_rng(4).permutation(numbers).reshape(2, CHANNELS, 20).astype(dtype)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("case", FREE | PARAMETRIC)
def test_value_and_gradients(case: str, framework: str, dtype: str, place: str) -> None:
    name, options = (FREE | PARAMETRIC)[case]
    found = verdict(framework, name, points(DTYPES[dtype], place), **options)
    assert found.passed, explain(found)


@pytest.mark.parametrize("training", [False, True], ids=["eval", "train"])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_rrelu_of_given_noise(framework: str, dtype: str, training: bool) -> None:
    x = points(DTYPES[dtype])
    noise = np.random.default_rng(5).random(x.shape).astype(x.dtype)
    found = verdict(framework, "rrelu", x, noise=noise, training=training)
    assert found.passed, explain(found)


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_rrelu_draws_slopes_within_its_bounds(framework: str) -> None:
    import flax.linen
    from frameworks import new

    x = -np.ones((50, 40), np.float32)
    if framework == "linen":
        module: flax.linen.Module = new("linen", "rrelu")
        y = np.asarray(module.apply({}, x, train=True, rngs={"noise": jax.random.key(0)}))
    elif framework == "flax":
        y = np.asarray(new("flax", "rrelu")(jax.numpy.asarray(x)))
    elif framework == "torch":
        torch.manual_seed(0)
        y = new("torch", "rrelu")(torch.from_numpy(x)).numpy()
    else:
        paddle.seed(0)
        y = new("paddle", "rrelu")(paddle.to_tensor(x)).numpy()
    slopes = -y
    assert 1 / 8 <= slopes.min() < slopes.max() <= np.float32(1 / 3)
    # 2000 draws: the mean is within 5 standard errors of the middle, but for one seed in two million
    assert abs(slopes.mean() - 11 / 48) < 5 * (1 / 3 - 1 / 8) / math.sqrt(12 * slopes.size)


# infinities and NaN

INF = math.inf
LIMITS: dict[str, tuple[float, float]] = {  # at -inf, at +inf
    "relu": (0, INF),
    "relu6": (0, 6),
    "leaky_relu": (-INF, INF),
    "sigmoid": (0, 1),
    "hard_sigmoid": (0, 1),
    "tanh": (-1, 1),
    "softplus": (0, INF),
    "softplus-beta2": (0, INF),
    "swish": (0, INF),
    "swish-beta1.5": (0, INF),
    "hard_swish": (0, INF),
    "mish": (0, INF),
    "gelu": (0, INF),
    "gelu-tanh": (0, INF),
    "elu": (-1, INF),
    "elu-alpha0.5": (-0.5, INF),
    "leaky_relu-0.2": (-INF, INF),
    "rrelu-eval": (-INF, INF),
    "log_sigmoid": (-INF, 0),
    "celu": (-1, INF),
    "celu-alpha0.5": (-0.5, INF),
    "celu-alpha4": (-4, INF),
    "selu": (-1.7580993408473766, INF),
    "softsign": (-1, 1),
    "softshrink": (-INF, INF),
    "softshrink-0.25": (-INF, INF),
    "hard_shrink": (-INF, INF),
    "tanh_shrink": (-INF, INF),
    "hard_shrink-2": (-INF, INF),
    "hard_tanh": (-1, 1),
    "hard_tanh-asymmetric": (-2, 0.5),
}
SLOPES: dict[str, tuple[float, float]] = {  # of the derivative, likewise
    "relu": (0, 1),
    "relu6": (0, 0),
    "leaky_relu": (0.01, 1),
    "leaky_relu-0.2": (0.2, 1),
    "sigmoid": (0, 0),
    "hard_sigmoid": (0, 0),
    "tanh": (0, 0),
    "softplus": (0, 1),
    "softplus-beta2": (0, 1),
    "swish": (0, 1),
    "swish-beta1.5": (0, 1),
    "hard_swish": (0, 1),
    "mish": (0, 1),
    "gelu": (0, 1),
    "gelu-tanh": (0, 1),
    "elu": (0, 1),
    "elu-alpha0.5": (0, 1),
    "rrelu-eval": ((1 / 8 + 1 / 3) / 2, 1),
    "log_sigmoid": (1, 0),
    "celu": (0, 1),
    "celu-alpha0.5": (0, 1),
    "celu-alpha4": (0, 1),
    "selu": (0, 1.0507009873554805),
    "softsign": (0, 0),
    "softshrink": (1, 1),
    "softshrink-0.25": (1, 1),
    "hard_shrink": (1, 1),
    "tanh_shrink": (1, 1),
    "hard_shrink-2": (1, 1),
    "hard_tanh": (0, 0),
    "hard_tanh-asymmetric": (0, 0),
}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("case", LIMITS)
def test_limits(case: str, framework: str, dtype: str) -> None:
    """f(-inf), f(inf) and the derivatives there are the limits, and NaN stays NaN."""
    name, options = FREE[case]
    x = np.array([-INF, INF, math.nan], DTYPES[dtype])
    value, gradients = build(framework, name, dtype=DTYPES[dtype], **options).vjp(x, np.ones_like(x))
    wanted = np.array([*LIMITS[case], math.nan]).astype(x.dtype)
    slopes = np.array(SLOPES[case]).astype(x.dtype)
    np.testing.assert_array_equal(value.astype(np.float64), wanted.astype(np.float64))
    np.testing.assert_array_equal(gradients["x"][:2].astype(np.float64), slopes.astype(np.float64))


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("case", PARAMETRIC)
def test_nan_goes_through_parameters(case: str, framework: str) -> None:
    """Element by element: NaN at a position is NaN there, and nowhere else."""
    name, options = PARAMETRIC[case]
    x = random(2, CHANNELS, 3)
    x[1, 2, 0] = math.nan
    value = build(framework, name, **options)(x)
    np.testing.assert_array_equal(np.isnan(value), np.isnan(x))


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_prelu_weight_gradient_at_the_kink_is_x(framework: str) -> None:
    """At 0 the branch is weight x, so the weight's gradient is x, which is 0."""
    x = np.zeros((1, 1, 2))
    _, gradients = build(framework, "prelu", num_parameters=1).vjp(x, np.ones_like(x))
    assert gradients["weight"] == 0


# second derivatives

SECOND = ["sigmoid", "tanh", "softplus", "softplus-beta2", "hard_swish", "mish", "gelu", "gelu-tanh", "swish"]
SECOND += ["elu", "elu-alpha0.5", "log_sigmoid", "celu", "celu-alpha0.5", "celu-alpha4", "selu", "softsign"]
SECOND += ["tanh_shrink", "acon_a", "acon_b", "acon_c"]


def second_derivative(framework: str, name: str, x: np.ndarray, state: Any, options: Any) -> np.ndarray:
    """Backward twice, for a gradient of 1."""
    f = functools.partial(function(framework, name), **options)
    if framework == "torch":
        leaf = to_torch(x).requires_grad_()
        y = f(leaf, *map(to_torch, state.values()))
        (first,) = torch.autograd.grad(y, leaf, torch.ones_like(y), create_graph=True)
        (second,) = torch.autograd.grad(first, leaf, torch.ones_like(y))
        return from_torch(second)
    if framework == "paddle":
        leaf = to_paddle(x)
        leaf.stop_gradient = False
        y = f(leaf, *map(to_paddle, state.values()))
        (first,) = paddle.grad([y], [leaf], [paddle.ones_like(y)], create_graph=True)
        (second,) = paddle.grad([first], [leaf], [paddle.ones_like(y)])
        return from_paddle(second)

    def slope(x: Any) -> Any:
        return jax.vjp(lambda v: channels_first(f(channels_last(v), *tensors)), x)[1](one)[0]

    with x64():
        tensors, one = [*map(jax.numpy.asarray, state.values())], jax.numpy.ones_like(x)
        return np.asarray(jax.vjp(slope, jax.numpy.asarray(x))[1](one)[0])


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("framework", ["torch", "paddle", "flax"])
@pytest.mark.parametrize("case", SECOND)
def test_second_derivative(case: str, framework: str, dtype: str, place: str) -> None:
    """As near as values and first derivatives, in tails as well."""
    name, options = (FREE | PARAMETRIC)[case]
    x, state = points(DTYPES[dtype], place), random_state(name, options, dtype=DTYPES[dtype])
    given = {k: v for k, v in options.items() if k != "channels"}
    second = second_derivative(framework, name, x, state, given)
    wanted = expected(name, x, state, options, outputs=("second",)).outputs["second derivative"]
    found = judge(Expected({"second derivative": wanted}, 0, x.dtype.name, x), {"second derivative": second})
    assert found.passed, explain(found)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("framework", ["torch", "paddle", "flax"])
@pytest.mark.parametrize("case", SECOND)
def test_second_derivative_at_infinity_is_0(case: str, framework: str, dtype: str) -> None:
    name, options = (FREE | PARAMETRIC)[case]
    x = np.tile(np.array([-INF, INF], DTYPES[dtype]), (1, CHANNELS, 1))
    given = {k: v for k, v in options.items() if k != "channels"}
    second = second_derivative(framework, name, x, random_state(name, options, dtype=DTYPES[dtype]), given)
    np.testing.assert_array_equal(second.astype(np.float64), 0.0)


# the largest numbers


@pytest.mark.parametrize("dtype", ["f32", "bf16"])
@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("case", ["softplus-beta2", "acon_b", "acon_c"])
def test_nothing_overflows_on_the_way(case: str, framework: str, dtype: str) -> None:
    name, options = (FREE | PARAMETRIC)[case]
    x = np.tile(np.array([-3.3e38, 3.3e38]), (1, CHANNELS, 1)).astype(DTYPES[dtype])
    state = random_state(name, options, dtype=x.dtype)
    value = build(framework, name, state, dtype=x.dtype, **options)(x)
    found = compare(expected(name, x, state, options), value)
    assert found.passed, found
