"""What a check must not alarm at: frameworks' documented differences, slopes that are 0, wrapped modules, tensors."""

import copy
from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import paddle
import pytest
import torch
from flax import linen, nnx

from actzoo_parity import ParityError, Report, SideError, check
from actzoo_parity._report import EXACT

RNG = np.random.default_rng(0)
X = RNG.standard_normal((16, 8)).astype(np.float32)
MAP = RNG.standard_normal((4, 3, 8, 8)).astype(np.float32)
DIFFERENCE = "keep n / (n - 1) times the variance"


def torch_norm(momentum: float = 0.1) -> torch.nn.Module:
    return torch.nn.Sequential(torch.nn.Linear(8, 6), torch.nn.BatchNorm1d(6, momentum=momentum))


def paddle_norm(momentum: float = 0.1) -> paddle.nn.Layer:
    return paddle.nn.Sequential(paddle.nn.Linear(8, 6), paddle.nn.BatchNorm1D(6, momentum=1 - momentum))


def nnx_norm(momentum: float = 0.1) -> nnx.Module:
    rngs = nnx.Rngs(0)
    return nnx.Sequential(nnx.Linear(8, 6, rngs=rngs), nnx.BatchNorm(6, momentum=1 - momentum, rngs=rngs))


class LinenNorm(linen.Module):
    """A linear layer and a batch norm in training mode."""

    momentum: float = 0.1

    @linen.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        x = linen.Dense(6, name="0")(x)
        return linen.BatchNorm(False, momentum=1 - self.momentum, epsilon=1e-5, name="1")(x)


NORMS: dict[str, Callable[..., Any]] = {
    "torch": torch_norm,
    "paddle": paddle_norm,
    "flax": nnx_norm,
    "linen": LinenNorm,
}


@pytest.mark.parametrize("momentum", [0.1, 0.01])
@pytest.mark.parametrize("second", ["paddle", "flax", "linen"])
def test_a_batch_norm_in_training_mode_holds_and_the_difference_is_said(second: str, momentum: float) -> None:
    report = check(torch_norm(momentum), NORMS[second](momentum), X)
    assert "updated 1.running_var" in report.verdicts[1].outputs
    assert "updated 1.running_mean" + EXACT in report.verdicts[1].outputs
    assert any(DIFFERENCE in note for note in report.notes)


@pytest.mark.parametrize("first", ["paddle", "flax"])
def test_the_others_may_come_first(first: str) -> None:
    assert check(NORMS[first](), torch_norm(), X).passed
    assert check(NORMS[first](), NORMS["flax" if first == "paddle" else "paddle"](), X).passed


@pytest.mark.parametrize("momentum", [0.1, 0.01])
@pytest.mark.parametrize("numbers", [4, 4096])
def test_a_momentum_that_paddle_rounds_to_float32_is_no_other_function(momentum: float, numbers: int) -> None:
    """Over so many numbers their own rounding is far below that of the momentum."""
    x = 5 + RNG.standard_normal((numbers, 3)).astype(np.float32)
    for norm in (torch.nn.BatchNorm1d(3, momentum=momentum), nnx.BatchNorm(3, momentum=1 - momentum, rngs=nnx.Rngs(0))):
        assert check(norm, paddle.nn.BatchNorm1D(3, momentum=1 - momentum), x).passed


def test_digits_that_the_norms_of_flax_lose_are_said_to_be_lost_by_them() -> None:
    def norm(**how: bool) -> nnx.Module:
        return nnx.BatchNorm(8, momentum=0.9, rngs=nnx.Rngs(0), **how)

    with pytest.raises(ParityError, match="with use_fast_variance=False they do not"):
        check(torch.nn.BatchNorm1d(8), norm(), 100 + X)
    assert check(torch.nn.BatchNorm1d(8), norm(use_fast_variance=False), 100 + X).passed


@pytest.mark.parametrize("wrong", [0.1001, 0.9])
@pytest.mark.parametrize("second", ["paddle", "flax"])
def test_another_momentum_is_found(second: str, wrong: float) -> None:
    with pytest.raises(ParityError, match=r"in updated 1\.running_"):
        check(torch_norm(), NORMS[second](wrong), X)


