"""Ports of one module to torch, Paddle and Flax, right ones and wrong ones, for checks to tell apart.

A port is made by a function of keyword arguments, whose defaults are right.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import jax
import numpy as np
import paddle
import torch
from flax import nnx

from models import resnet18_flax, resnet18_paddle, resnet18_torch

State = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Ported:
    """A function in two or three frameworks: what makes each, the inputs' shape, and what `check` is told."""

    name: str
    make: Mapping[str, Callable[..., Any]]
    shape: tuple[int, ...]
    told: Mapping[str, Any] = field(default_factory=dict)

    def sides(self, seed: int, **wrong: Mapping[str, Any]) -> list[Any]:
        """All sides; `wrong` has arguments for some, by framework. Own initial values, by the seed."""
        torch.manual_seed(seed)
        return [make(**wrong.get(framework, {})) for framework, make in self.make.items()]

    def inputs(self, seed: int) -> np.ndarray:
        return np.random.default_rng(seed).standard_normal(self.shape).astype(np.float32)


class TorchNarrow(torch.nn.Module):
    def __init__(self, dtype: torch.dtype) -> None:
        super().__init__()
        self.dtype = dtype

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.to(self.dtype).to(x.dtype)


class PaddleNarrow(paddle.nn.Layer):
    def __init__(self, dtype: str) -> None:
        super().__init__()
        self.dtype = dtype

    def forward(self, x: paddle.Tensor) -> paddle.Tensor:
        return x.astype(self.dtype).astype(x.dtype)


class FlaxNarrow(nnx.Module):
    def __init__(self, dtype: str) -> None:
        self.dtype = dtype

    def __call__(self, x: jax.Array) -> jax.Array:
        return x.astype(self.dtype).astype(x.dtype)


class Function(nnx.Module):
    """A function as an NNX module."""

    def __init__(self, function: Callable[[jax.Array], jax.Array]) -> None:
        self.function = function

    def __call__(self, x: jax.Array) -> jax.Array:
        return self.function(x)


def abstract(make: Callable[..., nnx.Module]) -> Callable[..., nnx.Module]:
    """Without values, which come from the first side, and which would take seconds to draw."""

    def made(**arguments: Any) -> nnx.Module:
        model: nnx.Module = nnx.eval_shape(partial(make, **arguments))
        return model

    return made


# A perceptron: linear, norm, gelu, linear


def torch_mlp(eps: float = 1e-5, tanh: bool = False, half: str = "") -> torch.nn.Module:
    nn = torch.nn
    middle = [TorchNarrow(getattr(torch, half))] if half else []
    gelu = nn.GELU(approximate="tanh" if tanh else "none")
    return nn.Sequential(nn.Linear(8, 24), nn.LayerNorm(24, eps=eps), gelu, nn.Linear(24, 24), *middle)


def paddle_mlp(eps: float = 1e-5, tanh: bool = False, half: str = "", bias: bool = True) -> paddle.nn.Layer:
    nn = paddle.nn
    middle = [PaddleNarrow(half)] if half else []
    last = nn.Linear(24, 24) if bias else Forgetful(24, 24)
    return nn.Sequential(nn.Linear(8, 24), nn.LayerNorm(24, epsilon=eps), nn.GELU(approximate=tanh), last, *middle)


class Forgetful(paddle.nn.Linear):
    """A linear layer that has a bias and does not add it."""

    def forward(self, x: paddle.Tensor) -> paddle.Tensor:
        return paddle.matmul(x, self.weight) + 0 * self.bias


@abstract
def flax_mlp(eps: float = 1e-5, tanh: bool = False, half: str = "") -> nnx.Module:
    rngs = nnx.Rngs(0)
    middle = [FlaxNarrow(half)] if half else []
    gelu = Function(partial(jax.nn.gelu, approximate=tanh))
    norm = nnx.LayerNorm(24, epsilon=eps, rngs=rngs)
    return nnx.Sequential(nnx.Linear(8, 24, rngs=rngs), norm, gelu, nnx.Linear(24, 24, rngs=rngs), *middle)


