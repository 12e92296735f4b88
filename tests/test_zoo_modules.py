"""Modules in every framework, every option: value and gradients against the hand-written references."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import paddle
import pytest
from frameworks import FRAMEWORKS, build, compare, expected, explain, parameters, random, random_state, verdict

from actzoo.zoo import ZOO

C = 8
SHAPES = {"1d": (3, C, 7), "2d": (3, C, 5, 6), "3d": (3, C, 3, 4, 2)}
CHANNELS = {"channels": C}
# Each value of each option at least once.
DYRELU_OPTIONS: dict[str, dict[str, Any]] = {
    "default": {},
    "1d-k1": {"conv_type": "1d", "k": 1},
    "3d-blocked-k3-hard": {"conv_type": "3d", "layout": "blocked", "k": 3, "normaliser": "hard_sigmoid"},
    "given-reduction2": {"lambdas": [0.5, 2.0, 1.0, 0.25], "init_v": [0.75, -0.5, 0.25, 0.125], "reduction": 2},
}
DYRELU_C_OPTIONS: dict[str, dict[str, Any]] = {
    "notebook": {"softmax_over": "last_axis", "attend": "residual"},
    "residual": {"attend": "residual"},
    "last-axis-sharp": {"softmax_over": "last_axis", "tau": 0.5, "gamma": 0.75},
    "notebook-1d": {"softmax_over": "last_axis", "attend": "residual", "conv_type": "1d"},
    "notebook-3d": {"softmax_over": "last_axis", "attend": "residual", "conv_type": "3d"},
}
META: dict[str, dict[str, Any]] = {
    "default": {"r": 4},
    "no-norm": {"r": 4, "norm_layer": None},
    "group-norm": {"r": 4, "norm_layer": "group_norm"},
    "1d": {"r": 4, "conv_type": "1d"},
    "3d": {"r": 4, "conv_type": "3d"},
}
FRELU: dict[str, dict[str, Any]] = {
    "default": {},
    "1d-k1": {"conv_type": "1d", "k": 1},
    "k5": {"k": 5},
    "3d": {"conv_type": "3d"},
}
SQUEEZE: dict[str, dict[str, Any]] = {
    "default": {},
    "max-ratio-half-divisor1": {"add_maxpool": True, "rd_ratio": 0.5, "rd_divisor": 1},
    "no-bias": {"rd_channels": 3, "bias": False},
    "norm": {"rd_channels": 3, "norm_layer": "batch_norm"},
    "group-norm": {"rd_channels": 3, "norm_layer": "group_norm"},
    "mish-hard": {"rd_channels": 3, "act_layer": "mish", "gate_layer": "hard_sigmoid"},
}
GATHER: dict[str, dict[str, Any]] = {
    "default": {"rd_channels": 3},
    "no-mlp": {"use_mlp": False},
    "max": {"rd_channels": 3, "add_maxpool": True},
    "extent2": {"rd_channels": 3, "extent": 2},
    "extent4-max": {"rd_channels": 3, "extent": 4, "add_maxpool": True},
    "extent8-no-mlp": {"extent": 8, "use_mlp": False},
    "learnt": {"rd_channels": 3, "extra_params": True, "feat_size": (5, 6)},
    "learnt-odd": {"rd_channels": 3, "extra_params": True, "feat_size": 3},
    "learnt-valid": {"rd_channels": 3, "extra_params": True, "feat_size": (5, 6), "global_gather": "valid"},
    "learnt-no-norm": {"rd_channels": 3, "extra_params": True, "feat_size": (5, 6), "norm_layer": None},
    "learnt-extent2": {"rd_channels": 3, "extra_params": True, "extent": 2},
    "learnt-extent4": {"rd_channels": 3, "extra_params": True, "extent": 4},
    "learnt-extent4-act": {"rd_channels": 3, "extra_params": True, "extent": 4, "gather_act": True},
    "learnt-extent4-group-norm": {"rd_channels": 3, "extra_params": True, "extent": 4, "norm_layer": "group_norm"},
    "learnt-extent4-instance-norm": {
        "rd_channels": 3,
        "extra_params": True,
        "extent": 2,
        "norm_layer": "instance_norm",
    },
    "swish-hard": {"rd_channels": 3, "act_layer": "hard_swish", "gate_layer": "hard_sigmoid"},
}
TABLE = {
    **{s.name: {"default": {}} for s in ZOO.values() if not s.element_wise},
    **dict.fromkeys(("dyrelu_a", "dyrelu_b"), DYRELU_OPTIONS),
    "dyrelu_c": DYRELU_OPTIONS | DYRELU_C_OPTIONS,
    "meta_acon_c": META,
    "frelu": FRELU,
    "squeeze_excite": SQUEEZE,
    "gather_excite": GATHER,
}
CASES = {
    f"{name}-{case}": (name, CHANNELS | options) for name, table in TABLE.items() for case, options in table.items()
}
TRAINED = {
    case: (name, options)
    for case, (name, options) in CASES.items()
    if any(p.part == "running_var" for p in parameters(name, options))
}


SINGLE = [case for case in CASES if case.endswith(("-default", "-notebook", "-learnt-extent4"))]
EMPTY = [
    *SINGLE,
    "dyrelu_c-1d-k1",
    "dyrelu_c-notebook-3d",
    "meta_acon_c-no-norm",
    "gather_excite-no-mlp",
    "gather_excite-max",
]
EMPTY += ["gather_excite-extent4-max", "gather_excite-learnt-valid"]


def x_of(options: dict[str, Any], dtype: Any = np.float64) -> np.ndarray:
    return random(*SHAPES[options.get("conv_type", "2d")], seed=2).astype(dtype)


def precision(case: str, framework: str) -> Any:
    """float64; but Paddle rounds a batch norm's epsilon to float32 (3.3), `test_paddle_rounds_epsilon_to_float32`."""
    return np.float32 if framework == "paddle" and case in TRAINED else np.float64


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("case", CASES)
def test_value_and_gradients(case: str, framework: str) -> None:
    name, options = CASES[case]
    found = verdict(framework, name, x_of(options, precision(case, framework)), **options)
    assert found.passed, explain(found)


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("case", SINGLE)
def test_float32(case: str, framework: str) -> None:
    name, options = CASES[case]
    found = verdict(framework, name, x_of(options, np.float32), **options)
    assert found.passed, explain(found)


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("case", TRAINED)
def test_training(case: str, framework: str) -> None:
    name, options = TRAINED[case]
    found = verdict(framework, name, x_of(options, precision(case, framework)), training=True, **options)
    assert found.passed, explain(found)