class OwnNorm(paddle.nn.Layer):
    """A batch norm of one's own, which keeps the variance by n - 1 as torch does."""

    def __init__(self, unbiased: bool) -> None:
        super().__init__()
        self.weight, self.bias = self.create_parameter([8]), self.create_parameter([8], is_bias=True)
        self.register_buffer("running_mean", paddle.zeros([8]))
        self.register_buffer("running_var", paddle.ones([8]))
        self.unbiased = unbiased

    def forward(self, x: paddle.Tensor) -> paddle.Tensor:
        mean, var = x.mean(0), x.var(0, unbiased=False)
        kept = x.detach().var(0, unbiased=self.unbiased)
        self.running_mean.set_value(0.9 * self.running_mean + 0.1 * mean.detach())
        self.running_var.set_value(0.9 * self.running_var + 0.1 * kept)
        return (x - mean) / paddle.sqrt(var + 1e-5) * self.weight + self.bias


def test_what_a_layer_of_ones_own_keeps_is_compared_as_it_is() -> None:
    report = check(torch.nn.BatchNorm1d(8), OwnNorm(True), X)
    assert not any(DIFFERENCE in note for note in report.notes)
    with pytest.raises(ParityError, match="updated running_var"):
        check(torch.nn.BatchNorm1d(8), OwnNorm(False), X)


class TorchTwice(torch.nn.Module):
    """A norm that is called twice."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = torch.nn.BatchNorm1d(8)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.norm(torch.tanh(self.norm(x)))


class PaddleTwice(paddle.nn.Layer):
    """The same in Paddle."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = paddle.nn.BatchNorm1D(8)

    def forward(self, x: paddle.Tensor) -> paddle.Tensor:
        return self.norm(paddle.tanh(self.norm(x)))


def test_a_batch_norm_that_is_called_twice() -> None:
    assert check(TorchTwice(), PaddleTwice(), X).passed


# slopes that are 0: what is before a norm, where a mean of all that is normalised follows

TORCH_NORMS: dict[str, Callable[[], torch.nn.Module]] = {
    "instance": lambda: torch.nn.InstanceNorm2d(4, affine=True),
    "batch": lambda: torch.nn.BatchNorm2d(4),
    "group": lambda: torch.nn.GroupNorm(2, 4),
}
PADDLE_NORMS: dict[str, Callable[[], paddle.nn.Layer]] = {
    "instance": lambda: paddle.nn.InstanceNorm2D(4),
    "batch": lambda: paddle.nn.BatchNorm2D(4),
    "group": lambda: paddle.nn.GroupNorm(2, 4),
}
NNX_NORMS: dict[str, Callable[[], nnx.Module]] = {
    "instance": lambda: nnx.InstanceNorm(4, epsilon=1e-5, rngs=nnx.Rngs(0)),
    "batch": lambda: nnx.BatchNorm(4, momentum=0.9, rngs=nnx.Rngs(0)),
    "group": lambda: nnx.GroupNorm(4, num_groups=2, epsilon=1e-5, rngs=nnx.Rngs(0)),
}
AXES = {"instance": (2, 3), "batch": (0, 2, 3), "group": (1, 2, 3)}


class TorchMean(torch.nn.Module):
    """A convolution with a bias, a norm, and a mean of what is normalised together."""

    def __init__(self, norm: str) -> None:
        super().__init__()
        self.conv, self.norm, self.axes = torch.nn.Conv2d(3, 4, 3), TORCH_NORMS[norm](), AXES[norm]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.norm(self.conv(x)).mean(self.axes)


class PaddleMean(paddle.nn.Layer):
    """The same in Paddle."""

    def __init__(self, norm: str) -> None:
        super().__init__()
        self.conv, self.norm, self.axes = paddle.nn.Conv2D(3, 4, 3), PADDLE_NORMS[norm](), AXES[norm]

    def forward(self, x: paddle.Tensor) -> paddle.Tensor:
        return self.norm(self.conv(x)).mean(self.axes)


