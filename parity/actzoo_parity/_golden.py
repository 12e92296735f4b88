"""Golden vectors: the numbers of plans and what is expected of them, in a folder that another machine can be held to.

`index.json` names the plans, with their policies, and the digest of each file; the files are safetensors. The form is
described in docs/golden-vectors.md. What is read is checked against the index and executes nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from actzoo.policies import policies
from actzoo.zoo import ZOO

from ._exchange import ExchangeError, digest
from ._execute import Machine, engine_of, work_folder
from ._plan import Line, Plan
from ._record import Record
from ._tasks import Batch, Judge, Task, Work, from_files, from_reference, key

ELSEWHERE = "results"
"""What stands for a framework that is not one of ours."""

FORMAT, VERSION = "actzoo golden vectors", 1
INDEX = "index.json"


class GoldenError(ExchangeError):
    """A folder that is no set of golden vectors, or is damaged."""


def export(plans: Sequence[Plan], folder: Path, machine: Machine, told: Callable[[Record], None]) -> int:
    """Write golden vectors of plans, and tell how many. `ExchangeError` if the folder cannot be written.

    A plan on which its reference raises is left out; its record is told.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ExchangeError(f"cannot make {folder}: {error.strerror}") from None
    lines = [Line(plan, "reference", "cpu", "export") for plan in plans]
    with work_folder(machine.work) as scratch:
        tasks = [replace(task, runs=()) for task in from_reference(lines, Work(scratch, told, lambda line: None))]
        batches = [task.batch for task in tasks]
        for number, batch in enumerate(batches):
            stem = str(folder / f"{number:03d}")
            batch.inputs, batch.expected = f"{stem}.inputs.safetensors", f"{stem}.expected.safetensors"
        engine_of(machine, scratch, lines).run(tasks)
    entries = [entry(batch, plan) for batch in batches for plan in batch.plans if "error" not in batch.answer(plan)]
    files = [Path(path) for batch in batches for path in (batch.inputs, batch.expected)]
    index = {
        "format": FORMAT,
        "version": VERSION,
        "cases": entries,
        "files": {file.name: digest(file) for file in files if file.exists()},
    }
    index["digest"] = digest_of(index)
    try:
        (folder / INDEX).write_text(json.dumps(index, indent=1), encoding="utf-8")
    except OSError as error:
        raise ExchangeError(f"cannot write {folder / INDEX}: {error.strerror}") from None
    return len(entries)


def digest_of(index: Mapping[str, Any]) -> str:
    """The SHA-256 of an index without its digest: keys in order, no space, ASCII."""
    rest = {key: value for key, value in index.items() if key != "digest"}
    text = json.dumps(rest, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def entry(batch: Batch, plan: Plan) -> dict[str, Any]:
    """What the index says of a plan."""
    spec = ZOO.get(plan.activation)
    return {
        **plan.as_data(),
        **batch.answer(plan),
        "inputs": Path(batch.inputs).name,
        "expected": Path(batch.expected).name,
        "number": batch.plans.index(plan),
        "element_wise": bool(spec and spec.element_wise),
        "policies": policies(spec) if spec else {},
    }


@dataclass(frozen=True)
class Golden:
    """A set of golden vectors that was read."""

    folder: Path
    batches: Sequence[Batch]

    def elsewhere(self) -> list[Line]:
        """The lines of results that something else computed."""
        return [
            Line(plan, ELSEWHERE, "cpu", "given") for batch in self.batches for plan in batch.plans if plan.activation
        ]

    def held(self, lines: Sequence[Line]) -> list[Line]:
        """Those of the lines that these vectors are about."""
        known = {key(plan) for batch in self.batches for plan in batch.plans}
        return [line for line in lines if key(line.plan) in known]

    def begin(self, lines: Sequence[Line], work: Work) -> Sequence[Task]:
        """The first tasks of a run that is held to these vectors."""
        work.home |= {key(plan): batch for batch in self.batches for plan in batch.plans}
        return from_files(lines, work)

    def results(self, folder: Path) -> Callable[[Sequence[Line], Work], Sequence[Task]]:
        """The tasks that judge results which something else computed and wrote, file by file."""

        def begin(lines: Sequence[Line], work: Work) -> Iterable[Task]:
            self.begin(lines, work)
            for batch in self.batches:
                file = folder / Path(batch.inputs).name.replace(".inputs.", ".results.")
                mine = [line for line in lines if work.home[key(line.plan)] is batch]
                yield Judge(work, [(line, batch.plans.index(line.plan), 0.0) for line in mine], str(file))

        return lambda lines, work: list(begin(lines, work))


def read_golden(folder: Path) -> Golden:
    """The golden vectors of a folder. `GoldenError` names what is missing or damaged."""
    try:
        index: Any = json.loads((folder / INDEX).read_text(encoding="utf-8"))
    except OSError as error:
        raise GoldenError(f"{folder} has no readable {INDEX}: {error.strerror}") from None
    except ValueError as error:
        raise GoldenError(f"{folder / INDEX} is damaged: {error}") from None
    if not isinstance(index, dict) or (index.get("format"), index.get("version")) != (FORMAT, VERSION):
        raise GoldenError(f"{folder / INDEX} is not version {VERSION} of '{FORMAT}'")
    if index.get("digest") != digest_of(index):
        raise GoldenError(f"{folder / INDEX} is damaged: its SHA-256 is not the one in it")
    for name, wanted in index["files"].items():
        file = folder / Path(name).name
        if not file.is_file():
            raise GoldenError(f"{folder} lacks {name}")
        if digest(file) != wanted:
            raise GoldenError(f"{file} is damaged: its SHA-256 is not the one in {INDEX}")
    try:
        return Golden(folder, list(gathered(folder, index["cases"])))
    except (KeyError, TypeError, ValueError) as error:
        raise GoldenError(f"{folder / INDEX} is damaged: {type(error).__name__} {error}") from None


def gathered(folder: Path, entries: Sequence[Mapping[str, Any]]) -> Iterable[Batch]:
    """The batches that the index describes."""
    batches: dict[str, Batch] = {}
    facts = ("inputs", "expected", "number", "element_wise", "policies", "ambiguous", "against")
    for e in entries:
        inputs, expected = (str(folder / Path(e[name]).name) for name in ("inputs", "expected"))
        batch = batches.setdefault(inputs, Batch(inputs, expected))
        while len(batch.plans) < e["number"]:  # a plan that its reference raised on has no entry
            batch.plans.append(Plan("", "left out", seed=len(batch.plans)))
            batch.answers.append({"error": "left out"})
        batch.plans.append(Plan.of_data({k: v for k, v in e.items() if k not in facts}))
        batch.answers.append({"ambiguous": e["ambiguous"], "against": "golden"})
    yield from batches.values()
