"""The notebook's ResNet-18 between every two frameworks: weights exact, logits within rounding."""

from functools import cache
from itertools import permutations
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import paddle
import pytest
import torch
from flax import linen, nnx
from models import resnet18_flax, resnet18_linen, resnet18_paddle, resnet18_torch

from actzoo.weights import convert

EPS = 2.0**-23
FRAMEWORKS = ("torch", "paddle", "flax", "linen")
PAIRS = [pytest.param(*pair, id="-to-".join(pair)) for pair in permutations(FRAMEWORKS, 2)]
IMAGE = np.random.default_rng(0).standard_normal((1, 3, 16, 16)).astype(np.float32)
CHANNELS_LAST = jnp.asarray(IMAGE.transpose(0, 2, 3, 1))


class FlaxReLU(nnx.Module):
    """ReLU as an NNX module."""

    def __call__(self, x: jax.Array) -> jax.Array:
        return jax.nn.relu(x)


class LinenReLU(linen.Module):
    """ReLU as a Linen module."""

    @linen.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        return jax.nn.relu(x)


@cache
def model_of(framework: str) -> Any:
    if framework == "torch":
        return resnet18_torch.ResNet18(lambda channels: torch.nn.ReLU()).eval()
    if framework == "paddle":
        model = resnet18_paddle.ResNet18(lambda channels: paddle.nn.ReLU())
    elif framework == "flax":
        # abstract: the values come from `convert`, and drawing them would take seconds
        model = nnx.eval_shape(lambda: resnet18_flax.ResNet18(lambda channels: FlaxReLU(), rngs=nnx.Rngs(0)))
    else:
        made = resnet18_linen.ResNet18(lambda channels, name: LinenReLU(name=name))
        return made, CHANNELS_LAST, False
    model.eval()
    return model


@cache
def weights() -> dict[str, torch.Tensor]:
    """Weights as initialised, and norms and biases that are not 0 or 1."""
    torch.manual_seed(0)
    state = resnet18_torch.ResNet18(lambda channels: torch.nn.ReLU()).state_dict()
    for key, value in state.items():
        if value.ndim == 1:
            low = 0.5 if key.endswith(("weight", "running_var")) else -0.5
            value.uniform_(low, low + 1)
    return state


@cache
def weights_in(framework: str) -> Any:
    model = model_of(framework)
    return convert(weights(), source="torch", target=framework, model=model)


def logits(framework: str, state: Any) -> np.ndarray:
    model = model_of(framework)
    if framework == "linen":
        return np.asarray(model[0].apply(state, CHANNELS_LAST))
    if framework == "flax":
        nnx.update(model, state)
        return np.asarray(model(CHANNELS_LAST))
    if framework == "paddle":
        assert model.set_state_dict(state) == ([], [])
        return model(paddle.to_tensor(IMAGE)).numpy()
    model.load_state_dict(state, strict=True)
    with torch.no_grad():
        return model(torch.from_numpy(IMAGE)).numpy()


def rounding(layer: torch.nn.Module, x: torch.Tensor, y: torch.Tensor) -> tuple[int, torch.Tensor]:
    """The number of terms in each output of a layer, and the sum of their magnitudes."""
    if isinstance(layer, torch.nn.Conv2d):
        conv = torch.nn.functional.conv2d
        terms = conv(x.abs(), layer.weight.abs(), None, layer.stride, layer.padding)
        return layer.weight[0].numel(), terms
    if isinstance(layer, torch.nn.Linear):
        terms = torch.nn.functional.linear(x.abs(), layer.weight.abs(), layer.bias.abs())
        return layer.in_features + 1, terms
    if isinstance(layer, torch.nn.BatchNorm2d):
        shape = (1, -1, 1, 1)
        scale = layer.weight.abs() / torch.sqrt(layer.running_var + layer.eps)
        centre, shift = layer.running_mean.abs().reshape(shape), layer.bias.abs().reshape(shape)
        # at most 8 roundings, all of the same terms, so in full: as many as sqrt(64)
        return 64, (x.abs() + centre) * scale.reshape(shape) + shift
    if isinstance(layer, torch.nn.AdaptiveAvgPool2d):
        return x[0, 0].numel(), x.abs().mean((2, 3), keepdim=True)
    return 1, y.abs()  # the sum before a ReLU


