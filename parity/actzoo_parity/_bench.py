"""Defects tried on the lines of one activation in one framework, in that framework's process. Plants none.

A line is run only where it may tell: the lines of the text that the right code runs in it are noted, and a defect
elsewhere changes nothing. JAX runs operation by operation, since each module is run once: nothing is compiled twice.
"""

from __future__ import annotations

import ast
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from types import FrameType, ModuleType
from typing import Any, Literal, TypeVar

import numpy as np

from actzoo.language import Spec

from ._cases import Array, Case
from ._evaluate import Expected
from ._plan import FUNCTIONAL, Line
from ._verdicts import verdict, wanted
from .adapters import Adapter, Outputs, Subject, of_function

Status = Literal["caught", "raised", "survived", "no change"]
Result = TypeVar("Result")

SLOW = ("flax", "linen")
"""Frameworks that compile what they run. Defects are tried operation by operation: each module is run but once."""

NOT_TRIED = frozenset({"compiled", "kernels", "interpreted"})
"""Modes that take seconds for each module and run the same text as another one, or do not run it."""


LEFT_OUT = ((), ("second",), ("tangent",), ("second", "tangent"))
"""What a framework may not have of a line."""

UNREACHED = "no line runs this text"


class Unfit(Exception):
    """The right code does not hold on a line, so that no defect can be told by it."""


@dataclass(frozen=True)
class Finding:
    """What became of a defect.

    status  caught by a comparison, or because it raised an error; survived; or changed nothing
    by      the line and the output that caught it, or the error it raised
    where   the line and the output in which its results differ most from the right ones, if none caught it: in units of
            the bound, where there is one
    reason  why no result changed
    lines   on how many lines it was tried
    """

    status: Status
    by: str = ""
    where: str = ""
    reason: str = ""
    lines: int = 0


@dataclass
class Entry:
    """A line with its numbers; what the right code makes of it, and the lines of text that it runs.

    Of a line that the contract has not, nothing is expected.
    """

    line: Line
    case: Case
    expected: Expected | None
    right: Outputs
    text: frozenset[int]
    seconds: float


class Bench:
    """The right module, and the lines on which wrong ones are compared with it and with what is expected.

    `beyond` are lines that the contract has not; they are run only for what no line of the contract tells apart.
    """

    def __init__(self, adapter: Adapter, spec: Spec, source: str, beyond: Iterable[tuple[Line, Case]] = ()) -> None:
        self.adapter, self.spec, self.beyond = adapter, spec, beyond
        self.entries: list[Entry] = []
        self.spans = spans(ast.parse(source))
        self.right, self.always = traced("right", lambda: executed(source, "right"))

    def add(self, line: Line, case: Case, expected: Expected) -> str:
        """One more line, with those of its outputs on which the right code holds; why it has not all, if so.

        `Unfit` if the right code holds on none that tell anything.
        """
        why = ""
        for left_out in LEFT_OUT:
            some, numbers = without(left_out, line, case)
            try:
                entry = self.entry(some, numbers, expected)
                failed = failing(entry, entry.right)
            except Exception as error:  # whatever a framework raises
                failed = told(error)
            if not failed:
                self.entries.append(entry)
                self.entries.sort(key=lambda entry: entry.seconds)
                return why
            why = why or f"{line.id}: {failed}"
        raise Unfit(why)

    def entry(self, line: Line, case: Case, expected: Expected | None) -> Entry:
        started = time.perf_counter()
        right, text = traced("right", lambda: self.compute(self.right, line, case))
        return Entry(line, case, expected, right, frozenset(text), time.perf_counter() - started)

    @cached_property
    def extra(self) -> list[Entry]:
        """The lines beyond the contract, with as many outputs as the framework has of them."""
        found = []
        for line, case in self.beyond:
            for left_out in LEFT_OUT:
                try:
                    found.append(self.entry(*without(left_out, line, case), None))
                except Exception:  # it has no such outputs, or the options do not fit the numbers
                    continue
                break
        return found

    def groups(self) -> Iterator[list[Entry]]:
        """The contract's lines first: the others are made ready when they are asked for."""
        yield self.entries
        yield self.extra

    def compute(self, module: ModuleType, line: Line, case: Case) -> Outputs:
        if line.mode == FUNCTIONAL:
            subject = of_function(case, getattr(module, self.spec.name))
        else:
            subject = Subject(case, cls=getattr(module, self.spec.module))
        mode = "stepwise" if line.framework in SLOW and line.mode in ("jit", FUNCTIONAL) else line.mode
        (outputs,) = self.adapter.run([subject], mode, line.device, [wanted(line)])
        return outputs

    def tried(self, source: str, line: int) -> Finding:
        """What becomes of a module with a defect on a line of its text."""
        place = self.spans.get(line, range(line, line + 1))
        everywhere = not self.always.isdisjoint(place)
        where, most, count = "", -1.0, 0
        try:
            wrong = executed(source, "wrong")
        except Exception as error:  # whatever it raises
            return Finding("raised", told(error))
        for entries in self.groups():
            for entry in entries:
                if not everywhere and entry.text.isdisjoint(place):
                    continue
                count += 1
                try:
                    outputs = self.compute(wrong, entry.line, entry.case)
                except Exception as error:
                    if entry.expected:
                        return Finding("raised", told(error), lines=count)
                    return Finding("survived", where=f"{entry.line.id}: {told(error)}", lines=count)
                if entry.expected and (name := failing(entry, outputs)):
                    return Finding("caught", f"{entry.line.id}: {name}", lines=count)
                name, size = differing(entry, outputs)
                if name and size > most:
                    where, most = f"{entry.line.id}: {name}", size
                    where += f", by {size:.2g} of its bound" if entry.expected else ""
            if where:
                return Finding("survived", where=where, lines=count)
        return Finding("no change", reason=f"the same numbers on {count} lines" if count else UNREACHED, lines=count)


