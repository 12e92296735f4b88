"""The numbers of the contract's lines: what each kind of data is there to show."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from actzoo.zoo import ZOO, find
from actzoo_parity._cases import LARGE, MUCH, Case, case
from actzoo_parity._plan import FUNCTIONAL, Plan, lines
from actzoo_parity.adapters import of_function

MODULES = [name for name, spec in ZOO.items() if not spec.element_wise]


def made(name: str, data: str, seed: int = 0, **options: Any) -> Case:
    return case(Plan(name, data, options=options, seed=seed), find(name))


@pytest.mark.parametrize("name", MODULES)
def test_layers_of_ties_give_their_biases(name: str) -> None:
    found = made(name, "ties")
    layers = [p for p in found.parameters if p.kind in ("dense", "conv")]
    assert not any(found.state[p.key].any() for p in layers if p.part == "weight")
    assert all((found.state[p.key] % 1 == 0).all() for p in found.parameters if p.part == "bias")
    assert (np.abs(found.x[np.abs(found.x) > 1e-6]) % 1 == 0).all()


@pytest.mark.parametrize("name", ["dyrelu_a", "squeeze_excite", "meta_acon_c"])
def test_gates_of_wide_numbers_are_in_their_tails(name: str) -> None:
    found = made(name, "wide")
    last = [p.key for p in found.parameters if p.kind in ("dense", "conv") and p.part == "bias"][-1]
    size = np.abs(found.state[last])
    assert (size >= 8).all()
    assert (size <= 32).all()
    assert np.abs(found.x[1] * found.cotangent[1]).max() < 1e-30 < np.abs(found.x[0]).max()


@pytest.mark.parametrize("seed", range(20))
def test_some_hidden_unit_lives(seed: int) -> None:
    assert made("dyrelu_b", "random", seed).state["fc1.bias"][0] > 0


def test_a_weight_of_a_sweep_is_much_larger_than_its_neighbours() -> None:
    """Each in a channel of its own."""
    sizes = np.stack([w.ravel() for w in made("acon_c", "sweep").state.values()])
    assert sorted(np.abs(sizes).argmax(axis=1)) == [1, 2, 3]
    assert np.abs(sizes).max() > MUCH / 100


def test_a_cotangent_of_16_is_large_where_x_is_not() -> None:
    found = made("relu", "sweep")
    large = found.cotangent == LARGE
    assert 0.005 < large.mean() < 1 / 16
    assert np.abs(found.x[large]).max() < 2**20


def test_what_is_learnt_has_a_gradient_of_one_term() -> None:
    found = made("acon_b", "single")
    assert found.x.size == found.state["beta"].size == found.channels


@pytest.mark.parametrize("options", [{}, {"negative_slope": 0.3}], ids=["its own", "given"])
def test_a_function_takes_an_option_where_the_line_has_it(options: dict[str, Any]) -> None:
    def leaky_relu(x: Any, negative_slope: float = 0.25) -> float:
        return negative_slope

    subject = of_function(made("leaky_relu", "features", **options), leaky_relu)
    assert subject.called({})(None) == options.get("negative_slope", 0.25)


@pytest.mark.parametrize("name", ZOO)
def test_functions_have_lines(name: str) -> None:
    spec = ZOO[name]
    every = lines(name, spec, ["torch", "paddle", "flax"], level="full")
    found = {line.framework for line in every if line.mode == FUNCTIONAL}
    assert found == ({"torch", "paddle", "flax"} if spec.functional else set())
