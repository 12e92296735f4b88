"""How weights reach the other sides: by name, by a map, by a function, or not; and gradients the way back."""

from typing import Any

import numpy as np
import paddle
import pytest
import torch
from models.ported import apart

from actzoo_parity import ParityError, SideError, check

X = np.random.default_rng(0).standard_normal((4, 8)).astype(np.float32)
nn = torch.nn


class Named(paddle.nn.Layer):
    """Two square linear layers under names of their own."""

    def __init__(self, first: str = "a", second: str = "b") -> None:
        super().__init__()
        self.names = (first, second)
        for name in self.names:
            setattr(self, name, paddle.nn.Linear(8, 8))

    def forward(self, x: paddle.Tensor) -> paddle.Tensor:
        for name in self.names:
            x = paddle.tanh(getattr(self, name)(x))
        return x


class Own(nn.Module):
    """A weight that is no layer's, the other way round."""

    def __init__(self) -> None:
        super().__init__()
        self.matrix = nn.Parameter(torch.randn(8, 6))
        self.bias = nn.Parameter(torch.randn(6))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x @ self.matrix + self.bias


def in_torch() -> nn.Module:
    return nn.Sequential(nn.Linear(8, 8), nn.Tanh(), nn.Linear(8, 8), nn.Tanh())


def test_by_name_and_kind_of_layer() -> None:
    report = check(nn.Linear(8, 8), paddle.nn.Linear(8, 8), X)
    assert report.weights == {"paddle": "torch's, by name"}


@pytest.mark.parametrize(
    "weights",
    [
        pytest.param({"0": "a", "2": "b"}, id="layers"),
        pytest.param({"0.weight": "a.weight", "0.bias": "a.bias", "2": "b"}, id="keys"),
        pytest.param({"paddle": {"0": "a", "2": "b"}}, id="by-side"),
        pytest.param(
            lambda state: {k.replace("0.", "a.").replace("2.", "b."): v for k, v in state.items()}, id="function"
        ),
    ],
)
def test_by_a_map_or_a_function(weights: Any) -> None:
    """Square weights are transposed as their layers want it, whatever they are called."""
    report = check(in_torch(), Named(), X, weights=weights)
    assert "gradient of 2.weight" in report.verdicts[1].outputs


def test_a_map_finds_the_layers_too() -> None:
    with pytest.raises(ParityError, match=r"first layer that differs: '0' \(Linear\), 'b' there"):
        check(in_torch(), Named(), X, weights={"0": "b", "2": "a"})


def test_a_transpose_may_be_said() -> None:
    def linear(weights: Any, x: Any) -> Any:
        return x @ weights["weight"].T + weights["bias"]

    import jax.numpy as jnp

    parameters = {"weight": jnp.zeros((6, 8)), "bias": jnp.zeros(6)}
    report = check(Own(), (linear, parameters), X, weights={"matrix": ("weight", (1, 0))})
    assert report.verdicts[1].outputs["gradient of matrix"].passed
    with pytest.raises(SideError, match=r"weight has shape \(8, 6\) there, and \(6, 8\) here.*\(key, \(1, 0\)\)"):
        check(Own(), (linear, parameters), X, weights={"matrix": "weight"})