# The blocks of the ResNet-18, three of them, narrow


def torch_blocks(training: bool = False, eps: float = 1e-5, momentum: float = 0.1) -> torch.nn.Module:
    relu, block = (lambda _: torch.nn.ReLU()), resnet18_torch.BasicBlock
    model = torch.nn.Sequential(block(3, 16, 1, relu), block(16, 32, 2, relu), block(32, 32, 1, relu))
    for layer in model.modules():
        if isinstance(layer, torch.nn.BatchNorm2d):
            layer.running_var.uniform_(0.5, 1.5)
            layer.running_mean.uniform_(-0.5, 0.5)
    model[1].bn1.eps, model[1].bn1.momentum = eps, momentum
    return model.train(training)


def paddle_blocks(training: bool = False, eps: float = 1e-5, momentum: float = 0.1) -> paddle.nn.Layer:
    relu, block = (lambda _: paddle.nn.ReLU()), resnet18_paddle.BasicBlock
    model = paddle.nn.Sequential(block(3, 16, 1, relu), block(16, 32, 2, relu), block(32, 32, 1, relu))
    model[1].bn1._epsilon, model[1].bn1._momentum = eps, 1 - momentum
    model.train() if training else model.eval()
    return model


@abstract
def flax_blocks(training: bool = False, eps: float = 1e-5, momentum: float = 0.1) -> nnx.Module:
    relu, block = (lambda _: Function(jax.nn.relu)), partial(resnet18_flax.BasicBlock, rngs=nnx.Rngs(0))
    model = nnx.Sequential(block(3, 16, 1, relu), block(16, 32, 2, relu), block(32, 32, 1, relu))
    model.layers[1].bn1.epsilon, model.layers[1].bn1.momentum = eps, 1 - momentum
    model.train() if training else model.eval()
    return model


# The whole ResNet-18


def torch_resnet() -> torch.nn.Module:
    return resnet18_torch.ResNet18(lambda _: torch.nn.ReLU()).eval()


def paddle_resnet() -> paddle.nn.Layer:
    model = resnet18_paddle.ResNet18(lambda _: paddle.nn.ReLU())
    model.eval()
    return model


@abstract
def flax_resnet() -> nnx.Module:
    model = resnet18_flax.ResNet18(lambda _: Function(jax.nn.relu), rngs=nnx.Rngs(0))
    model.eval()
    return model


# A block of a transformer: torch joins the projections that the others have apart

WIDTH, HEADS = 16, 4


class TorchBlock(torch.nn.Module):
    def __init__(self, eps: float = 1e-5) -> None:
        super().__init__()
        nn = torch.nn
        self.norm1, self.norm2 = nn.LayerNorm(WIDTH, eps=eps), nn.LayerNorm(WIDTH, eps=eps)
        self.attention = nn.MultiheadAttention(WIDTH, HEADS, batch_first=True)
        torch.nn.init.normal_(self.attention.in_proj_bias, std=0.3)
        self.mlp = nn.Sequential(nn.Linear(WIDTH, 4 * WIDTH), nn.GELU(), nn.Linear(4 * WIDTH, WIDTH))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.norm1(x)
        x = x + self.attention(y, y, y)[0]
        return x + self.mlp(self.norm2(x))


class PaddleBlock(paddle.nn.Layer):
    def __init__(self, eps: float = 1e-5, half: str = "", heads: int = HEADS) -> None:
        super().__init__()
        nn = paddle.nn
        self.norm1, self.norm2 = nn.LayerNorm(WIDTH, epsilon=eps), nn.LayerNorm(WIDTH, epsilon=eps)
        self.attention = nn.MultiHeadAttention(WIDTH, heads)
        self.mlp = nn.Sequential(nn.Linear(WIDTH, 4 * WIDTH), nn.GELU(), nn.Linear(4 * WIDTH, WIDTH))
        self.half = half  # the dtype of a cast in between

    def forward(self, x: paddle.Tensor) -> paddle.Tensor:
        y = self.norm1(x)
        if self.half:
            y = y.astype(self.half).astype(x.dtype)
        x = x + self.attention(y)
        return x + self.mlp(self.norm2(x))


