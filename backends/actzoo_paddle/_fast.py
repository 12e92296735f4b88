"""Pointwise stages by kernels of ours where that is faster: outside of static graphs."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import paddle
from paddle import Tensor

from actzoo_kernels import Operand, decisions, fused
from actzoo_paddle import _runtime


class Memory:
    """Paddle's tensors, for kernels."""

    is_tensor = staticmethod(paddle.is_tensor)
    empty_like = staticmethod(paddle.empty_like)

    def traced(self) -> bool:
        return not paddle.in_dynamic_mode()

    def why_not(self, tensors: Sequence[Tensor], backward: bool) -> str:
        if len({str(t.place) for t in tensors}) > 1:
            return "operands are on several devices"
        if backward and paddle.is_grad_enabled():
            return "the gradient is to be differentiated again"
        return ""

    def operand(self, tensor: Tensor) -> Operand:
        return Operand(tuple(tensor.shape), str(tensor.dtype).removeprefix("paddle."), tensor.is_contiguous())

    def device(self, tensor: Tensor) -> str:
        return "cpu" if tensor.place.is_cpu_place() else "cuda" if tensor.place.is_gpu_place() else str(tensor.place)

    def array(self, tensor: Tensor, kind: str) -> Any:
        own = tensor.detach().contiguous()
        if kind == "triton":
            import torch  # Triton's launcher takes its tensors

            return torch.from_dlpack(own)
        return np.from_dlpack(own)

    def tensor(self, array: Any, kind: str) -> Tensor:
        return paddle.from_dlpack(array)


def pointwise(
    name: str,
    value: Callable[..., Tensor],
    vjp: Callable[..., tuple[Tensor | None, ...]],
    differentiable: int,
) -> Callable[..., Tensor]:
    """The runtime's, by a kernel where that is faster."""
    return _runtime.pointwise(name, *fused(name, value, vjp, Memory()), differentiable)


def explain(layer: Callable[[Tensor], Tensor], x: Tensor) -> str:
    """How each pointwise stage of a layer runs on an input, forward and backward, and why: a line for each.

    The layer is copied, so that nothing in it changes; x is any tensor that it takes.
    """
    with decisions() as found:
        leaf = x.detach().clone()
        leaf.stop_gradient = False
        copy.deepcopy(layer)(leaf).sum().backward()
    return "\n".join(dict.fromkeys(map(str, found))) or "it has no pointwise stage of the zoo"
