"""A dense layer behind a flatten: where channels move its inputs are reordered, or refused."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import paddle
import pytest
import torch
from flax import nnx

from actzoo.weights import ConversionError, convert

C, H, W, F = 3, 2, 5, 4
SHAPE = (C, H, W)


class TorchCode(torch.nn.Module):
    """Flattens in its own code, in one of many ways."""

    def __init__(self, flatten: Any, pool: torch.nn.Module | None = None, read: int = C * H * W) -> None:
        super().__init__()
        self.conv = torch.nn.Conv2d(C, C, 1)
        self.pool = pool or torch.nn.Identity()
        self.norm = torch.nn.BatchNorm1d(read)
        self.fc = torch.nn.Linear(read, F)
        self.flatten = flatten

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.fc(self.norm(self.flatten(torch.relu(self.pool(self.conv(x))))))


class FlaxCode(nnx.Module):
    """The twin of `TorchCode` without pooling."""

    def __init__(self) -> None:
        rngs = nnx.Rngs(0)
        self.conv = nnx.Conv(C, C, (1, 1), rngs=rngs)
        self.norm = nnx.BatchNorm(C * H * W, rngs=rngs)
        self.fc = nnx.Linear(C * H * W, F, rngs=rngs)

    def __call__(self, x: jax.Array) -> jax.Array:
        return self.fc(self.norm(jax.nn.relu(self.conv(x)).reshape(x.shape[0], -1)))


SEEN = {
    "flatten-method": lambda x: x.flatten(1),
    "flatten-keyword": lambda x: torch.flatten(x, start_dim=1),
    "view": lambda x: x.view(x.size(0), -1),
    "view-tuple": lambda x: x.view((x.shape[0], -1)),
    "reshape": lambda x: x.reshape(-1, C * H * W),
    "module": torch.nn.Flatten(),
}
HARMLESS = {
    "pooled-module": (torch.nn.AdaptiveAvgPool2d(1), lambda x: x.flatten(1)),
    "pooled-max": (torch.nn.AdaptiveMaxPool2d((1, 1)), lambda x: x.flatten(1)),
    "pooled-function": (
        None,
        lambda x: torch.nn.functional.adaptive_avg_pool2d(x, 1).view(x.size(0), -1),
    ),
    "mean": (None, lambda x: x.mean((2, 3), keepdim=True).flatten(1)),
    "mean-alone": (None, lambda x: x.mean((2, 3))),
}
PATHS = {"fc": SHAPE, "norm": SHAPE}


@pytest.mark.parametrize("flatten", SEEN)
def test_a_flatten_in_code_is_seen(flatten: str) -> None:
    model = TorchCode(SEEN[flatten])
    with pytest.raises(ConversionError, match=r"'fc', 'norm' read a flattened map.*flatten=\{'fc'"):
        convert(model.state_dict(), source="torch", target="flax", model=model)


@pytest.mark.parametrize("case", HARMLESS)
def test_a_flatten_of_one_position_is_harmless(case: str) -> None:
    pool, flatten = HARMLESS[case]
    model = TorchCode(flatten, pool, read=C)
    made = convert(model.state_dict(), source="torch", target="flax", model=model)
    np.testing.assert_array_equal(made["fc"]["kernel"], model.fc.weight.detach().numpy().T)


def test_between_two_that_put_channels_first_nothing_is_declared() -> None:
    model = TorchCode(SEEN["view"])
    made = convert(model.state_dict(), source="torch", target="paddle", model=model)
    np.testing.assert_array_equal(made["fc.weight"].numpy(), model.fc.weight.detach().numpy().T)


def test_a_forward_that_cannot_be_traced_is_opaque_and_untouched() -> None:
    class Branching(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            self.kept = x.sum()
            return x if self.kept > 0 else -x

    inner = Branching()
    model = TorchCode(SEEN["view"], inner)
    with pytest.raises(ConversionError, match="'fc', 'norm' read a flattened map"):
        convert(model.state_dict(), source="torch", target="flax", model=model)
    assert "kept" not in vars(inner)


def sequential(framework: str, *, pool: bool) -> Any:
    nn = {"torch": torch.nn, "paddle": paddle.nn}[framework]
    two = "2d" if framework == "torch" else "2D"
    features = C if pool else C * H * W
    middle = [getattr(nn, f"AdaptiveAvgPool{two}")(1)] if pool else []
    return nn.Sequential(
        nn.Sequential(getattr(nn, f"Conv{two}")(C, C, 1), nn.ReLU()),
        *middle,
        nn.Flatten(),
        nn.Sequential(nn.Dropout(0.5), nn.Linear(features, F), nn.ReLU(), nn.Linear(F, F)),
    )


@pytest.mark.parametrize("framework", ["torch", "paddle"])
def test_a_flatten_in_sequentials_is_seen(framework: str) -> None:
    model = sequential(framework, pool=False)
    with pytest.raises(ConversionError, match=r"^'2\.1' read a flattened map"):
        convert(dict(model.state_dict()), source=framework, target="linen", model=model)


@pytest.mark.parametrize("framework", ["torch", "paddle"])
def test_a_pooled_flatten_in_sequentials_is_harmless(framework: str) -> None:
    model = sequential(framework, pool=True)
    made = convert(dict(model.state_dict()), source=framework, target="linen", model=model)
    assert set(made["params"]) == {"0.0", "3.1", "3.3"}


def test_declared_it_is_exact_both_ways_and_outputs_agree() -> None:
    model = TorchCode(SEEN["view"]).eval()
    generator = torch.Generator().manual_seed(0)
    state = {
        key: torch.rand(value.shape, generator=generator) if value.is_floating_point() else value
        for key, value in model.state_dict().items()
    }
    twin = FlaxCode()
    twin.eval()
    made = convert(state, source="torch", target="flax", model=model, flatten=PATHS)
    back = convert(made, source="flax", target="torch", model=twin, flatten=PATHS)
    assert {key: value.numpy().tobytes() for key, value in back.items()} == {
        key: value.numpy().tobytes() for key, value in state.items()
    }
    nnx.update(twin, made)
    x = np.random.default_rng(0).standard_normal((2, *SHAPE)).astype(np.float32)
    got = np.asarray(twin(jnp.asarray(x.transpose(0, 2, 3, 1))))
    model.load_state_dict(state)
    model.double()
    with torch.no_grad():
        expected = model(torch.from_numpy(x).double()).numpy()
        # C products per pixel, 8 roundings of the norm, C H W products: each term passes so many
        roundings = (C + 1) + 8 + (C * H * W + 1)
        for parameter in model.parameters():
            parameter.abs_()
        model.norm.running_mean.neg_()  # |x - m| at most |x| + m
        terms = model(torch.from_numpy(x).double().abs()).numpy()
    assert np.all(np.abs(got - expected) <= roundings * 2.0**-23 * terms)


def test_features_alone_state_that_there_is_nothing_to_reorder() -> None:
    model = TorchCode(SEEN["view"])
    size = (C * H * W,)
    made = convert(
        model.state_dict(),
        source="torch",
        target="flax",
        model=model,
        flatten={"fc": size, "norm": size},
    )
    np.testing.assert_array_equal(made["fc"]["kernel"], model.fc.weight.detach().numpy().T)


def test_a_shape_that_does_not_fit_is_named() -> None:
    model = TorchCode(SEEN["view"])
    flatten = {"fc": (C, H, H), "norm": SHAPE}
    with pytest.raises(ConversionError, match=r"'fc.weight': got .*, flatten shape \(3, 2, 2\) has 12 features.*30"):
        convert(model.state_dict(), source="torch", target="flax", model=model, flatten=flatten)


@pytest.mark.parametrize("name", ["nothing", "conv"])
def test_a_path_that_reads_no_features_is_named(name: str) -> None:
    model = TorchCode(SEEN["view"])
    with pytest.raises(ConversionError, match=f"flatten names '{name}'"):
        convert(model.state_dict(), source="torch", target="flax", model=model, flatten={name: SHAPE})