class NnxMean(nnx.Module):
    """The same in NNX, channels last."""

    def __init__(self, norm: str) -> None:
        self.conv, self.norm = nnx.Conv(3, 4, (3, 3), padding=0, rngs=nnx.Rngs(0)), NNX_NORMS[norm]()
        self.axes = tuple({0: 0, 1: 3, 2: 1, 3: 2}[axis] for axis in AXES[norm])

    def __call__(self, x: jax.Array) -> jax.Array:
        return self.norm(self.conv(x)).mean(self.axes)


MEANS: dict[str, Callable[[str], Any]] = {"torch": TorchMean, "paddle": PaddleMean, "flax": NnxMean}
COUPLES = [("torch", "paddle"), ("torch", "torch"), ("paddle", "paddle")]


@pytest.mark.parametrize(
    ("couple", "norm"),
    [
        *((couple, norm) for couple in COUPLES for norm in TORCH_NORMS),
        (("paddle", "flax"), "instance"),
        (("torch", "flax"), "batch"),
    ],
    ids=lambda each: each if isinstance(each, str) else "-".join(each),
)
def test_slopes_that_cancel_are_off_by_roundings_of_their_terms(couple: tuple[str, str], norm: str) -> None:
    first, second = (MEANS[framework](norm) for framework in couple)
    assert check(first, second, MAP, names=[f"{f} {i}" for i, f in enumerate(couple)]).passed


LARGE = RNG.standard_normal((4, 3, 48, 48)).astype(np.float32)


def torch_pooled(norm: Callable[[], torch.nn.Module]) -> torch.nn.Module:
    nn = torch.nn
    return nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), norm(), nn.ReLU(), nn.AdaptiveAvgPool2d(1))


def paddle_pooled(norm: Callable[[], paddle.nn.Layer]) -> paddle.nn.Layer:
    nn = paddle.nn
    return nn.Sequential(nn.Conv2D(3, 4, 3, padding=1), norm(), nn.ReLU(), nn.AdaptiveAvgPool2D(1))


@pytest.mark.parametrize("norm", ["none", "batch", "group"])
@pytest.mark.parametrize("first", ["torch", "paddle"])
def test_sums_of_equal_terms_are_rounded_alike(first: str, norm: str) -> None:
    """A bias before a global mean: its slope is a sum of thousands of equal numbers."""
    torch_norm, paddle_norm = TORCH_NORMS.get(norm, torch.nn.Identity), PADDLE_NORMS.get(norm, paddle.nn.Identity)
    model = torch_pooled(torch_norm) if first == "torch" else paddle_pooled(paddle_norm)
    assert check(model, paddle_pooled(paddle_norm), LARGE, names=(f"{first} 1", "paddle 2")).passed


def test_sums_of_equal_terms_in_jax_and_numpy() -> None:
    ones = np.full((70_000,), 0.1, np.float32)
    assert check(lambda x: x.cumsum(0)[-1], lambda x: jnp.sum(x), ones, names=("torch", "jax")).passed
    assert check(lambda x: np.sum(x), lambda x: np.cumsum(x)[-1], ones, names=("numpy 1", "numpy 2")).passed


@pytest.mark.parametrize("softmax", ["softmax", "log_softmax"])
def test_the_slopes_of_a_sum_over_what_softmax_normalises(softmax: str) -> None:
    def in_torch(x: torch.Tensor) -> torch.Tensor:
        return getattr(torch, softmax)(x, -1).sum(-1)

    def in_jax(x: jax.Array) -> jax.Array:
        return getattr(jax.nn, softmax)(x).sum(-1)

    def in_paddle(x: paddle.Tensor) -> paddle.Tensor:
        return getattr(paddle.nn.functional, softmax)(x, -1).sum(-1)

    assert check(in_torch, in_jax, in_paddle, X).passed


