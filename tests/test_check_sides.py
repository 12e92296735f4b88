"""The sides of a check: every kind of module and function, layouts, arguments, and how each is told from the others."""

from functools import partial
from typing import Any

import flax.nnx as nnx
import jax
import jax.numpy as jnp
import numpy as np
import paddle
import pytest
import torch
from flax import linen
from models.ported import Function, abstract

from actzoo_parity import ParityError, SideError, check
from actzoo_parity._sides import Inputs, Noise, Question
from actzoo_parity._sides._jax import FunctionSide
from actzoo_parity._sides._numpy import NumpySide
from actzoo_parity._sides._paddle import PaddleSide
from actzoo_parity._sides._torch import TorchSide
from actzoo_parity._sides._which import which

RNG = np.random.default_rng(0)
X = RNG.standard_normal((4, 8)).astype(np.float32)
MAP = RNG.standard_normal((2, 3, 6, 5)).astype(np.float32)


class Dense(linen.Module):
    """A linear layer and a norm, in Linen."""

    @linen.compact
    def __call__(self, x: jax.Array, train: bool = False, *, scale: float = 1.0) -> jax.Array:
        x = linen.Dense(6, name="0")(x)
        return scale * linen.BatchNorm(use_running_average=not train, epsilon=1e-5, momentum=0.9, name="1")(x)


def in_torch(training: bool = False) -> torch.nn.Module:
    return torch.nn.Sequential(torch.nn.Linear(8, 6), torch.nn.BatchNorm1d(6)).train(training)


def variables() -> Any:
    return Dense().init(jax.random.key(0), jnp.zeros((1, 8)))


@pytest.mark.parametrize(
    "side",
    [
        pytest.param(lambda: Dense(), id="without-variables"),
        pytest.param(lambda: (Dense(), variables()), id="with-variables"),
        pytest.param(lambda: Dense().bind(variables()), id="bound"),
    ],
)
def test_linen_in_three_ways(side: Any) -> None:
    report = check(in_torch(), side(), X)
    assert "gradient of 0.weight" in report.verdicts[1].outputs
    assert [v.framework for v in report.verdicts] == ["torch", "linen"]


def test_linen_first() -> None:
    report = check((Dense(), variables()), in_torch(), X)
    assert "gradient of 1.bias" in report.verdicts[1].outputs
    with pytest.raises(SideError, match="linen comes first and has no weights"):
        check(Dense(), in_torch(), X)


def test_keywords_reach_one_side() -> None:
    report = check(in_torch(training=True), Dense(), X, keywords={"linen": {"train": True}})
    assert "updated 1.running_mean" in report.verdicts[1].outputs
    with pytest.raises(ParityError, match="linen differs from torch in value"):
        check(in_torch(), Dense(), X, keywords={"linen": {"scale": 2.0}})


def test_another_mode_is_found() -> None:
    with pytest.raises(ParityError, match="training mode is False in torch and True in paddle"):
        check(in_torch(), paddle.nn.Sequential(paddle.nn.Linear(8, 6), paddle.nn.BatchNorm1D(6)), X)


def test_a_jax_function_with_parameters() -> None:
    parameters = {"weight": jnp.asarray(RNG.standard_normal((6, 8)), jnp.float32), "bias": jnp.zeros(6)}

    def linear(parameters: Any, x: jax.Array) -> jax.Array:
        return x @ parameters["weight"].T + parameters["bias"]

    report = check(torch.nn.Linear(8, 6), (linear, parameters), X)
    assert [v.framework for v in report.verdicts] == ["torch", "jax"]
    assert "gradient of weight" in report.verdicts[1].outputs


def test_nnx_without_values_takes_the_first_sides() -> None:
    made = abstract(lambda: nnx.Linear(8, 3, rngs=nnx.Rngs(0)))
    assert check(torch.nn.Linear(8, 3), made(), X).passed
    with pytest.raises(SideError, match="flax has no weights"):
        check(lambda x: torch.tanh(x), made(), X, weights="own")


CONVOLUTIONS = {
    "torch": lambda: torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.ReLU()),
    "paddle": lambda: paddle.nn.Sequential(paddle.nn.Conv2D(3, 4, 3), paddle.nn.ReLU()),
    "flax": lambda: nnx.Sequential(nnx.Conv(3, 4, (3, 3), padding=0, rngs=nnx.Rngs(0)), Function(jax.nn.relu)),
}