class FlaxBlock(nnx.Module):
    def __init__(self, eps: float = 1e-5) -> None:
        rngs = nnx.Rngs(0)
        self.norm1 = nnx.LayerNorm(WIDTH, epsilon=eps, rngs=rngs)
        self.norm2 = nnx.LayerNorm(WIDTH, epsilon=eps, rngs=rngs)
        self.attention = nnx.MultiHeadAttention(HEADS, WIDTH, decode=False, rngs=rngs)
        gelu = Function(partial(jax.nn.gelu, approximate=False))
        wide = nnx.Linear(WIDTH, 4 * WIDTH, rngs=rngs)
        self.mlp = nnx.Sequential(wide, gelu, nnx.Linear(4 * WIDTH, WIDTH, rngs=rngs))

    def __call__(self, x: jax.Array) -> jax.Array:
        x = x + self.attention(self.norm1(x))
        return x + self.mlp(self.norm2(x))


def apart(state: State) -> dict[str, np.ndarray]:
    """Torch's state for Paddle: the three projections apart."""
    made = {key: array for key, array in state.items() if ".in_proj" not in key}
    for part in ("weight", "bias"):
        for name, each in zip("qkv", np.split(state[f"attention.in_proj_{part}"], 3), strict=True):
            made[f"attention.{name}_proj.{part}"] = each
    return made


def by_head(state: State) -> dict[str, np.ndarray]:
    """Torch's state for Flax, whose projections have an axis of heads."""
    made = {key: array for key, array in state.items() if not key.startswith("attention.")}
    weights, biases = (np.split(state[f"attention.in_proj_{part}"], 3) for part in ("weight", "bias"))
    for name, weight, bias in zip(("query", "key", "value"), weights, biases, strict=True):
        made[f"attention.{name}.kernel"] = weight.T.reshape(WIDTH, HEADS, -1)
        made[f"attention.{name}.bias"] = bias.reshape(HEADS, -1)
    made["attention.out.kernel"] = state["attention.out_proj.weight"].T.reshape(HEADS, -1, WIDTH)
    made["attention.out.bias"] = state["attention.out_proj.bias"]
    return made


# Functions


def softmax(x: np.ndarray, axis: int = -1) -> np.ndarray:
    """In NumPy."""
    powers = np.exp(x - x.max(axis, keepdims=True))
    return powers / powers.sum(axis, keepdims=True)


def _first(out: Any) -> Any:
    return out[0]


PORTED = {
    each.name: each
    for each in (
        Ported("perceptron", {"torch": torch_mlp, "paddle": paddle_mlp, "flax": flax_mlp}, (4, 8)),
        Ported("blocks", {"torch": torch_blocks, "paddle": paddle_blocks, "flax": flax_blocks}, (2, 3, 8, 8)),
        Ported(
            "blocks-training",
            {
                "torch": partial(torch_blocks, training=True),
                "paddle": partial(paddle_blocks, training=True),
                "flax": partial(flax_blocks, training=True),
            },
            (4, 3, 8, 8),
        ),
        Ported(
            "transformer",
            {"torch": TorchBlock, "paddle": PaddleBlock, "flax": abstract(FlaxBlock)},
            (2, 6, WIDTH),
            {"weights": {"paddle": apart, "flax": by_head}},
        ),
        Ported(
            "lstm",
            {
                "torch": lambda: torch.nn.LSTM(5, 7, num_layers=2, batch_first=True),
                "paddle": lambda: paddle.nn.LSTM(5, 7, num_layers=2),
            },
            (3, 6, 5),
            {"output": {"torch": _first, "paddle": _first}},
        ),
        Ported(
            "softmax",
            {
                "torch": lambda axis=-1: partial(torch.softmax, dim=axis),
                "paddle": lambda axis=-1: partial(paddle.nn.functional.softmax, axis=axis),
                "numpy": lambda axis=-1: partial(softmax, axis=axis),
            },
            (5, 5),
        ),
        Ported(
            "gelu",
            {
                "torch": lambda: torch.nn.functional.gelu,
                "paddle": lambda: paddle.nn.functional.gelu,
                "jax": lambda tanh=False: partial(jax.nn.gelu, approximate=tanh),
            },
            (64,),
        ),
        *(
            Ported(
                f"{name}-{dtype}",
                {"torch": torch_side, "flax": flax_side},  # Paddle has no kernels for these on a CPU
                shape,
                {"dtype": dtype, **told},
            )
            for name, dtype, torch_side, flax_side, shape, told in (
                ("perceptron", "bfloat16", torch_mlp, flax_mlp, (4, 8), {}),
                ("perceptron", "float16", torch_mlp, flax_mlp, (4, 8), {}),
                ("transformer", "bfloat16", TorchBlock, abstract(FlaxBlock), (2, 6, WIDTH), {"weights": by_head}),
            )
        ),
        Ported("resnet18", {"torch": torch_resnet, "paddle": paddle_resnet, "flax": flax_resnet}, (2, 3, 16, 16)),
    )
}