def without(left_out: tuple[str, ...], line: Line, case: Case) -> tuple[Line, Case]:
    """A line and its numbers with fewer outputs."""
    plan = replace(line.plan, outputs=tuple(o for o in line.plan.outputs if o not in left_out))
    return replace(line, plan=plan), replace(case, plan=plan)


def told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:200]


def failing(entry: Entry, outputs: Outputs) -> str:
    """The first output that is not as expected, or nothing."""
    assert entry.expected is not None
    found = verdict(entry.case, entry.line, entry.expected, outputs)
    return next((name for name, each in found["outputs"].items() if not each.passed), "")


def differing(entry: Entry, wrong: Outputs) -> tuple[str, float]:
    """The output that differs most from the right one, and by how many times its bound: 0 where there is no bound."""
    names = [n for n in entry.right if n not in wrong or not same(entry.right[n], wrong[n])]
    sizes = {name: apart(entry, name, wrong) for name in names}
    worst = max(names, key=lambda name: sizes[name], default="")
    return worst, sizes.get(worst, 0.0)


def apart(entry: Entry, name: str, wrong: Outputs) -> float:
    """By how many times its bound an output differs from the right one; 0 where it has no bound, or no number there."""
    each = entry.expected.outputs.get(name) if entry.expected else None
    if each is None or name not in wrong:
        return 0.0
    with np.errstate(all="ignore"):
        size = np.abs(np.asarray(wrong[name], np.float64) - np.asarray(entry.right[name], np.float64)) / each.bound
    return float(np.max(size, where=np.isfinite(size), initial=0.0))


def same(right: Array, wrong: Array) -> bool:
    """Whether two arrays are the same. Any NaN is as good as another, and zeros have no sign."""
    if right.dtype != wrong.dtype or right.shape != wrong.shape:
        return False
    a, b = (np.asarray(v, np.float64) for v in (right, wrong))
    return bool(np.array_equal(a, b, equal_nan=True))


# the text of a module


def spans(tree: ast.Module) -> dict[int, range]:
    """For each line those of the innermost statement that it belongs to; of an `if`, a loop, a function its head."""
    found: dict[int, range] = {}
    for node in ast.walk(tree):  # the inner ones come later
        if isinstance(node, ast.stmt):
            body = getattr(node, "body", None)
            end = body[0].lineno if body else (node.end_lineno or node.lineno) + 1
            span = range(node.lineno, max(end, node.lineno + 1))
            found |= dict.fromkeys(span, span)
    return found


def executed(source: str, name: str) -> ModuleType:
    """A rendered module; Flax looks the module of a class up."""
    module = ModuleType(f"_actzoo_{name}")
    module.__file__ = f"<{name}>"
    sys.modules[module.__name__] = module
    exec(compile(source, module.__file__, "exec"), module.__dict__)
    return module


def traced(name: str, call: Callable[[], Result]) -> tuple[Result, set[int]]:
    """What a call gives, and the lines of a module that it runs; of a function that it calls, the head too."""
    file = f"<{name}>"
    lines: set[int] = set()

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        if frame.f_code.co_filename != file:
            return None
        lines.update((frame.f_lineno, frame.f_code.co_firstlineno))
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        return call(), lines
    finally:
        sys.settrace(before)
