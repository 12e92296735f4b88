"""The command: which lines are run, what is shown while they run and afterwards, and the exit status."""

from __future__ import annotations

import json
import platform
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

import actzoo
from actzoo._backend import PACKAGES
from actzoo._find import find_specs
from actzoo.language import Spec
from actzoo.render import render
from actzoo.zoo import ZOO

from ._conventions import native_lines
from ._exchange import ExchangeError
from ._execute import Machine as Machine
from ._execute import Outcome, execute
from ._golden import export, read_golden
from ._pairs import is_pairs_file
from ._pairs_process import pair_records
from ._plan import DEVICES, DTYPES, MODES, Level, Line, lines
from ._record import Record, from_data, to_data
from ._run_facts import Run
from .report.html import write_report
from .report.terminal import print_table
from .report.violations import print_violations

HELD, FAILED, WRONG = 0, 1, 2
"""Exit status: all that ran hold; something does not, or was required and did not run; a wrong call, or no result."""

FRAMEWORKS = ("torch", "paddle", "flax")
"""What a default run runs. Linen's rendered code differs from NNX's in its module alone: a full run has it too."""


@dataclass(frozen=True)
class Choice:
    """Which lines of the contract.

    only     patterns of lines' names, looked for in the whole contract: "mish-*-sweep"
    shard    (i, n): the i-th of n parts, from 1
    require  frameworks and devices that have to run
    native   the frameworks' own functions instead of ours
    """

    names: Sequence[str] = ()
    frameworks: Sequence[str] = ()
    devices: Sequence[str] = ()
    dtypes: Sequence[str] = ()
    modes: Sequence[str] = ()
    level: Level = "default"
    only: Sequence[str] = ()
    seeds: Sequence[int] = (0,)
    shard: tuple[int, int] = (1, 1)
    require: Sequence[str] = ()
    native: bool = False

    def __post_init__(self) -> None:
        known = {
            "frameworks": PACKAGES,
            "devices": DEVICES,
            "dtypes": DTYPES,
            "modes": list(dict.fromkeys(mode for modes in MODES.values() for mode in modes)),
            "require": (*PACKAGES, *DEVICES),
        }
        for name, allowed in known.items():
            if unknown := [each for each in getattr(self, name) if each not in allowed]:
                kind = name.rstrip("s").replace("require", "framework or device")
                raise ValueError(f"no {kind} {', '.join(unknown)}; there are {', '.join(allowed)}")
        i, n = self.shard
        if not 1 <= i <= n:
            raise ValueError(f"no part {i} of {n}: parts are 1/{n} to {n}/{n}")

    def lines(self) -> list[Line]:
        """The chosen lines. `LookupError` if a pattern fits none; `NotFound` for an activation there is none of."""
        level: Level = "full" if self.only or self.modes or set(self.dtypes) - {"float32"} else self.level
        every = FRAMEWORKS if level == "default" or self.native else tuple(PACKAGES)
        found = (
            self.natives()
            if self.native
            else [
                line
                for name, spec in self.specs()
                for seed in self.seeds
                for line in lines(
                    name,
                    spec,
                    self.frameworks or every,
                    level=level,
                    devices=self.devices or (DEVICES if level == "full" and not self.only else DEVICES[:1]),
                    dtypes=self.dtypes or DTYPES,
                    seed=seed,
                )
            ]
        )
        found = [line for line in found if not self.modes or line.mode in self.modes]
        found = self.fitting(found)
        twice = [name for name, count in Counter(line.id for line in found).items() if count > 1]
        if twice:
            raise ValueError(f"two activations have one name ({min(twice)}): run their files one after the other")
        units = sorted({line.plan.unit for line in found})
        mine = set(units[self.shard[0] - 1 :: self.shard[1]])
        return [line for line in found if line.plan.unit in mine]

    def fitting(self, found: Sequence[Line]) -> list[Line]:
        """Those that `only` names. `LookupError` if a pattern fits none."""
        for pattern in self.only:
            if not any(fits(line, pattern) for line in found):
                raise LookupError(f"no line {pattern!r}; '--list' names them all")
        return [line for line in found if not self.only or any(fits(line, p) for p in self.only)]

    def natives(self) -> list[Line]:
        """The lines of the frameworks' own functions."""
        names = {spec.name for _, spec in self.specs()}
        frameworks, devices = self.frameworks or FRAMEWORKS, self.devices or DEVICES[:1]
        found = native_lines(frameworks, devices, self.dtypes or DTYPES, self.seeds[0])
        return [line for line in found if line.plan.activation in names]

    def specs(self) -> Iterator[tuple[str, Spec]]:
        """Each activation, with the name by which a worker finds it."""
        for name in self.names or ZOO:
            for spec in find_specs(name):
                path = name.partition(":")[0]
                own = path.endswith(".py")
                yield (f"{Path(path).resolve()}:{spec.name}" if own else spec.name), spec


