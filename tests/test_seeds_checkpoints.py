"""Checkpoints of published implementations: their keys load, and what they compute is what ours compute.

Each formula below is the published code's, line by line, in NumPy, apart from the zoo and from its references. The key
tables are what that code's `state_dict()` has. Weights are random and small enough that no attention is cut off at 1
everywhere, which is checked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from frameworks import FRAMEWORKS, build, expected, new, random, to_paddle, to_torch

Array = np.ndarray
State = dict[str, Array]


def sigmoid(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


def softmax(x: Array, axis: int) -> Array:
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def linear(x: Array, s: Mapping[str, Array], name: str) -> Array:
    return x @ s[f"{name}.weight"].T + s[f"{name}.bias"]


def pointwise_conv(x: Array, s: Mapping[str, Array], name: str) -> Array:
    """A convolution of kernel 1."""
    weight = s[f"{name}.weight"].reshape(s[f"{name}.weight"].shape[:2])
    return np.einsum("oc,nc...->no...", weight, x) + s[f"{name}.bias"].reshape(1, -1, *[1] * (x.ndim - 2))


# The PyTorch article's DynamicReLU_A and DynamicReLU_B (K=2, ratio=6), whose lambdas and init_v are no buffers.


def coefficients_of_the_article(x: Array, s: Mapping[str, Array]) -> Array:
    y = x.mean(axis=(2, 3))
    hidden = np.maximum(linear(y, s, "dynamic.0"), 0)
    return 2 * sigmoid(linear(hidden, s, "dynamic.2")) - 1


def article_a(x: Array, s: Mapping[str, Array], k: int = 2) -> Array:
    lambdas, init_v = np.array([1.0] * k + [0.5] * k), np.array([1.0] + [0.0] * (2 * k - 1))
    relu_coefs = coefficients_of_the_article(x, s).reshape(-1, 2 * k) * lambdas + init_v
    x_perm = np.swapaxes(x, 0, -1)[..., None]
    output = x_perm * relu_coefs[:, :k] + relu_coefs[:, k:]
    return np.swapaxes(output.max(axis=-1), 0, -1)


def article_b(x: Array, s: Mapping[str, Array], k: int = 2) -> Array:
    lambdas, init_v = np.array([1.0] * k + [0.5] * k), np.array([1.0] + [0.0] * (2 * k - 1))
    relu_coefs = coefficients_of_the_article(x, s).reshape(-1, x.shape[1], 2 * k) * lambdas + init_v
    x_perm = x.transpose(2, 3, 0, 1)[..., None]
    output = x_perm * relu_coefs[:, :, :k] + relu_coefs[:, :, k:]
    return output.max(axis=-1).transpose(2, 3, 0, 1)


def renamed(s: Mapping[str, Array]) -> State:
    """The article's keys as ours: its `dynamic` is a Sequential of fc1, ReLU, fc2, ...; the numbers are defaults."""
    names = {"dynamic.0": "fc1", "dynamic.2": "fc2"}
    state = {f"{names[key.rpartition('.')[0]]}.{key.rpartition('.')[2]}": value for key, value in s.items()}
    return state | {"lambdas": np.array([1.0, 1.0, 0.5, 0.5]), "init_v": np.array([1.0, 0.0, 0.0, 0.0])}


# DyReLU and DyReLUB of the notes on the paper (reduction=4), and the Paddle notebook's A, B and C (reduction=8).


def get_relu_coefs(x: Array, s: Mapping[str, Array], conv_type: str) -> Array:
    theta = x.mean(axis=-1)
    if conv_type == "2d":
        theta = theta.mean(axis=-1)
    theta = np.maximum(linear(theta, s, "fc1"), 0)
    return 2 * sigmoid(linear(theta, s, "fc2")) - 1


def notes_b(x: Array, s: Mapping[str, Array], k: int = 2) -> Array:
    conv_type = "1d" if x.ndim == 3 else "2d"
    theta = get_relu_coefs(x, s, conv_type)
    relu_coefs = theta.reshape(-1, x.shape[1], 2 * k) * s["lambdas"] + s["init_v"]
    if conv_type == "1d":
        x_perm = x.transpose(2, 0, 1)[..., None]
        output = x_perm * relu_coefs[:, :, :k] + relu_coefs[:, :, k:]
        return output.max(axis=-1).transpose(1, 2, 0)
    x_perm = x.transpose(2, 3, 0, 1)[..., None]
    output = x_perm * relu_coefs[:, :, :k] + relu_coefs[:, :, k:]
    return output.max(axis=-1).transpose(2, 3, 0, 1)


