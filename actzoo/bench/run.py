"""The command: which comparisons are made, by which processes, and how they are shown."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from actzoo._errors import complain
from actzoo.bench._contenders import MODES
from actzoo.bench._rows import Row, from_data, to_data
from actzoo.language import Spec
from actzoo.zoo import ZOO, find

SHAPES: Mapping[str, tuple[int, ...]] = {
    "image": (32, 64, 56, 56),
    "sequence": (16, 256, 1024),
    "flat": (4096, 1024),
    "tiny": (1, 16, 4, 4),
    "large": (64, 64, 156, 160),
}
"""Channels first; "tiny" shows what a call costs, "large" has 1e8 elements."""

GIVE_BACK = {"MALLOC_MMAP_THRESHOLD_": "65536", "MALLOC_TRIM_THRESHOLD_": "0"}
"""Has glibc return freed memory at once, so that a process's size is what it uses."""


@dataclass
class Report:
    """Rows, and by framework what they were measured with or why they were not."""

    rows: list[Row] = field(default_factory=list)
    facts: dict[str, dict[str, str]] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)

    def as_data(self) -> dict[str, Any]:
        return {"facts": self.facts, "missing": self.missing, "rows": [to_data(row) for row in self.rows]}


def fits(spec: Spec, shape: Sequence[int]) -> bool:
    """Modules with layers want images."""
    return spec.element_wise or len(shape) == 4


def measure(
    names: Sequence[str],
    frameworks: Sequence[str],
    shapes: Sequence[str],
    modes: Sequence[str] = (),
    seconds: float = 1.0,
    told: Callable[[str], None] = lambda text: None,
) -> Report:
    """Run the comparisons, a process for each framework and shape.

    Raises `NotFound` for an activation that is not in the zoo, `ValueError` for a framework or shape that is not known.
    """
    for kind, given, known in (("framework", frameworks, MODES), ("shape", shapes, SHAPES)):
        if unknown := [g for g in given if g not in known]:
            raise ValueError(f"no {kind} {', '.join(unknown)}; there are {', '.join(known)}")
    there = list(dict.fromkeys(mode for framework in frameworks for mode in MODES[framework]))
    if unknown := [m for m in modes if m not in there]:
        raise ValueError(f"no mode {', '.join(unknown)} in {', '.join(frameworks)}; there are {', '.join(there)}")
    specs = [find(name) for name in names] or list(ZOO.values())
    report = Report()
    for shape in shapes:
        own = [s.name for s in specs if fits(s, SHAPES[shape])]
        for framework in frameworks:
            report.rows += unfit([s for s in specs if s.name not in own], framework, modes, SHAPES[shape])
            for peak in (False, True):
                if own and framework not in report.missing:
                    asked = {"framework": framework, "names": own, "shape": SHAPES[shape], "modes": list(modes)}
                    take(asked | {"seconds": seconds, "peak": peak}, report, told)
    return report


def unfit(specs: Sequence[Spec], framework: str, modes: Sequence[str], shape: tuple[int, ...]) -> Iterator[Row]:
    """Rows of activations that cannot take a shape, which say so."""
    for spec in specs:
        for mode in MODES[framework]:
            if not modes or mode in modes:
                yield Row(spec.name, framework, mode, shape, "both", message="takes images, N, C, H, W")


def take(asked: Mapping[str, Any], report: Report, told: Callable[[str], None]) -> None:
    """One process's answers into a report; a process that dies costs what it had not measured."""
    framework = asked["framework"]
    environment = {**os.environ, **(GIVE_BACK if asked["peak"] else {})}
    worker = subprocess.Popen(
        [sys.executable, "-P", "-m", "actzoo.bench.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environment,
    )
    assert worker.stdin is not None
    assert worker.stdout is not None
    worker.stdin.write(json.dumps(asked) + "\n")
    worker.stdin.close()
    for line in worker.stdout:
        answer = json.loads(line)
        if "row" in answer:
            row = from_data(answer["row"])
            report.rows.append(row)
            told(f"{row.activation} {framework} {row.mode}")
        elif "facts" in answer:
            report.facts[framework] = answer["facts"]
        else:
            report.missing[framework] = answer["missing"]
    if worker.wait() and framework not in report.missing:
        report.missing[framework] = f"its process ended with exit status {worker.returncode}"


def expected_rows(names: Sequence[str], frameworks: Sequence[str], shapes: Sequence[str], modes: Sequence[str]) -> int:
    specs = [find(name) for name in names] or list(ZOO.values())
    each = sum(len([m for m in MODES[f] if not modes or m in modes]) for f in frameworks if f in MODES)
    return sum(3 * each for shape in shapes for s in specs if fits(s, SHAPES.get(shape, ())))


def run(
    names: Sequence[str],
    frameworks: Sequence[str],
    shapes: Sequence[str],
    modes: Sequence[str],
    seconds: float,
    as_json: bool,
    save: Path | None,
    chart: Path | None,
) -> int:
    """Measure with a progress bar, and show; the exit status."""
    from actzoo.bench._show import draw, tables

    columns = (TextColumn("{task.description:<36}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(
        *columns, console=Console(stderr=True), transient=True, disable=not Console(stderr=True).is_terminal
    ) as progress:
        task = progress.add_task("starting", total=expected_rows(names, frameworks, shapes, modes))
        report = measure(
            names, frameworks, shapes, modes, seconds, lambda text: progress.update(task, advance=1, description=text)
        )
    text = json.dumps(report.as_data(), indent=1)
    if as_json:
        print(text)
    else:
        console = Console()
        console = Console(width=max(console.width, 150))
        for part in tables(report):
            console.print(part, highlight=False)
    if save:
        save.write_text(text, encoding="utf-8")
    if chart:
        draw(report, chart)
    for framework, why in report.missing.items():
        complain(f"{framework}: {why}")
    measured = any(not row.message for row in report.rows)
    if not measured and not report.missing:
        complain("nothing was measured")
    return 0 if measured and not report.missing else 1


def rows_of(report: Report) -> Iterator[tuple[tuple[str, str, tuple[int, ...]], list[Row]]]:
    """Rows of one framework, mode and shape."""
    keys = dict.fromkeys((row.framework, row.mode, row.shape) for row in report.rows)
    for key in keys:
        yield key, [row for row in report.rows if (row.framework, row.mode, row.shape) == key]
