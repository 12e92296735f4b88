"""Planted defects in a terminal: what was caught, by activation and by family, and each that survived."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from .._defect import Counts, Defect, count
from ._words import counted, one_line

COLUMNS = ("planted", "caught", "raised", "survived", "no change", "share", "without raised")


def print_defects(console: Console, defects: Sequence[Defect], left_out: Sequence[str]) -> None:
    """Tables, survivors, those that change nothing by their reasons, what was not run."""
    console.print(_table("framework", defects, lambda d: d.framework))
    console.print()
    console.print(_table("activation", defects, lambda d: f"{d.activation} {d.framework}"))
    console.print()
    console.print(_table("family", defects, lambda d: d.family))
    console.print()
    for defect in defects:
        if defect.fate == "survived":
            console.print(Text(f"survived: {_place(defect)}\n    differs in {one_line(defect.where)}"), soft_wrap=True)
    for defect in defects:
        if defect.fate == "no change":
            console.print(Text(f"no change: {_place(defect)}: {one_line(defect.reason)}", style="dim"), soft_wrap=True)
    _print_left_out(console, left_out)
    for reason, n in Counter(d.reason for d in defects if d.fate == "not run").items():
        console.print(Text(f"not run: {reason} ({counted(n, 'defect')})", style="yellow"), soft_wrap=True)
    total = count(defects)
    console.print(
        Text(
            f"{counted(total.planted, 'defect')}: {total.caught:,} caught by a comparison, {total.raised:,} by an "
            f"error, {total.survived:,} survived, {total.unchanged:,} change no result; caught {_percent(total.share)} "
            f"of what changes a result, {_percent(total.compared)} without errors",
            style="bold",
        ),
        soft_wrap=True,
    )


def _print_left_out(console: Console, left_out: Sequence[str]) -> None:
    """On what the right code does not hold, by the output or the error; the first line of each."""
    lines: dict[tuple[str, str], list[str]] = {}
    for text in left_out:
        name, _, why = text.partition(": ")
        lines.setdefault((name.partition("[")[0].partition("-")[0], why[:100]), []).append(name)
    for (_, why), names in lines.items():
        more = f" and {counted(len(names) - 1, 'more line')}" if len(names) > 1 else ""
        text = f"left out, since the right code does not hold: {one_line(why)} of {one_line(names[0])}{more}"
        console.print(Text(text, style="yellow"), soft_wrap=True)


def _place(defect: Defect) -> str:
    return (
        f"{defect.framework} {defect.activation}, {defect.family}, line {defect.line}: {one_line(defect.description)}"
    )


def _table(title: str, defects: Sequence[Defect], by: Callable[[Defect], str]) -> Table:
    groups: dict[str, list[Defect]] = {}
    for defect in defects:
        groups.setdefault(by(defect), []).append(defect)
    table = Table(box=None, pad_edge=False)
    table.add_column(title, no_wrap=True)
    for name in COLUMNS:
        table.add_column(name, justify="right", no_wrap=True)
    for name in sorted(groups):
        table.add_row(name, *_cells(count(groups[name])))
    table.add_row("all", *_cells(count(defects)), style="bold")
    return table


def _cells(c: Counts) -> list[str]:
    numbers = [c.planted, c.caught, c.raised, c.survived, c.unchanged]
    return [f"{n:,}" if n else "" for n in numbers] + [_percent(c.share), _percent(c.compared)]


def _percent(share: float) -> str:
    """Rounded down: 99.96 % is not all."""
    return "" if share != share else f"{int(share * 1000) / 10:.1f} %"