def notebook_a(x: Array, s: Mapping[str, Array], k: int = 2) -> Array:
    """Right for a batch of 1, or of as many samples as channels with each its own: the axes are H, W, N, C, so that
    the coefficients of sample i meet channel i. Compared for a batch of 1."""
    theta = get_relu_coefs(x, s, "1d" if x.ndim == 3 else "2d")
    relu_coefs = theta.reshape(-1, 2 * k) * s["lambdas"] + s["init_v"]
    if x.ndim == 3:
        x_perm = x.transpose(2, 0, 1)[..., None]
        output = x_perm * relu_coefs[:, :k] + relu_coefs[:, k:]
        return output.max(axis=-1).transpose(1, 2, 0)
    x_perm = x.transpose(2, 3, 0, 1)[..., None]
    output = x_perm * relu_coefs[:, :k] + relu_coefs[:, k:]
    return output.max(axis=-1).transpose(2, 3, 0, 1)


def spatial_theta(x: Array, s: Mapping[str, Array]) -> Array:
    """The notebook's attention before it is cut off at 1: Paddle's softmax is over the last axis by default."""
    z = pointwise_conv(x, s, "conv")
    return softmax(z / 10, -1) * np.prod(x.shape[2:]) / 3


def notebook_c(x: Array, s: Mapping[str, Array], k: int = 2) -> Array:
    _, channels, *space = x.shape
    theta = get_relu_coefs(x, s, "1d" if x.ndim == 3 else "2d")
    attention = np.minimum(spatial_theta(x, s), 1)
    theta = theta.reshape(-1, channels * 2 * k, *[1] * len(space)) * attention
    last = (0, *range(2, x.ndim), 1)
    theta = theta.transpose(last).reshape(-1, *space, channels, 2 * k)
    relu_coefs = theta * s["lambdas"] + s["init_v"]
    output = x.transpose(last)[..., None] * relu_coefs[..., :k] + relu_coefs[..., k:]
    return output.max(axis=-1).transpose(0, x.ndim - 1, *range(1, x.ndim - 1))


# timm's GatherExcite, and its SEModule.


def depthwise(x: Array, weight: Array, stride: int, padding: tuple[int, int]) -> Array:
    """A depthwise convolution; one output position after the other."""
    (ph, pw), (kh, kw) = padding, weight.shape[2:]
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    rows, columns = (padded.shape[2] - kh) // stride + 1, (padded.shape[3] - kw) // stride + 1
    out = np.empty((*x.shape[:2], rows, columns))
    for i in range(rows):
        for j in range(columns):
            window = padded[:, :, i * stride : i * stride + kh, j * stride : j * stride + kw]
            out[:, :, i, j] = (window * weight[:, 0]).sum(axis=(2, 3))
    return out


def batch_norm(x: Array, s: Mapping[str, Array], name: str) -> Array:
    shape = (1, -1, 1, 1)
    mean, var, weight, bias = (
        s[f"{name}.{n}"].reshape(shape) for n in ("running_mean", "running_var", "weight", "bias")
    )
    return (x - mean) / np.sqrt(var + 1e-5) * weight + bias


