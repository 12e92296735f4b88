"""Bad input in every framework: the error's class, and that it names the value and what is allowed."""

from __future__ import annotations

import functools
from typing import Any

import jax
import numpy as np
import paddle
import pytest
import torch
from flax import nnx
from frameworks import CHANNELS_LAST, FRAMEWORKS, channels_last, find, function, new, to_paddle, to_torch

C = 8
LAYERED = ["dyrelu_a", "dyrelu_b", "dyrelu_c", "frelu", "meta_acon_c", "squeeze_excite", "gather_excite"]
PER_CHANNEL = ["acon_a", "acon_b", "acon_c"]
EITHER = (ValueError, TypeError)


def run(framework: str, name: str, x: np.ndarray, training: bool = False, **options: Any) -> Any:
    """Make a module and call it, as a user would; Linen checks its options when it is called."""
    if framework == "linen":
        module = new("linen", name, **options)
        given = jax.numpy.asarray(channels_last(x))
        train = {"train": True} if training else {}
        keys = {"params": jax.random.key(0), "noise": jax.random.key(1)}
        return module.init_with_output(keys, given, **train)[0]
    module = new(framework, name, **options)
    if framework == "torch":
        return module.train(training)(to_torch(x))
    if framework == "paddle":
        module.train() if training else module.eval()
        return module(to_paddle(x))
    assert isinstance(module, nnx.Module)
    module.train() if training else module.eval()
    return module(jax.numpy.asarray(channels_last(x)))


def ones(*shape: int, dtype: Any = np.float32) -> np.ndarray:
    return np.ones(shape, dtype)


def shown(framework: str, *shape: int) -> str:
    """A shape as the framework's user sees it."""
    if framework in CHANNELS_LAST and len(shape) > 2:
        shape = (shape[0], *shape[2:], shape[1])
    return str(shape).replace("(", r"\(").replace(")", r"\)")


# the input


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("name", LAYERED)
def test_wrong_channels(name: str, framework: str) -> None:
    said = rf"{find(name).module} takes an input of shape \(N, .*8.*\), got {shown(framework, 2, 5, 4, 4)}"
    with pytest.raises(ValueError, match=said):
        run(framework, name, ones(2, 5, 4, 4), channels=C)


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("name", PER_CHANNEL)
def test_wrong_channels_of_a_vector(name: str, framework: str) -> None:
    with pytest.raises(ValueError, match=r"8.*5"):
        run(framework, name, ones(2, 5, 4, 4), channels=C)


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_wrong_channels_of_prelu(framework: str) -> None:
    with pytest.raises(ValueError, match=r"a parameter of 8 values does not fit an input of 5 channels"):
        run(framework, "prelu", ones(2, 5, 4, 4), num_parameters=8)


@pytest.mark.parametrize("shape", [(2, C), (2, C, 4), (2, C, 4, 4, 4), (C,)], ids=["2", "3", "5", "1"])
@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("name", LAYERED)
def test_wrong_rank(name: str, framework: str, shape: tuple[int, ...]) -> None:
    said = rf"{find(name).module} takes an input of shape \(N, .*8.*\), got {shown(framework, *shape)}"
    with pytest.raises(ValueError, match=said):
        run(framework, name, ones(*shape), channels=C)


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("name", ["dyrelu_a", "dyrelu_b", "dyrelu_c", "frelu", "meta_acon_c"])
def test_wrong_rank_of_a_conv_type(name: str, framework: str) -> None:
    with pytest.raises(ValueError, match=rf"got {shown(framework, 2, C, 4, 4)}"):
        run(framework, name, ones(2, C, 4, 4), channels=C, conv_type="1d")


DTYPES = {"int32": np.int32, "int64": np.int64, "bool": np.bool_}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("name", [*LAYERED, *PER_CHANNEL, "mish", "relu", "prelu", "swish", "rrelu"])
def test_not_floating(name: str, framework: str, dtype: str) -> None:
    options = {"channels": C} if name in LAYERED + PER_CHANNEL else {}
    wanted = "int32" if framework in CHANNELS_LAST and dtype == "int64" else dtype  # JAX has no int64 by default
    with pytest.raises(TypeError, match=rf"takes a floating-point (tensor|array), got .*{wanted}"):
        run(framework, name, ones(2, C, 4, 4, dtype=DTYPES[dtype]), **options)


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("name", ["mish", "dyrelu_a"])
def test_not_a_tensor(name: str, framework: str) -> None:
    module = new(framework, name, **({"channels": C} if name == "dyrelu_a" else {}))
    call = functools.partial(module.init_with_output, jax.random.key(0)) if framework == "linen" else module
    with pytest.raises(TypeError, match=r"takes a floating-point (tensor|array), got (list|str)"):
        call("text" if framework == "linen" else [[1.0, 2.0]])


