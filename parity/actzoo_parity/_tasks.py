"""The steps of a run as requests to workers: expect, run, judge. Each knows what follows its answer, and its loss."""

from __future__ import annotations

import abc
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ._plan import Line, Plan
from ._record import Record, from_data

Answer = Mapping[str, Any]
Told = Callable[[Record], None]

BATCH = 48
"""How many plans are computed by one request."""

TOGETHER = {("torch", "compiled"): 16}
"""How many lines make one graph, of whatever activations; elsewhere a graph is of one batch."""


def key(plan: Plan) -> str:
    return repr(plan)


@dataclass(eq=False)
class Batch:
    """Plans whose numbers lie in one pair of files, by their place in `plans`.

    answers  what the reference's process says of each plan; empty as long as it has not spoken
    """

    inputs: str
    expected: str
    plans: list[Plan] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)

    def answer(self, plan: Plan) -> Answer:
        return self.answers[self.plans.index(plan)]


@dataclass(eq=False)
class Work:
    """What all steps of a run share.

    source  the file whose class a line runs instead of the rendered package's
    told    takes each record as soon as there is one
    """

    folder: Path
    told: Told
    source: Callable[[Line], str | None]
    home: dict[str, Batch] = field(default_factory=dict)
    made: int = 0

    def item(self, line: Line) -> dict[str, Any]:
        """A line for a request: its plan, and where its numbers lie."""
        batch = self.home[key(line.plan)]
        number = batch.plans.index(line.plan)
        where = {"inputs": [batch.inputs, number], "expected": [batch.expected, number]}
        names = {"framework": line.framework, "device": line.device, "mode": line.mode, "source": self.source(line)}
        return {"plan": line.plan.as_data(), **names, **where}

    def results(self) -> str:
        """A file of its own for each request."""
        self.made += 1
        return str(self.folder / f"{self.made}.results")


class Task(abc.ABC):
    """One request. `urgency` orders tasks that are ready: what is begun is finished first."""

    urgency: int
    role: str
    lines: Sequence[Line]
    work: Work

    @abc.abstractmethod
    def request(self) -> dict[str, Any]:
        """What the worker is asked."""

    @abc.abstractmethod
    def done(self, answer: Answer) -> Iterable[Task]:
        """The tasks that follow an answer."""

    @abc.abstractmethod
    def alone(self) -> Iterable[Task]:
        """The same for each line by itself, if there are several."""

    def lost(self, message: str) -> Iterable[Task]:
        """The tasks that follow if the worker was lost: it may have been because of one line."""
        parts = list(self.alone())
        return parts if len(parts) > 1 else self.refused("error", message)

    def refused(self, status: Any, message: str) -> Iterable[Task]:
        """There is no worker for this, or none survives it."""
        for line in self.lines:
            self.work.told(line.record(status=status, message=message))
        return ()


@dataclass(eq=False)
class Run(Task):
    """Lines of one framework, device and mode, computed by one request."""

    work: Work
    lines: Sequence[Line]
    urgency = 1

    @property
    def role(self) -> str:  # type: ignore[override]
        return self.lines[0].framework

    def __post_init__(self) -> None:
        self.file = self.work.results()

    def request(self) -> dict[str, Any]:
        first = self.lines[0]
        items = [self.work.item(line) for line in self.lines]
        return {"do": "run", "device": first.device, "mode": first.mode, "lines": items, "results": self.file}

    def done(self, answer: Answer) -> Iterable[Task]:
        if "missing" in answer:
            return self.refused("not run", answer["missing"])
        kept = []
        for number, (line, each) in enumerate(zip(self.lines, answer["answers"], strict=True)):
            if "error" in each:
                self.work.told(line.record(status="error", message=each["error"]))
            else:
                kept.append((line, number, float(each["seconds"])))
        return [Judge(self.work, kept, self.file)] if kept else ()

    def alone(self) -> Iterable[Task]:
        return [Run(self.work, [line]) for line in self.lines]


