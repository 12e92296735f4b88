"""A layer of every kind in every framework with it, an input, and what rounding may cost it.

Knows nothing of conversion. Bounds are first order: a sum of n terms in any order is off by at most
n u times the sum of the terms' magnitudes (Higham, Accuracy and Stability of Numerical Algorithms,
section 4.2); `EPS` is 2 u, which leaves room for the second order.
"""

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import jax
import numpy as np
import paddle
import torch
from flax import linen, nnx

EPS = 2.0**-23
Bound = Callable[[torch.nn.Module, torch.Tensor], torch.Tensor]


@dataclass(frozen=True)
class Case:
    """A layer: how each framework makes it, an input (channels first), and a float32 run's bound.

    `told_by` are the frameworks whose model tells how the others' weights lie.
    """

    name: str
    make: Mapping[str, Callable[[], Any]]
    x: np.ndarray
    bound: Bound
    told_by: tuple[str, ...] = ("torch", "paddle", "flax", "linen")
    frameworks: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "frameworks", tuple(self.make))

    def moves_axes(self, framework: str) -> bool:
        """Whether the framework's channels stand elsewhere than torch's."""
        return framework in ("flax", "linen") and self.x.ndim > 2

    def input(self, framework: str) -> np.ndarray:
        """The input in the framework's order of axes."""
        return np.moveaxis(self.x, 1, -1) if self.moves_axes(framework) else self.x

    def model(self, framework: str) -> Any:
        """A new model, as `convert` takes it."""
        made = self.make[framework]()
        return (made, jax.numpy.asarray(self.input(framework))) if framework == "linen" else made


def summed(layer: torch.nn.Module, x: torch.Tensor) -> torch.Tensor:
    """A dense layer or convolution: n products, n - 1 sums and the bias, on the magnitudes."""
    magnitude = deepcopy(layer)
    for parameter in magnitude.parameters():
        parameter.data = parameter.data.abs()
    terms = sum(p.numel() for p in layer.parameters())  # more than those of any one output
    return terms * EPS * magnitude(x.abs())


def exact(layer: torch.nn.Module, x: torch.Tensor) -> torch.Tensor:
    """A look-up."""
    return torch.zeros_like(layer(x))


def one_product(layer: torch.nn.Module, x: torch.Tensor) -> torch.Tensor:
    """One rounding."""
    return EPS * layer(x).abs()


def normalised_by_statistics(layer: torch.nn.Module, x: torch.Tensor) -> torch.Tensor:
    """BatchNorm in eval mode: (x - m) r w + b, m and b maybe folded: 8 roundings of each term."""
    shape = (1, -1, *[1] * (x.ndim - 2))
    mean, var, weight, bias = (
        layer.state_dict()[name].reshape(shape) for name in ("running_mean", "running_var", "weight", "bias")
    )
    scale = weight.abs() / torch.sqrt(var + 1e-5)
    return 8 * EPS * ((x.abs() + mean.abs()) * scale + bias.abs())


def normalised(
    layer: torch.nn.Module,
    x: torch.Tensor,
    *,
    groups: int | None,
    axes: int = 1,
    centred: bool = True,
) -> torch.Tensor:
    """LayerNorm (no groups), GroupNorm, InstanceNorm: mean and variance of n values.

    The mean is off by n u E|x|; the variance, by E[x^2] - m^2 at worst, relative to itself by
    (n + 2) u (E[x^2] + m^2) / var, half of which reaches 1/sqrt.
    """
    rows = x.reshape(x.shape[0], groups, -1) if groups else x.flatten(-axes)
    terms = rows.shape[-1] + 4
    mean = rows.mean(-1, keepdim=True) * centred
    square = (rows**2).mean(-1, keepdim=True)
    var = square - mean**2 + 1e-5
    condition = (square + mean**2) / var
    spread = (rows.abs() + rows.abs().mean(-1, keepdim=True)) * (1 + condition) / torch.sqrt(var)
    weight = layer.get_parameter("weight").abs()
    bias = dict(layer.named_parameters()).get("bias", torch.zeros_like(weight)).abs()
    if groups:
        shape = (1, -1, *[1] * (x.ndim - 2))
        weight, bias = weight.reshape(shape), bias.reshape(shape)
    return EPS * (terms * spread.reshape(x.shape) * weight + 2 * bias)