@pytest.mark.parametrize("framework", ["torch", "paddle", "flax"])
@pytest.mark.parametrize("name", ["mish", "gelu", "softplus", "elu"])
def test_a_function_takes_floating_tensors(name: str, framework: str) -> None:
    x = {"torch": torch.tensor([1]), "paddle": paddle.to_tensor([1]), "flax": jax.numpy.array([1])}[framework]
    with pytest.raises(TypeError, match=r"takes a floating-point (tensor|array), got .*int"):
        function(framework, name)(x)


# options that have a list of values

CHOICES = {
    "conv_type": ("dyrelu_b", {"conv_type": "4d"}, "'4d'", ["'1d'", "'2d'", "'3d'"]),
    "conv_type-number": ("frelu", {"conv_type": 2}, "2", ["'1d'", "'2d'", "'3d'"]),
    "normaliser": ("dyrelu_a", {"normaliser": "tanh"}, "'tanh'", ["'sigmoid'", "'hard_sigmoid'"]),
    "layout": ("dyrelu_b", {"layout": "mixed"}, "'mixed'", ["'interleaved'", "'blocked'"]),
    "softmax_over": ("dyrelu_c", {"softmax_over": "space"}, "'space'", ["'positions'", "'last_axis'"]),
    "attend": ("dyrelu_c", {"attend": "all"}, "'all'", ["'coefficients'", "'residual'"]),
    "global_gather": ("gather_excite", {"global_gather": "same"}, "'same'", ["'padded'", "'valid'"]),
    "act_layer": ("squeeze_excite", {"act_layer": "cosine"}, "'cosine'", ["mish", "relu", "sigmoid"]),
    "gate_layer": ("squeeze_excite", {"gate_layer": "softmax"}, "'softmax'", ["hard_sigmoid", "sigmoid", "tanh"]),
    "act_layer-ge": ("gather_excite", {"act_layer": "prelu"}, "'prelu'", ["mish", "relu", "sigmoid"]),
    "gate_layer-ge": ("gather_excite", {"gate_layer": ""}, "''", ["hard_sigmoid", "sigmoid"]),
    "norm_layer": (
        "squeeze_excite",
        {"norm_layer": "layer_norm"},
        "'layer_norm'",
        ["'batch_norm'", "'group_norm'", "'instance_norm'"],
    ),
    "norm_layer-ge": (
        "gather_excite",
        {"norm_layer": "bn", "extra_params": True, "extent": 2},
        "'bn'",
        ["'batch_norm'", "'group_norm'", "'instance_norm'"],
    ),
    "norm_layer-meta": ("meta_acon_c", {"norm_layer": "none"}, "'none'", ["'batch_norm'", "'group_norm'"]),
}


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("case", CHOICES)
def test_unknown_choice(case: str, framework: str) -> None:
    name, options, given, allowed = CHOICES[case]
    with pytest.raises(ValueError, match=rf"{case.split('-')[0]}.* is one of .*got {given}") as raised:
        run(framework, name, ones(2, C, 8, 8), channels=C, **options)
    assert all(each in str(raised.value) for each in allowed)


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_unknown_approximation(framework: str) -> None:
    with pytest.raises(ValueError, match="GELU: approximate is one of 'none', 'tanh'; got 'sigmoid'"):
        run(framework, "gelu", ones(2, C), approximate="sigmoid")


@pytest.mark.parametrize("framework", ["torch", "paddle", "flax"])
def test_unknown_approximation_of_a_function(framework: str) -> None:
    x = {"torch": torch.ones(2), "paddle": paddle.ones([2]), "flax": jax.numpy.ones(2)}[framework]
    with pytest.raises(ValueError, match="approximate is one of 'none', 'tanh'; got True"):
        function(framework, "gelu")(x, approximate=True)


