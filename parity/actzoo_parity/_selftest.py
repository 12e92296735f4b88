"""Defects planted in our own code, and the share that the contract catches.

Each is planted in a copy of a rendered module; the lines of the contract run it in worker processes, and those beyond
the contract tell a defect that changes no result from one that no line would see.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from actzoo._find import find_specs
from actzoo.render import render

from ._bench import NOT_TRIED, SLOW
from ._defect import Defect, Fate, count
from ._execute import Machine, engine_of, work_folder
from ._plan import FUNCTIONAL, ONE_SHAPE, Line
from ._record import Record
from ._tasks import Answer, Awaiting, Expect, Task, Work, from_reference, homes
from .mutants import Mutant, mutants_of
from .report.defects import print_defects
from .run import FAILED, FRAMEWORKS, HELD, WRONG, Choice, Output, facts_of

WANTED = 0.99
"""The share that has to be caught."""

LIMIT = 16
"""Defects of an activation in a framework, unless another number is asked for."""

SECONDS = 60.0
"""For one line with a defect in it; without one it takes a second at most."""

TOGETHER = 8
"""Defects that one request tries; it has as many times the time of another one."""

JAX_DATA = ("random", "ties", "features", "small", "single")
JAX_DEFAULTS = (*JAX_DATA, "mixed", "wide", "nan", "shape-empty")
"""Data of the lines on which JAX is tried: with any options, and with the defaults."""

Told = Callable[[Defect], None]


@dataclass(eq=False)
class Unit(Awaiting):
    """An activation in a framework: its lines, its rendered module, and its defects."""

    activation: str
    framework: str
    source: str
    defects: Sequence[Mutant]
    told: Told
    unfit: list[str]
    seconds: float = SECONDS

    def tell(self, d: Mutant, fate: Fate, by: str = "", where: str = "", reason: str = "") -> None:
        what = d.description.removeprefix(f"line {d.line}: ")
        self.told(Defect(self.activation, self.framework, d.kind, d.line, what, fate, by, where, reason))


@dataclass(eq=False)
class Prepare(Expect):
    """What is expected of a batch, then the trials for which it was the last."""

    runs: Sequence[Unit] = ()

    def settled(self) -> Iterable[Task]:
        for unit in self.runs:
            unit.batches.remove(self.batch)
            if not unit.batches:
                unit.lines = [line for line in unit.lines if self.expected(line)]
                yield Try(self.work, unit, unit.defects)


@dataclass(eq=False)
class Try(Task):
    """The next defects of a unit; the others follow. One that ends the process, and does so again alone, is caught."""

    work: Work
    unit: Unit
    defects: Sequence[Mutant]
    together: int = TOGETHER
    urgency = 1

    def __post_init__(self) -> None:
        self.role, self.lines = self.unit.framework, self.unit.lines
        self.file = self.work.results()

    @property
    def now(self) -> Sequence[Mutant]:
        return self.defects[: self.together]

    def request(self) -> dict[str, Any]:
        items = []
        for line in self.lines:
            ambiguous = self.work.home[repr(line.plan)].answer(line.plan)["ambiguous"]
            items.append({**self.work.item(line), "ambiguous": ambiguous})
        return {
            "do": "defects",
            "bench": self.unit.activation,
            "lines": items,
            "source": self.unit.source,
            "defects": [{"source": defect.source, "line": defect.line} for defect in self.now],
            "findings": self.file,
            "seconds": self.unit.seconds,
        }

    def done(self, answer: Answer) -> Iterable[Task]:
        self.unit.unfit[:] = answer["unfit"]
        return self.rest(self.take())

    def take(self) -> int:
        """Tell what was found; how many findings there are."""
        found = Path(self.file).read_text(encoding="utf-8").splitlines()
        for defect, text in zip(self.now, found, strict=False):
            data = json.loads(text)
            self.unit.tell(defect, data["status"], by=data["by"], where=data["where"], reason=data["reason"])
        return len(found)

    def rest(self, taken: int, together: int = TOGETHER) -> Iterable[Task]:
        left = self.defects[taken:]
        return [Try(self.work, self.unit, left, together)] if left else []

    def lost(self, message: str) -> Iterable[Task]:
        if not Path(self.file).exists():
            return self.refused("error", message)
        taken = self.take()
        if taken == len(self.now):
            return self.rest(taken)
        if len(self.now) > 1:  # it may be the doing of one before it
            return self.rest(taken, together=1)
        self.unit.tell(self.now[0], "raised", by=message.splitlines()[0])
        return self.rest(1)

    def refused(self, status: Any, message: str) -> Iterable[Task]:
        for defect in self.defects:
            self.unit.tell(defect, "not run", reason=message)
        return ()

    def alone(self) -> Iterable[Task]:
        return ()


def self_test(choice: Choice, machine: Machine, output: Output, limit: int = LIMIT) -> int:
    """Plant defects, run them, show what became of them; the exit status.

    The lines of `choice` are of the whole contract. `limit` is how many defects each activation has in each framework;
    they are drawn evenly from all families by the first seed.
    """
    started = time.time()
    found: list[Defect] = []
    left_out: list[str] = []
    with work_folder(machine.work) as folder, progress() as bar:
        chosen = chosen_units(choice, limit)
        task = bar.add_task("starting", total=sum(len(unit.defects) for unit in chosen))

        def told(defect: Defect) -> None:
            found.append(defect)
            bar.update(task, advance=1, description=f"{defect.activation} {defect.framework}")

        def reference_failed(record: Record) -> None:
            left_out.append(f"{record.id}: {record.message}")

        for unit in chosen:
            unit.told = told
        every = [line for unit in chosen for line in unit.lines]
        engine = engine_of(replace(machine, timeout=TOGETHER * machine.timeout), folder, every)
        engine.run(first(chosen, every, Work(folder, reference_failed, lambda line: None)))
    left_out += [text for unit in chosen for text in unit.unfit]
    facts = facts_of(engine.facts, started, choice.seeds[0])
    return finish(found, left_out, vars(facts), output)


def progress() -> Progress:
    columns = (TextColumn("{task.description:<36}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(
        *columns, console=Console(stderr=True), transient=True, disable=not Console(stderr=True).is_terminal
    )


def chosen_units(choice: Choice, limit: int) -> list[Unit]:
    """Each activation in each framework, those with many lines first; `--shard` takes whole ones."""
    wide = replace(
        choice,
        level="full",
        frameworks=choice.frameworks or FRAMEWORKS,
        devices=choice.devices or ("cpu",),
        shard=(1, 1),
    )
    lines: dict[tuple[str, str], list[Line]] = {}
    for line in wide.lines():
        lines.setdefault((line.plan.activation, line.framework), []).append(line)
    i, n = choice.shard
    found = []
    for (name, framework), some in list(lines.items())[i - 1 :: n]:
        (spec,) = find_specs(name)
        source = render(spec, framework)
        defects = mutants_of(source, spec, framework, limit=limit or None, seed=choice.seeds[0])
        kept = [line for line in some if tells(line)]
        if kept and defects:
            found.append(Unit(kept, [], spec.name, framework, source, defects, lambda defect: None, []))
    return sorted(found, key=lambda unit: -len(unit.lines))


def tells(line: Line) -> bool:
    """Whether defects are tried on a line.

    JAX compiles each operation for each shape, so that it has no line that another one includes: no photographs, no
    shapes but one that is empty, and other dtypes than float32 for sweeps, and for modules with their defaults, alone.
    """
    if line.mode in NOT_TRIED:
        return False
    if line.framework not in SLOW:
        return True
    data, defaults = line.plan.data, not line.plan.options
    if line.mode not in ("jit", FUNCTIONAL):
        return False
    if line.plan.dtype != "float32":
        return data in ("sweep", ONE_SHAPE) or (data == "random" and defaults)
    return data == "sweep" or data in (JAX_DEFAULTS if defaults else JAX_DATA)


def first(units: Sequence[Unit], lines: Sequence[Line], work: Work) -> list[Prepare]:
    """What the reference computes first: the activations in their order."""
    steps = from_reference(lines, work)
    for unit in units:
        unit.batches[:] = homes(unit.lines, work)
    order = {unit.activation: place for place, unit in reversed(list(enumerate(units)))}
    made = [Prepare(work, s.batch, s.lines, [u for u in units if s.batch in u.batches]) for s in steps]
    return sorted(made, key=lambda task: order[task.runs[0].activation])


def finish(found: Sequence[Defect], left_out: Sequence[str], facts: Any, output: Output) -> int:
    """Show what was found; the exit status."""
    counts = count(found)
    lost = [d for d in found if d.fate == "not run"]
    names = dict.fromkeys(d.framework for d in found)
    status = WRONG if not counts.planted else HELD if counts.share >= WANTED and not lost else FAILED
    data = {
        "facts": facts,
        "status": status,
        "counts": counts.as_data(),
        "frameworks": {name: count(d for d in found if d.framework == name).as_data() for name in names},
        "lines left out": list(left_out),
        "defects": [vars(d) for d in found],
    }
    if output.as_json:
        print(json.dumps(data, indent=1))
    else:
        console = Console()
        print_defects(Console(width=max(console.width, 120)), found, left_out)
    if output.save:
        try:
            output.save.write_text(json.dumps(data), encoding="utf-8")
        except OSError as error:
            Console(stderr=True).print(
                f"[red]error:[/] cannot write {error.filename}: {error.strerror}", soft_wrap=True
            )
            return WRONG
    return status
