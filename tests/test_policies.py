"""Policies: what a spec declares at kinks, at NaN and at ties is what every framework and the reference do, exactly."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import flax.linen
import jax
import ml_dtypes
import numpy as np
import paddle
import pytest
import torch
from flax import nnx
from frameworks import ELEMENT_WISE, FRAMEWORKS, build, find, function, parameters, random_state
from typer.testing import CliRunner

from actzoo import SpecError, activation
from actzoo._main import app
from actzoo.language import Kink, Param, where
from actzoo.language._graph import Apply, Call, Fold, tensors, walk
from actzoo.policies import BATCH_NORM, KEPT
from actzoo.zoo import ZOO
from actzoo_parity import evaluate

CHANNELS = 4
SLOPE = 0.25
"""Of a learnt slope, and of noise: a number that every format holds."""
OPTIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "leaky_relu-0.25": ("leaky_relu", {"negative_slope": 0.25}),
    "prelu-per-channel": ("prelu", {"num_parameters": CHANNELS}),
    "rrelu-0.25-0.5": ("rrelu", {"lower": 0.25, "upper": 0.5}),
    "elu-0.5": ("elu", {"alpha": 0.5}),
    "softplus-2": ("softplus", {"beta": 2.0}),
    "swish-learnable": ("swish", {"learnable": True}),
    "gelu-tanh": ("gelu", {"approximate": "tanh"}),
    "celu-0.5": ("celu", {"alpha": 0.5}),
    "softshrink-2": ("softshrink", {"lambd": 2.0}),
    "softshrink-0": ("softshrink", {"lambd": 0.0}),
    "hard_shrink-2": ("hard_shrink", {"lambd": 2.0}),
    "hard_tanh-asymmetric": ("hard_tanh", {"min_val": -2.0, "max_val": 0.5}),
}
CASES = {name: (name, {"channels": CHANNELS} if ZOO[name].uses_channels else {}) for name in ELEMENT_WISE} | OPTIONS
DTYPES = {"f64": np.float64, "f32": np.float32, "f16": np.float16, "bf16": ml_dtypes.bfloat16}
INPUTS = {"weight": SLOPE, "noise": SLOPE}


def kinks(case: str, training: bool = False) -> list[Kink]:
    """The declared kinks, NaN among them; at 0 there are two zeros."""
    name, options = CASES[case]
    known = {k: v for k, v in options.items() if k != "channels"} if not ZOO[name].uses_channels else options
    points = find(name).kink_points(known, INPUTS, training)
    points += [Kink(-0.0, k.value, k.derivative) for k in points if k.at == 0]
    return [*points, Kink(math.nan, math.nan, find(name).nan_slope(known, INPUTS, training))]


def columns(points: list[Kink], dtype: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points, values and derivatives as (1, channels, points). What a half type gets was rounded to float32 before."""
    rows = np.array([(k.at, k.value, k.derivative) for k in points])
    rows = rows if dtype is np.float64 else rows.astype(np.float32)
    table = np.tile(rows.astype(dtype), (1, CHANNELS, 1, 1))
    return table[..., 0], table[..., 1], table[..., 2]


def given_state(case: str) -> dict[str, np.ndarray]:
    name, options = CASES[case]
    drawn = random_state(name, options)
    return {
        p.key: np.full(p.shape, INPUTS[p.key]) if p.key in INPUTS else drawn[p.key] for p in parameters(name, options)
    }


@pytest.mark.parametrize("training", [False, True], ids=["eval", "train"])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("case", CASES)
def test_kinks_and_nan(case: str, framework: str, dtype: str, training: bool) -> None:
    name, options = CASES[case]
    x, wanted, slopes = columns(kinks(case, training), DTYPES[dtype])
    noise = np.full_like(x, INPUTS["noise"]) if find(name).noisy and training else None
    module = build(framework, name, given_state(case), training=training, dtype=DTYPES[dtype], **options)
    value, gradients = module.vjp(x, np.ones_like(x), noise)
    np.testing.assert_array_equal(value.astype(np.float64), wanted.astype(np.float64))
    np.testing.assert_array_equal(gradients["x"].astype(np.float64), slopes.astype(np.float64))


FREE = {case: found for case, found in CASES.items() if ZOO[found[0]].by_name and "learnable" not in found[1]}


