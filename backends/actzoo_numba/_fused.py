"""A stage's value and its vector-Jacobian product, each by a loop where that is faster, in any framework."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np

from actzoo_numba._choice import Operand, choose, note

Function = Callable[..., Any]


class Tensors(Protocol):
    """What a framework says of its tensors."""

    def is_tensor(self, value: Any) -> bool: ...

    def traced(self) -> bool:
        """Whether what is called now is compiled, and nothing computed."""
        ...

    def why_not(self, tensors: Sequence[Any], backward: bool) -> str:
        """Why NumPy must not have the memory of these; empty if it may."""
        ...

    def operand(self, tensor: Any) -> Operand: ...

    def array(self, tensor: Any) -> np.ndarray[Any, Any]:
        """The memory of a tensor, as NumPy sees it."""
        ...

    def tensor(self, array: np.ndarray[Any, Any]) -> Any:
        """A tensor over the memory of an array."""
        ...

    def empty_like(self, tensor: Any) -> Any: ...


def fused(name: str, value: Function, vjp: Function, tensors: Tensors) -> tuple[Function, Function]:
    """`value(*inputs)` and `vjp(grad, needs, *inputs)` of a stage, which decide at each call how they compute."""

    def kernel(phase: str, inputs: Sequence[Any], *others: Any) -> Any:
        if reason := tensors.why_not([t for t in (*inputs, *others) if tensors.is_tensor(t)], bool(others)):
            note(name, phase, reason)
            return None
        return choose(name, phase, [tensors.operand(i) if tensors.is_tensor(i) else None for i in inputs])

    def arrays(inputs: Sequence[Any]) -> list[Any]:
        return [tensors.array(i) if tensors.is_tensor(i) else i for i in inputs]

    def fused_value(*inputs: Any) -> Any:
        found = None if tensors.traced() else kernel("forward", inputs)
        if found is None:
            return value(*inputs)
        result = tensors.empty_like(inputs[0])
        found.value(arrays(inputs), tensors.array(result))
        return result

    def fused_vjp(grad: Any, needs: Sequence[bool], *inputs: Any) -> tuple[Any, ...]:
        found = None if tensors.traced() else kernel("backward", inputs, grad)
        if found is None:
            plain: tuple[Any, ...] = vjp(grad, needs, *inputs)
            return plain
        grads = found.gradients(tensors.array(grad), arrays(inputs))
        return tuple(None if g is None else tensors.tensor(g) for g in grads)

    return fused_value, fused_vjp