def recurrent(layer: Any, x: torch.Tensor) -> torch.Tensor:
    """LSTM, GRU and RNN: in every step, sums off by `wrong` move the state by `gain` times that.

    Of the LSTM, sigmoids have slope 1/4 and the cell is at most the number of steps; in the GRU the
    reset gate multiplies a sum. Both keep at most all of the step before.
    """
    weights = {n: p.detach().abs() for n, p in layer.named_parameters() if p.ndim > 1}
    largest = max(1.0, float(x.abs().max()))
    rows = max(float(weight.sum(-1).max()) for weight in weights.values())
    shift = max(float(p.detach().abs().max()) for p in layer.parameters() if p.ndim == 1)
    size = rows * (largest + 1) + 2 * shift
    terms = sum(max(weight.shape[-1] for weight in weights.values()) for _ in range(2)) + 2
    steps, layers = (x.shape[1], layer.num_layers) if x.ndim == 3 else (1, 1)
    below = [0.0] * steps
    for _ in range(layers):
        error = 0.0
        for step in range(steps):
            wrong = terms * EPS * size + rows * (below[step] + error)
            gain = 1.5 + step / 4 + size / 4
            error += gain * wrong + 8 * EPS
            below[step] = error
        below = [max(below)] * steps
    return torch.full_like(_first(layer(x)), max(below))


def _first(output: Any) -> torch.Tensor:
    return output[0] if isinstance(output, tuple) else output


def _random(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).standard_normal(shape).astype(np.float32)


def _spatial(rank: int) -> tuple[int, ...]:
    return (5, 6, 4)[:rank]


def _conv(rank: int, groups: int = 1) -> Case:
    kernel = (3,) * rank
    flax = {"padding": 1, "feature_group_count": groups}
    return Case(
        f"{'grouped_' if groups > 1 else ''}conv{rank}d",
        {
            "torch": lambda: getattr(torch.nn, f"Conv{rank}d")(4, 6, 3, padding=1, groups=groups),
            "paddle": lambda: getattr(paddle.nn, f"Conv{rank}D")(4, 6, 3, padding=1, groups=groups),
            "flax": lambda: nnx.Conv(4, 6, kernel, rngs=nnx.Rngs(0), **flax),
            "linen": lambda: linen.Conv(6, kernel, **flax),
        },
        _random(2, 4, *_spatial(rank)),
        summed,
    )


def _conv_transpose(rank: int, *, transpose_kernel: bool = False) -> Case:
    flax = {
        "kernel_size": (3,) * rank,
        "strides": (2,) * rank,
        "padding": "VALID",
        "transpose_kernel": transpose_kernel,
    }
    return Case(
        f"conv_transpose{rank}d{'_kernel' if transpose_kernel else ''}",
        {
            "torch": lambda: getattr(torch.nn, f"ConvTranspose{rank}d")(4, 6, 3, stride=2),
            "paddle": lambda: getattr(paddle.nn, f"Conv{rank}DTranspose")(4, 6, 3, stride=2),
            "flax": lambda: nnx.ConvTranspose(4, 6, rngs=nnx.Rngs(0), **flax),
            "linen": lambda: linen.ConvTranspose(6, **flax),
        },
        _random(2, 4, *_spatial(rank)),
        summed,
        ("flax", "linen") if transpose_kernel else ("torch", "paddle", "flax", "linen"),
    )


