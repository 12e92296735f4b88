"""Loops of ours inside of what torch.compile compiles: operators, which it calls and does not look into.

`actzoo::stage` is the one that a module calls. It is made of others: where a loop is better, of `actzoo::value` and, in
its derivative, `actzoo::gradients`; else of the operations of the stage's formula, which are compiled with their
neighbours.
"""

from __future__ import annotations

import functools
import hashlib
import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import SymInt, Tensor, library

import actzoo_kernels
from actzoo_kernels import SWITCH, Kernel, Operand, Tensors, fused, installed
from actzoo_torch import _runtime

Inputs = Sequence[Tensor | None]
Numbers = Sequence[float]


class Stage(NamedTuple):
    """What the operators do for a name.

    compiled        makes the stage that is compiled
    value, vjp      what runs later, and decides at each call how
    differentiable  how many inputs have gradients
    """

    compiled: Callable[[], Callable[..., Tensor]]
    value: Callable[..., Any]
    vjp: Callable[..., Any]
    differentiable: int


_stages: dict[str, Stage] = {}
_operators = library.Library("actzoo", "DEF")


def _version() -> str:
    """Of what stages are made of, code and packages: torch (2.13) keeps on disk what it compiled, by its graph alone."""
    folders = (Path(package.__file__).parent for package in (actzoo_kernels, _runtime))
    files = [(str(f), f.stat().st_mtime_ns, f.stat().st_size) for folder in folders for f in folder.rglob("*.py")]
    return hashlib.sha256(repr((sorted(files), installed("numba"))).encode()).hexdigest()


VERSION = _version()


def operator(
    name: str,
    value: Callable[..., Tensor],
    vjp: Callable[..., tuple[Tensor | None, ...]],
    tangent: Callable[..., Tensor],
    differentiable: int,
    by_loop: tuple[Callable[..., Any], Callable[..., Any]],
) -> Callable[..., Tensor]:
    """A stage for torch.compile. by_loop: its value and vjp, which decide at each call how they run."""

    @functools.cache
    def compiled() -> Callable[..., Tensor]:
        return _runtime.pointwise(name, *fused(name, value, vjp, Compiled()), tangent, differentiable)

    _stages[name] = Stage(compiled, *by_loop, differentiable)
    return lambda *inputs: torch.ops.actzoo.stage(name, VERSION + os.environ.get(SWITCH, ""), *apart(inputs))


class TorchTensors(Tensors):
    """Torch's."""

    def is_tensor(self, value: Any) -> bool:
        return isinstance(value, Tensor)

    def why_not(self, tensors: Sequence[Tensor], backward: bool) -> str:
        if torch._C._are_functorch_transforms_active():
            return "tensors are mapped, by torch.func"
        return "the gradient is to be differentiated again" if backward and torch.is_grad_enabled() else ""

    def order(self, inputs: Sequence[Any]) -> tuple[int, ...] | None:
        x: Tensor = inputs[0]
        if x.is_contiguous() or any(self.is_tensor(i) and i.ndim > x.ndim for i in inputs):
            return None
        order = x.dim_order()
        return order if x.permute(order).is_contiguous() else None

    def permuted(self, tensor: Tensor, order: tuple[int, ...]) -> Tensor:
        missing = (1,) * (len(order) - tensor.ndim)
        return shaped(tensor, missing + tuple(tensor.shape)).permute(order)

    def restored(self, tensor: Tensor, order: tuple[int, ...], like: Tensor) -> Tensor:
        return shaped(tensor.permute(sorted(range(len(order)), key=order.__getitem__)), like.shape)

    def operand(self, tensor: Tensor) -> Operand:
        dtype = str(tensor.dtype).removeprefix("torch.")
        return Operand(tuple(map(likely, tensor.shape)), dtype, tensor.device.type, tensor.is_contiguous())


class Compiled(TorchTensors):
    """Those that stand for the tensors of later calls."""

    compiled = True

    def value(self, name: str, kernel: Kernel, inputs: Sequence[Any]) -> Tensor:
        return torch.ops.actzoo.value(name, *apart(inputs))

    def gradients(self, name: str, kernel: Kernel, grad: Tensor, inputs: Sequence[Any]) -> tuple[Tensor | None, ...]:
        found = iter(torch.ops.actzoo.gradients(name, grad, *apart(inputs)))
        return tuple(next(found) if self.is_tensor(i) else None for i in inputs[: kernel.differentiable])


def shaped(tensor: Tensor, shape: Sequence[int]) -> Tensor:
    """In a shape; as it is if it has it, since a reshape gives axes of 1 another stride (2.13)."""
    return tensor if tensor.shape == shape else tensor.reshape(shape)


def likely(size: int | SymInt) -> int:
    """A size, or, of one that may change between calls, that of the first; the operators decide again at each."""
    if isinstance(size, int):
        return size
    from torch.fx.experimental.symbolic_shapes import optimization_hint  # takes a third of a second

    return optimization_hint(size, fallback=0)


def apart(inputs: Iterable[Any]) -> tuple[list[Tensor | None], list[float]]:
    """Tensors, with None where there is a number; the numbers."""
    each = list(inputs)
    tensors = [i if isinstance(i, Tensor) else None for i in each]
    return tensors, [i for i in each if not isinstance(i, Tensor)]


def together(tensors: Inputs, numbers: Numbers) -> list[Any]:
    rest = iter(numbers)
    return [next(rest) if t is None else t for t in tensors]


def stage(name: str, version: str, inputs: Inputs, numbers: Numbers) -> Tensor:
    return _stages[name].compiled()(*together(inputs, numbers))


def value(name: str, inputs: Inputs, numbers: Numbers) -> Tensor:
    result: Tensor = _stages[name].value(*together(inputs, numbers))
    return result.contiguous()


def value_shape(name: str, inputs: Inputs, numbers: Numbers) -> Tensor:
    (x, *_) = inputs
    assert x is not None
    return x.new_empty(x.shape)


def gradients(name: str, grad: Tensor, inputs: Inputs, numbers: Numbers) -> list[Tensor]:
    each = together(inputs, numbers)
    with torch.no_grad():
        found = _stages[name].vjp(grad, [isinstance(i, Tensor) for i in each], *each)
    return [g.clone() if g is grad else g.contiguous() for g in found if g is not None]


def gradient_shapes(name: str, grad: Tensor, inputs: Inputs, numbers: Numbers) -> list[Tensor]:
    return [i.new_empty(i.shape) for i in inputs[: _stages[name].differentiable] if i is not None]


_operators.define("stage(str name, str version, Tensor?[] inputs, Scalar[] numbers) -> Tensor")
_operators.define("value(str name, Tensor?[] inputs, Scalar[] numbers) -> Tensor")
_operators.define("gradients(str name, Tensor grad, Tensor?[] inputs, Scalar[] numbers) -> Tensor[]")
_operators.impl("stage", stage, "CompositeImplicitAutograd")
_operators.impl("value", value, "CPU")
_operators.impl("value", value_shape, "Meta")
_operators.impl("gradients", gradients, "CPU")
_operators.impl("gradients", gradient_shapes, "Meta")
