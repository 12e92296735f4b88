"""How containers and own arrays are called in every framework; no key is made up or guessed."""

from itertools import permutations
from typing import Any

import numpy as np
import paddle
import pytest
import torch
from models.tree import TREES

from actzoo.weights import ConversionError, convert

KEYS = {
    "torch": [
        "beta",
        "blocks.0.bias",
        "blocks.0.weight",
        "blocks.1.bias",
        "blocks.1.weight",
        "gather.conv1.bias",
        "gather.conv1.weight",
        "heads.a.weight",
        "lambdas",
        "stem.0.weight",
        "stem.1.bias",
        "stem.1.num_batches_tracked",
        "stem.1.running_mean",
        "stem.1.running_var",
        "stem.1.weight",
        "steps",
    ],
    "paddle": [
        "beta",
        "blocks.0.bias",
        "blocks.0.weight",
        "blocks.1.bias",
        "blocks.1.weight",
        "gather.conv1.bias",
        "gather.conv1.weight",
        "heads.a.weight",
        "lambdas",
        "stem.0.weight",
        "stem.1._mean",
        "stem.1._variance",
        "stem.1.bias",
        "stem.1.weight",
        "steps",
    ],
    "flax": [
        ("beta",),
        ("blocks", 0, "bias"),
        ("blocks", 0, "kernel"),
        ("blocks", 1, "bias"),
        ("blocks", 1, "kernel"),
        ("gather", "conv1", "bias"),
        ("gather", "conv1", "kernel"),
        ("heads", "a", "embedding"),
        ("lambdas",),
        ("stem", "layers", 0, "kernel"),
        ("stem", "layers", 1, "bias"),
        ("stem", "layers", 1, "mean"),
        ("stem", "layers", 1, "scale"),
        ("stem", "layers", 1, "var"),
        ("steps",),
    ],
    "linen": [
        ("batch_stats", "stem.1", "mean"),
        ("batch_stats", "stem.1", "var"),
        ("buffers", "lambdas"),
        ("buffers", "steps"),
        ("params", "beta"),
        ("params", "blocks.0", "bias"),
        ("params", "blocks.0", "kernel"),
        ("params", "blocks.1", "bias"),
        ("params", "blocks.1", "kernel"),
        ("params", "gather", "conv1", "bias"),
        ("params", "gather", "conv1", "kernel"),
        ("params", "heads", "a", "embedding"),
        ("params", "stem.0", "kernel"),
        ("params", "stem.1", "bias"),
        ("params", "stem.1", "scale"),
    ],
}
# dotted Linen names do not tell a Sequential from a list; those of `setup` are their own
UNTOLD = {("flax", "linen"), ("linen", "linen-setup")}
TOLD = [
    pytest.param(target, teller, id=f"{target}-told-by-{teller}")
    for target in KEYS
    for teller in TREES
    if (target, teller) not in UNTOLD
]
JOURNEYS = [
    pytest.param(source, target, teller, id=f"{source}-to-{target}-told-by-{teller}")
    for source, target in permutations(KEYS, 2)
    for teller in TREES
    if not {(source, teller), (target, teller)} & UNTOLD
]


Path = tuple[Any, ...]


def arrays(tree: Any, above: Path = ()) -> dict[Path, np.ndarray]:
    """Every array of a state by its path."""
    found: dict[Path, np.ndarray] = {}
    for name, value in tree.items():
        path = (*above, name)
        found |= arrays(value, path) if isinstance(value, dict) else {path: np.asarray(value)}
    return found


@pytest.fixture
def weights() -> dict[str, torch.Tensor]:
    """A state of the tree in torch, no two values alike."""
    generator = torch.Generator().manual_seed(0)
    state = TREES["torch"]().state_dict()
    return {
        key: torch.rand(value.shape, generator=generator) if value.is_floating_point() else value
        for key, value in state.items()
    }


@pytest.mark.parametrize(("target", "teller"), TOLD)
def test_keys(weights: dict[str, torch.Tensor], target: str, teller: str) -> None:
    made = convert(weights, source="torch", target=target, model=TREES[teller]())
    assert sorted(arrays(made), key=str) == sorted(map(as_path, KEYS[target]), key=str)


def as_path(key: Any) -> Path:
    return key if isinstance(key, tuple) else (key,)


@pytest.mark.parametrize(("source", "target", "teller"), JOURNEYS)
def test_there_and_back(weights: dict[str, torch.Tensor], source: str, target: str, teller: str) -> None:
    start = convert(weights, source="torch", target=source, model=TREES["torch"]())
    there = convert(start, source=source, target=target, model=TREES[teller]())
    back = convert(there, source=target, target=source, model=TREES[teller]())
    old, new = arrays(start), arrays(back)
    assert {path: (a.dtype, a.shape, a.tobytes()) for path, a in old.items()} == {
        path: (a.dtype, a.shape, a.tobytes()) for path, a in new.items()
    }
    assert int(new[next(path for path in new if path[-1] == "steps")]) == 2**40 + 1


def test_dotted_linen_names_do_not_tell_a_sequential_from_a_list(
    weights: dict[str, torch.Tensor],
) -> None:
    state = convert(weights, source="torch", target="linen", model=TREES["torch"]())
    with pytest.raises(ConversionError, match=r"'stem\.[01]\.\w+' may stand in.*give the NNX model"):
        convert(state, source="linen", target="flax", model=TREES["linen"]())


@pytest.mark.parametrize(
    "wrap",
    [
        pytest.param(lambda model: torch.compile(model, backend="eager"), id="torch.compile"),
        pytest.param(torch.nn.DataParallel, id="DataParallel"),
    ],
)
def test_a_wrapped_model_has_the_keys_of_its_wrapper(wrap: Any) -> None:
    """The names of the other framework are those of what is wrapped; the square weight is transposed."""
    source = paddle.nn.Sequential(paddle.nn.Linear(4, 4), paddle.nn.BatchNorm1D(4))
    target = wrap(torch.nn.Sequential(torch.nn.Linear(4, 4), torch.nn.BatchNorm1d(4)))
    state = convert(source.state_dict(), source="paddle", target="torch", model=target)
    target.load_state_dict(state)
    (weight, *_) = target.parameters()
    assert np.array_equal(weight.detach().numpy(), source[0].weight.numpy().T)