def test_maps_are_given_channels_last_to_flax() -> None:
    report = check(*(make() for make in CONVOLUTIONS.values()), MAP)
    assert all("gradient of x" in v.outputs for v in report.verdicts)


def test_flax_may_come_first() -> None:
    assert check(CONVOLUTIONS["flax"](), CONVOLUTIONS["torch"](), MAP).passed


def test_sequences_are_left_as_they_are_unless_there_are_convolutions() -> None:
    sequences = RNG.standard_normal((2, 5, 8)).astype(np.float32)
    assert check(torch.nn.Linear(8, 3), nnx.Linear(8, 3, rngs=nnx.Rngs(0)), sequences).passed
    flax_conv = nnx.Conv(5, 4, (3,), padding=0, rngs=nnx.Rngs(0))
    assert check(torch.nn.Conv1d(5, 4, 3), flax_conv, sequences).passed


def test_channels_last_may_be_said() -> None:
    def gate(x: jax.Array) -> jax.Array:
        return x * x.mean(-1, keepdims=True)

    def torch_gate(x: torch.Tensor) -> torch.Tensor:
        return x * x.mean(1, keepdim=True)

    assert check(torch_gate, gate, MAP, channels_last=["jax"]).passed
    with pytest.raises(ParityError):
        check(torch_gate, gate, MAP)
    with pytest.raises(SideError, match="channels_last names flax; the sides are torch, jax"):
        check(torch_gate, gate, MAP, channels_last=["flax"])


def test_numbers_of_64_bits_stay_whole_in_jax() -> None:
    table = RNG.standard_normal((9, 4)).astype(np.float32)
    index = np.array([[0, 8], [3, 3]])
    embed = nnx.Embed(9, 4, rngs=nnx.Rngs(0))
    module = torch.nn.Embedding(9, 4)
    module.weight.data = torch.from_numpy(table)
    assert check(module, embed, index).passed


def test_what_a_module_closes_over_tells_its_framework() -> None:
    layer = torch.nn.Linear(8, 3)
    weight, bias = (p.detach().numpy() for p in layer.parameters())

    def wrapped(x: Any) -> Any:
        return layer(x).relu()

    def in_numpy(x: Any) -> Any:
        return np.maximum(x @ weight.T + bias, 0)

    report = check(wrapped, in_numpy, X)
    assert [v.framework for v in report.verdicts] == ["torch", "numpy"]
    assert "it is a function that holds a module" in " ".join(report.notes)
    assert "not compared, since torch alone gives them: gradient of x" in report.notes


@pytest.mark.parametrize(
    ("target", "framework"),
    [
        pytest.param(torch.nn.functional.gelu, "torch", id="torch-builtin"),
        pytest.param(torch.tanh, "torch", id="torch-method"),
        pytest.param(paddle.nn.functional.gelu, "paddle", id="paddle"),
        pytest.param(jax.nn.gelu, "jax", id="jax"),
        pytest.param(jax.jit(lambda x: x), "jax", id="jit"),
        pytest.param(np.tanh, "numpy", id="ufunc"),
        pytest.param(np.linalg.norm, "numpy", id="numpy"),
        pytest.param(partial(partial(torch.softmax), dim=-1), "torch", id="partial"),
        pytest.param(lambda x: [np.sum(y) for y in x], "numpy", id="comprehension"),
        pytest.param(lambda x: torch.from_numpy(np.ones(3)) * x, "torch", id="torch-beside-numpy"),
        pytest.param(torch.nn.Linear(2, 2).forward, "torch", id="bound-method"),
        pytest.param(paddle.nn.Linear(2, 2), "paddle", id="layer"),
        pytest.param((lambda p, x: p * x, {}), "jax", id="with-parameters"),
    ],
)
def test_a_function_is_known_by_what_it_calls(target: Any, framework: str) -> None:
    assert which(target, None) == framework


def test_a_name_tells_whose_function_it_is() -> None:
    assert which(lambda x: x, "paddle old") == "paddle"
    assert which(lambda x: x, "flax") == "jax"
    with pytest.raises(SideError, match="it calls jax and torch"):
        which(lambda x: (torch.tanh(x), jnp.tanh(x)), None)


def test_a_subclass_of_a_framework_is_a_module() -> None:
    assert which(nnx.Linear(2, 2, rngs=nnx.Rngs(0)), None) == "flax"
    assert which(Dense(), None) == "linen"


