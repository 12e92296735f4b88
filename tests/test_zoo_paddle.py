"""What Paddle users count on: static graphs, double backward, saved state, AMP."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import paddle
import pytest
from frameworks import (
    ELEMENT_WISE,
    PARAMETER_FREE,
    PaddleModule,
    compare,
    expected,
    explain,
    from_paddle,
    function,
    new,
    parameters,
    random,
    random_state,
    to_paddle,
    verdict,
)

from actzoo.zoo import find

C = 8
OPTIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "mish": ("mish", {}),
    "gelu": ("gelu", {}),
    "hard_swish": ("hard_swish", {}),
    "swish-learnable": ("swish", {"learnable": True}),
    "prelu": ("prelu", {"num_parameters": C}),
    "acon_c": ("acon_c", {"channels": C}),
    "dyrelu_a": ("dyrelu_a", {"channels": C}),
    "dyrelu_b": ("dyrelu_b", {"channels": C}),
    "dyrelu_c-notebook": ("dyrelu_c", {"channels": C, "softmax_over": "last_axis", "attend": "residual"}),
    "squeeze_excite": ("squeeze_excite", {"channels": C, "rd_channels": 3}),
    "gather_excite-extent2": ("gather_excite", {"channels": C, "extent": 2}),
    "meta_acon_c": ("meta_acon_c", {"channels": C, "r": 4}),
    "frelu": ("frelu", {"channels": C}),
}
MODULES = {case: OPTIONS[case] for case in OPTIONS if find(OPTIONS[case][0]).layers} | {
    "squeeze_excite-norms": ("squeeze_excite", {"channels": C, "norm_layer": "group_norm", "add_maxpool": True}),
    "gather_excite-pools": ("gather_excite", {"channels": C, "extent": 2, "add_maxpool": True}),
    "gather_excite-convolutions": ("gather_excite", {"channels": C, "extent": 2, "extra_params": True}),
}
# Paddle's own, of its functions in a static graph (3.3).
pytestmark = [pytest.mark.filterwarnings("ignore:Tensor do not have 'place' interface for pir graph mode:UserWarning")]


def learnt(made: paddle.nn.Layer) -> list[Any]:
    """Its parameters; Paddle counts running statistics as such (3.3)."""
    return [p for p in made.parameters() if not p.stop_gradient]


def layer(case: str, dtype: Any = np.float32) -> paddle.nn.Layer:
    name, options = OPTIONS[case]
    return PaddleModule(name, options, random_state(name, options, dtype=dtype), False).module


@pytest.mark.parametrize("case", OPTIONS)
def test_static_graph_is_eager(case: str) -> None:
    """`paddle.jit.to_static`, with an open batch: within the reference's bound for float32, as the eager layer is."""
    name, options = OPTIONS[case]
    x = random(2, C, 4, 6, seed=2).astype(np.float32)
    made = layer(case)
    static = paddle.jit.to_static(
        made, input_spec=[paddle.static.InputSpec([None, C, 4, 6], "float32")], full_graph=True
    )
    found = compare(
        expected(name, x, random_state(name, options, dtype=x.dtype), options), static(to_paddle(x)).numpy()
    )
    assert found.passed, found


@pytest.mark.parametrize("case", ["prelu", "dyrelu_b", "acon_c"])
def test_saved_program_is_loaded(case: str, tmp_path: Path) -> None:
    """`paddle.jit.save` and `load`: what is deployed is what was trained."""
    x = random(2, C, 4, 6, seed=2).astype(np.float32)
    made = layer(case)
    paddle.jit.save(made, str(tmp_path / "net"), input_spec=[paddle.static.InputSpec([2, C, 4, 6], "float32")])
    loaded = paddle.jit.load(str(tmp_path / "net"))
    name, options = OPTIONS[case]
    found = compare(
        expected(name, x, random_state(name, options, dtype=x.dtype), options), loaded(to_paddle(x)).numpy()
    )
    assert found.passed, found


