"""Positional arguments of the zoo's classes are those of the framework's own, so that a swap of names is safe."""

from __future__ import annotations

import importlib
import inspect
from typing import Any

import pytest
from frameworks import FRAMEWORKS, PACKAGES

from actzoo.language import Spec
from actzoo.zoo import ZOO, find

OWN = {"torch": "torch.nn", "paddle": "paddle.nn"}


def positional(cls: type) -> list[str]:
    """Names of a class's own constructor."""
    if "__init__" not in vars(cls):
        return []
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return [p.name for p in list(inspect.signature(cls.__init__).parameters.values())[1:] if p.kind in kinds]


def native(framework: str, spec: Spec) -> type | None:
    """The framework's own class of the same name, however it is capitalised."""
    classes = vars(importlib.import_module(OWN[framework]))
    return next((classes[n] for n in classes if n.lower() == spec.module.lower()), None)


CASES = [
    pytest.param(framework, spec, id=f"{framework}-{spec.name}")
    for framework in OWN
    for spec in ZOO.values()
    if native(framework, spec)
]
RENAMED = {"min": "min_val", "max": "max_val", "threshold": "lambd"}
"""Paddle's words for what torch and the zoo call otherwise."""


@pytest.mark.parametrize(("framework", "spec"), CASES)
def test_positional_arguments_are_the_frameworks_own(framework: str, spec: Spec) -> None:
    cls = native(framework, spec)
    assert cls is not None
    ours = positional(getattr(importlib.import_module(PACKAGES[framework]), spec.module))
    theirs = [RENAMED.get(name, name) for name in positional(cls)]
    assert ours == theirs[: len(ours)]


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("name", ["prelu", "swish", "dyrelu_a", "dyrelu_b", "dyrelu_c"])
def test_initial_values_are_given_by_keyword(framework: str, name: str) -> None:
    spec = find(name)
    parameters: dict[str, Any] = dict(
        inspect.signature(getattr(importlib.import_module(PACKAGES[framework]), spec.module).__init__).parameters
    )
    given = {"prelu": ["weight"], "swish": ["beta", "learnable"]}.get(name, ["lambdas", "init_v"])
    assert [parameters[n].kind for n in given] == [inspect.Parameter.KEYWORD_ONLY] * len(given)


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_prelu_takes_the_number_of_its_slopes_first(framework: str) -> None:
    cls = importlib.import_module(PACKAGES[framework]).PReLU
    layer = cls(64)
    if framework == "linen":
        assert (layer.num_parameters, layer.weight) == (64, 0.25)
        return
    weight = layer.weight[...] if framework == "flax" else layer.weight.detach()
    assert tuple(weight.shape) == (64,)
    assert (weight == 0.25).all()