def windows(x: Array, extent: int, reduce: Callable[[Array], Array]) -> Array:
    """Pooling of windows of 2 extent - 1 at a stride of extent, over what lies within the map."""
    k, pad = 2 * extent - 1, (2 * extent - 1) // 2
    rows, columns = ((n + 2 * pad - k) // extent + 1 for n in x.shape[2:])
    out = np.empty((*x.shape[:2], rows, columns))
    for i in range(rows):
        for j in range(columns):
            top, left = i * extent - pad, j * extent - pad
            out[:, :, i, j] = reduce(x[:, :, max(top, 0) : top + k, max(left, 0) : left + k])
    return out


def interpolate(x: Array, size: tuple[int, ...]) -> Array:
    """`F.interpolate(x, size=size)`: nearest, floor(i in / out)."""
    rows = np.arange(size[0]) * x.shape[2] // size[0]
    columns = np.arange(size[1]) * x.shape[3] // size[1]
    return x[:, :, rows][:, :, :, columns]


def timm_gather_excite(
    x: Array,
    s: Mapping[str, Array],
    *,
    extra_params: bool = False,
    extent: int = 0,
    feat_size: int | None = None,
    use_mlp: bool = True,
    add_maxpool: bool = False,
    norm: bool = True,
) -> Array:
    if extra_params:
        x_ge = x
        if extent == 0:
            assert feat_size is not None
            weight = s["gather.conv1.weight"]
            x_ge = depthwise(x_ge, weight, 1, ((feat_size - 1) // 2,) * 2)
            x_ge = batch_norm(x_ge, s, "gather.norm1") if norm else x_ge
        else:
            count = int(np.log2(extent))
            for i in range(count):
                x_ge = depthwise(x_ge, s[f"gather.conv{i + 1}.weight"], 2, (1, 1))
                x_ge = batch_norm(x_ge, s, f"gather.norm{i + 1}") if norm else x_ge
                if i != count - 1:
                    x_ge = np.maximum(x_ge, 0)
    elif extent == 0:
        x_ge = x.mean(axis=(2, 3), keepdims=True)
        if add_maxpool:
            x_ge = 0.5 * x_ge + 0.5 * x.max(axis=(2, 3), keepdims=True)
    else:
        x_ge = windows(x, extent, lambda w: w.mean(axis=(2, 3)))
        if add_maxpool:
            x_ge = 0.5 * x_ge + 0.5 * windows(x, extent, lambda w: w.max(axis=(2, 3)))
    if use_mlp:
        x_ge = pointwise_conv(np.maximum(pointwise_conv(x_ge, s, "mlp.fc1"), 0), s, "mlp.fc2")
    if x_ge.shape[-1] != 1 or x_ge.shape[-2] != 1:
        x_ge = interpolate(x_ge, x.shape[2:])
    return x * sigmoid(x_ge)


def timm_se(x: Array, s: Mapping[str, Array]) -> Array:
    x_se = x.mean(axis=(2, 3), keepdims=True)
    return x * sigmoid(pointwise_conv(np.maximum(pointwise_conv(x_se, s, "fc1"), 0), s, "fc2"))


# The cases


@dataclass(frozen=True)
class Published:
    """A published module: what its state has, what it computes, and ours with the arguments that it needs."""

    keys: Mapping[str, tuple[int, ...]]
    formula: Callable[[Array, Mapping[str, Array]], Array]
    ours: str
    options: Mapping[str, Any]
    shape: tuple[int, ...]
    rename: Callable[[Mapping[str, Array]], State] = dict
    numbers: Mapping[str, tuple[float, ...]] = field(default_factory=dict)


NUMBERS = {"lambdas": (1.0, 1.0, 0.5, 0.5), "init_v": (1.0, 0.0, 0.0, 0.0)}


def dense(name: str, outputs: int, inputs: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": (outputs, inputs), f"{name}.bias": (outputs,)}


def conv(name: str, *shape: int, bias: bool = True) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": shape, **({f"{name}.bias": shape[:1]} if bias else {})}


def norm(name: str, features: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.{n}": (features,) for n in ("weight", "bias", "running_mean", "running_var")}


def dyrelu_keys(channels: int, reduction: int, outputs: int) -> dict[str, tuple[int, ...]]:
    hidden = channels // reduction
    return {"lambdas": (4,), "init_v": (4,), **dense("fc1", hidden, channels), **dense("fc2", outputs, hidden)}


MLP = {**conv("mlp.fc1", 2, 32, 1, 1), **conv("mlp.fc2", 32, 2, 1, 1)}
GE_SHAPE = (2, 32, 7, 6)
TWO_STEPS = {
    **conv("gather.conv1", 32, 1, 3, 3, bias=False),
    **norm("gather.norm1", 32),
    **conv("gather.conv2", 32, 1, 3, 3, bias=False),
    **norm("gather.norm2", 32),
}


def ge(options: dict[str, Any], keys: dict[str, tuple[int, ...]], shape: tuple[int, ...] = GE_SHAPE) -> Published:
    theirs = {k: v for k, v in options.items() if k != "norm_layer"} | {"norm": "norm_layer" not in options}
    formula = lambda x, s: timm_gather_excite(x, s, **theirs)  # noqa: E731
    return Published(keys, formula, "gather_excite", {"channels": 32, **options}, shape)


PUBLISHED = {
    "article-a": Published(
        {**dense("dynamic.0", 4, 24), **dense("dynamic.2", 4, 4)},
        article_a,
        "dyrelu_a",
        {"channels": 24, "reduction": 6},
        (3, 24, 5, 4),
        renamed,
    ),
    "article-b": Published(
        {**dense("dynamic.0", 4, 24), **dense("dynamic.2", 96, 4)},
        article_b,
        "dyrelu_b",
        {"channels": 24, "reduction": 6},
        (3, 24, 5, 4),
        renamed,
    ),
    "notes-b": Published(
        dyrelu_keys(12, 4, 48), notes_b, "dyrelu_b", {"channels": 12, "reduction": 4}, (3, 12, 5, 4), numbers=NUMBERS
    ),
    "notes-b-1d": Published(
        dyrelu_keys(12, 4, 48),
        notes_b,
        "dyrelu_b",
        {"channels": 12, "reduction": 4, "conv_type": "1d"},
        (3, 12, 9),
        numbers=NUMBERS,
    ),
    "notebook-a": Published(
        dyrelu_keys(16, 8, 4), notebook_a, "dyrelu_a", {"channels": 16}, (1, 16, 5, 4), numbers=NUMBERS
    ),
    "notebook-a-1d": Published(
        dyrelu_keys(16, 8, 4),
        notebook_a,
        "dyrelu_a",
        {"channels": 16, "conv_type": "1d"},
        (1, 16, 9),
        numbers=NUMBERS,
    ),
    "notebook-b": Published(
        dyrelu_keys(16, 8, 64), notes_b, "dyrelu_b", {"channels": 16}, (3, 16, 5, 4), numbers=NUMBERS
    ),
    "notebook-c": Published(
        {**dyrelu_keys(16, 8, 64), **conv("conv", 1, 16, 1, 1)},
        notebook_c,
        "dyrelu_c",
        {"channels": 16, "softmax_over": "last_axis", "attend": "residual"},
        (3, 16, 2, 6),
        numbers=NUMBERS,
    ),
    "notebook-c-1d": Published(
        {**dyrelu_keys(16, 8, 64), **conv("conv", 1, 16, 1)},
        notebook_c,
        "dyrelu_c",
        {"channels": 16, "softmax_over": "last_axis", "attend": "residual", "conv_type": "1d"},
        (3, 16, 9),
        numbers=NUMBERS,
    ),
    "timm-ge-minus": ge({"use_mlp": False}, {}),
    "timm-ge-default": ge({}, MLP),
    "timm-ge-max": ge({"add_maxpool": True}, MLP),
    "timm-ge-extent2": ge({"extent": 2}, MLP),
    "timm-ge-extent4-max": ge({"extent": 4, "add_maxpool": True}, MLP),
    "timm-ge-learnt": ge(
        {"extra_params": True, "feat_size": 7, "use_mlp": False},
        {**conv("gather.conv1", 32, 1, 7, 7, bias=False), **norm("gather.norm1", 32)},
        (2, 32, 7, 7),
    ),
    "timm-ge-learnt-even": ge(
        {"extra_params": True, "feat_size": 6},
        {**conv("gather.conv1", 32, 1, 6, 6, bias=False), **norm("gather.norm1", 32), **MLP},
        (2, 32, 6, 6),
    ),
    "timm-ge-learnt-no-norm": ge(
        {"extra_params": True, "feat_size": 7, "norm_layer": None},
        {**conv("gather.conv1", 32, 1, 7, 7, bias=False), **MLP},
        (2, 32, 7, 7),
    ),
    "timm-ge-learnt-extent4": ge({"extra_params": True, "extent": 4}, {**TWO_STEPS, **MLP}),
    "timm-se": Published(
        {**conv("fc1", 8, 64, 1, 1), **conv("fc2", 64, 8, 1, 1)},
        timm_se,
        "squeeze_excite",
        {"channels": 64},
        (2, 64, 5, 4),
    ),
}
NORMED = {name for name, p in PUBLISHED.items() if any(key.endswith("running_var") for key in p.keys)}


def checkpoint(published: Published) -> State:
    """A state of the published module, random."""
    rng = np.random.default_rng(9)
    state: State = {}
    for key, shape in published.keys.items():
        if key in published.numbers:
            state[key] = np.array(published.numbers[key])
        elif key.endswith("running_var"):
            state[key] = rng.uniform(0.5, 1.5, shape)
        else:
            state[key] = rng.standard_normal(shape) / 2
    return state


@pytest.mark.parametrize("name", PUBLISHED)
def test_keys_and_shapes_are_ours(name: str) -> None:
    """In torch's own state dict: what `load_state_dict(strict=True)` asks."""
    published = PUBLISHED[name]
    module = new("torch", published.ours, **published.options)
    wanted = {k: tuple(v.shape) for k, v in published.rename(checkpoint(published)).items()}
    counters = {k for k in module.state_dict() if k.endswith("num_batches_tracked")}
    assert {k: tuple(v.shape) for k, v in module.state_dict().items() if k not in counters} == wanted


@pytest.mark.parametrize("name", [n for n in PUBLISHED if not n.startswith("notebook")])
def test_a_torch_checkpoint_loads_strictly(name: str) -> None:
    published = PUBLISHED[name]
    state = {k: to_torch(v.astype(np.float32)) for k, v in published.rename(checkpoint(published)).items()}
    module = new("torch", published.ours, **published.options)
    counters = {k: v for k, v in module.state_dict().items() if k.endswith("num_batches_tracked")}
    assert str(module.load_state_dict(state | counters, strict=True)) == "<All keys matched successfully>"


@pytest.mark.parametrize("name", [n for n in PUBLISHED if n.startswith("notebook")])
def test_a_paddle_checkpoint_loads_whole(name: str) -> None:
    """Paddle's Linear is (in, out); nothing is missing, nothing left over."""
    published = PUBLISHED[name]
    state = {
        k: to_paddle((v.T if k in ("fc1.weight", "fc2.weight") else v).astype(np.float32))
        for k, v in checkpoint(published).items()
    }
    assert new("paddle", published.ours, **published.options).set_state_dict(state) == ([], [])


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("name", PUBLISHED)
def test_output_is_the_published_formula_s(name: str, framework: str) -> None:
    """Both are evaluations of one formula, ours in the dtype, NumPy's in float64: they differ by no more than the
    running-error bound of the formula, in that dtype, and in float64."""
    published = PUBLISHED[name]
    precise = framework != "paddle" or name not in NORMED  # Paddle rounds a batch norm's epsilon to float32 (3.3)
    dtype = np.float64 if precise else np.float32
    stored = {k: v.astype(dtype).astype(np.float64) for k, v in checkpoint(published).items()}
    state = published.rename(stored)
    x = random(*published.shape, seed=8).astype(dtype)
    wanted = published.formula(x.astype(np.float64), stored)
    y = build(framework, published.ours, state, dtype=dtype, **published.options)(x)
    bounds = [
        expected(published.ours, x.astype(d), {k: v.astype(d) for k, v in state.items()}, dict(published.options))
        for d in (dtype, np.float64)
    ]
    assert y.dtype == dtype
    assert y.shape == wanted.shape
    assert (np.abs(y - wanted) <= bounds[0].value_bound + bounds[1].value_bound).all()


@pytest.mark.parametrize("name", ["notebook-c", "notebook-c-1d"])
def test_attention_is_not_cut_off_everywhere(name: str) -> None:
    """Else the spatial softmax, and its axis, would not be seen."""
    published = PUBLISHED[name]
    attention = spatial_theta(random(*published.shape, seed=8), checkpoint(published))
    assert (attention < 1).mean() > 0.5


@pytest.mark.parametrize("name", ["notebook-c"])
def test_the_paper_s_softmax_is_another(name: str) -> None:
    """The notebook's checkpoints need softmax_over="last_axis" and attend="residual": each matters."""
    published = PUBLISHED[name]
    x, state = random(*published.shape, seed=8), checkpoint(published)
    wanted = published.formula(x, state)
    for option in ({"softmax_over": "positions"}, {"attend": "coefficients"}):
        y = build("torch", published.ours, state, **{**published.options, **option})(x)
        assert np.abs(y - wanted).max() > 0.1


# The notes' own activations: swish by hand, h-swish and h-sigmoid of MobileNetV3.

X = random(4, 6, seed=3, scale=4.0)
FORMULAS: dict[str, tuple[str, Callable[[Array], Array]]] = {
    "swish": ("swish", lambda x: x * sigmoid(x)),
    "hswish": ("hard_swish", lambda x: x * np.clip(x + 3, 0, 6) / 6),
    "hsigmoid": ("hard_sigmoid", lambda x: np.clip(x + 3, 0, 6) / 6),
}


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("name", FORMULAS)
def test_formula_of_the_notes(name: str, framework: str) -> None:
    ours, formula = FORMULAS[name]
    bound = expected(ours, X, {}, {}).value_bound
    assert (np.abs(build(framework, ours)(X) - formula(X)) <= 2 * bound).all()


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_backward_of_the_memory_efficient_swish(framework: str) -> None:
    """grad (sigmoid(x) (1 + x (1 - sigmoid(x)))), as it is written there."""
    cotangent = random(*X.shape, seed=5)
    s = sigmoid(X)
    wanted = cotangent * (s * (1 + X * (1 - s)))
    _, gradients = build(framework, "swish").vjp(X, cotangent)
    _, bound = expected("swish", X, {}, {}, cotangent=cotangent).gradients["x"]
    assert (np.abs(gradients["x"] - wanted) <= 2 * bound).all()
