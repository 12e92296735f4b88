"""Every layer kind, between every two frameworks with it: bits come back, and outputs agree."""

from functools import cache
from itertools import permutations
from typing import Any

import jax
import ml_dtypes
import numpy as np
import paddle
import pytest
import torch
from flax import nnx
from models.layers import CASES, Case, run

from actzoo.weights import convert

DTYPES = {
    "f32": np.dtype(np.float32),
    "f64": np.dtype(np.float64),
    "f16": np.dtype(np.float16),
    "bf16": np.dtype(ml_dtypes.bfloat16),
}
JOURNEYS = [
    pytest.param(case, source, target, id=f"{source}-to-{target}-{case.name}")
    for case in CASES
    for source, target in permutations(case.frameworks, 2)
    if {source, target} & set(case.told_by)
]


@cache
def model_of(case_name: str, framework: str) -> Any:
    return next(case for case in CASES if case.name == case_name).model(framework)


def own_state(case: Case, framework: str) -> Any:
    """The state of a new model in its own framework's form, made without `convert`."""
    model = model_of(case.name, framework)
    if framework == "linen":
        return model[0].init(jax.random.key(0), *model[1:])
    if framework == "flax":
        return nnx.to_pure_dict(nnx.state(model))
    return dict(model.state_dict())


def teller(case: Case, *frameworks: str) -> Any:
    """The model of the first of the frameworks whose model tells all there is to know."""
    return model_of(case.name, next(each for each in frameworks if each in case.told_by))


def from_torch(case: Case, state: Any, target: str, other: str) -> Any:
    """What a state of torch is in `target`; if torch's model does not tell, another one does."""
    return convert(state, source="torch", target=target, model=teller(case, target, "torch", other))


def random_bits(shape: tuple[int, ...], dtype: np.dtype, seed: int) -> np.ndarray:
    """Any bits at all: NaN with payloads, infinities, -0, subnormals; the special ones surely."""
    whole = np.dtype(f"u{dtype.itemsize}")
    bits = np.random.default_rng(seed).integers(0, np.iinfo(whole).max, shape, whole, endpoint=True)
    top = np.iinfo(whole).max
    special = np.array([top // 2 + 1, 1, top, top - 1], whole)  # -0, least subnormal, two NaN
    flat = bits.reshape(-1)
    flat[: special.size] = special[: flat.size]
    return bits.view(dtype)


def leaves(tree: Any, path: str = "") -> dict[str, bytes]:
    """Every array of a state by dotted path: its dtype, shape and bytes."""
    if not isinstance(tree, dict):
        dtype, array = bits_of(tree)
        return {path: f"{dtype} {array.shape} ".encode() + array.tobytes()}
    found: dict[str, bytes] = {}
    for name, value in tree.items():
        found |= leaves(value, f"{path}.{name}")
    return found


def bits_of(tensor: Any) -> tuple[str, np.ndarray]:
    if isinstance(tensor, torch.Tensor):
        whole = {1: torch.uint8, 2: torch.int16, 4: torch.int32, 8: torch.int64}[tensor.itemsize]
        return str(tensor.dtype).removeprefix("torch."), tensor.contiguous().view(whole).numpy()
    if isinstance(tensor, paddle.Tensor):
        return str(tensor.dtype).removeprefix("paddle."), tensor.numpy()
    array = np.asarray(tensor)
    return array.dtype.name, array


def random_state(case: Case, dtype: np.dtype) -> dict[str, np.ndarray]:
    state = model_of(case.name, "torch").state_dict()
    return {
        key: random_bits(tuple(value.shape), dtype, seed)
        for seed, (key, value) in enumerate(state.items())
        if value.is_floating_point()
    }


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("case", "source", "target"), JOURNEYS)
def test_there_and_back_is_exact(case: Case, source: str, target: str, dtype: str) -> None:
    start = from_torch(case, random_state(case, DTYPES[dtype]), source, target)
    there = convert(start, source=source, target=target, model=teller(case, target, source))
    back = convert(there, source=target, target=source, model=teller(case, source, target))
    assert leaves(back) == leaves(start)
    names = {value.split(b" ")[0].decode() for value in leaves(there).values()}
    assert names - {"int64"} == {DTYPES[dtype].name}


@pytest.mark.parametrize(("case", "source", "target"), JOURNEYS)
def test_either_model_tells_the_same(case: Case, source: str, target: str) -> None:
    start = from_torch(case, random_state(case, DTYPES["f32"]), source, target)
    told = [
        leaves(convert(start, source=source, target=target, model=model_of(case.name, framework)))
        for framework in (source, target)
        if framework in case.told_by
    ]
    assert told[0] == told[-1]
    assert told[0].keys() == leaves(own_state(case, target)).keys()


@pytest.mark.parametrize(("case", "source", "target"), JOURNEYS)
def test_outputs_agree(case: Case, source: str, target: str) -> None:
    layer = case.make["torch"]()
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for name, value in layer.state_dict().items():
            if value.is_floating_point():
                low = 0.5 if name.endswith("var") else -0.5
                value.uniform_(low, low + 1, generator=generator)
    start = from_torch(case, layer.state_dict(), source, target)
    there = convert(start, source=source, target=target, model=teller(case, target, source))
    got = run(target, case, case.model(target), there)
    exact, x = layer.double().eval(), torch.from_numpy(case.x)
    x = x.double() if x.is_floating_point() else x
    expected = output_of(exact, x)
    bound = case.bound(exact, x).detach().numpy()
    assert got.shape == expected.shape
    assert np.all(np.abs(got - expected) <= bound)
    # the bound is worth something only if weights in a wrong place break it
    exact.load_state_dict({key: value.flip(tuple(range(value.ndim))) * 2 for key, value in exact.state_dict().items()})
    assert np.any(np.abs(output_of(exact, x) - expected) > bound)


def output_of(layer: torch.nn.Module, x: torch.Tensor) -> np.ndarray:
    with torch.no_grad():
        y = layer(x)
    return (y[0] if isinstance(y, tuple) else y).numpy()
