"""Whether a stage runs in a loop of ours or by the framework's operations, and why. The only place that decides."""

from __future__ import annotations

import functools
import importlib
import importlib.util
import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from actzoo_numba._stages import STAGES

if TYPE_CHECKING:
    from actzoo_numba._kernel import Kernel

SMALL = 8192
"""Elements below which starting threads costs more than a loop saves."""

SHORT = 16
"""Positions below which a run of them is no vector code."""

SWITCH = "ACTZOO_KERNELS"
"""Environment variable: "off" for the frameworks' operations everywhere, "always" for loops where they only could lose."""


@dataclass(frozen=True)
class Operand:
    """What is asked of a tensor: its shape, its format, and whether its elements lie in one run, in order."""

    shape: tuple[int, ...]
    dtype: str
    contiguous: bool


@dataclass(frozen=True)
class Decision:
    """How one stage ran. reason: why by the framework's operations; empty for a loop."""

    stage: str
    phase: str
    reason: str

    def __str__(self) -> str:
        return f"{self.stage}, {self.phase}: " + (f"plain, {self.reason}" if self.reason else "one Numba loop")


_listening = threading.local()
_forked = False
_ran = False


def _after_fork() -> None:
    global _forked
    _forked = _ran


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


@contextmanager
def decisions() -> Iterator[list[Decision]]:
    """The decisions of this thread, in their order, while the context lasts."""
    before = getattr(_listening, "to", None)
    _listening.to = found = []
    try:
        yield found
    finally:
        _listening.to = before


def note(stage: str, phase: str, reason: str) -> None:
    """Tell a decision to who listens."""
    if (to := getattr(_listening, "to", None)) is not None:
        to.append(Decision(stage, phase, reason))


def choose(stage: str, phase: str, operands: Sequence[Operand | None]) -> Kernel | None:
    """The loop for a stage's operands, None of them for a number; no loop if the framework's operations are better."""
    global _ran
    reason = _why_not(stage, operands)
    note(stage, phase, reason)
    if reason:
        return None
    _ran = True
    return _kernel(stage)


def _why_not(stage: str, operands: Sequence[Operand | None]) -> str:
    x = operands[0]
    assert x is not None
    if stage not in STAGES:
        return "no loop was rendered for it"
    if not _installed():
        return "Numba is not installed: pip install 'actzoo[fast]'"
    switch = os.environ.get(SWITCH)
    if switch == "off":
        return f"{SWITCH} is off"
    size = _size(x.shape)
    if not size:
        return "there is nothing to compute"
    if size < SMALL and switch != "always":
        return f"{size} elements are fewer than {SMALL}, from which a loop is worth its start"
    if _forked:
        return "this process was forked from one that ran a loop, whose threads are not here"
    for operand in operands:
        if operand and operand.dtype not in ("float32", "float64"):
            return f"there are loops for float32 and float64, not {operand.dtype}"
        if operand and operand.dtype != x.dtype:
            return f"operands are {x.dtype} and {operand.dtype}"
    if not x.contiguous:
        return "the input is not contiguous"
    from actzoo_numba._kernel import Unfit

    try:
        positions = _kernel(stage).layout(operands).shape[2]
    except Unfit as unfit:
        return str(unfit)
    if positions < SHORT and switch != "always":
        return f"coefficients change after {positions} elements, fewer than {SHORT}"
    return ""


def _size(shape: tuple[int, ...]) -> int:
    size = 1
    for extent in shape:
        size *= extent
    return size


@functools.cache
def _installed() -> bool:
    return importlib.util.find_spec("numba") is not None


@functools.cache
def _kernel(stage: str) -> Kernel:
    found: Kernel = importlib.import_module(f"actzoo_numba._{STAGES[stage]}").KERNELS[stage]
    return found