def fits(line: Line | Record, pattern: str) -> bool:
    """Whether a line is meant: brackets in its name are no pattern."""
    return fnmatchcase(line.id, pattern.replace("[", "[[]"))


@dataclass(frozen=True)
class Output:
    """Where the result goes: a table, or JSON, on the screen; a page in a folder; records in a file."""

    as_json: bool = False
    report: Path | None = None
    save: Path | None = None


@dataclass
class Sources:
    """Rendered files of activations that are in no package; a worker need not have the renderer."""

    folder: Path
    made: dict[tuple[str, str], str] = field(default_factory=dict)

    def __call__(self, line: Line) -> str | None:
        name = line.plan.activation
        if name in ZOO:
            return None
        where = (name, line.framework)
        if where not in self.made:
            (spec,) = find_specs(name)
            file = self.folder / f"{spec.name}_{line.framework}.py"
            file.write_text(render(spec, line.framework), encoding="utf-8")
            self.made[where] = str(file)
        return self.made[where]


def run(
    choice: Choice, machine: Machine, output: Output, *, against: Path | None = None, results: Path | None = None
) -> int:
    """Run lines and show the result; the exit status.

    `against` is a folder of golden vectors, which then say what is expected; `results` one of results computed from
    them elsewhere. Raises `ValueError` and `LookupError` for what does not exist, `ExchangeError` for a damaged file.
    """
    started = time.time()
    begin = {}
    pairs = [name for name in choice.names if is_pairs_file(name)]
    every = [record for file in pairs for record in pair_records(file, machine.timeout)]
    listed = [record for record in every if not choice.only or any(fits(record, p) for p in choice.only)]
    left = [p for p in choice.only if not any(fits(record, p) for record in every)]
    names = [name for name in choice.names if name not in pairs]
    if pairs and left and not names:
        raise LookupError(f"no pair {left[0]!r} in {', '.join(pairs)}")
    if pairs and (not names or (choice.only and not left)):
        return finish(listed, facts_of({}, started, choice.seeds[0]), choice, output)
    choice = replace(choice, names=names, only=left)
    if against:
        golden = read_golden(against)
        chosen = choice.fitting(golden.elsewhere()) if results else golden.held(choice.lines())
        begin = {"begin": golden.results(results) if results else golden.begin}
    else:
        chosen = choice.lines()
    with tempfile.TemporaryDirectory(prefix="actzoo-rendered-") as folder:
        outcome = watched(chosen, machine, Sources(Path(folder)), **begin)
    origin = {name: str(path.resolve()) for name, path in (("against", against), ("results", results)) if path}
    records = [replace(record, origin={**record.origin, **origin}) for record in outcome.records]
    facts = facts_of(outcome.facts, started, choice.seeds[0])
    return finish([*records, *listed], facts, choice, output, outcome.broken)