def test_paddle_rounds_epsilon_to_float32() -> None:
    """A framework's own failure: 1e-5 is float32(1e-5) in its kernels, whatever the dtype. Where this fails, Paddle
    is repaired, and `precision` can go."""
    layer = paddle.nn.BatchNorm2D(1, epsilon=1e-5)
    layer.to(dtype="float64")
    layer.eval()
    y = layer(paddle.ones([1, 1, 1, 1], "float64")).numpy().item()
    rounded, right = (1 / math.sqrt(1 + eps) for eps in (float(np.float32(1e-5)), 1e-5))
    assert abs(y - rounded) < abs(y - right)


def test_training_is_asked_of_something() -> None:
    assert {name for name, _ in TRAINED.values()} == {"meta_acon_c", "frelu", "squeeze_excite", "gather_excite"}


# per-channel vectors of shape (1, C, 1, 1), whatever the input's rank


@pytest.mark.parametrize("shape", [(3, C), (3, C, 7), (3, C, 5, 6), (3, C, 3, 4, 2)], ids=["0d", "1d", "2d", "3d"])
@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("name", ["acon_a", "acon_b", "acon_c", "prelu"])
def test_per_channel_at_every_rank(name: str, framework: str, shape: tuple[int, ...]) -> None:
    options = {"num_parameters": C} if name == "prelu" else {"channels": C}
    x = random(*shape, seed=2)
    state = random_state(name, options)
    y = build(framework, name, state, **options)(x)
    per_position = np.moveaxis(x, 1, -1).reshape(-1, C, 1, 1)
    wanted = expected(name, per_position, state, options)
    found = compare(wanted, np.moveaxis(y, 1, -1).reshape(-1, C, 1, 1))
    assert found.passed, found


# the two excitations agree where both mean the same


@pytest.mark.parametrize("add_maxpool", [False, True], ids=["mean", "mean-and-max"])
@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_squeeze_excite_is_gather_excite_of_everything(framework: str, add_maxpool: bool) -> None:
    options = {"channels": C, "rd_channels": 3, "add_maxpool": add_maxpool}
    state = random_state("squeeze_excite", options)
    x = random(*SHAPES["2d"], seed=2)
    y = build(framework, "gather_excite", {f"mlp.{k}": v for k, v in state.items()}, extent=0, **options)(x)
    found = compare(expected("squeeze_excite", x, state, options), y)
    assert found.passed, found


# an empty batch


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("case", EMPTY)
def test_an_empty_batch_is_an_empty_result(case: str, framework: str) -> None:
    name, options = CASES[case]
    x = x_of(options)[:0]
    y = build(framework, name, **options)(x)
    assert y.shape == x.shape
    assert y.dtype == x.dtype


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("name", sorted(s.name for s in ZOO.values() if s.element_wise))
def test_an_empty_batch_element_wise(name: str, framework: str) -> None:
    options = {"channels": C} if name.startswith("acon") else {}
    x = np.zeros((0, C, 5, 6))
    y = build(framework, name, **options)(x)
    assert y.shape == x.shape
    assert y.dtype == x.dtype