@cache
def exact_logits() -> tuple[np.ndarray, np.ndarray]:
    """Compute the logits in float64, and how far from them a float32 run may be.

    First-order running error analysis. A sum of n terms is off by sqrt(n) u times their magnitudes
    if its rounding errors are independent (Higham and Mary, A new approach to probabilistic
    rounding error analysis), and reaches a logit through the logit's derivative by that sum.
    Independent again, the contributions add in squares; 8 times the root is exceeded with a
    probability below 2 exp(-32), by Hoeffding. (The bound that assumes no independence, n for
    sqrt(n) and a plain sum, is 0.04 here, against 0.0001.)
    """
    model = resnet18_torch.ResNet18(lambda channels: torch.nn.ReLU()).eval().double()
    model.load_state_dict(weights())
    seen: list[tuple[torch.Tensor, torch.Tensor]] = []

    def watch(layer: torch.nn.Module, inputs: tuple[torch.Tensor, ...], y: torch.Tensor) -> None:
        with torch.no_grad():
            count, terms = rounding(layer, inputs[0], y)
        seen.append((y, EPS * count**0.5 * terms))

    for layer in model.modules():
        if not list(layer.children()):
            layer.register_forward_hook(watch)
    y = model(torch.from_numpy(IMAGE).double())
    outputs = [output for output, _ in seen]
    bounds = []
    for logit in y[0]:
        slopes = torch.autograd.grad(logit, outputs, retain_graph=True)
        squares = [((g * e) ** 2).sum() for g, (_, e) in zip(slopes, seen, strict=True)]
        bounds.append(8 * float(sum(squares)) ** 0.5)
    return y.detach().numpy(), np.array(bounds)


def leaves(tree: Any, path: str = "") -> dict[str, tuple[str, bytes]]:
    if isinstance(tree, dict):
        return {k: v for name, value in tree.items() for k, v in leaves(value, f"{path}.{name}").items()}
    array = np.asarray(tree)
    return {path: (f"{array.dtype}{array.shape}", array.tobytes())}


def test_the_model_has_as_many_numbers_as_the_notebook_prints() -> None:
    state = model_of("torch").state_dict()
    assert sum(v.numel() for k, v in state.items() if not k.endswith("tracked")) == 11_183_562


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_there_and_back_is_exact(source: str, target: str) -> None:
    start = weights_in(source)
    # the model that tells is the target's on the way there, the source's on the way back; where
    # Linen's dotted names do not tell NNX's containers, it is NNX's
    teller = source if target == "linen" else target
    there = convert(start, source=source, target=target, model=model_of(teller))
    teller = target if source == "linen" else source
    back = convert(there, source=target, target=source, model=model_of(teller))
    assert leaves(back) == leaves(start)


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_logits_agree(source: str, target: str) -> None:
    teller = source if target == "linen" else target
    state = convert(weights_in(source), source=source, target=target, model=model_of(teller))
    expected, bound = exact_logits()
    assert np.all(np.abs(logits(target, state) - expected) <= bound)


@pytest.mark.parametrize(
    "exchanged",
    [
        pytest.param(("layer1.0.conv1.weight", "layer1.0.conv2.weight"), id="two-convolutions"),
        pytest.param(("layer4.1.bn1.bias", "layer4.1.bn1.running_mean"), id="shift-and-mean"),
        pytest.param(("bn1.weight", "bn1.running_var"), id="scale-and-variance"),
    ],
)
def test_the_bound_sees_weights_in_a_wrong_place(exchanged: tuple[str, str]) -> None:
    state = dict(weights())
    state[exchanged[0]], state[exchanged[1]] = state[exchanged[1]], state[exchanged[0]]
    expected, bound = exact_logits()
    assert np.any(np.abs(logits("torch", state) - expected) > bound)