@dataclass(frozen=True)
class Defect:
    """A port with one mistake in it: arguments of the makers by framework, and arguments of `check`."""

    name: str
    ported: str
    wrong: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    told: Mapping[str, Any] = field(default_factory=dict)


def exchanged(state: State) -> dict[str, np.ndarray]:
    """As `apart`, with queries and keys exchanged."""
    made = apart(state)
    return {k.replace("q_proj", "?").replace("k_proj", "q_proj").replace("?", "k_proj"): a for k, a in made.items()}


DEFECTS = {
    each.name: each
    for each in (
        Defect("layer norm's eps 1e-6 for 1e-5", "perceptron", {"paddle": {"eps": 1e-6}}),
        Defect("layer norm's eps 1e-6 for 1e-5 in Flax", "perceptron", {"flax": {"eps": 1e-6}}),
        Defect("one batch norm's eps 1e-6 for 1e-5", "blocks", {"paddle": {"eps": 1e-6}}),
        Defect("one batch norm's eps 1e-6 in Flax, training", "blocks-training", {"flax": {"eps": 1e-6}}),
        Defect("one batch norm's momentum 0.9 for 0.1", "blocks-training", {"paddle": {"momentum": 0.9}}),
        Defect("one batch norm's momentum 0.01 for 0.1 in Flax", "blocks-training", {"flax": {"momentum": 0.01}}),
        Defect(
            "a square weight transposed",
            "perceptron",
            told={"weights": {"paddle": {"3.weight": ("3.weight", (1, 0))}}},
        ),
        Defect("gelu by tanh for erf", "perceptron", {"paddle": {"tanh": True}}),
        Defect("gelu by tanh for erf, a function", "gelu", {"jax": {"tanh": True}}),
        Defect("a bias that is not added", "perceptron", {"paddle": {"bias": False}}),
        Defect("softmax over another axis", "softmax", {"paddle": {"axis": 0}}),
        Defect("softmax over another axis in NumPy", "softmax", {"numpy": {"axis": 0}}),
        Defect("float16 in the middle", "perceptron", {"paddle": {"half": "float16"}}),
        Defect("bfloat16 in the middle", "perceptron", {"flax": {"half": "bfloat16"}}),
        Defect("float16 in the middle of the first side", "perceptron", {"torch": {"half": "float16"}}),
        Defect("float16 in a branch", "transformer", {"paddle": {"half": "float16"}}),
        Defect("layer norm's eps 1e-6 for 1e-5, judged in bfloat16", "perceptron-bfloat16", {"flax": {"eps": 1e-6}}),
        Defect("two heads for four", "transformer", {"paddle": {"heads": 2}}),
        Defect("queries and keys exchanged", "transformer", told={"weights": {"paddle": exchanged, "flax": by_head}}),
        Defect("layer norms' eps 1e-6 for 1e-5, a transformer", "transformer", {"flax": {"eps": 1e-6}}),
    )
}
