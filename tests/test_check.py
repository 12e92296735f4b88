"""The check of other people's modules: right ports hold, wrong ones are caught, and told where and by how much."""

import re
from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import ml_dtypes
import numpy as np
import paddle
import pytest
import torch
from flax import nnx
from models.ported import DEFECTS, PORTED, TorchNarrow, paddle_mlp, softmax, torch_mlp

from actzoo_parity import ParityError, Report, SideError, check, reference
from actzoo_parity._report import EXACT

X = np.random.default_rng(0).standard_normal((4, 8)).astype(np.float32)
WHOLE = "resnet18"  # takes a minute: tests/measure_check.py


def failed(*sides: Any, **told: Any) -> str:
    """What a check says that fails."""
    with pytest.raises(ParityError) as error:
        check(*sides, **told)
    return str(error.value)


@pytest.mark.parametrize("name", [name for name in PORTED if name != WHOLE])
def test_a_right_port_holds(name: str) -> None:
    case = PORTED[name]
    report = check(*case.sides(0), case.inputs(0), **case.told)
    assert report.passed
    assert report.against == "estimated"
    assert {v.name for v in report.verdicts} == set(case.make)
    assert 0 < report.ratio <= 1


@pytest.mark.parametrize("name", DEFECTS)
def test_a_wrong_port_is_caught(name: str) -> None:
    defect = DEFECTS[name]
    case = PORTED[defect.ported]
    wrong = {framework: dict(given) for framework, given in defect.wrong.items()}
    failed(*case.sides(0, **wrong), case.inputs(0), **{**case.told, **defect.told})


def test_a_failure_names_the_layer_and_its_setting() -> None:
    text = failed(torch_mlp(), paddle_mlp(eps=1e-6), X, seed=3)
    assert "paddle differs from torch in value" in text
    assert "it differs in float64 too" in text
    assert "first layer that differs: '1' (LayerNorm)" in text
    assert "'1': epsilon is 1e-05 in torch and 1e-06 in paddle" in text
    assert "seed=3" in text
    assert "weights of paddle: torch's, by name" in text


def test_a_failure_has_the_numbers_in_decimal_and_hex() -> None:
    x = np.array([0.5, -1.0, 2.0], np.float32)

    def late(x: np.ndarray) -> np.ndarray:
        y = np.tanh(x)
        return np.where(x > 1, y + np.float32(0.25), y)

    text = failed(torch.tanh, late, x)
    assert "at [2]: expected 0.9640275801 (0x1.ed9505e1bc3d4p-1), got 1.214" in text
    got = re.search(r"got \S+ \((\S+)\)", text)
    assert got is not None
    assert float.fromhex(got[1]) == float(late(x)[2])
    assert "the input there: 2 (0x1p+1)" in text
    assert "the bound is" in text
    assert "ulp" in text


def test_the_error_is_an_assertion_and_has_the_report() -> None:
    with pytest.raises(AssertionError) as error:
        check(torch.sin, np.cos, X)
    assert isinstance(error.value, ParityError)
    assert isinstance(error.value.report, Report)
    assert not error.value.report.passed


def test_a_side_that_loses_digits_is_the_same_function() -> None:
    """x - (x - tanh x), which is tanh x with the digits of x."""

    def lossy(x: torch.Tensor) -> torch.Tensor:
        return 1e4 - (1e4 - torch.tanh(x))

    text = failed(torch.tanh, lossy, X, names=("torch", "torch in a hurry"))
    assert "torch in a hurry differs from torch in value" in text
    assert "it agrees in float64: the same function" in text


def test_the_odd_one_of_three_is_named() -> None:
    text = failed(torch.tanh, partial(paddle.nn.functional.sigmoid), np.tanh, X)
    assert "note: torch and numpy agree in float64; paddle is the odd one" in text


def test_a_random_side_is_said_to_be_random() -> None:
    def noisy() -> torch.nn.Module:
        return torch.nn.Sequential(torch.nn.Linear(8, 8), torch.nn.Dropout(0.5))

    with pytest.raises(SideError, match="torch is random"):
        check(noisy(), noisy().eval(), X, names=("torch", "torch again"))


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16", "bfloat16"])
def test_every_dtype_is_judged(dtype: str) -> None:
    numpy_dtype = ml_dtypes.bfloat16 if dtype == "bfloat16" else np.dtype(dtype)

    def double(x: Any) -> Any:
        return x + x * x

    report = check(double, double, X.astype(numpy_dtype), names=("torch", "jax"))
    assert report.dtype == dtype


def test_a_dtype_that_a_framework_lacks_is_its_error() -> None:
    text = failed(torch.tanh, paddle.tanh, X, dtype="float16")
    assert "paddle: raised" in text
    assert "in float16" in text


