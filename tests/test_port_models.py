"""The twelve files of `paddle.vision.models`, ported: no place needs a hand, and both compute the same."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import paddle
import pytest
import torch

from actzoo import convert
from actzoo.port import port_files

MODELS: dict[str, tuple[str, dict[str, Any], tuple[int, ...]]] = {
    "alexnet": ("alexnet", {}, (1, 3, 224, 224)),
    "densenet": ("densenet121", {}, (1, 3, 32, 32)),
    "googlenet": ("googlenet", {}, (1, 3, 224, 224)),
    "inceptionv3": ("inception_v3", {}, (1, 3, 80, 80)),
    "lenet": ("LeNet", {}, (2, 1, 28, 28)),
    "mobilenetv1": ("mobilenet_v1", {"scale": 0.25}, (1, 3, 32, 32)),
    "mobilenetv2": ("mobilenet_v2", {"scale": 0.25}, (1, 3, 32, 32)),
    "mobilenetv3": ("mobilenet_v3_small", {}, (1, 3, 32, 32)),
    "resnet": ("resnet18", {"num_classes": 10}, (1, 3, 64, 64)),
    "shufflenetv2": ("shufflenet_v2_x0_25", {}, (1, 3, 64, 64)),
    "squeezenet": ("squeezenet1_0", {}, (1, 3, 64, 64)),
    "vgg": ("vgg11", {"num_classes": 0}, (1, 3, 32, 32)),
}


SINGLE = {"densenet"}
"""Its old batch norm is float32 whatever the default dtype is: measured 2^-18 of the largest number."""


@pytest.fixture(scope="module")
def ported(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A folder with all twelve, ported by way of a file that uses them."""
    folder = tmp_path_factory.mktemp("ported")
    lines = [f"from paddle.vision.models import {builder}" for builder, _, _ in MODELS.values()]
    uses = [f"{builder}" for builder, _, _ in MODELS.values()]
    (folder / "uses.py").write_text("\n".join([*lines, f"ALL = [{', '.join(uses)}]"]) + "\n", encoding="utf-8")
    result = port_files([folder / "uses.py"], folder / "ported")
    assert result.hands == []
    sys.path.insert(0, str(folder / "ported"))
    yield folder / "ported"
    sys.path.remove(str(folder / "ported"))
    for name in [n for n in sys.modules if n.startswith(("paddle_twins", "paddle_models"))]:
        del sys.modules[name]


def module_of(folder: Path, name: str) -> ModuleType:
    return importlib.import_module(f"paddle_models.{name}")


@pytest.mark.parametrize("name", MODELS)
def test_both_compute_the_same(name: str, ported: Path) -> None:
    """In float64 a mistake cannot hide in rounding. Constants that Paddle's kernels hold in float32 are left: 2^-24."""
    builder, options, shape = MODELS[name]
    dtype = "float32" if name in SINGLE else "float64"
    paddle.seed(0)
    paddle.set_default_dtype(dtype)
    try:
        theirs = getattr(paddle.vision.models, builder)(**options)
    finally:
        paddle.set_default_dtype("float32")
    ours = getattr(module_of(ported, name), builder)(**options).to(getattr(torch, dtype))
    theirs.eval()
    ours.eval()
    ours.load_state_dict(convert(theirs.state_dict(), source="paddle", target="torch", model=ours), strict=True)
    x = np.random.default_rng(0).standard_normal(shape).astype(dtype)
    expected, actual = theirs(paddle.to_tensor(x)), ours(torch.from_numpy(x))
    pairs = zip(expected, actual, strict=True) if isinstance(expected, list | tuple) else [(expected, actual)]
    for one, other in pairs:
        scale = np.abs(one.numpy()).max()
        assert scale > 0
        bound = scale * (2**-16 if name in SINGLE else 2**-22)
        np.testing.assert_allclose(other.detach().numpy(), one.numpy(), rtol=0, atol=bound)


@pytest.mark.parametrize("name", MODELS)
def test_initial_values_are_drawn_alike(name: str, ported: Path) -> None:
    """Constants are equal; of many random numbers the deviations are, to a tenth."""
    builder, options, _ = MODELS[name]
    paddle.seed(0)
    torch.manual_seed(0)
    theirs = getattr(paddle.vision.models, builder)(**options)
    ours = getattr(module_of(ported, name), builder)(**options)
    state = convert(theirs.state_dict(), source="paddle", target="torch", model=ours)
    for key, value in ours.state_dict().items():
        expected = state[key].double()
        if float(expected.std(correction=0)) == 0 or value.numel() < 2:
            assert torch.equal(value.double(), expected), key
        elif value.numel() >= 2000:
            assert abs(float(value.double().std() / expected.std()) - 1) < 0.1, key