# sizes and counts

NUMBERS = {
    "reduction-larger-than-channels": ("dyrelu_b", {"channels": 8, "reduction": 9}, ["reduction=9", "channels=8"]),
    "reduction-0": ("dyrelu_b", {"channels": 8, "reduction": 0}, ["reduction", "0"]),
    "reduction-negative": ("dyrelu_a", {"channels": 8, "reduction": -1}, ["reduction", "-1"]),
    "reduction-fraction": ("dyrelu_a", {"channels": 8, "reduction": 2.0}, ["reduction", "2.0"]),
    "k-0": ("dyrelu_a", {"channels": 8, "k": 0}, ["k", "0"]),
    "k-fraction": ("dyrelu_b", {"channels": 8, "k": 2.5}, ["k", "2.5"]),
    "k-text": ("dyrelu_c", {"channels": 8, "k": "2"}, ["k", "'2'"]),
    "k-truth": ("dyrelu_c", {"channels": 8, "k": True}, ["k", "True"]),
    "k-none": ("dyrelu_c", {"channels": 8, "k": None}, ["k", "None"]),
    "k-even": ("frelu", {"channels": 8, "k": 2}, ["k=2"]),
    "k-zero-frelu": ("frelu", {"channels": 8, "k": 0}, ["k", "0"]),
    "channels-0": ("frelu", {"channels": 0}, ["channels", "0"]),
    "channels-0-acon": ("acon_c", {"channels": 0}, ["channels", "0"]),
    "channels-fraction": ("dyrelu_a", {"channels": 8.0}, ["channels", "8.0"]),
    "channels-text": ("acon_a", {"channels": "8"}, ["channels", "'8'"]),
    "channels-negative": ("squeeze_excite", {"channels": -8}, ["channels", "-8"]),
    "tau-0": ("dyrelu_c", {"channels": 8, "tau": 0.0}, ["tau=0.0"]),
    "tau-text": ("dyrelu_c", {"channels": 8, "tau": "10"}, ["tau", "'10'"]),
    "gamma-none": ("dyrelu_c", {"channels": 8, "gamma": None}, ["gamma", "None"]),
    "r-0": ("meta_acon_c", {"channels": 8, "r": 0}, ["r", "0"]),
    "r-fraction": ("meta_acon_c", {"channels": 8, "r": 1.5}, ["r", "1.5"]),
    "lambdas-short": ("dyrelu_a", {"channels": 8, "lambdas": [1.0, 0.5]}, ["lambdas has 4 values", "[1.0, 0.5]"]),
    "lambdas-for-k3": ("dyrelu_b", {"channels": 8, "k": 3, "lambdas": [1.0] * 4}, ["lambdas has 6 values", "4"]),
    "init_v-long": ("dyrelu_c", {"channels": 8, "init_v": [1.0] * 5}, ["init_v has 4 values", "got 5"]),
    "init_v-empty": ("dyrelu_c", {"channels": 8, "init_v": []}, ["init_v has 4 values", "got 0"]),
    "extent-3": ("gather_excite", {"channels": 8, "extent": 3}, ["power of two", "extent=3"]),
    "extent-1": ("gather_excite", {"channels": 8, "extent": 1}, ["power of two", "extent=1"]),
    "extent-6": ("gather_excite", {"channels": 8, "extent": 6, "extra_params": True}, ["power of two", "extent=6"]),
    "extent-negative": ("gather_excite", {"channels": 8, "extent": -2}, ["extent", "-2"]),
    "extent-fraction": ("gather_excite", {"channels": 8, "extent": 2.0}, ["extent", "2.0"]),
    "feat_size-missing": ("gather_excite", {"channels": 8, "extra_params": True}, ["feat_size", "feat_size=None"]),
    "rd_divisor-0": ("squeeze_excite", {"channels": 8, "rd_divisor": 0}, ["rd_divisor", "0"]),
    "rd_ratio-text": ("squeeze_excite", {"channels": 8, "rd_ratio": "1/16"}, ["rd_ratio", "'1/16'"]),
    "rd_channels-fraction": ("squeeze_excite", {"channels": 8, "rd_channels": 2.5}, ["rd_channels", "2.5"]),
    "rd_channels-negative": ("gather_excite", {"channels": 8, "rd_channels": -1}, ["rd_channels", "-1"]),
    "beta-0": ("softplus", {"beta": 0.0}, ["beta", "0.0"]),
    "beta-text": ("softplus", {"beta": "1"}, ["beta", "'1'"]),
    "swish-beta-text": ("swish", {"beta": "1"}, ["beta", "'1'"]),
    "slope-text": ("leaky_relu", {"negative_slope": "0.1"}, ["negative_slope", "'0.1'"]),
    "alpha-none": ("elu", {"alpha": None}, ["alpha", "None"]),
    "lower-above-upper": ("rrelu", {"lower": 0.5, "upper": 0.25}, ["lower=0.5", "upper=0.25"]),
    "lower-negative": ("rrelu", {"lower": -0.5}, ["lower=-0.5"]),
    "parameters-0": ("prelu", {"num_parameters": 0}, ["num_parameters", "0"]),
    "parameters-fraction": ("prelu", {"num_parameters": 1.5}, ["num_parameters", "1.5"]),
}


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("case", NUMBERS)
def test_bad_number(case: str, framework: str) -> None:
    """`ValueError` or `TypeError` of the class's own, that names the option and the value."""
    name, options, said = NUMBERS[case]
    with pytest.raises(EITHER, match=rf"^{find(name).module}\b") as raised:
        run(framework, name, ones(2, 8, 8, 8), **options)
    assert all(each in str(raised.value) for each in said)


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("name", ["dyrelu_a", "mish", "prelu"])
def test_unknown_option(name: str, framework: str) -> None:
    with pytest.raises(TypeError, match=r"slopes|takes no arguments"):
        new(framework, name, slopes=3, **({"channels": C} if name == "dyrelu_a" else {}))


