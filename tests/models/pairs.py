"""Pairs of layers that torch, Paddle and Flax share: right ports of each other, and ports with one mistake.

A pair is two functions that make a side each, an input by its name, and what `check` is told besides.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import paddle
import torch
from flax import linen, nnx

T, P, F, PF = torch.nn, paddle.nn, torch.nn.functional, paddle.nn.functional

INPUTS: Mapping[str, Any] = {
    "features": (5, 8),
    "sequence": (2, 6, 8),
    "line": (2, 4, 9),
    "map": (2, 4, 6, 5),
    "volume": (2, 4, 5, 4, 3),
    "large": (5, 8),
    "index": (3, 4),
}


def inputs(kind: str) -> np.ndarray:
    """The input of a kind: normal numbers, or whole ones below 6 with a 0 among them."""
    draw = np.random.default_rng(1)
    if kind == "index":
        made: np.ndarray = draw.integers(0, 6, INPUTS[kind])
        made[0, 0] = 0
        return made
    return (8.0 if kind == "large" else 1.0) * draw.standard_normal(INPUTS[kind]).astype(np.float32)


@dataclass(frozen=True)
class Pair:
    """Two sides."""

    first: Callable[[], Any]
    second: Callable[[], Any]
    kind: str
    told: Mapping[str, Any] = field(default_factory=dict)

    def sides(self) -> list[Any]:
        """Both, of the same initial values in each run."""
        torch.manual_seed(0)
        paddle.seed(0)
        return [self.first(), self.second()]


def still(make: Callable[..., Any], *args: Any, **kwargs: Any) -> Callable[[], Any]:
    """What makes a module in eval mode."""

    def made() -> Any:
        module = make(*args, **kwargs)
        module.eval()
        return module

    return made


def rngs() -> nnx.Rngs:
    return nnx.Rngs(0)


def called(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Callable[[], Any]:
    """A function of an array, with more arguments."""
    return lambda: partial(function, *args, **kwargs)


# layers in which there is more than one


class TorchResidual(torch.nn.Module):
    def __init__(self, pre: bool = True) -> None:
        super().__init__()
        self.norm, self.linear, self.pre = T.LayerNorm(8), T.Linear(8, 8), pre

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.pre:
            return x + F.gelu(self.linear(self.norm(x)))
        return self.norm(x + F.gelu(self.linear(x)))


class PaddleResidual(paddle.nn.Layer):
    def __init__(self, pre: bool = True, skip: bool = True) -> None:
        super().__init__()
        self.norm, self.linear, self.pre, self.skip = P.LayerNorm(8), P.Linear(8, 8), pre, skip

    def forward(self, x: paddle.Tensor) -> paddle.Tensor:
        if self.pre:
            y = PF.gelu(self.linear(self.norm(x)))
            return x + y if self.skip else y
        return self.norm(x + PF.gelu(self.linear(x)))


class NnxResidual(nnx.Module):
    def __init__(self) -> None:
        self.norm, self.linear = nnx.LayerNorm(8, epsilon=1e-5, rngs=rngs()), nnx.Linear(8, 8, rngs=rngs())

    def __call__(self, x: jax.Array) -> jax.Array:
        return x + jax.nn.gelu(self.linear(self.norm(x)), approximate=False)


class LinenResidual(linen.Module):
    @linen.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        y = linen.Dense(8, name="linear")(linen.LayerNorm(epsilon=1e-5, name="norm")(x))
        return x + jax.nn.gelu(y, approximate=False)


class TorchFlat(torch.nn.Module):
    """A convolution, and a linear layer that reads its map flattened."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.linear = T.Conv2d(4, 3, 3), T.Linear(36, 5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.linear(self.conv(x).flatten(1))


class PaddleFlat(paddle.nn.Layer):
    def __init__(self, channels_last: bool = False) -> None:
        super().__init__()
        self.conv, self.linear, self.channels_last = P.Conv2D(4, 3, 3), P.Linear(36, 5), channels_last

    def forward(self, x: paddle.Tensor) -> paddle.Tensor:
        y = self.conv(x)
        return self.linear((y.transpose([0, 2, 3, 1]) if self.channels_last else y).flatten(1))


