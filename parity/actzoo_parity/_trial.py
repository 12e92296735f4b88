"""Defects tried in a framework's process. Findings are written as they come: a defect may kill the process."""

from __future__ import annotations

import contextlib
import faulthandler
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from actzoo.language import Spec

from ._bench import SLOW, Bench, Unfit
from ._cases import Case, loaded
from ._extra import extra
from ._plan import MODES, Line
from ._verdicts import of_arrays
from .adapters import Adapter, Outputs, Subject, adapter
from .worker import Answer, Arrays, Request, line_of, spec_of

KEPT = 2
"""Benches that stay ready: requests about two activations may take turns."""


class Limited(Adapter):
    """A framework whose process ends if a line hangs, wherever it does. It has all the time before it is `timed`."""

    def __init__(self, framework: Adapter) -> None:
        self.framework, self.seconds = framework, 0.0

    def timed(self, seconds: float) -> None:
        self.seconds = seconds

    def facts(self) -> dict[str, str]:
        return self.framework.facts()

    def missing(self, device: str) -> str:
        return self.framework.missing(device)

    def run(
        self, subjects: Sequence[Subject], mode: str, device: str, wanted: Sequence[frozenset[str]]
    ) -> Iterator[Outputs]:
        with limited(self.seconds):
            yield from self.framework.run(subjects, mode, device, wanted)


@contextlib.contextmanager
def limited(seconds: float) -> Iterator[None]:
    if seconds:
        faulthandler.dump_traceback_later(seconds, exit=True, file=sys.__stderr__ or sys.stderr)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()


class Trials:
    """Tries defects on benches, which it keeps ready by name."""

    def __init__(self, framework: str) -> None:
        self.framework = framework
        self.benches: dict[str, tuple[Bench, list[str]]] = {}

    def __call__(self, request: Request) -> Answer:
        """Try defects; the findings are lines of a file. The answer has the lines that nothing can be told by."""
        name = request["bench"]
        if name not in self.benches:
            while len(self.benches) >= KEPT:
                del self.benches[next(iter(self.benches))]
            self.benches[name] = self.made(request)
        bench, unfit = self.benches[name]
        with Path(request["findings"]).open("w", encoding="utf-8") as file:
            for defect in request["defects"]:
                found = bench.tried(defect["source"], defect["line"])
                print(json.dumps(vars(found)), file=file, flush=True)
        return {"unfit": unfit}

    def made(self, request: Request) -> tuple[Bench, list[str]]:
        """A bench with the lines of a request, and what the right code does not hold on."""
        files, unfit = Arrays(), []
        spec = spec_of(line_of(request["lines"][0]).plan)
        framework = Limited(adapter(self.framework))
        bench = Bench(framework, spec, request["source"], beyond(spec, self.framework))
        for item in request["lines"]:
            try:
                left_out = bench.add(*numbers(item, spec, files))
            except Unfit as error:
                left_out = str(error)
            if left_out:
                unfit.append(left_out)
        framework.timed(request["seconds"])
        return bench, unfit


def numbers(item: Mapping[str, Any], spec: Spec, files: Arrays) -> tuple[Line, Case, Any]:
    """A line, its numbers and what is expected of it."""
    line = line_of(item)
    made = loaded(line.plan, spec, files.under(item["inputs"]))
    x = made.x if spec.element_wise else None
    return line, made, of_arrays(files.under(item["expected"]), line.plan.dtype, item["ambiguous"], x)


def beyond(spec: Spec, framework: str) -> list[tuple[Line, Case]]:
    """Lines that the contract has not, in the framework's main mode."""
    mode = next(iter(MODES[framework]))
    return [(Line(case.plan, framework, "cpu", mode), case) for case in extra(spec, few=framework in SLOW)]
