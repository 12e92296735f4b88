"""Pointwise stages by loops of ours where that is faster: for tensors on the CPU, outside of static graphs."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import paddle
from paddle import Tensor

from actzoo_numba import Operand, decisions, fused
from actzoo_paddle import _runtime


class Memory:
    """Paddle's tensors, for loops."""

    is_tensor = staticmethod(paddle.is_tensor)
    empty_like = staticmethod(paddle.empty_like)

    def traced(self) -> bool:
        return not paddle.in_dynamic_mode()

    def why_not(self, tensors: Sequence[Tensor], backward: bool) -> str:
        if any(not t.place.is_cpu_place() for t in tensors):
            return "loops are for the CPU"
        if backward and paddle.is_grad_enabled():
            return "the gradient is to be differentiated again"
        return ""

    def operand(self, tensor: Tensor) -> Operand:
        return Operand(tuple(tensor.shape), str(tensor.dtype).removeprefix("paddle."), tensor.is_contiguous())

    def array(self, tensor: Tensor) -> np.ndarray[Any, Any]:
        return np.from_dlpack(tensor.detach().contiguous())

    def tensor(self, array: np.ndarray[Any, Any]) -> Tensor:
        return paddle.from_dlpack(array)


def pointwise(
    name: str,
    value: Callable[..., Tensor],
    vjp: Callable[..., tuple[Tensor | None, ...]],
    differentiable: int,
) -> Callable[..., Tensor]:
    """The runtime's, by a loop where that is faster."""
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