def test_nan_and_infinities_have_to_meet() -> None:
    x = np.array([np.nan, np.inf, -np.inf, 1.0], np.float32)
    assert check(torch.tanh, np.tanh, x, gradients=False).passed

    def guarded(x: np.ndarray) -> np.ndarray:
        return np.tanh(np.nan_to_num(x))

    assert "0.0 where nan is expected" in failed(torch.tanh, guarded, x, gradients=False)


def test_a_bound_that_is_not_finite_is_refused() -> None:
    def steep(x: torch.Tensor) -> torch.Tensor:
        return torch.where(x > 1, torch.inf, x)

    with pytest.raises(SideError, match=r"no bound for value at \[1\]"):
        check(steep, steep, np.array([0.5, 1.0, 2.0], np.float32), names=("torch", "torch 2"), gradients=False)


def test_whole_numbers_have_to_be_equal_where_rounding_leaves_them() -> None:
    x = np.array([[0.1, 0.9, 0.3], [0.5, 0.5, 0.1]], np.float32)  # a tie in the second row
    report = check(partial(torch.argmax, dim=-1), partial(np.argmax, axis=-1), x)
    assert report.ambiguous == 1
    assert "another whole number" in failed(partial(torch.argmax, dim=-1), partial(np.argmin, axis=-1), x)


def test_outputs_of_several_kinds() -> None:
    def in_torch(x: torch.Tensor) -> Any:
        return {"a": x.sin(), "b": (x.sum(), None, x.argmax())}

    def in_numpy(x: np.ndarray) -> Any:
        return {"a": np.sin(x), "b": (np.sum(x), None, np.argmax(x))}

    report = check(in_torch, in_numpy, X)
    outputs = set(report.verdicts[1].outputs)
    assert {"value['a']", "value['b'][0]", "value['b'][2]", "value['a']" + EXACT} <= outputs


def test_outputs_of_another_shape_or_name_are_failures() -> None:
    assert "shape (8, 4), expected (4, 8)" in failed(torch.sin, lambda x: np.sin(x).T, X)
    assert "there is none" in failed(torch.sin, lambda x: (np.sin(x), np.cos(x)), X)


def test_inputs_by_position_by_keyword_and_whole_numbers() -> None:
    index = np.array([3, 0, 2])

    def in_torch(x: torch.Tensor, at: torch.Tensor) -> torch.Tensor:
        return torch.tanh(x)[at]

    def in_jax(x: jax.Array, at: jax.Array) -> jax.Array:
        return jax.numpy.tanh(x)[at]

    assert check(in_torch, in_jax, (X, index)).passed
    report = check(in_torch, in_jax, inputs={"at": index, "x": X})
    assert "gradient of x" in report.verdicts[1].outputs
    assert "gradient of at" not in report.verdicts[1].outputs


def test_a_cotangent_may_be_given() -> None:
    ones = np.ones_like(X)
    assert check(torch.tanh, paddle.tanh, X, cotangent=ones).passed
    with pytest.raises(SideError, match=r"the cotangent of value has shape \(8,\)"):
        check(torch.tanh, paddle.tanh, X, cotangent=ones[0])


def test_gradients_may_be_left_out_and_outputs_ignored() -> None:
    report = check(torch.tanh, paddle.tanh, X, gradients=False)
    assert set(report.verdicts[1].outputs) == {"value", "value" + EXACT}
    report = check(torch.tanh, lambda x: paddle.tanh(x.detach()) + 0 * x, X, ignore=("gradient of *",))
    assert "not judged: gradient of *" in report.notes
    assert "gradient of x" in failed(torch.tanh, lambda x: paddle.tanh(x.detach()) + 0 * x, X)


@pytest.mark.parametrize(
    ("pattern", "judged"),
    [
        pytest.param("gradient of *", {"value[0]", "value[1]"}, id="text"),
        pytest.param(("gradient of *", "value[1]"), {"value[0]"}, id="several-with-brackets"),
        pytest.param(["*radient*", "value[?]"], set(), id="everything"),
        pytest.param("valu", {"value[0]", "value[1]", "gradient of x"}, id="fits-nothing"),
    ],
)
def test_what_is_ignored(pattern: Any, judged: set[str]) -> None:
    def both(x: torch.Tensor) -> Any:
        return torch.sin(x), torch.cos(x)

    def in_paddle(x: paddle.Tensor) -> Any:
        return paddle.sin(x), paddle.cos(x)

    if not judged:
        with pytest.raises(SideError, match="leaves nothing to judge"):
            check(both, in_paddle, X, ignore=pattern)
        return
    report = check(both, in_paddle, X, ignore=pattern)
    assert {name.removesuffix(EXACT) for name in report.verdicts[1].outputs} == judged
    assert any(note.startswith("not judged: ") for note in report.notes)
    assert any("fits no output; there are " in note for note in report.notes) == (pattern == "valu")


