"""Parameters counted: of single modules, and of the published notebook's ResNet-18."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import pytest
import torch
from flax import nnx
from frameworks import FRAMEWORKS, find, new
from models import resnet18_flax, resnet18_linen, resnet18_paddle, resnet18_torch

Counts = tuple[int, int]
"""Learnt numbers, and statistics of batch norms; buffers (lambdas, init_v) are neither."""


def count_torch(module: torch.nn.Module) -> Counts:
    statistics = [b for n, b in module.named_buffers() if n.endswith(("running_mean", "running_var"))]
    return sum(p.numel() for p in module.parameters()), sum(b.numel() for b in statistics)


def count_paddle(module: Any) -> Counts:
    statistics = {n: v for n, v in module.state_dict().items() if n.endswith(("._mean", "._variance"))}
    learnt = [p for p in module.parameters() if p.trainable]
    return sum(p.size for p in learnt), sum(v.size for v in statistics.values())


def count_flax(module: nnx.Module) -> Counts:
    learnt, statistics, _ = nnx.state(module, nnx.Param, nnx.BatchStat, ...)
    return tuple(sum(math.prod(v.shape) for v in jax.tree.leaves(part)) for part in (learnt, statistics))


def count_linen(variables: Any) -> Counts:
    parts = (variables.get("params", {}), variables.get("batch_stats", {}))
    return tuple(sum(math.prod(v.shape) for v in jax.tree.leaves(part)) for part in parts)


COUNT: dict[str, Callable[[Any], Counts]] = {"torch": count_torch, "paddle": count_paddle}


def counts(framework: str, name: str, **options: Any) -> Counts:
    if framework == "flax":
        return count_flax(nnx.eval_shape(lambda: new("flax", name, **options)))
    module = new(framework, name, **options)
    if framework == "linen":
        x = jnp.zeros((1, 4, 4, options["channels"]))
        return count_linen(jax.eval_shape(lambda: module.init(jax.random.key(0), x)))
    return COUNT[framework](module)


MODULES = {
    # as Paddle's summary prints them in the published notebook
    "dyrelu_a-64": ("dyrelu_a", {"channels": 64}, (556, 0)),
    "dyrelu_b-64": ("dyrelu_b", {"channels": 64}, (2824, 0)),
    "dyrelu_c-64": ("dyrelu_c", {"channels": 64}, (2889, 0)),
    # by hand: C = 64; layers with bias, out (in + 1)
    "dyrelu_a-k3": ("dyrelu_a", {"channels": 64, "k": 3}, (8 * 65 + 6 * 9, 0)),
    "dyrelu_b-reduction4": ("dyrelu_b", {"channels": 64, "reduction": 4}, (16 * 65 + 256 * 17, 0)),
    "acon_a": ("acon_a", {"channels": 64}, (64, 0)),
    "acon_b": ("acon_b", {"channels": 64}, (128, 0)),
    "acon_c": ("acon_c", {"channels": 64}, (192, 0)),
    "meta_acon_c": ("meta_acon_c", {"channels": 64}, (128 + 16 * 65 + 32 + 64 * 17 + 128, 160)),
    "meta_acon_c-no-norm": ("meta_acon_c", {"channels": 64, "norm_layer": None}, (128 + 16 * 65 + 64 * 17, 0)),
    "frelu": ("frelu", {"channels": 64}, (64 * 9 + 128, 128)),
    "frelu-5": ("frelu", {"channels": 64, "k": 5}, (64 * 25 + 128, 128)),
    "squeeze_excite": ("squeeze_excite", {"channels": 64}, (8 * 65 + 64 * 9, 0)),
    "squeeze_excite-no-bias": ("squeeze_excite", {"channels": 64, "bias": False}, (2 * 8 * 64, 0)),
    "gather_excite": ("gather_excite", {"channels": 64}, (4 * 65 + 64 * 5, 0)),
    "gather_excite-no-mlp": ("gather_excite", {"channels": 64, "use_mlp": False}, (0, 0)),
    "gather_excite-extent8": (
        "gather_excite",
        {"channels": 64, "extra_params": True, "extent": 8},
        (3 * 64 * (9 + 2) + 4 * 65 + 64 * 5, 3 * 128),
    ),
    "gather_excite-7x5": (
        "gather_excite",
        {"channels": 64, "extra_params": True, "feat_size": (7, 5)},
        (64 * (35 + 2) + 4 * 65 + 64 * 5, 128),
    ),
}


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("case", MODULES)
def test_module(case: str, framework: str) -> None:
    name, options, wanted = MODULES[case]
    assert counts(framework, name, **options) == wanted


def test_the_spec_counts_the_same() -> None:
    found = find("dyrelu_c").parameters(64)
    assert sum(math.prod(p.shape) for p in found if p.learnt) == 2889


# the ResNet-18 for CIFAR-10 of the published notebook: the table's numbers have the norms' 9,600 statistics in them

RESNETS = {
    "dyrelu_a": (11_351_062, 9_600, 11_360_662),
    "dyrelu_b": (12_063_026, 9_600, 12_072_626),
    "dyrelu_c": (12_066_947, 9_600, 12_076_547),
}


def resnet_torch(name: str) -> Counts:
    with torch.device("meta"):
        return count_torch(resnet18_torch.ResNet18(lambda channels: new("torch", name, channels=channels)))


def resnet_paddle(name: str) -> Counts:
    return count_paddle(resnet18_paddle.ResNet18(lambda channels: new("paddle", name, channels=channels)))


def resnet_flax(name: str) -> Counts:
    make = lambda: resnet18_flax.ResNet18(  # noqa: E731
        lambda channels: new("flax", name, channels=channels), rngs=nnx.Rngs(0)
    )
    return count_flax(nnx.eval_shape(make))


def resnet_linen(name: str) -> Counts:
    import actzoo_flax.linen

    made = getattr(actzoo_flax.linen, find(name).module)
    model = resnet18_linen.ResNet18(lambda channels, called: made(channels, name=called))
    return count_linen(jax.eval_shape(lambda: model.init(jax.random.key(0), jnp.zeros((1, 32, 32, 3)))))


RESNET = {"torch": resnet_torch, "paddle": resnet_paddle, "flax": resnet_flax, "linen": resnet_linen}


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("name", RESNETS)
def test_resnet18(name: str, framework: str) -> None:
    learnt, statistics, total = RESNETS[name]
    assert RESNET[framework](name) == (learnt, statistics)
    assert learnt + statistics == total
