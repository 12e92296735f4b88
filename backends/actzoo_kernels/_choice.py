"""Whether a stage runs by a kernel of ours or by the framework's operations, and why. The only place that decides."""

from __future__ import annotations

import functools
import importlib
import importlib.util
import math
import os
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from actzoo_kernels._layout import Unfit
from actzoo_kernels._stages import STAGES

if TYPE_CHECKING:
    from actzoo_kernels._layout import Kernel

SMALL = 2048
"""Elements below which a call costs more than a kernel saves; it may have to be compiled, or fetched from disk."""

SHORT = 16
"""Positions below which a run of them is no vector code."""

SWITCH = "ACTZOO_KERNELS"
"""Environment variable: "off" for the frameworks' operations everywhere, "always" for kernels where they only could
lose, "triton" for Triton's on the CPU too, by its interpreter."""

KINDS = {"cpu": "numba", "cuda": "triton"}
"""Which kernels a device has."""

SWITCHES = ("off", "always", "triton")

INSTALL = {"numba": "pip install 'actzoo[fast]'", "triton": "pip install triton"}

CACHES = {"numba": "NUMBA_CACHE_DIR", "triton": "TRITON_CACHE_DIR"}
"""The environment variable that names the folder in which kernels of a kind are kept, compiled."""

DTYPES = {"numba": ("float32", "float64"), "triton": ("float32",)}


class Operand(NamedTuple):
    """What is asked of a tensor: its shape, its format, "cpu", "cuda" or another word for its device, and whether its
    elements lie in one run, in order."""

    shape: tuple[int, ...]
    dtype: str
    device: str
    contiguous: bool


@dataclass(frozen=True)
class Decision:
    """How one stage ran. reason: why by the framework's operations; empty for a kernel, of a kind."""

    stage: str
    phase: str
    kind: str
    reason: str

    def __str__(self) -> str:
        by = {"numba": "one Numba loop", "triton": "one Triton kernel"}.get(self.kind, "")
        return f"{self.stage}, {self.phase}: " + (f"plain, {self.reason}" if self.reason else by)


_listening = threading.local()
_forked = False
_ran = False
_failed: dict[str, str] = {}
"""Kinds of kernels that cannot run in this process, and why."""


class Failed(Exception):
    """A kernel could not be loaded or compiled, and the framework's operations are to be used from now on."""


def failed(kind: str, error: Exception) -> Exception:
    """What to raise for an error of loading, compiling or keeping a kernel: `Failed`, after one warning in a process.

    Where the user's switch asks for kernels, it is the error itself. A kernel that began to run has no errors.
    """
    if _switch() in ("always", "triton"):
        return error
    if kind not in _failed:
        said = next(iter(str(error).splitlines()), "")
        _failed[kind] = f"{kind.title()} failed in this process, with {type(error).__name__}: {said}"
        warnings.warn(
            f"actzoo goes on by the framework's operations: {_failed[kind]}. Compiled kernels are kept in the folder "
            f"that {CACHES[kind]} names: name one that can be written, or empty it; {SWITCH}=off does without",
            RuntimeWarning,
            stacklevel=3,
        )
    return Failed()


def _switch() -> str | None:
    switch = os.environ.get(SWITCH)
    if switch and switch not in SWITCHES:
        raise ValueError(f"{SWITCH} is {switch!r}; it is one of {', '.join(SWITCHES)}, or not set")
    return switch


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


def note(stage: str, phase: str, kind: str, reason: str) -> None:
    """Tell a decision to who listens."""
    if (to := getattr(_listening, "to", None)) is not None:
        to.append(Decision(stage, phase, kind, reason))


def choose(
    stage: str, phase: str, operands: tuple[Operand | None, ...], compiled: bool = False
) -> Kernel | None:
    """The kernel for a stage's operands, None of them for a number; none if the framework's operations are better.

    compiled: whether the stage is compiled now, together with what is around it, and runs later.
    """
    global _ran
    switch = _switch()
    kind, reason = _kind(operands, switch), ""
    if kind not in _failed:
        with suppress(Failed):
            reason = _decide(stage, kind, operands, switch, _forked, compiled)
    reason = _failed.get(kind, reason)
    note(stage, phase, kind, reason)
    if reason:
        return None
    _ran = _ran or (kind == "numba" and not compiled)
    return _kernel(stage, kind)


def _kind(operands: tuple[Operand | None, ...], switch: str | None) -> str:
    """Which kind of kernel is for the operands."""
    x = operands[0]
    assert x is not None
    return "triton" if switch == "triton" else KINDS.get(x.device, "")


@functools.lru_cache(maxsize=4096)
def _decide(
    stage: str,
    kind: str,
    operands: tuple[Operand | None, ...],
    switch: str | None,
    forked: bool,
    compiled: bool,
) -> str:
    """Why not to use a kernel; empty if one is to be used."""
    x = operands[0]
    assert x is not None
    if not kind:
        return "there are kernels for CPU and CUDA alone"
    if any(operand and operand.device != x.device for operand in operands):
        return "operands are on several devices"
    if stage not in STAGES:
        return "no kernel was rendered for it"
    if not installed(kind):
        return f"{kind.title()} is not installed: {INSTALL[kind]}"
    if kind == "numba" and os.environ.get("NUMBA_DISABLE_JIT", "0") != "0":
        return "NUMBA_DISABLE_JIT is set"
    if compiled and (kind == "triton" or _kernel(stage, kind).arithmetic):
        return "it is compiled together with what is around it"
    if switch == "off":
        return f"{SWITCH} is off"
    size = math.prod(x.shape)
    if not size:
        return "there is nothing to compute"
    if size < SMALL and switch not in ("always", "triton"):
        return f"{size} elements are fewer than {SMALL}, from which a kernel is worth its start"
    if forked and kind == "numba":
        return "this process was forked from one that ran a loop, whose threads are not here"
    for operand in operands:
        if operand and operand.dtype not in DTYPES[kind]:
            return f"there are kernels for {' and '.join(DTYPES[kind])}, not {operand.dtype}"
        if operand and operand.dtype != x.dtype:
            return f"operands are {x.dtype} and {operand.dtype}"
    if not x.contiguous and not _kernel(stage, kind).families:  # theirs is worth a copy
        return "the input is not contiguous"
    try:
        positions = _kernel(stage, kind).layout(operands).shape[2]
    except Unfit as unfit:
        return str(unfit)
    if positions < SHORT and switch not in ("always", "triton"):
        return f"coefficients change after {positions} elements, fewer than {SHORT}"
    return ""


@functools.cache
def installed(kind: str) -> bool:
    """Whether the package of a kind of kernels is."""
    return importlib.util.find_spec(kind) is not None


@functools.cache
def _kernel(stage: str, kind: str) -> Kernel:
    try:
        found: Kernel = importlib.import_module(f"actzoo_kernels.{kind}._{STAGES[stage]}").KERNELS[stage]
    except Exception as error:
        raise failed(kind, error) from None
    return found
