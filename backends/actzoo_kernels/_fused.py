"""A stage's value and its vector-Jacobian product, each by a loop where that is faster, in any framework."""

from __future__ import annotations

import abc
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from actzoo_kernels._choice import Failed, Operand, choose, failed, note
from actzoo_kernels._layout import Kernel

Function = Callable[..., Any]


class Tensors(abc.ABC):
    """What a framework says of its tensors, and how a kernel is called with them.

    compiled  whether what is called now is compiled, together with what is around it, and runs later
    """

    compiled = False

    @abc.abstractmethod
    def is_tensor(self, value: Any) -> bool: ...

    @abc.abstractmethod
    def why_not(self, tensors: Sequence[Any], backward: bool) -> str:
        """Why a kernel must not have the memory of these; empty if it may."""

    def order(self, inputs: Sequence[Any]) -> tuple[int, ...] | None:
        """The first one's axes as they lie in memory, the slowest first, for inputs that are to be seen in that order.

        None where it is their own, where there are gaps, and for families, whose members are of channels.
        """
        return None

    def permuted(self, tensor: Any, order: tuple[int, ...]) -> Any:
        """Seen with its axes in an order; of fewer, after ones are put before them."""
        raise NotImplementedError

    def restored(self, tensor: Any, order: tuple[int, ...], like: Any) -> Any:
        """Seen as before, in the shape of `like`."""
        raise NotImplementedError

    @abc.abstractmethod
    def operand(self, tensor: Any) -> Operand: ...

    @abc.abstractmethod
    def value(self, name: str, kernel: Kernel, inputs: Sequence[Any]) -> Any: ...

    @abc.abstractmethod
    def gradients(self, name: str, kernel: Kernel, grad: Any, inputs: Sequence[Any]) -> tuple[Any, ...]:
        """Of each differentiable input; None for a number."""


class Memory(Tensors):
    """Tensors whose memory kernels read and write."""

    @abc.abstractmethod
    def array(self, tensor: Any, kind: str) -> Any:
        """The memory of a tensor, in order: a NumPy array for Numba, a tensor of torch for Triton."""

    @abc.abstractmethod
    def tensor(self, array: Any, kind: str) -> Any:
        """A tensor over the memory of an array."""

    @abc.abstractmethod
    def empty_like(self, tensor: Any) -> Any: ...

    def threads(self) -> int:
        """How many threads the framework may use; 0 if it does not say."""
        return 0

    def set_threads(self, count: int) -> None:
        """Give the framework its number of threads back."""

    def value(self, name: str, kernel: Kernel, inputs: Sequence[Any]) -> Any:
        result = self.empty_like(inputs[0])
        self._run(kernel, kernel.value, self._arrays(kernel, inputs), self.array(result, kernel.kind))
        return result

    def gradients(self, name: str, kernel: Kernel, grad: Any, inputs: Sequence[Any]) -> tuple[Any, ...]:
        found = self._run(kernel, kernel.gradients, self.array(grad, kernel.kind), self._arrays(kernel, inputs))
        return tuple(None if g is None else self.tensor(g, kernel.kind) for g in found)

    def _run(self, kernel: Kernel, call: Function, *arguments: Any) -> Any:
        """Call a kernel with the framework's number of threads, which Numba changes when it starts its own (0.68)."""
        count = self.threads()
        try:
            return call(*arguments, count)
        except Exception as error:
            raise failed(kernel.kind, error) from None
        finally:
            if self.threads() != count:
                self.set_threads(count)

    def _arrays(self, kernel: Kernel, inputs: Sequence[Any]) -> list[Any]:
        return [self.array(i, kernel.kind) if self.is_tensor(i) else i for i in inputs]


    def write(self, kernel: Kernel, inputs: Sequence[Any]) -> None:
        """The value over the first of the inputs."""
        arrays = self._arrays(kernel, inputs)
        self._run(kernel, kernel.value, arrays, arrays[0])

    @abc.abstractmethod
    def copy(self, tensor: Any, value: Any) -> None:
        """A value over a tensor."""


def chosen(
    name: str, tensors: Tensors, phase: str, inputs: Sequence[Any], *others: Any
) -> tuple[Kernel | None, Any, Sequence[Any]]:
    """A kernel, or None; the order of axes in which it sees all operands, or None; the operands so seen."""
    given = [i for i in (*inputs, *others) if tensors.is_tensor(i)]
    if reason := tensors.why_not(given, bool(others)):
        note(name, phase, "", reason)
        return None, None, ()
    seen: Sequence[Any] = (*inputs, *others)
    if order := tensors.order(inputs):
        seen = [tensors.permuted(i, order) if tensors.is_tensor(i) else i for i in seen]
    operands = tuple(tensors.operand(i) if tensors.is_tensor(i) else None for i in seen[: len(inputs)])
    return choose(name, phase, operands, tensors.compiled), order, seen


def fused_write(name: str, value: Function, tensors: Memory) -> Function:
    """`write(x, *numbers)` of a stage, the value over x; it decides at each call how."""

    def write(x: Any, *numbers: Any) -> None:
        kernel, _, seen = chosen(name, tensors, "forward", [x, *numbers])
        if kernel is not None:
            with suppress(Failed):  # before anything is written
                return tensors.write(kernel, seen)
        return tensors.copy(x, value(x, *numbers))

    return write


def fused(name: str, value: Function, vjp: Function, tensors: Tensors) -> tuple[Function, Function]:
    """`value(*inputs)` and `vjp(grad, needs, *inputs)` of a stage, which decide at each call how they compute."""

    def fused_value(*inputs: Any) -> Any:
        kernel, order, seen = chosen(name, tensors, "forward", inputs)
        if kernel is not None:
            with suppress(Failed):
                result = tensors.value(name, kernel, seen)
                return tensors.restored(result, order, inputs[0]) if order else result
        return value(*inputs)

    def fused_vjp(grad: Any, needs: Sequence[bool], *inputs: Any) -> tuple[Any, ...]:
        kernel, order, seen = chosen(name, tensors, "backward", inputs, grad)
        if kernel is not None:
            with suppress(Failed):
                found = tensors.gradients(name, kernel, seen[-1], seen[:-1])
                each = zip(found, inputs, strict=False)
                return tuple(tensors.restored(g, order, i) if order and g is not None else g for g, i in each)
        plain: tuple[Any, ...] = vjp(grad, needs, *inputs)
        return plain

    return fused_value, fused_vjp