# statistics of one value

NORMED = {
    "meta_acon_c": ("meta_acon_c", {"channels": C}),
    "squeeze_excite": ("squeeze_excite", {"channels": C, "norm_layer": "batch_norm"}),
    "frelu": ("frelu", {"channels": C}),
    "gather_excite": ("gather_excite", {"channels": C, "extra_params": True, "extent": 2}),
}


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("case", NORMED)
def test_one_value_per_channel_in_training(case: str, framework: str) -> None:
    name, options = NORMED[case]
    with pytest.raises(ValueError, match=r"more than (one|1) value per channel"):
        run(framework, name, ones(1, C, 1, 1), training=True, **options)


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("case", NORMED)
def test_one_value_per_channel_in_evaluation(case: str, framework: str) -> None:
    name, options = NORMED[case]
    y = run(framework, name, ones(1, C, 1, 1), **options)
    assert tuple(y.shape) == ((1, 1, 1, C) if framework in CHANNELS_LAST else (1, C, 1, 1))


@pytest.mark.parametrize("training", [False, True], ids=["eval", "train"])
@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_one_value_per_channel_of_instance_norm(framework: str, training: bool) -> None:
    """Of one value a channel's own statistics leave nothing: torch refuses it, so all do."""
    with pytest.raises(ValueError, match=r"more than (one|1) value per channel"):
        run(framework, "meta_acon_c", ones(2, C, 1, 1), training, channels=C, norm_layer="instance_norm")


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_one_value_per_channel_of_group_norm(framework: str) -> None:
    y = run(framework, "meta_acon_c", ones(1, C, 1, 1), training=True, channels=C, norm_layer="group_norm")
    assert np.isfinite(np.asarray(y.detach() if framework == "torch" else y)).all()


# noise


def test_flax_function_asks_for_noise() -> None:
    with pytest.raises(ValueError, match=r"rrelu in training takes noise=: uniform numbers in \[0, 1\)"):
        function("flax", "rrelu")(jax.numpy.ones(3), training=True)


@pytest.mark.parametrize("framework", ["torch", "paddle", "flax"])
def test_noise_of_another_shape(framework: str) -> None:
    x, noise = np.ones((2, 3), np.float32), np.ones((2, 4), np.float32)
    to = {"torch": to_torch, "paddle": to_paddle, "flax": jax.numpy.asarray}[framework]
    with pytest.raises((ValueError, TypeError, RuntimeError)):
        function(framework, "rrelu")(to(x), to(noise), training=True)