@pytest.mark.parametrize("case", OPTIONS)
def test_static_graph_has_the_gradients_of_an_eager_layer(case: str) -> None:
    """By x and by all that is learnt, in training, with an open batch."""
    spec = paddle.static.InputSpec([None, C, 4, 6], "float32", stop_gradient=False)
    made, static = layer(case), paddle.jit.to_static(layer(case), input_spec=[spec], full_graph=True)
    found = []
    for each in (made, static):
        each.train()
        x = to_paddle(random(2, C, 4, 6, seed=2).astype(np.float32))
        x.stop_gradient = False
        each(x).sum().backward()
        found.append([leaf.grad.numpy() for leaf in (x, *learnt(each))])
    for eager, compiled in zip(*found, strict=True):
        # both are float32 evaluations of one graph with fewer than 64 roundings
        bound = 64 * np.finfo(np.float32).eps * max(1.0, np.abs(eager).max())
        np.testing.assert_allclose(compiled, eager, rtol=0, atol=bound)


@pytest.mark.parametrize("name", PARAMETER_FREE)
def test_static_gradients_are_ours_in_tails(name: str) -> None:
    """Not those of the formula, which overflow where a branch that is not taken does: the eager gradient's bits."""
    f, found = function("paddle", name), []

    def call(x: Any) -> Any:
        return f(x)

    for each in (f, paddle.jit.to_static(call, full_graph=True)):
        x = to_paddle(
            np.array([-np.inf, -1e30, -1e4, -100, -20.5, -0.0, 0, 20.5, 100, 1e4, 1e30, np.inf, np.nan], "f4")
        )
        x.stop_gradient = False
        each(x).sum().backward()
        found.append(x.grad.numpy())
    np.testing.assert_array_equal(found[1], found[0])


PIECEWISE_LINEAR = ("relu", "relu6", "leaky_relu", "hard_sigmoid", "hard_tanh", "hard_shrink", "softshrink")


@pytest.mark.parametrize("name", [n for n in PARAMETER_FREE if n not in PIECEWISE_LINEAR])
def test_double_backward_through_create_graph(name: str) -> None:
    """By `paddle.grad(create_graph=True)`: the derivative of the first derivative, to a central difference of it."""
    f = function("paddle", name)
    points = np.array([-4.1, -1.7, -0.6, 0.4, 1.3, 2.2, 5.0])
    h = 2.0**-17  # truncation h^2 f''' / 6 and cancellation eps f' / h are both about 2^-35

    def first(at: np.ndarray, create_graph: bool = False) -> tuple[Any, Any]:
        x = to_paddle(at)
        x.stop_gradient = False
        (grad,) = paddle.grad([f(x).sum()], [x], create_graph=create_graph)
        return x, grad

    x, grad = first(points, create_graph=True)
    (second,) = paddle.grad([grad.sum()], [x])
    difference = (first(points + h)[1].numpy() - first(points - h)[1].numpy()) / (2 * h)
    np.testing.assert_allclose(second.numpy(), difference, rtol=0, atol=2.0**-33)


@pytest.mark.parametrize("case", OPTIONS)
def test_state_is_the_spec_s(case: str) -> None:
    from frameworks import native_key

    name, options = OPTIONS[case]
    state = new("paddle", name, **options).state_dict()
    assert sorted(state) == sorted(native_key(p, "paddle") for p in parameters(name, options))


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@pytest.mark.parametrize("name", ELEMENT_WISE)
def test_halves_in_halves_out(name: str, dtype: str) -> None:
    options = {"channels": C} if name.startswith("acon") else {}
    made = new("paddle", name, **options)
    made.to(dtype=dtype)
    made.eval()
    x = paddle.ones([2, C, 3], "float32").astype(dtype)
    x.stop_gradient = False
    y = made(x)
    y.astype("float32").sum().backward()
    assert y.dtype == x.dtype
    assert x.grad.dtype == x.dtype


@pytest.mark.parametrize("dtype", [np.float16, ml_dtypes.bfloat16], ids=["float16", "bfloat16"])
@pytest.mark.parametrize("case", MODULES)
def test_modules_compute_in_halves(case: str, dtype: Any) -> None:
    """On a CPU too, which has no kernels for them: values and gradients, in training, eager and as a static graph."""
    name, options = MODULES[case]
    x = random(2, C, 4, 6, seed=2).astype(dtype)
    state = random_state(name, options, dtype=dtype)
    found = verdict("paddle", name, x, state=state, training=True, **options)
    assert found.passed, explain(found)
    static = paddle.jit.to_static(PaddleModule(name, options, state, False).module, full_graph=True)
    value = compare(expected(name, x, state, options), from_paddle(static(to_paddle(x))))
    assert value.passed, value