def test_narrow_floats_inside_the_first_side_are_told() -> None:
    first = torch.nn.Sequential(torch.nn.Linear(8, 8), TorchNarrow(torch.float16))
    text = failed(first, paddle.nn.Sequential(paddle.nn.Linear(8, 8)), X)
    assert "torch differs from paddle in value" in text
    assert "torch computes in float16" in text


def test_a_numpy_reference_judges_the_values() -> None:
    report = check(torch.nn.Softmax(-1), paddle.nn.Softmax(-1), X, reference=softmax)
    assert "the reference in float64" in report.how
    assert report.against == "estimated"
    text = failed(torch.nn.Softmax(-1), paddle.nn.Softmax(-1), X, reference=partial(softmax, axis=0))
    assert "torch differs from the reference in value" in text
    assert "paddle differs from the reference in value" in text


def test_a_reference_may_ask_for_the_weights() -> None:
    def linear(x: np.ndarray, weights: dict[str, np.ndarray]) -> np.ndarray:
        return x @ weights["weight"].T + weights["bias"]

    assert check(torch.nn.Linear(8, 3), paddle.nn.Linear(8, 3), X, reference=linear).passed


def test_a_reference_of_the_zoo_has_a_derived_bound() -> None:
    report = check(torch.nn.functional.hardswish, paddle.nn.functional.hardswish, X, reference="hard_swish")
    assert report.against == "reference"
    assert report.how == "the reference hard_swish, by its derived bound"
    text = failed(torch.nn.functional.hardswish, paddle.nn.functional.relu, X, reference="hard_swish")
    assert "paddle differs from the reference in value" in text


def test_a_reference_of_ones_own_has_a_derived_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    from actzoo_parity import _registry, references

    monkeypatch.setattr(_registry, "_references", dict(references()))

    @reference("scaled_square")
    def scaled_square(m: Any, x: Any, weight: Any) -> Any:
        return x * x * weight

    class Torch(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = torch.nn.Parameter(torch.tensor([1.5]))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x * x * self.weight

    class Paddle(paddle.nn.Layer):
        def __init__(self) -> None:
            super().__init__()
            self.weight = self.create_parameter([1])

        def forward(self, x: paddle.Tensor) -> paddle.Tensor:
            return x * x * self.weight

    report = check(Torch(), Paddle(), X, reference=scaled_square)
    assert report.against == "reference"
    assert "gradient of weight" in report.verdicts[1].outputs


def test_no_side_is_changed() -> None:
    first = torch.nn.Sequential(torch.nn.Linear(8, 4), torch.nn.BatchNorm1d(4))
    second = paddle.nn.Sequential(paddle.nn.Linear(8, 4), paddle.nn.BatchNorm1D(4))
    before = [{k: np.array(v.numpy()) for k, v in side.state_dict().items()} for side in (first, second)]
    check(first, second, X)
    for side, state in zip((first, second), before, strict=True):
        assert all(np.array_equal(v.numpy(), state[k]) for k, v in side.state_dict().items())
    assert torch.get_default_dtype() is torch.float32
    assert paddle.get_default_dtype() == "float32"
    assert not first[0]._forward_hooks


def test_the_seed_decides() -> None:
    first, second = (check(torch.tanh, paddle.tanh, X, seed=5).verdicts[1].outputs["value"] for _ in range(2))
    assert first == second
    assert check(torch.tanh, paddle.tanh, X, seed=6).verdicts[1].outputs["value"].bound != first.bound


@pytest.mark.parametrize(
    ("sides", "told", "says"),
    [
        pytest.param((torch.tanh, X), {}, "1 sides; give two or three", id="one"),
        pytest.param((torch.tanh, 3, X), {}, "int is no side", id="no-function"),
        pytest.param((torch.tanh, lambda x: x, X), {}, "which framework is", id="unknown-framework"),
        pytest.param((torch.tanh, np.tanh, "x"), {}, "inputs are arrays of numbers", id="no-arrays"),
        pytest.param((torch.tanh, np.tanh, X), {"names": ("a",)}, "1 names for 2 sides", id="names"),
        pytest.param((torch.tanh, np.tanh, X), {"keywords": {"x": {}}}, "keywords names x", id="keywords"),
        pytest.param((torch.tanh, np.tanh, X), {"dtype": "int8"}, "no floating-point format", id="dtype"),
        pytest.param((torch.tanh, np.tanh, X), {"reference": "nothing"}, "no reference 'nothing'", id="reference"),
        pytest.param((torch.tanh, np.tanh, np.arange(3)), {}, "which dtype is to be judged", id="no-floats"),
    ],
)
def test_a_wrong_call_says_so(sides: Any, told: Any, says: str) -> None:
    with pytest.raises((SideError, TypeError), match=says):
        check(*sides, **told)


def test_a_side_that_raises_is_its_failure_and_the_others_are_judged() -> None:
    def broken(x: np.ndarray) -> np.ndarray:
        raise RuntimeError("out of ideas")

    with pytest.raises(ParityError) as error:
        check(torch.tanh, paddle.tanh, broken, X, names=("torch", "paddle", "numpy"))
    assert "numpy: raised RuntimeError: out of ideas in float32" in str(error.value)
    assert [v.passed for v in error.value.report.verdicts] == [True, True, False]


class TorchRMS(torch.nn.Module):
    """A norm that computes in float32 whatever it is given, as language models have it."""

    def __init__(self, eps: float = 1e-6) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(8))
        self.eps = eps

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        wide = x.to(torch.float32)
        wide = wide * torch.rsqrt(wide.pow(2).mean(-1, keepdim=True) + self.eps)
        return self.weight * wide.to(x.dtype)


