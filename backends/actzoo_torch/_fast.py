"""Pointwise stages by kernels of ours where that is faster: outside of what is compiled."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from actzoo_kernels import Operand, decisions, fused
from actzoo_torch import _runtime


class Memory:
    """Torch's tensors, for kernels."""

    ordinary = (Tensor, nn.Parameter, nn.Buffer)
    is_tensor = staticmethod(torch.is_tensor)
    traced = staticmethod(torch.compiler.is_compiling)
    empty_like = staticmethod(torch.empty_like)

    def why_not(self, tensors: Sequence[Tensor], backward: bool) -> str:
        if len({t.device for t in tensors}) > 1:
            return "operands are on several devices"
        if torch._C._functorch.peek_interpreter_stack() is not None or any(
            type(t) not in self.ordinary for t in tensors
        ):
            return "tensors are traced or mapped, by torch.func, export or a subclass"
        if backward and torch.is_grad_enabled():
            return "the gradient is to be differentiated again"
        return ""

    def operand(self, tensor: Tensor) -> Operand:
        return Operand(tuple(tensor.shape), str(tensor.dtype).removeprefix("torch."), tensor.is_contiguous())

    def device(self, tensor: Tensor) -> str:
        return tensor.device.type

    def array(self, tensor: Tensor, kind: str) -> Any:
        own = tensor.detach().contiguous()
        return own if kind == "triton" else own.numpy()

    def tensor(self, array: Any, kind: str) -> Tensor:
        return array if kind == "triton" else torch.from_numpy(array)


def pointwise(
    name: str,
    value: Callable[..., Tensor],
    vjp: Callable[..., tuple[Tensor | None, ...]],
    tangent: Callable[..., Tensor],
    differentiable: int,
) -> Callable[..., Tensor]:
    """The runtime's, by a kernel where that is faster."""
    plain = _runtime.pointwise(name, value, vjp, tangent, differentiable)
    fast = _runtime.pointwise(name, *fused(name, value, vjp, Memory()), tangent, differentiable)

    def apply(*inputs: Any) -> Tensor:
        # torch.compile (2.13) cannot so much as trace past an object in what a stage closes over
        return (plain if torch.compiler.is_compiling() else fast)(*inputs)

    return apply


def explain(module: Callable[[Tensor], Tensor], x: Tensor) -> str:
    """How each pointwise stage of a module runs on an input, forward and backward, and why: a line for each.

    The module is copied, so that nothing in it changes; x is any tensor that it takes.
    """
    with decisions() as found:
        leaf = x.detach().clone(memory_format=torch.preserve_format).requires_grad_()
        copy.deepcopy(module)(leaf).sum().backward()
    return "\n".join(dict.fromkeys(map(str, found))) or "it has no pointwise stage of the zoo"