def test_a_function_may_split_and_its_gradients_come_back_joined() -> None:
    class Torch(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.attention = nn.MultiheadAttention(16, 4, batch_first=True)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.attention(x, x, x)[0]

    class Paddle(paddle.nn.Layer):
        def __init__(self) -> None:
            super().__init__()
            self.attention = paddle.nn.MultiHeadAttention(16, 4)

        def forward(self, x: paddle.Tensor) -> paddle.Tensor:
            return self.attention(x)

    x = np.random.default_rng(0).standard_normal((2, 5, 16)).astype(np.float32)
    report = check(Torch(), Paddle(), x, weights=apart)
    assert "gradient of attention.in_proj_weight" in report.verdicts[1].outputs
    assert report.weights == {"paddle": "torch's, by the function apart"}


def test_a_weight_used_twice_has_the_sum_of_its_gradients() -> None:
    class Tied(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a = nn.Linear(8, 8)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return torch.tanh(self.a(torch.tanh(self.a(x))))

    def twice(state: Any) -> Any:
        return {f"{name}.{part}": state[f"a.{part}"] for name in "ab" for part in ("weight", "bias")}

    assert "gradient of a.weight" in check(Tied(), Named(), X, weights=twice).verdicts[1].outputs


def test_a_function_that_computes_has_no_way_back() -> None:
    def doubled(state: Any) -> Any:
        return {"weight": 2 * state["weight"], "bias": 2 * state["bias"]}

    def double(x: torch.Tensor) -> torch.Tensor:
        return 2 * x

    model = nn.Linear(8, 8)
    model.register_forward_hook(lambda layer, x, y: double(y))
    report = check(model, paddle.nn.Linear(8, 8), X, weights=doubled)
    assert "gradient of x" in report.verdicts[1].outputs
    assert "gradient of weight" not in report.verdicts[1].outputs
    assert "gradients of paddle's weights are not compared: its weights are computed from torch's" in report.notes


def test_own_weights_are_told_when_they_differ() -> None:
    with pytest.raises(ParityError, match="the weights differ: weight of paddle is another"):
        check(nn.Linear(8, 8), paddle.nn.Linear(8, 8), X, weights="own")
    first, second = nn.Linear(8, 8), paddle.nn.Linear(8, 8)
    second.weight.set_value(first.weight.detach().numpy())  # Paddle keeps the transpose
    second.bias.set_value(first.bias.detach().numpy())
    with pytest.raises(ParityError, match="the weights differ: weight of paddle is transposed"):
        check(first, second, X, weights="own")
    second.weight.set_value(first.weight.detach().numpy().T)
    report = check(first, second, X, weights="own")
    assert report.weights == {"paddle": "its own"}
    assert "gradient of weight" in report.verdicts[1].outputs


def test_weights_that_cannot_be_seen_are_told() -> None:
    layer = paddle.nn.Linear(8, 8)

    def closed_over(x: Any) -> Any:
        return layer(x)

    with pytest.raises(ParityError, match="weights of paddle: none that could be carried"):
        check(nn.Linear(8, 8), closed_over, X)


@pytest.mark.parametrize(
    ("sides", "weights", "says"),
    [
        pytest.param(
            lambda: (in_torch(), Named()),
            None,
            r"paddle has none for 0\.weight, 0\.bias, 2\.weight, 2\.bias; torch has none for a\.weight, .*'own'",
            id="other-names",
        ),
        pytest.param(
            lambda: (in_torch(), Named()), {"0": "a"}, r"paddle has none for 2\.weight, 2\.bias", id="half-a-map"
        ),
        pytest.param(
            lambda: (in_torch(), Named()),
            {"0": "a", "2": "c"},
            r"paddle has none for 2\.weight as c\.weight",
            id="typo",
        ),
        pytest.param(
            lambda: (in_torch(), Named()),
            {"1": "a"},
            r"weights names 1, which torch has not; it has 0\.weight",
            id="first",
        ),
        pytest.param(
            lambda: (nn.Linear(8, 6), paddle.nn.Linear(8, 8)),
            None,
            r"weight has shape \(6, 8\) there, and \(8, 8\) here",
            id="shape",
        ),
        pytest.param(
            lambda: (nn.Linear(8, 8), paddle.nn.Linear(8, 8)),
            lambda state: {"weight": state["weight"]},
            "bias is missing",
            id="function-forgets",
        ),
        pytest.param(
            lambda: (nn.Linear(8, 8), paddle.nn.Linear(8, 8)), "copy", "weights='copy'; give 'own'", id="no-such-word"
        ),
    ],
)
def test_weights_are_never_left_different_in_silence(sides: Any, weights: Any, says: str) -> None:
    with pytest.raises(SideError, match=says):
        check(*sides(), X, weights=weights)


def test_what_has_no_twin_is_said_to_have_none() -> None:
    class Buffered(nn.Linear):
        def __init__(self) -> None:
            super().__init__(8, 8)
            self.register_buffer("steps", torch.zeros(3))

    with pytest.raises(SideError, match="paddle has none for steps"):
        check(Buffered(), paddle.nn.Linear(8, 8), X)
    assert check(Buffered(), paddle.nn.Linear(8, 8), X, weights={"steps": None}).passed


def test_a_flattened_map_is_declared_once_by_the_first_sides_name() -> None:
    import flax.nnx as nnx
    import jax

    class Flat(nnx.Module):
        def __init__(self) -> None:
            self.head = nnx.Linear(12, 5, rngs=nnx.Rngs(0))

        def __call__(self, x: jax.Array) -> jax.Array:
            return self.head(x.reshape(x.shape[0], -1))

    model = nn.Sequential(nn.Flatten(), nn.Linear(12, 5))
    maps = np.random.default_rng(0).standard_normal((3, 2, 2, 3)).astype(np.float32)
    with pytest.raises(SideError, match=r"declare its shape: flatten=\{'1': \(C, H, W\)\}"):
        check(model, Flat(), maps, weights={"1": "head"})
    assert check(model, Flat(), maps, weights={"1": "head"}, flatten={"1": (2, 2, 3)}).passed