@pytest.mark.parametrize("dtype", [np.float64, np.float16], ids=["float64", "float16"])
def test_running_statistics_have_the_precision_of_their_dtype(dtype: Any) -> None:
    made = layer("frelu", dtype)
    before, x = made.bn._mean.numpy(), random(2, C, 4, 6, seed=2).astype(dtype)
    batch = convolved(made, x)
    made.train()
    made(to_paddle(x))
    wanted = 0.9 * before.astype(np.float64) + 0.1 * batch.mean(axis=(0, 2, 3))
    # float16: the mean is of numbers that were rounded, and so is the result
    bound = 64 * np.finfo(dtype).eps * np.abs(batch).max()
    assert made.bn._mean.numpy().dtype == dtype
    np.testing.assert_allclose(made.bn._mean.numpy().astype(np.float64), wanted, rtol=0, atol=bound)


def convolved(made: paddle.nn.Layer, x: np.ndarray) -> np.ndarray:
    """The convolution before a layer's norm, in float64."""
    weight, bias = made.conv.weight.astype("float64"), made.conv.bias
    assert bias is None
    return paddle.nn.functional.conv2d(to_paddle(x.astype(np.float64)), weight, padding=1, groups=C).numpy()


@pytest.mark.parametrize("case", ["prelu", "acon_c", "meta_acon_c"])
def test_an_empty_batch_has_gradients(case: str) -> None:
    made = layer(case)
    made.eval()
    x = to_paddle(np.zeros((0, C, 4, 6), np.float32))
    x.stop_gradient = False
    made(x).sum().backward()
    assert x.grad.shape == [0, C, 4, 6]
    for parameter in learnt(made):
        np.testing.assert_array_equal(parameter.grad.numpy(), np.zeros(parameter.shape))


def test_batch_norm_in_evaluation_has_second_derivatives() -> None:
    """Of Paddle's own in float32, to those of the formula in float64."""
    found = []
    for dtype in (np.float32, np.float64):
        made = layer("meta_acon_c", dtype)
        made.eval()
        x = to_paddle(random(2, C, 4, 6, seed=2).astype(dtype))
        x.stop_gradient = False
        grad, *_ = paddle.grad([made(x).sum()], [x, *learnt(made)], create_graph=True)
        found.append(paddle.grad([grad.sum()], [x])[0].numpy())
    # a float32 evaluation of a graph with fewer than 256 roundings
    bound = 256 * np.finfo(np.float32).eps * max(1.0, np.abs(found[1]).max())
    np.testing.assert_allclose(found[0], found[1], rtol=0, atol=bound)


def test_second_derivatives_of_float16_pass_what_is_flushed() -> None:
    """f'(-1.5) is 0 exactly, and f'' is not; f'' at 60 is 1e-24, of which a cast on the CPU makes 1e-4."""
    for name, at, wanted in (("hard_swish", -1.5, 1 / 3), ("swish", 60.0, 0.0)):
        x = to_paddle(np.array([at], np.float16))
        x.stop_gradient = False
        (grad,) = paddle.grad([function("paddle", name)(x)], [x], create_graph=True)
        (second,) = paddle.grad([grad], [x])
        assert second.item() == np.float16(wanted)


@pytest.mark.parametrize("case", OPTIONS)
def test_auto_cast_keeps_the_input_s_dtype(case: str) -> None:
    made = layer(case)
    x = to_paddle(random(2, C, 4, 6, seed=2).astype(np.float32))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the kernels that a CPU lacks
        with paddle.amp.auto_cast(level="O1", dtype="bfloat16"):
            y = made(x)
    assert y.dtype == x.dtype


@pytest.mark.parametrize("case", OPTIONS)
def test_the_input_is_not_changed(case: str) -> None:
    x = to_paddle(random(2, C, 4, 6, seed=2).astype(np.float32))
    before = x.numpy().copy()
    layer(case)(x)
    np.testing.assert_array_equal(x.numpy(), before)
