"""Lines in, records out: the work folder, the workers, and what becomes of lines that nothing could be done with."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ._engine import Engine
from ._exchange import ExchangeError
from ._plan import Line
from ._pool import Settings
from ._record import Record
from ._tasks import Task, Work, from_reference

Told = Callable[[Record], None]


@dataclass(frozen=True)
class Machine:
    """How lines are run.

    jobs     processes that compute at a time; by default one for each core
    pythons  an interpreter by framework, where it is not this one
    timeout  seconds that a worker may take for one request
    work     where arrays pass as files; by default the system's folder for such things
    """

    jobs: int = field(default_factory=lambda: os.cpu_count() or 1)
    pythons: Mapping[str, str] = field(default_factory=dict)
    timeout: float = 600.0
    work: Path | None = None


@dataclass(frozen=True)
class Outcome:
    """The records in the order of the lines, what the workers say of themselves, and what ended the run early."""

    records: Sequence[Record]
    facts: Mapping[str, Mapping[str, str]]
    broken: str = ""


def execute(
    lines: Sequence[Line],
    machine: Machine | None = None,
    told: Told = lambda record: None,
    source: Callable[[Line], str | None] = lambda line: None,
    begin: Callable[[Sequence[Line], Work], Sequence[Task]] = from_reference,
) -> Outcome:
    """Run lines; `told` is called with each record as it comes.

    `begin` makes the first tasks, by default those that compute what is expected; `source` gives the file whose
    class a line runs instead of the rendered package's. Nothing that a framework or an activation does is raised:
    it is in the records. A work folder that cannot be written ends the run, and what was not reached is "not run".
    """
    machine = machine or Machine()
    found: dict[str, Record] = {}

    def take(record: Record) -> None:
        found[record.id] = record
        told(record)

    broken = ""
    facts: Mapping[str, Mapping[str, str]] = {}
    try:
        with work_folder(machine.work) as folder:
            engine = engine_of(machine, folder, lines)
            facts = engine.facts
            engine.run(begin(lines, Work(folder, take, source)))
    except ExchangeError as error:
        broken = str(error)
        for line in lines:
            if line.id not in found:
                take(line.record(status="not run", message=broken))
    return Outcome([found[line.id] for line in lines], facts, broken)


def engine_of(machine: Machine, folder: Path, lines: Sequence[Line]) -> Engine:
    """An engine for lines."""
    devices = tuple(dict.fromkeys(line.device for line in lines))
    return Engine(Settings(folder, machine.pythons, machine.timeout, devices), machine.jobs)


@contextlib.contextmanager
def work_folder(parent: Path | None) -> Iterator[Path]:
    """A folder of our own, gone afterwards. `ExchangeError` if there can be none."""
    try:
        folder = Path(tempfile.mkdtemp(prefix="actzoo-parity-", dir=parent))
    except OSError as error:
        raise ExchangeError(f"cannot make a work folder in {parent}: {error.strerror}") from None
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