@pytest.mark.parametrize("case", FREE)
def test_kinks_and_nan_compiled_by_jax(case: str) -> None:
    name, options = FREE[case]
    f = function("flax", name)
    x, wanted, slopes = columns(kinks(case), np.float32)
    value, pull = jax.vjp(jax.jit(lambda x: f(x, **options)), x)
    np.testing.assert_array_equal(value, wanted)
    np.testing.assert_array_equal(jax.jit(pull)(np.ones_like(x))[0], slopes)


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16", "bfloat16"])
@pytest.mark.parametrize("case", [case for case in CASES if kinks(case)[:-1]])
def test_the_reference_has_the_same_kinks(case: str, dtype: str) -> None:
    """And the bound there does not reach to the other side."""
    name, options = CASES[case]
    points = kinks(case)[:-1]
    x, wanted, slopes = columns(points, np.float64)
    found = evaluate(
        name, {"x": x}, given_state(case), options, dtype=dtype, cotangent=np.ones_like(x), elementwise=True
    )
    gradient, bound = found.gradients["x"]
    np.testing.assert_array_equal(found.value, wanted)
    assert gradient == pytest.approx(slopes, rel=1e-15)  # of a slope such as (1/8 + 1/3) / 2 in float64
    assert (bound <= 2.0**-3 * np.maximum(np.abs(slopes), 2.0**-4)).all()
    assert found.ambiguous == 0


GRID = np.arange(-16, 17) / 2
BESIDE = 2.0**-30


@pytest.mark.parametrize("case", CASES)
def test_every_jump_of_the_derivative_is_declared(case: str) -> None:
    """At halves up to 8: a jump is more than the second derivative, at most 4 here, makes of two steps."""
    name, options = CASES[case]
    x = np.tile(np.stack([GRID - BESIDE, GRID + BESIDE]), (1, CHANNELS, 1, 1))
    found = evaluate(
        name, {"x": x}, given_state(case), options, dtype=x.dtype, cotangent=np.ones_like(x), elementwise=True
    )
    below, above = found.gradients["x"][0][0, 0]
    jumps = GRID[np.abs(above - below) > 4 * 2 * BESIDE]
    assert set(jumps) <= {k.at for k in kinks(case)}


# ties

OF_OPERATOR = {"maximum": "first", "minimum": "first", "max_pool": "first", "spatial_max": "shared"}


@pytest.mark.parametrize("name", ZOO)
def test_who_has_a_maximum_says_who_has_its_gradient(name: str) -> None:
    found = {e.operator for whole in tensors(ZOO[name].body) for e in walk(whole) if isinstance(e, Apply | Call | Fold)}
    assert {OF_OPERATOR[o] for o in found & OF_OPERATOR.keys()} == set(ZOO[name].policies.ties)


# batch norms


class LinenNorm(flax.linen.Module):
    """A batch norm of the Linen runtime."""

    @flax.linen.compact
    def __call__(self, x: Any) -> Any:
        from actzoo_flax.linen import _runtime

        return _runtime.normalise(_runtime.new_norm(self, "batch_norm", 1, "2d", name="bn"), x, train=True)


def torch_statistics(x: np.ndarray) -> tuple[Any, Any]:
    from actzoo_torch import _runtime

    layer = _runtime.new_norm("batch_norm", 1, "2d")
    _runtime.normalise(layer, torch.from_numpy(x))
    return layer.running_mean, layer.running_var


def paddle_statistics(x: np.ndarray) -> tuple[Any, Any]:
    from actzoo_paddle import _runtime

    layer = _runtime.new_norm("batch_norm", 1, "2d")
    _runtime.normalise(layer, paddle.to_tensor(x))
    return layer._mean, layer._variance


def flax_statistics(x: np.ndarray) -> tuple[Any, Any]:
    from actzoo_flax import _runtime

    layer = _runtime.new_norm("batch_norm", 1, "2d", rngs=nnx.Rngs(0))
    layer.train()
    _runtime.normalise(layer, jax.numpy.asarray(x))
    return layer.mean[...], layer.var[...]


def linen_statistics(x: np.ndarray) -> tuple[Any, Any]:
    variables = LinenNorm().init(jax.random.key(0), x)
    kept = {"mean": np.zeros(1, np.float32), "var": np.ones(1, np.float32)}
    _, updated = LinenNorm().apply({**variables, "batch_stats": {"bn": kept}}, x, mutable=["batch_stats"])
    return updated["batch_stats"]["bn"]["mean"], updated["batch_stats"]["bn"]["var"]