@dataclass(eq=False)
class Judge(Task):
    """The outputs of lines, with the number of each in the file of results and the seconds it took."""

    work: Work
    computed: Sequence[tuple[Line, int, float]]
    file: str
    urgency = 0
    role = "reference"

    @property
    def lines(self) -> Sequence[Line]:  # type: ignore[override]
        return [line for line, _, _ in self.computed]

    def request(self) -> dict[str, Any]:
        items = []
        for line, number, seconds in self.computed:
            said = self.work.home[key(line.plan)].answer(line.plan)
            items.append({**self.work.item(line), **said, "results": [self.file, number], "seconds": seconds})
        return {"do": "judge", "lines": items}

    def done(self, answer: Answer) -> Iterable[Task]:
        for each in answer["answers"]:
            self.work.told(from_data(each["record"]))
        return ()

    def alone(self) -> Iterable[Task]:
        return [Judge(self.work, [each], self.file) for each in self.computed]


@dataclass(eq=False)
class Expect(Task):
    """The numbers of a batch's plans, and what is expected of them; then the runs for which it was the last."""

    work: Work
    batch: Batch
    lines: Sequence[Line]
    runs: Sequence[Awaiting] = ()
    urgency = 3
    role = "reference"

    def request(self) -> dict[str, Any]:
        plans = [plan.as_data() for plan in self.batch.plans]
        return {"do": "expect", "plans": plans, "inputs": self.batch.inputs, "expected": self.batch.expected}

    def done(self, answer: Answer) -> Iterable[Task]:
        self.batch.answers = answer["answers"]
        for line in self.lines:
            if "error" in (said := self.batch.answer(line.plan)):
                self.work.told(line.record(status="error", message=f"the reference: {said['error']}"))
        return self.settled()

    def settled(self) -> Iterable[Task]:
        """The runs that wait for no other batch, with the lines that have expectations."""
        for run in self.runs:
            run.batches.remove(self.batch)
            if not run.batches:
                ready = [line for line in run.lines if self.expected(line)]
                if ready:
                    yield Run(self.work, ready)

    def expected(self, line: Line) -> bool:
        batch = self.work.home[key(line.plan)]
        return bool(batch.answers) and "error" not in batch.answer(line.plan)

    def refused(self, status: Any, message: str) -> Iterable[Task]:
        super().refused(status, message)
        return self.settled()

    def alone(self) -> Iterable[Task]:
        return ()


@dataclass(eq=False)
class Awaiting:
    """Lines that will be one request when the last of some batches is there."""

    lines: list[Line]
    batches: list[Batch]


def from_reference(lines: Sequence[Line], work: Work) -> list[Expect]:
    """The first tasks of lines whose numbers are still to be made."""
    batches: dict[str, list[Batch]] = {}
    for line in lines:
        if key(line.plan) not in work.home:
            unit = batches.setdefault(line.plan.unit, [])
            if not unit or len(unit[-1].plans) == BATCH:
                stem = str(work.folder / str(sum(map(len, batches.values()))))
                unit.append(Batch(f"{stem}.inputs", f"{stem}.expected"))
            unit[-1].plans.append(line.plan)
            work.home[key(line.plan)] = unit[-1]
    runs = [Awaiting(part, homes(part, work)) for part in parts(lines, work)]
    of_batch: dict[Batch, list[Line]] = {}
    for line in lines:
        of_batch.setdefault(work.home[key(line.plan)], []).append(line)
    waiting: dict[Batch, list[Awaiting]] = {}
    for run in runs:
        for batch in run.batches:
            waiting.setdefault(batch, []).append(run)
    made = [batch for unit in batches.values() for batch in unit]
    found = [Expect(work, batch, of_batch[batch], waiting.get(batch, ())) for batch in made]
    return sorted(found, key=lambda task: -len(task.lines))


def from_files(lines: Sequence[Line], work: Work) -> list[Task]:
    """The first tasks of lines whose batches are there already."""
    return [Run(work, part) for part in parts(lines, work)]


def homes(lines: Sequence[Line], work: Work) -> list[Batch]:
    """The batches of lines, each once."""
    return list(dict.fromkeys(work.home[key(line.plan)] for line in lines))


def parts(lines: Sequence[Line], work: Work) -> Iterator[list[Line]]:
    """Lines that are computed together."""
    groups: dict[tuple[Any, ...], list[Line]] = {}
    for line in lines:
        apart = line.plan.dtype if (line.framework, line.mode) in TOGETHER else work.home[key(line.plan)]
        groups.setdefault((line.framework, line.mode, line.device, apart), []).append(line)
    for kind, group in groups.items():
        size = TOGETHER.get(kind[:2], len(group))
        yield from (group[i : i + size] for i in range(0, len(group), size))
