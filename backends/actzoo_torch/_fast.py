"""Pointwise stages by kernels of ours where that is faster."""

from __future__ import annotations

import copy
import functools
import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from actzoo_kernels import Kernel, Memory, decisions, fused, fused_write
from actzoo_torch import _runtime
from actzoo_torch._compiled import TorchTensors
from actzoo_torch._compiled import operator as compiled_operator


def _keys(*names: str) -> int:
    keys = (torch._C.DispatchKeySet(getattr(torch._C.DispatchKey, name)).raw_repr() for name in names)
    return functools.reduce(operator.or_, keys)


ORDINARY = _keys("CPU", "CUDA", "AutogradCPU", "AutogradCUDA", "ADInplaceOrView", "AutocastCPU", "AutocastCUDA")
"""Dispatch keys of tensors whose memory is what they are: no mode, wrapper or tracer stands before the device's kernel."""

ALWAYS = ORDINARY | _keys("BackendSelect")
"""Dispatch keys that a thread may have beside a tensor's."""


class TorchMemory(TorchTensors, Memory):
    """Those whose memory kernels read and write."""

    ordinary = (Tensor, nn.Parameter, nn.Buffer)

    def why_not(self, tensors: Sequence[Tensor], backward: bool) -> str:
        if torch.compiler.is_compiling():
            return "it is compiled together with what is around it"  # backward, by compiled autograd
        if any(type(t) not in self.ordinary for t in tensors):
            return "tensors are of a subclass"
        if reason := super().why_not(tensors, backward):
            return reason
        if torch._C._dispatch_tls_local_include_set().raw_repr() & ~ALWAYS:
            return "operations are traced or mapped"  # by make_fx, jit.trace, a mode: whoever listens sees no loop
        if any(torch._C._dispatch_keys(t).raw_repr() & ~ORDINARY for t in tensors):
            return "a tensor stands for others, or for what is not computed yet"
        return ""

    def value(self, name: str, kernel: Kernel, inputs: Sequence[Any]) -> Tensor:
        (x, *rest) = inputs
        result: Tensor = super().value(name, kernel, [x.contiguous(), *rest])
        return result if x.is_contiguous() else torch.empty_like(x).copy_(result)

    def array(self, tensor: Tensor, kind: str) -> Any:
        own = tensor.detach().contiguous()
        # `own.numpy()` would fix the size of the storage (2.13), which FSDP frees and fills again
        return own if kind == "triton" else np.from_dlpack(own)  # type: ignore[arg-type]

    def tensor(self, array: Any, kind: str) -> Tensor:
        return array if kind == "triton" else torch.from_numpy(array)

    def threads(self) -> int:
        return torch.get_num_threads()

    def set_threads(self, count: int) -> None:
        torch.set_num_threads(count)

    def copy(self, tensor: Tensor, value: Tensor) -> None:
        tensor.copy_(value)

    def empty_like(self, tensor: Tensor) -> Tensor:
        return torch.empty_like(tensor)


def pointwise(
    name: str,
    value: Callable[..., Tensor],
    vjp: Callable[..., tuple[Tensor | None, ...]],
    tangent: Callable[..., Tensor],
    differentiable: int,
) -> Callable[..., Tensor]:
    """The runtime's, by a kernel where that is faster."""
    by_loop = fused(name, value, vjp, TorchMemory())
    eager = _runtime.pointwise(name, *by_loop, tangent, differentiable)
    plain = _runtime.pointwise(name, value, vjp, tangent, differentiable)
    compiled = compiled_operator(name, value, vjp, tangent, differentiable, by_loop)

    def apply(*inputs: Any) -> Tensor:
        if not torch.compiler.is_compiling():
            return eager(*inputs)
        plainly = torch.compiler.is_exporting() or torch._C._are_functorch_transforms_active()
        return plain(*inputs) if plainly else compiled(*inputs)

    apply.__module__, apply.__qualname__ = value.__module__, f"_{name}"  # where rendered files have it
    return _runtime.overridable(apply)


def in_place(
    name: str,
    stage: Callable[..., Tensor],
    value: Callable[..., Tensor],
    vjp: Callable[..., tuple[Tensor | None, ...]],
) -> Callable[..., Tensor]:
    """The runtime's, by a kernel where that is faster."""
    memory = TorchMemory()
    return _runtime.in_place(name, stage, *fused(name, value, vjp, memory), fused_write(name, value, memory))


def explain(module: Callable[[Tensor], Tensor], x: Tensor) -> str:
    """How each pointwise stage of a module runs on an input, forward and backward, and why: a line for each.

    The module is copied, so that nothing in it changes; x is any tensor that it takes.
    """
    with decisions() as found:
        leaf = x.detach().clone(memory_format=torch.preserve_format).requires_grad_()
        copy.deepcopy(module)(leaf).sum().backward()
    return "\n".join(dict.fromkeys(map(str, found))) or "it has no pointwise stage of the zoo"
