"""Pointwise stages by loops of ours where that is faster: for tensors on the CPU, outside of what is compiled."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

import actzoo_numba
from actzoo_torch import _runtime


def pointwise(
    name: str,
    value: Callable[..., Tensor],
    vjp: Callable[..., tuple[Tensor | None, ...]],
    tangent: Callable[..., Tensor],
    differentiable: int,
) -> Callable[..., Tensor]:
    """A function of its first `differentiable` arguments that keeps only its arguments for backward.

    Float16 and bfloat16 are computed in float32 and rounded once; the result has the dtype of the first argument.
    """

    def fused_value(*inputs: Any) -> Tensor:
        kernel = None if torch.compiler.is_compiling() else chosen(name, "forward", inputs)
        if kernel is None:
            return value(*inputs)
        result = torch.empty_like(inputs[0])
        kernel.value(arrays(inputs), result.numpy())
        return result

    def fused_vjp(grad: Tensor, needs: Sequence[bool], *inputs: Any) -> tuple[Tensor | None, ...]:
        kernel = None if torch.compiler.is_compiling() else chosen(name, "backward", inputs, grad)
        if kernel is None:
            return vjp(grad, needs, *inputs)
        empty = lambda: torch.empty_like(inputs[0]).numpy()  # noqa: E731
        found = kernel.gradients(grad.detach().contiguous().numpy(), arrays(inputs), empty)
        return tuple(None if g is None else torch.from_numpy(g) for g in found)

    return _runtime.pointwise(name, fused_value, fused_vjp, tangent, differentiable)


def chosen(name: str, phase: str, inputs: Sequence[Any], grad: Tensor | None = None) -> Any:
    """The kernel for some inputs, or None."""
    tensors = [i for i in (*inputs, grad) if isinstance(i, Tensor)]
    if any(t.device.type != "cpu" for t in tensors):
        actzoo_numba.note(name, phase, "loops are for the CPU")
    elif torch._C._functorch.peek_interpreter_stack() is not None or any(type(t) not in ORDINARY for t in tensors):
        actzoo_numba.note(name, phase, "tensors are traced or mapped, by torch.func, export or a subclass")
    elif grad is not None and torch.is_grad_enabled():
        actzoo_numba.note(name, phase, "the gradient is to be differentiated again")
    else:
        return actzoo_numba.choose(name, phase, [operand(i) if isinstance(i, Tensor) else None for i in inputs])
    return None


ORDINARY = (Tensor, nn.Parameter, nn.Buffer)


def operand(t: Tensor) -> actzoo_numba.Operand:
    return actzoo_numba.Operand(tuple(t.shape), str(t.dtype).removeprefix("torch."), t.is_contiguous())


def arrays(inputs: Sequence[Any]) -> list[Any]:
    """The memory of tensors, as NumPy sees it; numbers as they are."""
    return [i.detach().numpy() if isinstance(i, Tensor) else i for i in inputs]


def explain(module: Callable[[Tensor], Tensor], x: Tensor) -> str:
    """How each pointwise stage of a module runs on an input, forward and backward, and why: a line for each.

    The module is copied, so that nothing in it changes; x is any tensor that it takes.
    """
    with actzoo_numba.decisions() as found:
        leaf = x.detach().clone(memory_format=torch.preserve_format).requires_grad_()
        copy.deepcopy(module)(leaf).sum().backward()
    return "\n".join(dict.fromkeys(map(str, found))) or "it has no pointwise stage of the zoo"