def test_a_slope_that_is_wrong_beside_a_norm_is_found() -> None:
    """The allowance is for roundings."""
    with pytest.raises(ParityError, match=r"gradient of"):
        check(lambda x: torch.softmax(x, -1).sum(-1), lambda x: (jax.nn.softmax(x) + 1e-4 * x).sum(-1), X)


# buffers of whole numbers


class PaddleSteps(paddle.nn.Layer):
    """A layer with whole numbers and truth values among its buffers."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.linear = paddle.nn.Linear(8, 4)
        self.register_buffer("steps", paddle.to_tensor([3], dtype=kind))

    def forward(self, x: paddle.Tensor) -> paddle.Tensor:
        return self.linear(x) * self.steps.astype(x.dtype)


class TorchSteps(torch.nn.Module):
    """The same in torch."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.linear = torch.nn.Linear(8, 4)
        self.register_buffer("steps", torch.tensor([3], dtype=getattr(torch, kind)))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.linear(x) * self.steps.to(x.dtype)


@pytest.mark.parametrize("kind", ["int64", "int32", "uint8", "bool"])
def test_whole_numbers_in_a_paddle_layer_stay_whole(kind: str) -> None:
    assert check(TorchSteps(kind), PaddleSteps(kind), X).passed
    assert check(PaddleSteps(kind), TorchSteps(kind), X).passed


# what is not random


class NnxGelu(nnx.Module):
    """XLA rounds its mean otherwise where gradients are computed beside it."""

    def __init__(self) -> None:
        self.conv = nnx.Conv(3, 16, (3, 3), padding=1, rngs=nnx.Rngs(0))

    def __call__(self, x: jax.Array) -> jax.Array:
        return jax.nn.gelu(self.conv(x), approximate=True).mean((1, 2))


