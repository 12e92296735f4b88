"""The zoo's modules between every two frameworks: any one model tells all, and bits come back."""

from functools import cache
from itertools import permutations
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
import torch
from flax import nnx

import actzoo_flax
import actzoo_flax.linen
import actzoo_paddle
import actzoo_torch
from actzoo.weights import convert

SPATIAL = {"1d": (8,), "2d": (8, 6), "3d": (4, 4, 6)}
MODULES: dict[str, tuple[str, dict[str, Any], str]] = {
    "swish": ("Swish", {"learnable": True}, "2d"),
    "prelu": ("PReLU", {}, "2d"),
    "prelu-per-channel": ("PReLU", {"num_parameters": 8}, "2d"),
    "frelu": ("FReLU", {"channels": 8}, "2d"),
    "frelu-3d": ("FReLU", {"channels": 8, "conv_type": "3d"}, "3d"),
    "acon-a": ("AconA", {"channels": 8}, "1d"),
    "acon-b": ("AconB", {"channels": 8}, "2d"),
    "acon-c": ("AconC", {"channels": 8}, "3d"),
    "meta-acon-c": ("MetaAconC", {"channels": 8}, "2d"),
    "meta-acon-c-no-norm": ("MetaAconC", {"channels": 8, "norm_layer": None}, "2d"),
    "dyrelu-a": ("DyReLUA", {"channels": 8}, "2d"),
    "dyrelu-b": ("DyReLUB", {"channels": 8, "reduction": 1, "k": 3}, "2d"),
    "dyrelu-c": ("DyReLUC", {"channels": 8, "conv_type": "1d"}, "1d"),
    "squeeze-excite": ("SqueezeExcite", {"channels": 8, "norm_layer": "batch_norm"}, "2d"),
    "gather-excite": ("GatherExcite", {"channels": 8}, "2d"),
    "gather-excite-global": (
        "GatherExcite",
        {"channels": 8, "extra_params": True, "feat_size": (8, 6), "norm_layer": "group_norm"},
        "2d",
    ),
    "gather-excite-extent": (
        "GatherExcite",
        {"channels": 8, "extra_params": True, "extent": 4, "norm_layer": "instance_norm"},
        "2d",
    ),
}
FRAMEWORKS = ("torch", "paddle", "flax", "linen")
JOURNEYS = [
    pytest.param(name, source, target, id=f"{source}-to-{target}-{name}")
    for name in MODULES
    for source, target in permutations(FRAMEWORKS, 2)
]
Leaves = dict[tuple[Any, ...], tuple[str, bytes]]


@cache
def model_of(name: str, framework: str) -> Any:
    class_name, options, conv_type = MODULES[name]
    if framework == "torch":
        return getattr(actzoo_torch, class_name)(**options)
    if framework == "paddle":
        return getattr(actzoo_paddle, class_name)(**options)
    if framework == "flax":
        made = getattr(actzoo_flax, class_name)
        draws = class_name not in ("Swish", "PReLU", "AconA", "AconB")
        return made(**options, rngs=nnx.Rngs(0)) if draws else made(**options)
    return getattr(actzoo_flax.linen, class_name)(**options), jnp.zeros((2, *SPATIAL[conv_type], 8))


@cache
def weights(name: str) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    return {
        key: torch.rand(value.shape, generator=generator) if value.is_floating_point() else value
        for key, value in model_of(name, "torch").state_dict().items()
    }


def leaves(tree: Any, above: tuple[Any, ...] = ()) -> Leaves:
    found: Leaves = {}
    for name, value in tree.items():
        path = (*above, name)
        if isinstance(value, dict):
            found |= leaves(value, path)
        else:
            array = np.asarray(value)
            found[path] = (f"{array.dtype}{array.shape}", array.tobytes())
    return found


@pytest.mark.parametrize(("name", "source", "target"), JOURNEYS)
def test_any_model_tells_the_same_and_bits_come_back(name: str, source: str, target: str) -> None:
    start = convert(weights(name), source="torch", target=source, model=model_of(name, "torch"))
    there = [convert(start, source=source, target=target, model=model_of(name, teller)) for teller in FRAMEWORKS]
    assert leaves(there[0])
    assert all(leaves(each) == leaves(there[0]) for each in there)
    back = convert(there[0], source=target, target=source, model=model_of(name, target))
    assert leaves(back) == leaves(start)


@pytest.mark.parametrize("name", MODULES)
def test_flax_modules_take_the_state(name: str) -> None:
    state = convert(weights(name), source="torch", target="flax", model=model_of(name, "torch"))
    variables = nnx.state(model_of(name, "flax"))
    nnx.replace_by_pure_dict(variables, state)
    kept = nnx.to_pure_dict(nnx.filter_state(variables, nnx.Not(nnx.RngState)))
    assert leaves(kept) == leaves(state)