SIDES = {
    "torch": lambda: TorchSide("torch", torch.nn.functional.layer_norm, {"normalized_shape": (8,)}, _same, {}),
    "jax": lambda: FunctionSide("jax", lambda x: jax.nn.standardize(x), {}, _same),
    "numpy": lambda: NumpySide(
        "numpy", lambda x: (x - x.mean(-1, keepdims=True)) / x.std(-1, keepdims=True), {}, _same
    ),
    "paddle": lambda: PaddleSide("paddle", paddle.nn.LayerNorm(8), {}, _same, {}),
}


def _same(out: Any) -> Any:
    return out


@pytest.mark.parametrize("framework", SIDES)
def test_noise_is_of_the_size_of_rounding_and_drawn_by_the_seed(framework: str) -> None:
    side = SIDES[framework]()
    state = {key: array.astype(np.float64) for key, array in (side.state() or {}).items()}
    question = Question(Inputs({"x": X.astype(np.float64)}), state, "float64")
    exact = side.run(question).outputs["value"]

    def disturbed(seed: int) -> np.ndarray:
        noise = Noise("float32", seed)
        return side.run(Question(question.inputs, question.state, "float64", noise=noise)).outputs["value"]

    assert np.array_equal(disturbed(1), disturbed(1))
    off = np.abs(disturbed(1) - exact)
    assert 2.0**-26 < off.max() < 2.0**-17
    assert not np.array_equal(disturbed(1), disturbed(2))


@pytest.mark.parametrize("framework", [f for f in SIDES if f != "paddle"])
def test_noise_reaches_what_mathematics_cancels(framework: str) -> None:
    """A sum of differences from the mean is 0 whatever x is, and is not when it is rounded."""
    functions = {
        "torch": lambda: TorchSide("torch", lambda x: (x - x.mean(-1, keepdim=True)).sum(-1), {}, _same, {}),
        "jax": lambda: FunctionSide("jax", lambda x: (x - x.mean(-1, keepdims=True)).sum(-1), {}, _same),
        "numpy": lambda: NumpySide("numpy", lambda x: (x - x.mean(-1, keepdims=True)).sum(-1), {}, _same),
    }
    question = Question(Inputs({"x": X.astype(np.float64)}), {}, "float64", noise=Noise("float32", 0))
    out = functions[framework]().run(question).outputs["value"]
    assert np.all(np.abs(out) > 1e-9)
    assert np.all(np.abs(out) < 1e-5)


@pytest.mark.parametrize(
    ("make", "dtype"),
    [
        pytest.param(lambda: TorchSide("", lambda x: x.half().double(), {}, _same, {}), "float16", id="torch-half"),
        pytest.param(lambda: TorchSide("", lambda x: x.float().double(), {}, _same, {}), "float32", id="torch-float"),
        pytest.param(lambda: FunctionSide("", lambda x: x.astype("bfloat16"), {}, _same), "bfloat16", id="jax"),
        pytest.param(lambda: NumpySide("", lambda x: x.astype("f2") + x, {}, _same), "float16", id="numpy"),
        pytest.param(
            lambda: PaddleSide("", lambda x: paddle.tanh(x.astype("float32")), {}, _same, {}), "float32", id="paddle"
        ),
    ],
)
def test_narrower_floats_are_noticed(make: Any, dtype: str) -> None:
    question = Question(Inputs({"x": X.astype(np.float64)}), {}, "float64")
    assert list(make().run(question).narrowed) == [dtype]


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(
            lambda: TorchSide("", lambda x: torch.tensor(0.5) * x + torch.arange(8.0), {}, _same, {}), id="torch"
        ),
        pytest.param(lambda: FunctionSide("", lambda x: jnp.float32(0.5) * x + jnp.arange(8.0), {}, _same), id="jax"),
        pytest.param(lambda: NumpySide("", lambda x: np.float32(0.5) * x, {}, _same), id="numpy"),
        pytest.param(
            lambda: PaddleSide("", lambda x: paddle.full([8], 0.5) * paddle.tanh(x), {}, _same, {}), id="paddle"
        ),
    ],
)
def test_constants_do_not_narrow(make: Any) -> None:
    question = Question(Inputs({"x": X.astype(np.float64)}), {}, "float64")
    assert make().run(question).narrowed == {}


def test_other_outputs_are_refused() -> None:
    with pytest.raises(SideError, match="value is a str"):
        check(lambda x: (torch.tanh(x), "done")[1], np.tanh, X)
