"""The first layer that differs: how calls are paired, and what is said of them, in every framework."""

from collections.abc import Callable
from typing import Any

import jax
import numpy as np
import paddle
import pytest
import torch
from flax import linen, nnx
from models.ported import Function

from actzoo_parity import ParityError, check
from actzoo_parity._locate import Pair, locate, numbers_of_calls, pair_off
from actzoo_parity._sides import Call, Run

X = np.random.default_rng(0).standard_normal((4, 8)).astype(np.float32)


def call(path: str, shape: tuple[int, ...] = (2, 3), value: float = 1.0, kind: str = "Linear", **settings: Any) -> Call:
    return Call(path, kind, (np.full(shape, 1.0),), (np.full(shape, value),), settings)


def told(here: list[Call], there: list[Call], layers: dict[str, str] | None = None, bound: float = 0.1) -> list[str]:
    bounds = {name: np.full(each.shape, bound) for name, each in numbers_of_calls(Run({}, calls=tuple(here))).items()}
    return locate(("torch", here), ("paddle", there), layers or {}, bounds)


def test_calls_are_paired_by_path_and_count() -> None:
    here = [call("a"), call("act"), call("b"), call("act")]
    there = [call("a"), call("act"), call("b"), call("act")]
    assert pair_off(here, there, {}) == [Pair(i, i) for i in range(4)]


def test_calls_are_paired_by_the_map() -> None:
    here, there = [call("enc.0"), call("enc.1")], [call("body.1"), call("body.0")]
    assert pair_off(here, there, {"enc": "body"}) == [Pair(0, 1), Pair(1, 0)]


def test_the_rest_is_paired_by_kind_and_shape_in_order() -> None:
    here = [call("conv1", (2, 4, 5, 5), kind="Conv2d"), call("relu", (2, 4, 5, 5), kind="ReLU"), call("fc", (2, 7))]
    there = [call("c", (2, 5, 5, 4), kind="Conv"), call("head", (2, 7), kind="Dense")]
    assert pair_off(here, there, {}) == [Pair(0, 0), Pair(2, 1)]


def test_the_first_that_is_over_its_bound_is_told() -> None:
    (line,) = told([call("a"), call("b"), call("c")], [call("a", value=1.05), call("b", value=1.3), call("c", value=9)])
    assert line == (
        "first layer that differs: 'b' (Linear): 3 times its bound; what goes into it holds ('a' before it holds)"
    )


def test_what_goes_in_may_differ_already() -> None:
    other = Call("a", "Linear", (np.full((2, 3), 2.0),), (np.full((2, 3), 3.0),))
    (line,) = told([call("a")], [other])
    assert line.endswith(
        "20 times its bound; what goes into it differs already, by 10 times its bound (it is the first)"
    )


def test_other_shapes_are_told() -> None:
    assert told([call("a", (2, 3, 4))], [call("a", (2, 4, 3))])[0].startswith("no layer differs")  # channels last
    (line,) = told([call("a", (2, 3))], [call("a", (3, 2))])
    assert line.endswith(
        "'a' (Linear): it gives (2, 3) in torch and (3, 2) in paddle; it takes (2, 3) in torch and (3, 2) in paddle "
        "(it is the first)"
    )


def test_another_order_and_other_settings_are_told_if_no_layer_differs() -> None:
    lines = told([call("a", eps=1), call("b")], [call("b"), call("a", eps=2)])
    assert lines == [
        "no layer differs: 2 outputs of layers hold, the worst at 0 of its bound",
        "'a': eps is 1 in torch and 2 in paddle",
        "torch calls 'a' before 'b', paddle after it",
    ]


def test_layers_without_twins_are_told() -> None:
    (line,) = told([call("a", (2, 3))], [call("b", (2, 5))])
    assert line == "no layer of torch has a twin in paddle: neither by name, nor by kind and shape"
    assert told([], [call("b")]) == []


def in_torch(eps: float = 1e-5) -> Any:
    nn = torch.nn
    return nn.Sequential(nn.Linear(8, 6), nn.Sequential(nn.LayerNorm(6, eps=eps), nn.ReLU()), nn.Linear(6, 5))


def in_paddle(eps: float = 1e-5) -> Any:
    nn = paddle.nn
    return nn.Sequential(nn.Linear(8, 6), nn.Sequential(nn.LayerNorm(6, eps), nn.ReLU()), nn.Linear(6, 5))


def in_nnx(eps: float = 1e-5) -> Any:
    rngs = nnx.Rngs(0)
    middle = nnx.Sequential(nnx.LayerNorm(6, epsilon=eps, rngs=rngs), Function(jax.nn.relu))
    return nnx.Sequential(nnx.Linear(8, 6, rngs=rngs), middle, nnx.Linear(6, 5, rngs=rngs))


class Linen(linen.Module):
    eps: float = 1e-5

    @linen.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        x = linen.Dense(6, name="0")(x)
        x = jax.nn.relu(linen.LayerNorm(epsilon=self.eps, name="1.0")(x))
        return linen.Dense(5, name="2")(x)


MADE: dict[str, Callable[..., Any]] = {"torch": in_torch, "paddle": in_paddle, "flax": in_nnx, "linen": Linen}


@pytest.mark.parametrize("first", ["torch", "paddle", "flax"])
@pytest.mark.parametrize("second", MADE)
def test_a_wrong_epsilon_is_found_in_every_framework(first: str, second: str) -> None:
    names = [f"{first} a", f"{second} b"]
    with pytest.raises(ParityError) as error:
        check(MADE[first](), MADE[second](eps=1e-3), X, names=names)
    lines = str(error.value).splitlines()
    assert any(line.startswith("  first layer that differs: '1.0' (LayerNorm)") for line in lines)
    assert f"  '1.0': epsilon is 1e-05 in {names[0]} and 0.001 in {names[1]}" in lines


@pytest.mark.parametrize("framework", ["torch", "paddle", "flax"])
def test_watching_leaves_nothing_behind(framework: str) -> None:
    model = MADE[framework]()
    with pytest.raises(ParityError):
        check(model, MADE[framework](eps=1e-3), X)
    if framework == "flax":
        assert all(type(m).__module__.startswith(("flax", "models")) for _, m in nnx.iter_modules(model))
        assert all(not hasattr(m, "_told_to") for _, m in nnx.iter_modules(model))
    else:
        layers = model.modules() if framework == "torch" else model.sublayers(include_self=True)
        hooks = "_forward_hooks" if framework == "torch" else "_forward_post_hooks"
        assert all(not getattr(layer, hooks) for layer in layers)


def test_a_layer_that_cannot_be_watched_does_not_hide_the_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    from actzoo_parity import _finding

    def broken(*_: Any) -> Any:
        raise RuntimeError("no hooks here")

    monkeypatch.setattr(_finding, "locate", broken)
    with pytest.raises(ParityError, match="the layers could not be compared: RuntimeError: no hooks here"):
        check(in_torch(), in_paddle(eps=1e-3), X)
