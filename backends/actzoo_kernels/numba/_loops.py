"""How a rendered loop reads its operands and writes its results. All of it is decided by types, when it is compiled.

A loop goes over tasks: a task is a sample n, a channel c and a run of positions. An operand is

    a map       (N, C, positions)     an array of three axes
    a row       (N, C)                one number for all positions of a channel
    a family    (N, C, members)       several of them
    a number    of Python

and where its N, C is 1, it is the same for all of them.
"""

from __future__ import annotations

from typing import Any

from numba import njit, prange, types
from numba.extending import overload

from actzoo_kernels.numba._scalars import ARITHMETIC, INLINE, plus, widest_vectors

RUN = 4096
"""Positions of one task: what a fold keeps of them lies in the innermost cache."""

loop = njit(parallel=True, cache=True, **ARITHMETIC)
"""Tasks in parallel; compiled at the first call for some types of operands, and kept on disk."""

step = njit(**INLINE)


@step
def task_count(x: Any) -> Any:
    """Of a map."""
    return x.shape[0] * x.shape[1] * runs(x)


@step
def runs(x: Any) -> Any:
    return (x.shape[2] + RUN - 1) // RUN


@njit(inline="always", **ARITHMETIC)
def place(x: Any, task: int) -> Any:
    """Of a task of a map: sample, channel, run."""
    widest_vectors()
    row, run = task // runs(x), task % runs(x)
    return row // x.shape[1], row % x.shape[1], run


def here(operand: Any, n: int, c: int, run: int) -> Any:
    """What a task reads of an operand: the positions of a map, the number of a row."""
    raise NotImplementedError


@overload(here, jit_options=INLINE, strict=False)
def _here(operand: Any, n: Any, c: Any, run: Any) -> Any:
    if not isinstance(operand, types.Array):
        return lambda operand, n, c, run: operand
    if operand.ndim == 2:
        return lambda operand, n, c, run: operand[n % operand.shape[0], c % operand.shape[1]]
    return lambda operand, n, c, run: operand[n % operand.shape[0], c % operand.shape[1], run * RUN : (run + 1) * RUN]


@step
def members(family: Any, n: int, c: int) -> Any:
    """The members of a family that a task reads."""
    return family[n % family.shape[0], c % family.shape[1]]


def at(part: Any, i: int) -> Any:
    """One position of what `here` gave."""
    raise NotImplementedError


@overload(at, jit_options=INLINE, strict=False)
def _at(part: Any, i: Any) -> Any:
    return (lambda part, i: part[i]) if isinstance(part, types.Array) else (lambda part, i: part)


def kept(part: Any, result: Any, i: int, total: Any, term: Any) -> Any:
    """A term of a gradient: added to the total of a row, written to its position of a map."""
    raise NotImplementedError


@overload(kept, jit_options=INLINE, strict=False)
def _kept(part: Any, result: Any, i: Any, total: Any, term: Any) -> Any:
    if isinstance(part, types.Array):

        def write(part: Any, result: Any, i: Any, total: Any, term: Any) -> Any:
            result[i] = term
            return total

        return write
    return lambda part, result, i, total, term: plus(total, term)


def more(part: Any, result: Any, i: int, total: Any, term: Any) -> Any:
    """As `kept`, where a position of a map has several terms."""
    raise NotImplementedError


@overload(more, jit_options=INLINE, strict=False)
def _more(part: Any, result: Any, i: Any, total: Any, term: Any) -> Any:
    if isinstance(part, types.Array):

        def write(part: Any, result: Any, i: Any, total: Any, term: Any) -> Any:
            result[i] += term
            return total

        return write
    return lambda part, result, i, total, term: plus(total, term)


def slot(result: Any, part: Any, n: int, c: int, run: int) -> Any:
    """Where a task writes the gradient of a map; of a row there is one number, at the end."""
    raise NotImplementedError


@overload(slot, jit_options=INLINE, strict=False)
def _slot(result: Any, part: Any, n: Any, c: Any, run: Any) -> Any:
    if isinstance(part, types.Array):
        return lambda result, part, n, c, run: result[n, c, run * RUN : (run + 1) * RUN]
    return lambda result, part, n, c, run: None


def settle(result: Any, part: Any, n: int, c: int, run: int, total: Any) -> Any:
    """Write the total of a row's gradient over one task."""
    raise NotImplementedError


@overload(settle, jit_options=INLINE, strict=False)
def _settle(result: Any, part: Any, n: Any, c: Any, run: Any, total: Any) -> Any:
    if isinstance(part, types.Array) or not isinstance(result, types.Array):
        return lambda result, part, n, c, run, total: None

    def write(result: Any, part: Any, n: Any, c: Any, run: Any, total: Any) -> Any:
        result[n, c, run] = total

    return write


def clear(part: Any) -> None:
    """0 at every position of a map that terms are added to."""
    raise NotImplementedError


@overload(clear, jit_options=INLINE, strict=False)
def _clear(part: Any) -> Any:
    if not isinstance(part, types.Array):
        return lambda part: None

    def write(part: Any) -> None:
        part[:] = 0

    return write


@loop
def sum_rows(maps: Any, sums: Any) -> None:
    """Sum maps over some of their channels at a time: all of them (N, C, positions), their sums (N, parts, positions)."""
    parts = sums.shape[1]
    each = (maps.shape[1] + parts - 1) // parts
    for task in prange(sums.shape[0] * parts):
        n, part = task // parts, task % parts
        to = sums[n, part]
        to[:] = 0
        for c in range(part * each, min(maps.shape[1], (part + 1) * each)):
            row = maps[n, c]
            for i in range(len(to)):
                to[i] = plus(to[i], row[i])
