"""The parity run: every case of some activations through the frameworks, judged, and a table of the verdicts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from actzoo._backend import PACKAGES
from actzoo.language import Spec

from ._cases import Case, cases
from ._evaluate import Expected, evaluate
from ._frameworks import NotRun, quiet
from ._frameworks import run as run_framework
from ._judge import Comparison, judge
from ._registry import find_reference
from ._self import self_reference


@dataclass
class Result:
    """What became of one activation in one framework: its cases, and the worst of them."""

    activation: str
    framework: str
    referenced: bool
    cases: int = 0
    ambiguous: int = 0
    ratio: float = 0.0
    worst: str = ""
    ulp: float = 0.0
    failures: list[str] = field(default_factory=list)
    not_run: str = ""

    @property
    def passed(self) -> bool:
        return not self.failures and not self.not_run and self.cases > 0

    def add(self, name: str, output: str, comparison: Comparison) -> None:
        where = f"{name}: {output}"
        if comparison.ratio >= self.ratio:
            self.ratio, self.worst = comparison.ratio, where
        self.ulp = max(self.ulp, comparison.ulp)
        if not comparison.passed:
            self.failures.append(f"{where}: {describe(comparison)}")


def describe(c: Comparison) -> str:
    """A failed comparison, with what is needed to see it again."""
    if c.failure:
        return c.failure
    return (
        f"at {list(c.index)} expected {c.expected!r}, got {c.actual!r} ({float(c.actual).hex()}), "
        f"off by {c.ratio:.3g} times the bound {c.bound:.3g}"
    )


def expect(case: Case, reference: Any) -> Expected:
    """What the reference says of a case, with the bounds for its dtype."""
    inputs = {"x": case.x} | ({} if case.noise is None else {"noise": case.noise})
    return evaluate(
        reference,
        inputs,
        case.state,
        {**{o.name: o.default for o in case.spec.options}, **_given(case), **case.options},
        dtype=case.x.dtype,
        cotangent=case.cotangent,
        training=case.training,
        elementwise=case.spec.element_wise,
        constants=case.constants,
        layers=case.prefixes,
    )


def _given(case: Case) -> dict[str, Any]:
    """Values of parameters that are plain numbers here."""
    from actzoo.language._declare import Param

    return {n: p.init for n, p in case.spec.parts.items() if isinstance(p, Param) and p.given}


def judge_case(case: Case, reference: Any, frameworks: Sequence[str], results: dict[str, Result]) -> None:
    """One case through the frameworks. What a framework raises is a failure of the case, reported and survived."""
    expected = expect(case, reference)
    for framework in frameworks:
        result = results[framework]
        if result.not_run:
            continue
        try:
            for variant, actual in run_framework(framework, case):
                verdict = judge(expected, actual)
                name = f"{case.name} {variant}".strip()
                for output, comparison in verdict.outputs.items():
                    result.add(name, output, comparison)
            result.cases += 1
            result.ambiguous += expected.ambiguous
        except NotRun as error:
            result.not_run = str(error)
        except Exception as error:  # a framework's own exceptions are many; each is reported with its case
            result.ratio = float("inf")
            text = " ".join(str(error).split())
            result.failures.append(f"{case.name}: {type(error).__name__}: {text[:600]}")


def run_spec(spec: Spec, frameworks: Sequence[str]) -> Iterator[list[Result] | Case]:
    """The cases of an activation as they are judged, and at the end its results."""
    reference = find_reference(spec.name)
    results = {f: Result(spec.name, f, reference is not None) for f in frameworks}
    for case in cases(spec):
        yield case
        judge_case(case, reference or self_reference(spec), frameworks, results)
    yield list(results.values())


def run(specs: Sequence[Spec], frameworks: Sequence[str] | None = None, *, as_json: bool = False) -> int:
    """Judge activations and print the table; the exit status: 0 if all that ran hold, 1 if not, 2 if nothing ran.

    `ValueError` for a framework that there is none of.
    """
    frameworks = list(frameworks or PACKAGES)
    if unknown := [f for f in frameworks if f not in PACKAGES]:
        raise ValueError(f"no framework {', '.join(unknown)}; there are {', '.join(PACKAGES)}")
    quiet()
    results: list[Result] = []
    console = Console(stderr=as_json)
    total = sum(1 for spec in specs for _ in cases(spec))
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress, np.errstate(all="ignore"):
        task = progress.add_task("starting", total=total)
        for spec in specs:
            for step in run_spec(spec, frameworks):
                if isinstance(step, Case):
                    progress.update(task, description=f"{step.spec.name:<14}", advance=1)
                else:
                    results += step
    if as_json:
        print(json.dumps([as_data(r) for r in results], indent=2))
    else:
        report(console, specs, frameworks, results)
    return status(results)


def as_data(result: Result) -> dict[str, Any]:
    """A result for JSON, which has no infinity: null there."""
    finite = {k: v if np.isfinite(v) else None for k, v in vars(result).items() if isinstance(v, float)}
    return {**vars(result), **finite, "passed": result.passed}


def status(results: Sequence[Result]) -> int:
    if any(r.failures for r in results):
        return 1
    return 0 if any(r.cases for r in results) else 2


def report(console: Console, specs: Sequence[Spec], frameworks: Sequence[str], results: Sequence[Result]) -> None:
    """The table, what was not run and why, and each failure with its case."""
    found = {(r.activation, r.framework): r for r in results}
    table = Table("activation", *frameworks, "cases", "against", box=None, title="worst error / bound, float32")
    for spec in specs:
        row = [found[spec.name, f] for f in frameworks]
        against = "reference" if row[0].referenced else "self-consistent only"
        table.add_row(spec.name, *map(cell, row), str(max(r.cases for r in row)), against)
    console.print(table)
    ambiguous = max((r.ambiguous for r in results), default=0)
    if ambiguous:
        console.print(f"Points where either branch's gradient is right: {sum(r.ambiguous for r in results)}")
    for reason in dict.fromkeys(r.not_run for r in results if r.not_run):
        console.print(f"[yellow]not run:[/] {escape(reason)}", highlight=False)
    for result in results:
        for failure in result.failures[:5]:
            console.print(f"[red]{result.framework}[/] {escape(failure)}", highlight=False, soft_wrap=True)
        if len(result.failures) > 5:
            console.print(f"[red]{result.framework}[/] {result.activation}: {len(result.failures) - 5} more")
    ran = [r for r in results if r.cases]
    broken = sum(1 for r in results if r.failures)
    console.print(
        f"{broken} of {len(ran)} do not hold" if broken else f"all {len(ran)} that ran hold" if ran else "nothing ran"
    )


def cell(result: Result) -> str:
    if result.not_run:
        return "[yellow]not run[/]"
    colour = "red" if result.failures else "green"
    return f"[{colour}]{result.ratio:.3f}[/]" if np.isfinite(result.ratio) else f"[{colour}]fails[/]"
