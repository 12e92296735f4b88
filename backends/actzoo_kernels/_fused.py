"""A stage's value and its vector-Jacobian product, each by a loop where that is faster, in any framework."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from actzoo_kernels._choice import Operand, choose, kind_of, note

Function = Callable[..., Any]


class Tensors(Protocol):
    """What a framework says of its tensors."""

    def is_tensor(self, value: Any) -> bool: ...

    def traced(self) -> bool:
        """Whether what is called now is compiled, and nothing computed."""
        ...

    def device(self, tensor: Any) -> str:
        """ "cpu", "cuda", or another word."""
        ...

    def why_not(self, tensors: Sequence[Any], backward: bool) -> str:
        """Why a kernel must not have the memory of these; empty if it may."""
        ...

    def operand(self, tensor: Any) -> Operand: ...

    def array(self, tensor: Any, kind: str) -> Any:
        """The memory of a tensor, in order: a NumPy array for Numba, a tensor of torch for Triton."""
        ...

    def tensor(self, array: Any, kind: str) -> Any:
        """A tensor over the memory of an array."""
        ...

    def empty_like(self, tensor: Any) -> Any: ...


def fused(name: str, value: Function, vjp: Function, tensors: Tensors) -> tuple[Function, Function]:
    """`value(*inputs)` and `vjp(grad, needs, *inputs)` of a stage, which decide at each call how they compute."""

    def kernel(phase: str, inputs: Sequence[Any], *others: Any) -> tuple[Any, str]:
        given = [t for t in (*inputs, *others) if tensors.is_tensor(t)]
        kind = kind_of(tensors.device(given[0]))
        if reason := tensors.why_not(given, bool(others)):
            note(name, phase, kind, reason)
            return None, kind
        operands = tuple(tensors.operand(i) if tensors.is_tensor(i) else None for i in inputs)
        return choose(name, phase, kind, operands), kind

    def arrays(inputs: Sequence[Any], kind: str) -> list[Any]:
        return [tensors.array(i, kind) if tensors.is_tensor(i) else i for i in inputs]

    def fused_value(*inputs: Any) -> Any:
        found, kind = (None, "") if tensors.traced() else kernel("forward", inputs)
        if found is None:
            return value(*inputs)
        result = tensors.empty_like(inputs[0])
        found.value(arrays(inputs, kind), tensors.array(result, kind))
        return result

    def fused_vjp(grad: Any, needs: Sequence[bool], *inputs: Any) -> tuple[Any, ...]:
        found, kind = (None, "") if tensors.traced() else kernel("backward", inputs, grad)
        if found is None:
            plain: tuple[Any, ...] = vjp(grad, needs, *inputs)
            return plain
        grads = found.gradients(tensors.array(grad, kind), arrays(inputs, kind))
        return tuple(None if g is None else tensors.tensor(g, kind) for g in grads)

    return fused_value, fused_vjp