STATISTICS: dict[str, Callable[[np.ndarray], tuple[Any, Any]]] = {
    "torch": torch_statistics,
    "paddle": paddle_statistics,
    "flax": flax_statistics,
    "linen": linen_statistics,
}


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_running_statistics(framework: str) -> None:
    """Of 0 and 2: the mean is 1, the biased variance 1, the unbiased one 2. To three roundings, of two products and a
    sum, and to what rounding KEPT to float32 does to 1 - KEPT."""
    near = 3 * 2.0**-24 + 2.0**-25 / (1 - KEPT)
    mean, variance = STATISTICS[framework](np.array([0.0, 2.0], np.float32).reshape(2, 1, 1, 1))
    of_batch = {"unbiased": 2.0, "biased": 1.0}[BATCH_NORM[framework]]
    assert mean.item() == pytest.approx((1 - KEPT) * 1.0, rel=near)
    assert variance.item() == pytest.approx(KEPT * 1.0 + (1 - KEPT) * of_batch, rel=near)


# what a spec says of itself


@activation(kinks={"-edge": ("0", "slope"), "edge": ("edge * slope", "1 if training else 0")}, nan_slope="slope")
def stepped(x, slope=Param("1"), *, edge: float = 0.5):
    """A spec of policies."""
    return where(x > edge, x, slope * x)


def test_policies_are_numbers_for_options_and_state() -> None:
    assert stepped.kinks == {"-edge": ("0", "slope"), "edge": ("edge * slope", "1 if training else 0")}
    assert stepped.kink_points({"edge": 2.0}, {"slope": 3.0}) == [Kink(-2.0, 0.0, 3.0), Kink(2.0, 6.0, 0.0)]
    assert stepped.kink_points(None, {"slope": 3.0}, training=True)[1] == Kink(0.5, 1.5, 1.0)
    assert stepped.nan_slope(None, {"slope": 3.0}) == 3.0
    assert math.isnan(find("mish").nan_slope())


def test_a_learnt_tensor_that_is_not_given() -> None:
    with pytest.raises(ValueError, match="the policy 'slope' needs the value of 'slope': pass it in state="):
        stepped.nan_slope()


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "text": ({"kinks": {"0": "0"}}, r"kinks are point -> \(value, derivative\), in text; '0' has '0'"),
    "three": ({"kinks": {"0": ("0", "0", "0")}}, r"kinks are point -> \(value, derivative\)"),
    "number": ({"kinks": {"0": ("0", 1)}}, "a policy is no expression: 1"),
    "no-expression": ({"kinks": {"0": ("0", "1 +")}}, "a policy is no expression: '1 [+]'"),
    "unknown": ({"nan_slope": "alpha"}, "a policy names no option and no tensor: 'alpha'"),
    "tie": ({"ties": {"last": "of all"}}, "ties are 'first' or 'shared' -> between what; not 'last'"),
}


@pytest.mark.parametrize(("policies", "said"), WRONG.values(), ids=WRONG)
def test_wrong_policies_are_refused_with_file_and_line(policies: dict[str, Any], said: str) -> None:
    def doubled(x):
        """Twice x."""
        return 2 * x

    with pytest.raises(SpecError, match=rf"test_policies.py:\d+: in 'doubled': {said}"):
        activation(**policies)(doubled)


SHOWN = {
    "leaky_relu": ["at 0: value 0, derivative negative_slope", "at NaN: value NaN, derivative negative_slope"],
    "mish": ["at NaN: value NaN, derivative NaN"],
    "squeeze_excite": ["in the maximum over space: equal terms share the gradient evenly"],
    "frelu": [
        "of x and bn(conv(x)), in this order: the first of equal terms has the gradient",
        "batch norm: running variance unbiased in torch, biased in paddle and flax and linen",
        "batch norm: new = 0.9 old + 0.1 of the batch",
        "batch norm: one value a channel in training is an error",
    ],
}


@pytest.mark.parametrize("name", SHOWN)
def test_show_prints_policies(name: str) -> None:
    _, heading, after = CliRunner().invoke(app, ["show", name]).output.partition("\nPolicies\n")
    assert heading
    assert after.splitlines()[: len(SHOWN[name])] == SHOWN[name]


def test_show_gives_policies_as_data() -> None:
    found = json.loads(CliRunner().invoke(app, ["show", "relu6", "--json"]).output)["policies"]
    kinks = {"0": {"value": "0", "derivative": "0"}, "6": {"value": "6", "derivative": "0"}}
    assert found == {"kinks": kinks, "nan": {"value": "nan", "derivative": "0"}}
    norm = json.loads(CliRunner().invoke(app, ["show", "frelu", "--json"]).output)["policies"]["batch_norm"]
    assert norm == {"running_variance": dict(BATCH_NORM), "kept": KEPT, "one_value": "error"}