class PaddleRMS(paddle.nn.Layer):
    """The same in Paddle."""

    def __init__(self, eps: float = 1e-6) -> None:
        super().__init__()
        self.weight = self.create_parameter([8])
        self.eps = eps

    def forward(self, x: paddle.Tensor) -> paddle.Tensor:
        wide = paddle.cast(x, "float32")
        wide = wide * paddle.rsqrt(wide.pow(2).mean(-1, keepdim=True) + self.eps)
        return self.weight * wide.astype(x.dtype)


class FlaxRMS(nnx.Module):
    """The same in Flax."""

    def __init__(self, eps: float = 1e-6) -> None:
        self.weight = nnx.Param(jax.numpy.ones(8))
        self.eps = eps

    def __call__(self, x: jax.Array) -> jax.Array:
        wide = x.astype(jax.numpy.float32)
        wide = wide * jax.lax.rsqrt((wide**2).mean(-1, keepdims=True) + jax.numpy.float32(self.eps))
        return self.weight[...] * wide.astype(x.dtype)


RMS: dict[str, Callable[..., Any]] = {"torch": TorchRMS, "paddle": PaddleRMS, "flax": FlaxRMS}


@pytest.mark.parametrize("first", RMS)
@pytest.mark.parametrize("second", RMS)
def test_float32_that_the_code_names_is_float64_in_the_run_in_float64(first: str, second: str) -> None:
    names = (f"{first} a", f"{second} b")
    report = check(RMS[first](), RMS[second](), X, names=names)
    assert "value" + EXACT in report.verdicts[1].outputs
    text = failed(RMS[first](), RMS[second](eps=1e-5), X, names=names)
    assert "epsilon is 1e-06" in text
    assert paddle.cast(paddle.ones([1], "float64"), "float32").dtype == paddle.float32


def test_float32_inside_a_judgement_of_float64_is_told() -> None:
    text = failed(TorchRMS().double(), lambda x: x / np.sqrt((x**2).mean(-1, keepdims=True) + 1e-6), X, dtype="float64")
    assert "torch computes in float32" in text


def test_outputs_that_only_the_reference_side_has_in_that_shape() -> None:
    """The errors are put into torch, whose outputs are not those that are expected."""
    text = failed(lambda x: np.sin(x).T, torch.sin, X)
    assert "torch differs from numpy in value: shape (4, 8), expected (8, 4)" in text
    assert "there is none" in failed(lambda x: (np.sin(x), np.cos(x)), torch.sin, X)


def test_a_reference_in_training_mode() -> None:
    from actzoo_paddle import FReLU as PaddleFReLU
    from actzoo_torch import FReLU

    maps = np.random.default_rng(0).standard_normal((4, 3, 6, 6)).astype(np.float32)
    told = {"reference": "frelu", "ignore": ("updated *",)}
    assert check(FReLU(3), PaddleFReLU(3), maps, **told).against == "reference"
    port = PaddleFReLU(3)
    port.eval()
    assert check(FReLU(3).eval(), port, maps, **told).passed
    failed(FReLU(3).eval(), PaddleFReLU(3), maps, **told)


@pytest.mark.parametrize("shape", [(), (1,), (17,)], ids=str)
@pytest.mark.parametrize("framework", ["paddle", "jax", "numpy"])
def test_any_shape(framework: str, shape: tuple[int, ...]) -> None:
    side = {"paddle": paddle.tanh, "jax": jax.numpy.tanh, "numpy": np.tanh}[framework]
    x = np.random.default_rng(0).standard_normal(shape).astype(np.float32)
    assert check(torch.tanh, side, x).passed
    assert check(side, torch.tanh, x).passed


def test_tensors_are_inputs_too() -> None:
    assert check(torch.tanh, np.tanh, torch.from_numpy(X)).passed
    with pytest.raises(SideError, match="requires grad"):
        check(torch.tanh, np.tanh, torch.from_numpy(X).requires_grad_())
