"""Functions that write over their input: the same numbers, no other memory, and the frameworks' own errors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import paddle
import pytest
import torch
from frameworks import ELEMENT_WISE

import actzoo_paddle.functional
import actzoo_torch.functional
from actzoo.zoo import ZOO
from actzoo_kernels import SWITCH

NAMES = [name for name, spec in ZOO.items() if spec.in_place]
OPTIONS: dict[str, dict[str, Any]] = {"leaky_relu": {"negative_slope": 0.25}, "hard_tanh": {"min_val": -0.5}}
SHAPES = {"small": (2, 3, 4), "large": (2, 6, 40, 40)}
POINTS = [0.0, -0.0, 1e-320, -1e-320, 0.5, -0.5, 1.0, -1.0, 3.0, -3.0, 6.0, 7.0, np.inf, -np.inf, np.nan]


def torch_slope(name: str, x: torch.Tensor) -> torch.Tensor:
    leaf = x.clone().requires_grad_()
    (slope,) = torch.autograd.grad(getattr(actzoo_torch.functional, name)(leaf, **OPTIONS.get(name, {})).sum(), leaf)
    return slope


@pytest.mark.parametrize("name", [n for n in ELEMENT_WISE if not ZOO[n].parts])
def test_who_declares_it(name: str) -> None:
    """Those, and only those, whose slope at x is the slope at f(x), everywhere."""
    x = torch.tensor([*POINTS, *np.random.default_rng(0).normal(0, 3, 1000)], dtype=torch.float64)
    y = getattr(actzoo_torch.functional, name)(x, **OPTIONS.get(name, {}))
    same = torch.equal(torch_slope(name, x).nan_to_num(9), torch_slope(name, y).nan_to_num(9))
    assert same == (name in NAMES)


def torch_outcome(call: Callable[..., Any], x: np.ndarray, options: dict[str, Any]) -> tuple[Any, ...]:
    leaf = torch.from_numpy(x).requires_grad_()
    before = leaf * 1
    y = call(before, **options)
    (slope,) = torch.autograd.grad(y, leaf, torch.linspace(-1, 1, y.numel(), dtype=y.dtype).reshape(y.shape))
    return y.detach().numpy(), slope.numpy(), y is before or y.data_ptr() == before.data_ptr()


def paddle_outcome(call: Callable[..., Any], x: np.ndarray, options: dict[str, Any]) -> tuple[Any, ...]:
    leaf = paddle.to_tensor(x)
    leaf.stop_gradient = False
    before = leaf * 1
    y = call(before, **options)
    (slope,) = paddle.grad([y], [leaf], [paddle.linspace(-1, 1, y.size, dtype=y.dtype).reshape(y.shape)])
    return y.numpy(), slope.numpy(), y is before or y.data_ptr() == before.data_ptr()


FRAMEWORKS = {
    "torch": (actzoo_torch.functional, torch_outcome),
    "paddle": (actzoo_paddle.functional, paddle_outcome),
}


@pytest.mark.parametrize("switch", ["off", "always"])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("name", NAMES)
def test_as_the_function(name: str, framework: str, shape: str, switch: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SWITCH, switch)
    functions, outcome = FRAMEWORKS[framework]
    x = np.random.default_rng(0).normal(0, 4, SHAPES[shape]).astype(np.float32)
    options = OPTIONS.get(name, {})
    value, slope, over = outcome(getattr(functions, f"{name}_"), x, options)
    wanted, wanted_slope, apart = outcome(getattr(functions, name), x, options)
    assert over
    assert not apart
    np.testing.assert_array_equal(value, wanted)
    np.testing.assert_array_equal(slope, wanted_slope)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_else_is_kept(name: str) -> None:
    storages = set()

    def pack(tensor: torch.Tensor) -> torch.Tensor:
        storages.add(tensor.untyped_storage().data_ptr())
        return tensor

    x = torch.randn(4, 8, 32, 32, requires_grad=True) + 0
    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        y = getattr(actzoo_torch.functional, f"{name}_")(x)
    assert storages == {y.untyped_storage().data_ptr()}


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
@pytest.mark.parametrize("order", [torch.contiguous_format, torch.channels_last], ids=str)
def test_formats_and_orders(dtype: torch.dtype, order: torch.memory_format) -> None:
    x = torch.randn(2, 8, 20, 20).to(dtype).to(memory_format=order)
    wanted = actzoo_torch.functional.relu6(x)
    assert actzoo_torch.functional.relu6_(x) is x
    assert torch.equal(x, wanted)
    assert x.is_contiguous(memory_format=order)


@pytest.mark.parametrize("shape", SHAPES)
def test_errors_are_torch_s(shape: str) -> None:
    leaf = torch.randn(SHAPES[shape], requires_grad=True)
    with pytest.raises(RuntimeError, match="leaf Variable"):
        actzoo_torch.functional.relu_(leaf)
    needed = leaf.exp()
    y = actzoo_torch.functional.relu6_(needed)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()


@pytest.mark.parametrize("shape", SHAPES)
def test_errors_are_paddle_s(shape: str) -> None:
    leaf = paddle.randn(SHAPES[shape])
    leaf.stop_gradient = False
    with pytest.raises(ValueError, match=r"leaf|Leaf"):
        actzoo_paddle.functional.relu_(leaf)
    y = actzoo_paddle.functional.relu6_(leaf.exp())
    with pytest.raises((ValueError, RuntimeError, OSError), match="version"):
        y.sum().backward()


@pytest.mark.parametrize("functions", [actzoo_torch.functional, actzoo_paddle.functional])
def test_a_falling_slope_is_refused(functions: Any) -> None:
    x = torch.ones(3) if functions is actzoo_torch.functional else paddle.ones([3])
    with pytest.raises(ValueError, match=r"leaky_relu_ needs negative_slope >= 0.*negative_slope=-0.5"):
        functions.leaky_relu_(x, -0.5)
    with pytest.raises(TypeError, match="relu_ takes a floating-point tensor"):
        functions.relu_(x.astype("int64") if hasattr(x, "astype") else x.long())


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore:.*pir graph:UserWarning")  # Paddle's own, in tracing
def test_a_static_graph_has_the_function() -> None:
    def doubled(x: Any) -> Any:
        return actzoo_paddle.functional.relu_(x * 2)

    leaf = paddle.to_tensor([-1.0, 2.0])
    leaf.stop_gradient = False
    y = paddle.jit.to_static(doubled, full_graph=True)(leaf)
    (slope,) = paddle.grad([y.sum()], [leaf])
    np.testing.assert_array_equal(y.numpy(), [0, 4])
    np.testing.assert_array_equal(slope.numpy(), [0, 2])


@pytest.mark.filterwarnings("ignore:.*should not be instantiated:DeprecationWarning")  # torch 2.13's own, in tracing
def test_compiled_and_mapped() -> None:
    x = torch.randn(4, 8, 32, 32)
    torch._dynamo.reset()
    made = torch.compile(lambda v: actzoo_torch.functional.relu_(v * 2), fullgraph=True, backend="aot_eager")
    found = []
    for call in (made, lambda v: actzoo_torch.functional.relu(v * 2)):
        leaf = x.clone().requires_grad_()
        y = call(leaf)
        found += [y, *torch.autograd.grad(y.sum(), leaf)]
    assert torch.equal(found[0], found[2])
    assert torch.equal(found[1], found[3])
    mapped = torch.func.vmap(lambda v: actzoo_torch.functional.relu_(v * 2))(x)
    assert torch.equal(mapped, actzoo_torch.functional.relu(x * 2))
