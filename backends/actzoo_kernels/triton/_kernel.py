"""A stage's blocks as one call: operands as tensors of torch, their axes folded into three."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor

from actzoo_kernels._layout import Kernel, Layout

LARGEST = 1024
"""Positions of one program, at most."""


class Blocks(Kernel):
    """Of tensors on a GPU; on the CPU where Triton interprets."""

    kind = "triton"

    def value(self, operands: Sequence[Any], result: Tensor, threads: int = 0) -> None:
        found = self.layout(operands)
        grid, sizes = self._grid(found)
        self.forward[grid](*self._folded(found, operands), result, *sizes)  # type: ignore[index]

    def gradients(self, grad: Tensor, operands: Sequence[Any], threads: int = 0) -> list[Tensor | None]:
        found = self.layout(operands)
        grid, sizes = self._grid(found)
        results: list[Any] = []
        for name, operand, place in zip(self.arguments[: self.differentiable], operands, found.operands, strict=False):
            if place is None:
                results.append(0.0)
            elif name in self.families:
                results.append(grad.new_empty(*grid, operand.shape[0]))
            else:
                results.append(grad.new_empty(found.shape if place[2] else grid))
        self.backward[grid](grad, *self._folded(found, operands), *results, *sizes)  # type: ignore[index]
        n, c, positions = found.shape
        runs = grid[0] // (n * c)
        return [
            None if place is None else self._unfolded(name, r.reshape(n, c, *self._rest(name, place, positions, runs)), o, place)
            for name, r, o, place in zip(self.arguments, results, operands, found.operands, strict=False)
        ]

    def _rest(self, name: str, place: Any, positions: int, runs: int) -> tuple[int, ...]:
        """The axes of a gradient after N and C."""
        return (runs, -1) if name in self.families else (positions,) if place[2] else (runs,)

    def _grid(self, found: Layout) -> tuple[tuple[int], tuple[int, ...]]:
        n, c, positions = found.shape
        block = min(LARGEST, 1 << max(0, positions - 1).bit_length())
        runs = -(-positions // block)
        return (n * c * runs,), (c, positions, runs, block)

    def _folded(self, found: Layout, operands: Sequence[Any]) -> list[Any]:
        """What the kernels take of each operand."""
        folded: list[Any] = []
        dtype = operands[0].dtype
        for name, operand, place in zip(self.arguments, operands, found.operands, strict=True):
            if place is None:
                folded += [int(operand)] if name in self.whole else [float(operand), 0, 0, 0]
                continue
            n, c, over_positions = place
            apart = [c if n > 1 else 0, 1 if c > 1 else 0]
            if name in self.families:
                members = operand.movedim(0, -1).reshape(n, c, operand.shape[0])
                folded += [members.to(dtype).contiguous(), *apart, operand.shape[0]]
            else:
                folded += [operand.to(dtype).contiguous(), *apart, 2 if over_positions else 1]
        return folded

    def _unfolded(self, name: str, result: Tensor, operand: Any, place: Any) -> Tensor:
        """The sum of a gradient over what its operand was broadcast to, in the operand's shape."""
        n, c, over_positions = place
        axes = [axis for axis, size in ((0, n), (1, c)) if size == 1 and result.shape[axis] != 1]
        if name in self.families:
            summed = result.sum(dim=(*axes, 2), keepdim=True)
            return summed.reshape(n, c, -1).movedim(-1, 0).reshape(operand.shape)
        if not over_positions:
            return result.sum(dim=(*axes, 2)).reshape(operand.shape)
        return (result.sum(dim=axes) if axes else result).reshape(operand.shape)