class NnxFlat(nnx.Module):
    def __init__(self) -> None:
        self.conv, self.linear = nnx.Conv(4, 3, (3, 3), padding=0, rngs=rngs()), nnx.Linear(36, 5, rngs=rngs())

    def __call__(self, x: jax.Array) -> jax.Array:
        y = self.conv(x)
        return self.linear(y.reshape(y.shape[0], -1))


class TorchAttention(torch.nn.Module):
    """Attention to oneself, where a mask hides what comes later; torch masks what is True."""

    def __init__(self) -> None:
        super().__init__()
        self.attention = T.MultiheadAttention(8, 2, batch_first=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        hidden = torch.ones(6, 6, dtype=torch.bool).triu(1)
        return self.attention(x, x, x, attn_mask=hidden, need_weights=False)[0]


class PaddleAttention(paddle.nn.Layer):
    """The same in Paddle, which keeps what is True."""

    def __init__(self, heads: int = 2, turned: bool = False) -> None:
        super().__init__()
        self.attention, self.turned = P.MultiHeadAttention(8, heads), turned

    def forward(self, x: paddle.Tensor) -> paddle.Tensor:
        kept = paddle.ones([6, 6]).tril().astype("bool")
        later = paddle.ones([6, 6]).triu().astype("bool")
        return self.attention(x, x, x, attn_mask=later if self.turned else kept)


def apart(state: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """torch's joined projections as Paddle's three."""
    found = {}
    for key, array in state.items():
        stem, joined, kind = key.rpartition("in_proj_")
        if not joined:
            found[key] = array
            continue
        for name, part in zip("qkv", np.split(array, 3), strict=True):
            found[f"{stem}{name}_proj.{kind}"] = part
    return found


def joined(state: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The same, with queries and keys exchanged."""
    other = {"q_proj": "k_proj", "k_proj": "q_proj"}
    return {".".join(other.get(name, name) for name in key.split(".")): a for key, a in apart(state).items()}


def square(state: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """A square weight, transposed."""
    return {key: array.T if array.ndim == 2 else array for key, array in state.items()}


def flipped(state: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """A kernel from its other end."""
    return {key: array[..., ::-1, ::-1] if array.ndim == 4 else array for key, array in state.items()}


def reordered(state: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The gates of an LSTM as if the second and the third were exchanged."""
    parts = {key: np.split(array, 4) for key, array in state.items()}
    return {key: np.concatenate([a, c, b, d]) for key, (a, b, c, d) in parts.items()}


def encoder(framework: str, **how: Any) -> Callable[[], Any]:
    if framework == "torch":
        return still(T.TransformerEncoderLayer, 8, 2, 16, 0.1, batch_first=True, **how)
    return still(P.TransformerEncoderLayer, 8, 2, 16, 0.1, **how)


FIRST = {"output": {"torch": lambda y: y[0], "paddle": lambda y: y[0]}}
APART = {"weights": apart}


def torch_rnn(cls: Any, **how: Any) -> Callable[[], Any]:
    return lambda: cls(8, 3, num_layers=2, batch_first=True, **how)


class PaddleOrder(paddle.nn.Layer):
    def __init__(self, activation_first: bool) -> None:
        super().__init__()
        self.linear, self.norm, self.activation_first = P.Linear(8, 8), P.LayerNorm(8), activation_first

    def forward(self, x: paddle.Tensor) -> paddle.Tensor:
        y = self.linear(x)
        return self.norm(PF.relu(y)) if self.activation_first else PF.relu(self.norm(y))


class TorchOrder(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear, self.norm = T.Linear(8, 8), T.LayerNorm(8)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.relu(self.norm(self.linear(x)))


def _nnx(cls: Any, *args: Any, **how: Any) -> Callable[[], Any]:
    return lambda: cls(*args, **how, rngs=rngs())


def pair(first: Any, second: Any, kind: str = "features", **told: Any) -> Pair:
    return Pair(first, second, kind, told)


def both(first: Any, second: Any, name: str, other: str, *args: Any, **how: Any) -> tuple[Any, Any]:
    """One layer of torch and of Paddle that take the same arguments."""
    return partial(getattr(first, name), *args, **how), partial(getattr(second, other), *args, **how)


def same(name: str, other: str, *args: Any, kind: str = "map", **how: Any) -> Pair:
    return pair(*both(T, P, name, other, *args, **how), kind=kind)


def conv(second: Any = P.Conv2D, *, kind: str = "map", first: Any = T.Conv2d, channels: int = 6, **how: Any) -> Pair:
    return pair(lambda: first(4, channels, 3, **how), lambda: second(4, channels, 3, **how), kind)


RIGHT: Mapping[str, Pair] = {
    # torch and Paddle
    "linear": same("Linear", "Linear", 8, 3, kind="features"),
    "linear-of-sequences": same("Linear", "Linear", 8, 3, kind="sequence"),
    "linear-without-bias": pair(partial(T.Linear, 8, 3, bias=False), partial(P.Linear, 8, 3, bias_attr=False)),
    "conv1d": conv(P.Conv1D, first=T.Conv1d, kind="line"),
    "conv2d": conv(),
    "conv3d": conv(P.Conv3D, first=T.Conv3d, kind="volume"),
    "conv2d-groups": conv(groups=2),
    "conv2d-depthwise": conv(groups=4, channels=8),
    "conv2d-stride": conv(stride=2, padding=1),
    "conv2d-dilation": conv(dilation=2, padding=2),
    "conv2d-reflect": conv(padding=1, padding_mode="reflect"),
    "conv2d-replicate": conv(padding=1, padding_mode="replicate"),
    "conv2d-circular": conv(padding=1, padding_mode="circular"),
    "conv-transpose1d": conv(P.Conv1DTranspose, first=T.ConvTranspose1d, kind="line", stride=2),
    "conv-transpose2d": conv(P.Conv2DTranspose, first=T.ConvTranspose2d, stride=2, padding=1, output_padding=1),
    "conv-transpose2d-groups": conv(P.Conv2DTranspose, first=T.ConvTranspose2d, groups=2),
    "conv-transpose3d": conv(P.Conv3DTranspose, first=T.ConvTranspose3d, kind="volume"),
    "batch-norm1d-training": same("BatchNorm1d", "BatchNorm1D", 8, kind="features"),
    "batch-norm1d-of-lines": same("BatchNorm1d", "BatchNorm1D", 4, kind="line"),
    "batch-norm2d-training": same("BatchNorm2d", "BatchNorm2D", 4),
    "batch-norm3d-training": same("BatchNorm3d", "BatchNorm3D", 4, kind="volume"),
    "batch-norm2d-eval": pair(still(T.BatchNorm2d, 4), still(P.BatchNorm2D, 4), "map"),
    "batch-norm-momentum": pair(partial(T.BatchNorm2d, 4, momentum=0.03), partial(P.BatchNorm2D, 4, 0.97), "map"),
    "layer-norm": same("LayerNorm", "LayerNorm", 8, kind="sequence"),
    "layer-norm-of-maps": same("LayerNorm", "LayerNorm", [6, 5]),
    "group-norm": same("GroupNorm", "GroupNorm", 2, 4),
    "instance-norm": pair(partial(T.InstanceNorm2d, 4, affine=True), partial(P.InstanceNorm2D, 4), "map"),
    "instance-norm-plain": pair(
        partial(T.InstanceNorm2d, 4), partial(P.InstanceNorm2D, 4, weight_attr=False, bias_attr=False), "map"
    ),
    "embedding": same("Embedding", "Embedding", 6, 3, kind="index"),
    "embedding-padding-index": same("Embedding", "Embedding", 6, 3, padding_idx=0, kind="index"),
    "dropout-eval": pair(still(T.Dropout, 0.5), still(P.Dropout, 0.5)),
    "max-pool": same("MaxPool2d", "MaxPool2D", 2, 2),
    "max-pool-padded": pair(partial(T.MaxPool2d, 3, 2, 1), partial(P.MaxPool2D, 3, 2, 1), "map"),
    "avg-pool": same("AvgPool2d", "AvgPool2D", 2, 2),
    "avg-pool-padded": pair(partial(T.AvgPool2d, 3, 2, 1), partial(P.AvgPool2D, 3, 2, 1, exclusive=False), "map"),
    "adaptive-avg-pool": same("AdaptiveAvgPool2d", "AdaptiveAvgPool2D", (3, 2)),
    "adaptive-max-pool": same("AdaptiveMaxPool2d", "AdaptiveMaxPool2D", (3, 2)),
    "global-mean": pair(
        lambda: T.Sequential(T.Conv2d(4, 3, 3), T.AdaptiveAvgPool2d(1)),
        lambda: P.Sequential(P.Conv2D(4, 3, 3), P.AdaptiveAvgPool2D(1)),
        "map",
    ),
    "relu": same("ReLU", "ReLU"),
    "leaky-relu": same("LeakyReLU", "LeakyReLU", 0.2),
    "prelu": pair(T.PReLU, P.PReLU),
    "prelu-of-channels": same("PReLU", "PReLU", 4),
    "elu": same("ELU", "ELU", 0.7),
    "selu": same("SELU", "SELU"),
    "gelu-erf": same("GELU", "GELU"),
    "gelu-tanh": pair(partial(T.GELU, approximate="tanh"), partial(P.GELU, approximate=True)),
    "silu": same("SiLU", "Silu"),
    "mish": same("Mish", "Mish"),
    "softplus": same("Softplus", "Softplus"),
    "hard-swish": same("Hardswish", "Hardswish"),
    "hard-sigmoid": same("Hardsigmoid", "Hardsigmoid"),
    "hard-tanh": same("Hardtanh", "Hardtanh"),
    "softmax": same("Softmax", "Softmax", 1),
    "log-softmax": same("LogSoftmax", "LogSoftmax", -1),
    "glu": same("GLU", "GLU", kind="features"),
    "lstm": pair(torch_rnn(T.LSTM), lambda: P.LSTM(8, 3, num_layers=2), "sequence", **FIRST),
    "lstm-both-ways": pair(
        torch_rnn(T.LSTM, bidirectional=True), lambda: P.LSTM(8, 3, 2, direction="bidirect"), "sequence", **FIRST
    ),
    "gru": pair(torch_rnn(T.GRU), lambda: P.GRU(8, 3, num_layers=2), "sequence", **FIRST),
    "rnn": pair(torch_rnn(T.RNN), lambda: P.SimpleRNN(8, 3, num_layers=2), "sequence"),
    "attention-with-a-mask": pair(TorchAttention, PaddleAttention, "sequence", **APART),
    "transformer-encoder": pair(encoder("torch"), encoder("paddle"), "sequence", **APART),
    "transformer-encoder-norm-first": pair(
        encoder("torch", norm_first=True, activation="gelu"),
        encoder("paddle", normalize_before=True, activation="gelu"),
        "sequence",
        **APART,
    ),
    "residual": pair(TorchResidual, PaddleResidual),
    "upsample-nearest": pair(
        partial(T.Upsample, scale_factor=2), partial(P.Upsample, scale_factor=2, mode="nearest"), "map"
    ),
    "upsample-bilinear": pair(
        partial(T.Upsample, scale_factor=2, mode="bilinear"),
        partial(P.Upsample, scale_factor=2, mode="bilinear"),
        "map",
    ),
    "upsample-bilinear-aligned": pair(
        partial(T.Upsample, (9, 7), mode="bilinear", align_corners=True),
        partial(P.Upsample, (9, 7), mode="bilinear", align_corners=True),
        "map",
    ),
    "pixel-shuffle": same("PixelShuffle", "PixelShuffle", 2),
    "pad-reflect": pair(partial(T.ReflectionPad2d, 2), partial(P.Pad2D, 2, mode="reflect"), "map"),
    "pad-zero": pair(partial(T.ZeroPad2d, (1, 2, 0, 1)), partial(P.ZeroPad2D, [1, 2, 0, 1]), "map"),
    "cosine-similarity": pair(
        called(lambda x: F.cosine_similarity(x, x.flip(0), 1)), called(lambda x: PF.cosine_similarity(x, x.flip(0), 1))
    ),
    "flattened-map": pair(TorchFlat, PaddleFlat, "map"),
    # torch and NNX
    "nnx-linear": pair(partial(T.Linear, 8, 3), _nnx(nnx.Linear, 8, 3)),
    "nnx-conv2d": pair(partial(T.Conv2d, 4, 6, 3), _nnx(nnx.Conv, 4, 6, (3, 3), padding=0), "map"),
    "nnx-conv1d": pair(partial(T.Conv1d, 4, 6, 3), _nnx(nnx.Conv, 4, 6, (3,), padding=0), "line"),
    "nnx-conv3d": pair(partial(T.Conv3d, 4, 6, 3), _nnx(nnx.Conv, 4, 6, (3, 3, 3), padding=0), "volume"),
    "nnx-conv2d-groups-stride-dilation": pair(
        partial(T.Conv2d, 4, 6, 3, stride=2, padding=2, dilation=2, groups=2),
        _nnx(nnx.Conv, 4, 6, (3, 3), 2, padding=2, kernel_dilation=2, feature_group_count=2),
        "map",
    ),
    "nnx-conv-transpose2d": pair(
        partial(T.ConvTranspose2d, 4, 6, 3, stride=2),
        _nnx(nnx.ConvTranspose, 4, 6, (3, 3), strides=(2, 2), padding="VALID"),
        "map",
    ),
    "nnx-batch-norm-training": pair(partial(T.BatchNorm2d, 4), _nnx(nnx.BatchNorm, 4, momentum=0.9), "map"),
    "nnx-batch-norm-eval": pair(still(T.BatchNorm2d, 4), still(_nnx(nnx.BatchNorm, 4)), "map"),
    "nnx-layer-norm": pair(partial(T.LayerNorm, 8), _nnx(nnx.LayerNorm, 8, epsilon=1e-5), "sequence"),
    "nnx-group-norm": pair(partial(T.GroupNorm, 2, 4), _nnx(nnx.GroupNorm, 4, 2, epsilon=1e-5), "map"),
    "nnx-instance-norm": pair(
        partial(T.InstanceNorm2d, 4, affine=True), _nnx(nnx.InstanceNorm, 4, epsilon=1e-5), "map"
    ),
    "nnx-rms-norm": pair(partial(T.RMSNorm, 8, 1e-6), _nnx(nnx.RMSNorm, 8, epsilon=1e-6)),
    "nnx-embedding": pair(partial(T.Embedding, 6, 3), _nnx(nnx.Embed, 6, 3), "index"),
    "nnx-dropout-eval": pair(still(T.Dropout, 0.5), still(_nnx(nnx.Dropout, 0.5))),
    "nnx-prelu": pair(T.PReLU, nnx.PReLU),
    "nnx-flattened-map": pair(TorchFlat, NnxFlat, "map", flatten={"linear": (3, 4, 3)}),
    # torch and Linen
    "linen-residual": pair(TorchResidual, LinenResidual),
    "linen-conv2d": pair(partial(T.Conv2d, 4, 6, 3, padding=1), partial(linen.Conv, 6, (3, 3), padding=1), "map"),
    "linen-batch-norm-eval": pair(
        still(T.BatchNorm2d, 4), partial(linen.BatchNorm, use_running_average=True, epsilon=1e-5), "map"
    ),
    "linen-group-norm": pair(partial(T.GroupNorm, 2, 4), partial(linen.GroupNorm, 2, epsilon=1e-5), "map"),
    "linen-embedding": pair(partial(T.Embedding, 6, 3), partial(linen.Embed, 6, 3), "index"),
    # Paddle and NNX
    "paddle-nnx-residual": pair(PaddleResidual, NnxResidual),
    "paddle-nnx-conv2d": pair(partial(P.Conv2D, 4, 6, 3), _nnx(nnx.Conv, 4, 6, (3, 3), padding=0), "map"),
    "paddle-nnx-batch-norm": pair(partial(P.BatchNorm2D, 4), _nnx(nnx.BatchNorm, 4, momentum=0.9), "map"),
    # functions
    "jax-gelu": pair(called(F.gelu), called(jax.nn.gelu, approximate=False)),
    "jax-max-pool": pair(
        called(F.max_pool2d, kernel_size=2),
        called(nnx.max_pool, window_shape=(2, 2), strides=(2, 2)),
        "map",
        channels_last=["jax"],
    ),
    "jax-avg-pool": pair(
        called(F.avg_pool2d, kernel_size=2),
        called(nnx.avg_pool, window_shape=(2, 2), strides=(2, 2)),
        "map",
        channels_last=["jax"],
    ),
    "numpy-softmax": pair(
        called(torch.softmax, dim=-1),
        lambda: (
            lambda x: np.exp(x - x.max(-1, keepdims=True)) / np.exp(x - x.max(-1, keepdims=True)).sum(-1, keepdims=True)
        ),
    ),
}
"""None of these may be flagged."""

WRONG: Mapping[str, Pair] = {
    # settings
    "layer-norm-epsilon": pair(partial(T.LayerNorm, 8), partial(P.LayerNorm, 8, 1e-6)),
    "layer-norm-epsilon-of-flax": pair(partial(T.LayerNorm, 8), _nnx(nnx.LayerNorm, 8)),
    "batch-norm-epsilon": pair(still(T.BatchNorm2d, 4), still(P.BatchNorm2D, 4, epsilon=1e-3), "map"),
    "batch-norm-epsilon-of-linen": pair(
        still(T.BatchNorm2d, 4), partial(linen.BatchNorm, use_running_average=True, epsilon=1.1e-5), "map"
    ),
    "batch-norm-momentum": pair(partial(T.BatchNorm2d, 4, momentum=0.9), partial(P.BatchNorm2D, 4, 0.9), "map"),
    "batch-norm-momentum-of-flax": pair(partial(T.BatchNorm2d, 4), _nnx(nnx.BatchNorm, 4), "map"),
    "batch-norm-mode": pair(still(T.BatchNorm2d, 4), partial(P.BatchNorm2D, 4), "map"),
    "batch-norm-statistics-kept": pair(
        partial(T.BatchNorm2d, 4), partial(P.BatchNorm2D, 4, use_global_stats=True), "map"
    ),
    "group-norm-groups": pair(partial(T.GroupNorm, 2, 4), partial(P.GroupNorm, 4, 4), "map"),
    "group-norm-epsilon": pair(partial(T.GroupNorm, 2, 4), _nnx(nnx.GroupNorm, 4, 2, epsilon=1e-6), "map"),
    "instance-norm-epsilon": pair(
        partial(T.InstanceNorm2d, 4, affine=True), partial(P.InstanceNorm2D, 4, epsilon=1e-6), "map"
    ),
    "instance-norm-for-batch-norm": pair(still(T.BatchNorm2d, 4), partial(P.InstanceNorm2D, 4), "map", weights="own"),
    "rms-norm-for-layer-norm": pair(
        partial(T.LayerNorm, 8, bias=False), _nnx(nnx.RMSNorm, 8, epsilon=1e-5), "features"
    ),
    "rms-norm-epsilon": pair(partial(T.RMSNorm, 8), _nnx(nnx.RMSNorm, 8)),
    "layer-norm-axes": pair(partial(T.LayerNorm, [6, 5]), partial(P.LayerNorm, [6, 5], 1e-4), "map"),
    "gelu-approximate": pair(T.GELU, partial(P.GELU, approximate=True)),
    "gelu-approximate-of-jax": pair(called(F.gelu), called(jax.nn.gelu)),
    "leaky-relu-slope": pair(partial(T.LeakyReLU, 0.1), P.LeakyReLU),
    "elu-alpha": pair(T.ELU, partial(P.ELU, 0.99)),
    "softplus-beta": pair(partial(T.Softplus, 2.0), P.Softplus),
    "relu6-for-relu": pair(T.ReLU, P.ReLU6, "large"),
    "silu-for-hard-swish": pair(T.Hardswish, P.Silu),
    "softmax-axis": pair(partial(T.Softmax, 1), partial(P.Softmax, 2), "sequence"),
    "log-softmax-for-softmax": pair(partial(T.Softmax, -1), partial(P.LogSoftmax, -1)),
    # convolutions and pools
    "conv-stride": pair(partial(T.Conv2d, 4, 6, 3, stride=2), partial(P.Conv2D, 4, 6, 3), "map"),
    "conv-padding": pair(partial(T.Conv2d, 4, 6, 3, padding=1), partial(P.Conv2D, 4, 6, 3), "map"),
    "conv-padding-same-of-flax": pair(partial(T.Conv2d, 4, 6, 3), _nnx(nnx.Conv, 4, 6, (3, 3)), "map"),
    "conv-padding-mode": pair(
        partial(T.Conv2d, 4, 6, 3, padding=1), partial(P.Conv2D, 4, 6, 3, padding=1, padding_mode="reflect"), "map"
    ),
    "conv-padding-of-one-side": pair(
        partial(T.Conv2d, 4, 6, 3, stride=2, padding=1), _nnx(nnx.Conv, 4, 6, (3, 3), 2, padding="SAME"), "map"
    ),
    "conv-dilation": pair(
        partial(T.Conv2d, 4, 6, 3, padding=2, dilation=2), partial(P.Conv2D, 4, 6, 3, padding=1), "map"
    ),
    "conv-transpose-output-padding": pair(
        partial(T.ConvTranspose2d, 4, 6, 3, 2, 1, 1), partial(P.Conv2DTranspose, 4, 6, 3, 2, 0), "map"
    ),
    "conv-transpose-flipped": pair(
        partial(T.ConvTranspose2d, 4, 4, 3, 2), partial(P.Conv2DTranspose, 4, 4, 3, 2), "map", weights=flipped
    ),
    "lstm-gates-in-another-order": pair(
        torch_rnn(T.LSTM), lambda: P.LSTM(8, 3, num_layers=2), "sequence", **FIRST, weights=reordered
    ),
    "max-pool-for-avg-pool": pair(partial(T.AvgPool2d, 2), partial(P.MaxPool2D, 2), "map"),
    "avg-pool-counts-padding": pair(partial(T.AvgPool2d, 3, 2, 1), partial(P.AvgPool2D, 3, 2, 1), "map"),
    "max-pool-ceil": pair(partial(T.MaxPool2d, 2), partial(P.MaxPool2D, 2, ceil_mode=True), "map"),
    "adaptive-pool-size": pair(partial(T.AdaptiveAvgPool2d, (3, 2)), partial(P.AdaptiveAvgPool2D, (2, 2)), "map"),
    "max-pool-of-flax-at-borders": pair(
        called(F.max_pool2d, kernel_size=3, stride=2, padding=1),
        called(nnx.max_pool, window_shape=(3, 3), strides=(2, 2), padding="SAME"),
        "map",
        channels_last=["jax"],
    ),
    "align-corners": pair(
        partial(T.Upsample, scale_factor=2, mode="bilinear"),
        partial(P.Upsample, scale_factor=2, mode="bilinear", align_corners=True),
        "map",
    ),
    "bilinear-for-nearest": pair(
        partial(T.Upsample, scale_factor=2), partial(P.Upsample, scale_factor=2, mode="bilinear"), "map"
    ),
    "pixel-unshuffle-order": pair(
        partial(T.PixelShuffle, 2),
        lambda: lambda x: x.reshape([2, 2, 2, 1, 6, 5]).transpose([0, 3, 4, 2, 5, 1]).reshape([2, 1, 12, 10]),
        "map",
        names=("torch", "paddle"),
    ),
    "pad-replicate-for-reflect": pair(partial(T.ReflectionPad2d, 2), partial(P.Pad2D, 2, mode="replicate"), "map"),
    "pad-order": pair(partial(T.ZeroPad2d, (1, 2, 0, 1)), partial(P.ZeroPad2D, [0, 1, 1, 2]), "map"),
    # weights
    "square-weight-transposed": pair(partial(T.Linear, 8, 8), partial(P.Linear, 8, 8), weights=square),
    "bias-missing": pair(partial(T.Linear, 8, 3), partial(P.Linear, 8, 3, bias_attr=False), weights={"bias": None}),
    "queries-and-keys-exchanged": pair(TorchAttention, PaddleAttention, "sequence", weights=joined),
    "flattened-in-another-order": pair(TorchFlat, partial(PaddleFlat, True), "map"),
    "embedding-padding-index": pair(partial(T.Embedding, 6, 3), partial(P.Embedding, 6, 3, padding_idx=0), "index"),
    # structure
    "residual-missing": pair(TorchResidual, partial(PaddleResidual, skip=False)),
    "norm-after-instead-of-before": pair(TorchResidual, partial(PaddleResidual, pre=False)),
    "norm-and-activation-exchanged": pair(TorchOrder, partial(PaddleOrder, True)),
    "mask-means-the-other": pair(TorchAttention, partial(PaddleAttention, turned=True), "sequence", **APART),
    "heads": pair(TorchAttention, partial(PaddleAttention, 4), "sequence", **APART),
    "encoder-norm-first": pair(encoder("torch"), encoder("paddle", normalize_before=True), "sequence", **APART),
    "encoder-activation": pair(encoder("torch"), encoder("paddle", activation="gelu"), "sequence", **APART),
    "lstm-one-way-reversed": pair(
        torch_rnn(T.LSTM), lambda: P.LSTM(8, 3, num_layers=2, time_major=True), "sequence", **FIRST
    ),
    "rnn-activation": pair(torch_rnn(T.RNN), lambda: P.SimpleRNN(8, 3, num_layers=2, activation="relu"), "sequence"),
    "gru-output-for-state": pair(
        torch_rnn(T.GRU),
        lambda: P.GRU(8, 3, num_layers=2),
        "sequence",
        output={"torch": lambda y: y[0][:, -1], "paddle": lambda y: y[1][0]},
    ),
    "dropout-scaled-in-eval": pair(still(T.Dropout, 0.5), still(P.Dropout, 0.5, mode="downscale_in_infer")),
    "dropout-of-flax-in-training": pair(still(T.Dropout, 0.5), _nnx(nnx.Dropout, 0.5)),
    # functions
    "mean-for-sum": pair(called(torch.sum, dim=-1), called(paddle.mean, axis=-1)),
    "variance-by-n-1": pair(called(lambda x: torch.var(x, -1)), called(lambda x: jnp.var(x, -1))),
    "rounding": pair(called(torch.round), called(lambda x: paddle.floor(x + 0.6))),
    "detached": pair(called(torch.tanh), called(lambda x: paddle.tanh(x).detach() + 0 * x)),
    "loss-reduction": pair(
        called(lambda x: F.smooth_l1_loss(x, x.flip(0))),
        called(lambda x: PF.smooth_l1_loss(x, x.flip(0), reduction="sum")),
    ),
}
"""None of these may be missed."""