def _batch_norm(rank: int) -> Case:
    return Case(
        f"batch_norm{rank}d",
        {
            "torch": lambda: getattr(torch.nn, f"BatchNorm{rank}d")(4),
            "paddle": lambda: getattr(paddle.nn, f"BatchNorm{rank}D")(4),
            "flax": lambda: nnx.BatchNorm(4, rngs=nnx.Rngs(0)),
            "linen": lambda: linen.BatchNorm(use_running_average=True, epsilon=1e-5),
        },
        _random(2, 4, *_spatial(rank)),
        normalised_by_statistics,
    )


def _instance_norm(rank: int) -> Case:
    return Case(
        f"instance_norm{rank}d",
        {
            "torch": lambda: getattr(torch.nn, f"InstanceNorm{rank}d")(4, affine=True),
            "paddle": lambda: getattr(paddle.nn, f"InstanceNorm{rank}D")(4),
            "flax": lambda: nnx.InstanceNorm(4, epsilon=1e-5, rngs=nnx.Rngs(0)),
            "linen": lambda: linen.InstanceNorm(epsilon=1e-5),
        },
        _random(2, 4, *_spatial(rank)),
        partial(normalised, groups=4),
    )


def _recurrent(name: str, torch_class: str, paddle_class: str, **directions: bool) -> Case:
    def in_paddle() -> Any:
        direction = "bidirect" if directions else "forward"
        return getattr(paddle.nn, paddle_class)(3, 4, num_layers=2, direction=direction)

    return Case(
        name,
        {
            "torch": lambda: getattr(torch.nn, torch_class)(3, 4, num_layers=2, batch_first=True, **directions),
            "paddle": in_paddle,
        },
        _random(2, 2, 3),
        recurrent,
    )


def _cell(name: str, torch_class: str, paddle_class: str) -> Case:
    return Case(
        name,
        {
            "torch": lambda: getattr(torch.nn, torch_class)(3, 4),
            "paddle": lambda: getattr(paddle.nn, paddle_class)(3, 4),
        },
        _random(2, 3),
        recurrent,
    )


class TorchSquare(torch.nn.Module):
    """A bilinear layer of its input with itself."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = torch.nn.Bilinear(3, 3, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.layer(x, x)


class PaddleSquare(paddle.nn.Layer):
    """A bilinear layer of its input with itself."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = paddle.nn.Bilinear(3, 3, 4)

    def forward(self, x: paddle.Tensor) -> paddle.Tensor:
        return self.layer(x, x)


