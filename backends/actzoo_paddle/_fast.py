"""Pointwise stages by kernels of ours where that is faster: outside of static graphs."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import paddle
from numpy.typing import NDArray
from paddle import Tensor

from actzoo_kernels import Kernel, Memory, Operand, decisions, fused, fused_write
from actzoo_paddle import _runtime
from actzoo_paddle._pages import in_large_pages


class PaddleMemory(Memory):
    """Paddle's tensors, for kernels."""

    def is_tensor(self, value: Any) -> bool:
        return paddle.is_tensor(value)

    def why_not(self, tensors: Sequence[Tensor], backward: bool) -> str:
        if not paddle.in_dynamic_mode():
            return "this is a static graph"
        if backward and paddle.is_grad_enabled():
            return "the gradient is to be differentiated again"
        return ""

    def operand(self, tensor: Tensor) -> Operand:
        place = tensor.place
        device = "cpu" if place.is_cpu_place() else "cuda" if place.is_gpu_place() else str(place)
        dtype = str(tensor.dtype).removeprefix("paddle.")
        return Operand(tuple(tensor.shape), dtype, device, tensor.is_contiguous())

    def array(self, tensor: Tensor, kind: str) -> Any:
        own = tensor.detach().contiguous()
        if kind == "triton":
            import torch  # Triton's launcher takes its tensors

            return torch.from_dlpack(own)
        return np.asarray(View(own))

    def tensor(self, array: Any, kind: str) -> Tensor:
        return paddle.from_dlpack(array)

    def gradients(self, name: str, kernel: Kernel, grad: Tensor, inputs: Sequence[Any]) -> tuple[Any, ...]:
        """Maps are written where Paddle has made room for them, sums are copied."""
        if kernel.kind == "triton":
            return super().gradients(name, kernel, grad, inputs)
        made: dict[int, Tensor] = {}

        def empty(shape: tuple[int, ...], dtype: np.dtype[Any]) -> NDArray[Any]:
            tensor = self.empty_like(grad)
            made[tensor.data_ptr()] = tensor
            return np.asarray(View(tensor)).reshape(shape)

        call = partial(kernel.gradients, empty=empty)
        found = self._run(kernel, call, self.array(grad, kernel.kind), self._arrays(kernel, inputs))
        return tuple(None if g is None else self._given(g, made, grad.place) for g in found)

    def _given(self, array: NDArray[Any], made: dict[int, Tensor], place: Any) -> Tensor:
        tensor = made.get(array.ctypes.data)
        if tensor is None:
            return paddle.to_tensor(array, place=place)
        return tensor if tensor.shape == list(array.shape) else tensor.reshape(array.shape)

    def copy(self, tensor: Tensor, value: Tensor) -> None:
        paddle.assign(value, tensor)

    def empty_like(self, tensor: Tensor) -> Tensor:
        return in_large_pages(paddle.empty_like(tensor))


class View:
    """The memory of a contiguous tensor on the CPU, for NumPy.

    Not by DLPack: Paddle frees NumPy's memory under a lock of its own, and NumPy waits for Python's there (3.3).
    """

    def __init__(self, tensor: Tensor) -> None:
        self.tensor = tensor
        self.__array_interface__ = {
            "version": 3,
            "shape": tuple(tensor.shape),
            "typestr": np.dtype(str(tensor.dtype).removeprefix("paddle.")).str,
            "data": (tensor.data_ptr(), False),
        }


def pointwise(
    name: str,
    value: Callable[..., Tensor],
    vjp: Callable[..., tuple[Tensor | None, ...]],
    differentiable: int,
) -> Callable[..., Tensor]:
    """The runtime's, by a kernel where that is faster."""
    return _runtime.pointwise(name, *fused(name, value, vjp, PaddleMemory()), differentiable)


def in_place(
    name: str,
    stage: Callable[..., Tensor],
    value: Callable[..., Tensor],
    vjp: Callable[..., tuple[Tensor | None, ...]],
) -> Callable[..., Tensor]:
    """The runtime's, by a kernel where that is faster."""
    memory = PaddleMemory()
    return _runtime.in_place(name, stage, *fused(name, value, vjp, memory), fused_write(name, value, memory))


def explain(layer: Callable[[Tensor], Tensor], x: Tensor) -> str:
    """How each pointwise stage of a layer runs on an input, forward and backward, and why: a line for each.

    The layer is copied, so that nothing in it changes; x is any tensor that it takes.
    """
    with decisions() as found:
        leaf = x.detach().clone()
        leaf.stop_gradient = False
        copy.deepcopy(layer)(leaf).sum().backward()
    return "\n".join(dict.fromkeys(map(str, found))) or "it has no pointwise stage of the zoo"