def watched(chosen: Sequence[Line], machine: Machine, source: Sources, **begin: Any) -> Outcome:
    """Run lines with a progress bar."""
    columns = (TextColumn("{task.description:<36}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(
        *columns, console=Console(stderr=True), transient=True, disable=not Console(stderr=True).is_terminal
    ) as progress:
        task = progress.add_task("starting", total=len(chosen))
        failed = 0

        def told(record: Record) -> None:
            nonlocal failed
            failed += record.status in ("failed", "error")
            wrong = f" [red]{failed} failed[/]" if failed else ""
            progress.update(task, advance=1, description=f"{record.activation} {record.framework}{wrong}")

        return execute(chosen, machine, told, source, **begin)


def finish(records: Sequence[Record], facts: Run, choice: Choice, output: Output, broken: str = "") -> int:
    """Show records; the exit status. Nothing is written before it is shown."""
    errors = Console(stderr=True)
    status = status_of(records, choice.require)
    if choice.native and status == FAILED:
        status = HELD  # to list what is wrong in others is what was asked for
    data = {"facts": vars(facts), "status": status, "records": [to_data(r) for r in records]}
    if output.as_json:
        print(json.dumps(data, indent=1))
    elif choice.native:
        console = Console()
        print_violations(Console(width=max(console.width, 180)), records)
    else:
        print_table(Console(), records)
    for required in choice.require:
        if absent(records, required):
            errors.print(f"[red]error:[/] {escape(required)} is required, and did not run", highlight=False)
    if broken:
        errors.print(f"[red]error:[/] {escape(broken)}", highlight=False, soft_wrap=True)
        status = WRONG
    try:
        if output.save:
            output.save.write_text(json.dumps(data), encoding="utf-8")
        if output.report:
            errors.print(
                f"report: {escape(str(write_report(records, facts, output.report)))}", highlight=False, soft_wrap=True
            )
    except OSError as error:
        errors.print(
            f"[red]error:[/] cannot write {escape(str(error.filename))}: {error.strerror}",
            highlight=False,
            soft_wrap=True,
        )
        status = WRONG
    return status


def status_of(records: Sequence[Record], require: Sequence[str] = ()) -> int:
    """The exit status of records."""
    ran = [r for r in records if r.status != "not run"]
    if any(r.status != "held" for r in ran) or any(absent(records, required) for required in require):
        return FAILED
    return HELD if ran else WRONG


def absent(records: Sequence[Record], required: str) -> bool:
    """Whether a framework or a device did not run: in no line, or not in each that was chosen."""
    asked = [r.status for r in records if required in (r.framework, r.device)]
    return not asked or "not run" in asked


def facts_of(workers: Mapping[str, Mapping[str, str]], started: float, seed: int) -> Run:
    return Run(
        command=" ".join(["actzoo", *sys.argv[1:]]),
        started=datetime.fromtimestamp(started).astimezone().isoformat(timespec="seconds"),
        seconds=time.time() - started,
        seed=seed,
        system=platform.platform(),
        processor=platform.processor(),
        versions={"actzoo": actzoo.__version__, "Python": platform.python_version(), "NumPy": np.__version__},
        workers=workers,
    )


def merge(files: Sequence[Path], choice: Choice, output: Output) -> int:
    """Show the records of several runs as one. `ExchangeError` for a file that no run saved."""
    records: dict[str, Record] = {}
    facts: list[Run] = []
    for file in files:
        try:
            data = json.loads(file.read_text(encoding="utf-8"))
            facts.append(Run(**data["facts"]))
            records |= {r.id: r for r in map(from_data, data["records"])}
        except OSError as error:
            raise ExchangeError(f"cannot read {file}: {error.strerror}") from None
        except (ValueError, KeyError, TypeError) as error:
            raise ExchangeError(f"{file} holds no saved run: {type(error).__name__} {error}") from None
    return finish(list(records.values()), facts[0], choice, output)


def export_golden(choice: Choice, machine: Machine, folder: Path) -> int:
    """Write golden vectors of the chosen lines' plans; the exit status."""
    errors = Console(stderr=True)
    plans = {repr(line.plan): line.plan for line in choice.lines()}
    failed: list[Record] = []
    count = export(list(plans.values()), folder, machine, failed.append)
    for record in failed:
        errors.print(
            f"[red]left out:[/] {escape(record.id)}: {escape(record.message)}", highlight=False, soft_wrap=True
        )
    Console().print(f"{count} cases in {escape(str(folder))}", highlight=False)
    return FAILED if failed else HELD if count else WRONG