CASES = (
    Case(
        "dense",
        {
            "torch": lambda: torch.nn.Linear(4, 6),
            "paddle": lambda: paddle.nn.Linear(4, 6),
            "flax": lambda: nnx.Linear(4, 6, rngs=nnx.Rngs(0)),
            "linen": lambda: linen.Dense(6),
        },
        _random(3, 4),
        summed,
    ),
    *(_conv(rank) for rank in (1, 2, 3)),
    _conv(2, groups=2),
    *(_conv_transpose(rank) for rank in (1, 2, 3)),
    _conv_transpose(2, transpose_kernel=True),
    Case(
        "grouped_conv_transpose2d",
        {
            "torch": lambda: torch.nn.ConvTranspose2d(4, 6, 3, stride=2, groups=2),
            "paddle": lambda: paddle.nn.Conv2DTranspose(4, 6, 3, stride=2, groups=2),
        },
        _random(2, 4, 5, 6),
        summed,
    ),
    *(_batch_norm(rank) for rank in (1, 2, 3)),
    Case(
        "layer_norm",
        {
            "torch": lambda: torch.nn.LayerNorm(4),
            "paddle": lambda: paddle.nn.LayerNorm(4, epsilon=1e-5),
            "flax": lambda: nnx.LayerNorm(4, epsilon=1e-5, rngs=nnx.Rngs(0)),
            "linen": lambda: linen.LayerNorm(epsilon=1e-5),
        },
        _random(3, 4),
        partial(normalised, groups=None),
    ),
    Case(
        "layer_norm_2d",
        {
            "torch": lambda: torch.nn.LayerNorm((4, 5)),
            "paddle": lambda: paddle.nn.LayerNorm([4, 5], epsilon=1e-5),
        },
        _random(2, 4, 5),
        partial(normalised, groups=None, axes=2),
    ),
    Case(
        "group_norm",
        {
            "torch": lambda: torch.nn.GroupNorm(2, 4),
            "paddle": lambda: paddle.nn.GroupNorm(2, 4, epsilon=1e-5),
            "flax": lambda: nnx.GroupNorm(4, num_groups=2, epsilon=1e-5, rngs=nnx.Rngs(0)),
            "linen": lambda: linen.GroupNorm(num_groups=2, epsilon=1e-5),
        },
        _random(2, 4, 5, 6),
        partial(normalised, groups=2),
    ),
    *(_instance_norm(rank) for rank in (1, 2, 3)),
    Case(
        "rms_norm",
        {
            "torch": lambda: torch.nn.RMSNorm(4, eps=1e-5),
            "flax": lambda: nnx.RMSNorm(4, epsilon=1e-5, rngs=nnx.Rngs(0)),
            "linen": lambda: linen.RMSNorm(epsilon=1e-5),
        },
        _random(3, 4),
        partial(normalised, groups=None, centred=False),
    ),
    Case(
        "embedding",
        {
            "torch": lambda: torch.nn.Embedding(5, 4),
            "paddle": lambda: paddle.nn.Embedding(5, 4),
            "flax": lambda: nnx.Embed(5, 4, rngs=nnx.Rngs(0)),
            "linen": lambda: linen.Embed(5, 4),
        },
        np.array([[0, 4], [2, 2]]),
        exact,
    ),
    Case(
        "prelu",
        {
            "torch": lambda: torch.nn.PReLU(),
            "paddle": lambda: paddle.nn.PReLU(),
            "flax": lambda: nnx.PReLU(),
            "linen": lambda: linen.PReLU(),
        },
        _random(3, 4),
        one_product,
    ),
    Case(
        "prelu_per_channel",
        {"torch": lambda: torch.nn.PReLU(4), "paddle": lambda: paddle.nn.PReLU(4)},
        _random(3, 4, 5),
        one_product,
    ),
    _recurrent("lstm", "LSTM", "LSTM"),
    _recurrent("lstm_both_ways", "LSTM", "LSTM", bidirectional=True),
    _recurrent("gru", "GRU", "GRU"),
    _recurrent("rnn", "RNN", "SimpleRNN"),
    _cell("lstm_cell", "LSTMCell", "LSTMCell"),
    _cell("gru_cell", "GRUCell", "GRUCell"),
    _cell("rnn_cell", "RNNCell", "SimpleRNNCell"),
    Case("bilinear", {"torch": TorchSquare, "paddle": PaddleSquare}, _random(2, 3), summed),
)


def run(framework: str, case: Case, model: Any, state: Any) -> np.ndarray:
    """Load a state with the framework's own loader and run the layer in eval mode."""
    y = RUN[framework](model, state, case.input(framework))
    return np.moveaxis(y, -1, 1) if case.moves_axes(framework) else y


def _run_torch(model: Any, state: Any, x: np.ndarray) -> np.ndarray:
    model.load_state_dict(state, strict=True)
    with torch.no_grad():
        return _first(model.eval()(torch.from_numpy(x))).numpy()


def _run_paddle(model: Any, state: Any, x: np.ndarray) -> np.ndarray:
    assert model.set_state_dict(state) == ([], [])
    model.eval()
    return _first(model(paddle.to_tensor(x))).numpy()


def _run_flax(model: Any, state: Any, x: np.ndarray) -> np.ndarray:
    variables = nnx.state(model)
    nnx.replace_by_pure_dict(variables, state)
    nnx.update(model, variables)
    model.eval()
    return np.asarray(model(jax.numpy.asarray(x)))


def _run_linen(model: Any, state: Any, x: np.ndarray) -> np.ndarray:
    return np.asarray(model[0].apply(state, jax.numpy.asarray(x)))


RUN = {"torch": _run_torch, "paddle": _run_paddle, "flax": _run_flax, "linen": _run_linen}