class TorchGelu(torch.nn.Module):
    """The same in torch."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = torch.nn.Conv2d(3, 16, 3, padding=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.gelu(self.conv(x), approximate="tanh").mean((2, 3))


def test_what_is_fused_otherwise_is_not_random() -> None:
    maps = RNG.standard_normal((2, 3, 12, 12)).astype(np.float32)
    assert check(TorchGelu(), NnxGelu(), maps).passed


def test_sums_in_another_order_are_not_random() -> None:
    calls = iter(range(1000))

    def restless(x: torch.Tensor) -> torch.Tensor:
        return x.sum(-1) if next(calls) % 2 else x.flip(-1).sum(-1)

    assert check(restless, lambda x: np.sum(x, -1), X, names=("torch", "numpy")).passed


def test_a_little_that_is_random_is_said() -> None:
    def noisy(x: torch.Tensor) -> torch.Tensor:
        return x + 1e-4 * torch.rand(x.shape)

    with pytest.raises(SideError, match="torch is random"):
        check(noisy, lambda x: x, X, names=("torch", "numpy"))


# wrapped and compiled modules


def torch_model() -> torch.nn.Module:
    return torch.nn.Sequential(torch.nn.Linear(8, 6), torch.nn.BatchNorm1d(6), torch.nn.GELU()).eval()


def paddle_model() -> Any:
    made = paddle.nn.Sequential(paddle.nn.Linear(8, 6), paddle.nn.BatchNorm1D(6), paddle.nn.GELU())
    made.eval()
    return made


class TorchOuter(torch.nn.Module):
    """A model with a compiled part."""

    def __init__(self) -> None:
        super().__init__()
        self.body = torch.compile(torch_model(), backend="eager")

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.body(x)


class PaddleOuter(paddle.nn.Layer):
    """The same in Paddle."""

    def __init__(self) -> None:
        super().__init__()
        self.body = paddle_model()

    def forward(self, x: paddle.Tensor) -> paddle.Tensor:
        return self.body(x)


WRAPPED: dict[str, Callable[[], Any]] = {
    "torch.compile": lambda: torch.compile(torch_model(), backend="eager"),
    "DataParallel": lambda: torch.nn.DataParallel(torch_model()),
    "DataParallel-torch.compile": lambda: torch.nn.DataParallel(torch.compile(torch_model(), backend="eager")),
    "jit.trace": lambda: torch.jit.trace(torch_model(), torch.from_numpy(X)),
    "jit.script": lambda: torch.jit.script(torch_model()),
    "to_static": lambda: paddle.jit.to_static(paddle_model(), full_graph=True),
    "to_static-pieces": lambda: paddle.jit.to_static(paddle_model()),
    "paddle.DataParallel": lambda: paddle.DataParallel(paddle_model()),
}


@pytest.mark.filterwarnings("ignore:`torch.jit", "ignore:The program will return to single-card")
@pytest.mark.parametrize("how", WRAPPED)
@pytest.mark.parametrize("first", ["torch", "paddle"])
def test_a_wrapped_module_pairs_off_with_a_plain_one(first: str, how: str) -> None:
    plain = torch_model() if first == "torch" else paddle_model()
    names = (f"{first} plain", f"{'paddle' if 'addle' in how or 'static' in how else 'torch'} wrapped")
    for couple, called in (((plain, WRAPPED[how]()), names), ((WRAPPED[how](), plain), names[::-1])):
        report = check(*couple, X, names=called)
        assert report.weights[called[1]] == f"{called[0]}'s, by name"
        slopes = all("gradient of 0.weight" in v.outputs for v in report.verdicts)
        assert slopes or "gradients of paddle wrapped are not compared" in " ".join(report.notes)


def test_a_compiled_part_pairs_off() -> None:
    report = check(TorchOuter(), PaddleOuter(), X)
    assert "gradient of body.0.weight" in report.verdicts[1].outputs


@pytest.mark.parametrize(
    "wrap", [partial(torch.compile, backend="eager"), torch.nn.DataParallel], ids=["compile", "dp"]
)
def test_a_layer_inside_a_wrapper_is_named_by_its_path(wrap: Any) -> None:
    wrong = torch_model()
    wrong[1].eps = 1e-3
    with pytest.raises(ParityError, match=r"first layer that differs: '1' \(BatchNorm1d\)"):
        check(torch_model(), wrap(wrong), X)


@pytest.mark.filterwarnings("ignore:`torch.jit")
def test_a_wrapped_module_is_judged_by_its_own_numbers() -> None:
    """It is run, and not what it was made of."""
    model = torch_model()
    traced = torch.jit.trace(model, torch.from_numpy(X))
    changed = copy.deepcopy(model)
    changed[1].eps = 1e-3
    with pytest.raises(ParityError):
        check(changed, traced, X)


# tensors as inputs

TENSORS: dict[str, Callable[[str], Any]] = {
    "torch": lambda dtype: torch.from_numpy(X).to(getattr(torch, dtype)),
    "paddle": lambda dtype: paddle.to_tensor(X).astype(dtype),
    "jax": lambda dtype: jnp.asarray(X, dtype),
}


@pytest.mark.parametrize("dtype", ["bfloat16", "float16", "float32"])
@pytest.mark.parametrize("framework", TENSORS)
def test_tensors_of_every_float_are_inputs(framework: str, dtype: str) -> None:
    report: Report = check(torch.tanh, jnp.tanh, TENSORS[framework](dtype))
    assert report.dtype == dtype
    cotangent = TENSORS[framework](dtype)
    assert check(torch.tanh, jnp.tanh, TENSORS[framework](dtype), cotangent=cotangent).passed


def test_what_is_no_float_of_these_is_refused() -> None:
    with pytest.raises(SideError, match="an input, a Tensor, is no NumPy array"):
        check(torch.tanh, jnp.tanh, torch.from_numpy(X).to(torch.float8_e4m3fn))


def test_nothing_to_compare_is_no_agreement() -> None:
    with pytest.raises(SideError, match="neither the inputs nor the outputs hold a number"):
        check(torch.nn.ReLU(), paddle.nn.Sigmoid(), torch.zeros(0, 4))


def test_forgotten_inputs_are_named() -> None:
    with pytest.raises(SideError, match="the inputs are missing after the sides: the last argument is a Sigmoid"):
        check(torch.nn.ReLU(), paddle.nn.Sigmoid())
