"""Verdicts in a terminal: a table of the worst, counts, and each failure with what it takes to see it again."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from .._record import Record, Status
from ._words import (
    command,
    counted,
    decimal,
    hexadecimal,
    in_order,
    one_line,
    place,
    printable,
    short,
    times,
    ulps_allowed,
    ulps_reached,
    ulps_there,
)
from .snippet import snippet

SHOWN = 5
"""Failures that are written out, of each activation and framework."""

POLICY_AT_NAN = "the derivative where x is NaN is NaN, unless the spec declares another: @activation(nan_slope=...)"

COLOURS: Mapping[Status, str] = {"held": "green", "failed": "red", "error": "red", "not run": "yellow"}


def print_table(console: Console, records: Sequence[Record]) -> None:
    """A table for each dtype and device on which something ran, the counts, and the lines that do not hold."""
    for (dtype, device), some in _grouped(records).items():
        if any(r.status != "not run" for r in some):
            modes = ", ".join(dict.fromkeys(r.mode for r in some))
            title = f"worst error / bound, {one_line(f'{dtype}, {device}: {modes}')}"
            console.print(Text(title, style="italic"), soft_wrap=True)
            console.print(_table(some))
            console.print()
    for line in _counts(records):
        console.print(Text(line), soft_wrap=True)
    _print_failures(console, records)


def describe(record: Record) -> str:
    """A line in words: its name, what became of it, the worst input with all that was compared there, its command."""
    head = f"{one_line(record.id)}: {record.status}"
    if not record.outputs:
        return f"{head}: {printable(record.message)}".rstrip(": ") + _again(record)
    worst = record.worst
    c = record.outputs[worst]
    rows = [f"{head}, {one_line(worst)} {_distance(record, worst)}"]
    compared = not (math.isnan(c.expected) and math.isnan(c.actual))
    if c.failure and not compared:
        rows.append(f"  what      {one_line(c.failure)}")
    if c.x is not None:
        rows.append(f"  input     {_number(c.x, record.dtype)}")
    elif c.index:
        rows.append(f"  at        {place(c.index)}")
    if compared:
        rows += [
            f"  expected  {_number(c.expected, record.dtype)}",
            f"  got       {_number(c.actual, record.dtype)}",
            f"  bound     {short(c.bound)}",
            f"  error     {_error(record)}",
        ]
    if c.x is not None and math.isnan(c.x) and math.isnan(c.expected) != math.isnan(c.actual):
        rows.append(f"  policy    {POLICY_AT_NAN}")
    rows += [f"  also      {one_line(o)} {_distance(record, o)}" for o in _others(record)]
    if record.against != "reference":
        rows.append(f"  against   {one_line(record.against)}")
    if record.message:
        rows.append("  " + printable(record.message).rstrip().replace("\n", "\n  "))
    return "\n".join(rows) + _again(record)


def _error(record: Record) -> str:
    """The error in ulp at the worst point, and the largest if that is elsewhere, where the bound is wider."""
    there, largest = ulps_there(record, record.worst), record.outputs[record.worst].ulp
    return f"{short(there)} ulp" + (f" (elsewhere {short(largest)} ulp, within its bound)" if largest > there else "")


def _again(record: Record) -> str:
    return "" if record.status == "not run" else f"\n  rerun     {command(record)}"


def _others(record: Record) -> list[str]:
    """The other outputs that do not hold."""
    return [name for name in in_order(record.outputs) if name != record.worst and not record.outputs[name].passed]


def _distance(record: Record, output: str) -> str:
    c, k = record.outputs[output], ulps_reached(record, output)
    units = "" if k is None or math.isinf(k) else f" (k = {short(k)}, {ulps_allowed(record)} allowed)"
    return f"{times(c.ratio)} times its bound{units}"


def _number(value: float, dtype: str) -> str:
    return f"{decimal(value, dtype)} = {hexadecimal(value)}"


def _grouped(records: Sequence[Record]) -> dict[tuple[str, str], list[Record]]:
    found: dict[tuple[str, str], list[Record]] = defaultdict(list)
    for record in records:
        found[record.dtype, record.device].append(record)
    return found


def _table(records: Sequence[Record]) -> Table:
    """Activations by frameworks, in the order in which they ran; modes, data and options folded into the worst."""
    frameworks = list(dict.fromkeys(r.framework for r in records))
    cells: dict[str, dict[str, list[Record]]] = defaultdict(lambda: defaultdict(list))
    for record in records:
        cells[record.activation][record.framework].append(record)
    table = Table(box=None, pad_edge=False)
    table.add_column("activation", no_wrap=True)
    for framework in frameworks:
        table.add_column(Text(one_line(framework)), justify="right", no_wrap=True)
    unusual = any(r.against != "reference" for r in records)
    if unusual:
        table.add_column("against")
    for activation, row in cells.items():
        against = dict.fromkeys(one_line(r.against) for some in row.values() for r in some if r.status != "not run")
        shown = [_cell(row.get(f, [])) for f in frameworks]
        table.add_row(Text(one_line(activation)), *shown, *([Text(", ".join(against))] if unusual else []))
    return table


def _cell(records: Sequence[Record]) -> Text:
    """The worst of some lines: `0.52 (4.1 ulp)`. An error counts as worse than any number, and not run as none."""
    ran = [r for r in records if r.status != "not run"]
    if not ran:
        return Text("not run" if records else "", style="yellow")
    if any(r.status == "error" for r in ran):
        return Text("error", style="bold red")
    worst = max(ran, key=lambda r: r.ratio)
    if any(r.status == "failed" for r in ran):
        return Text(f"{times(worst.ratio)} fails", style="bold red")
    k = ulps_reached(worst, worst.worst) if worst.outputs else None
    return Text(times(worst.ratio) + ("" if k is None else f" ({k:.1f} ulp)"), style="green")


def _counts(records: Sequence[Record]) -> list[str]:
    """How much was compared, what did not run and why."""
    found = Counter(r.status for r in records)
    by_status = ", ".join(f"{found[status]:,} {status}" for status in COLOURS if found[status])
    ambiguous = sum(r.ambiguous for r in records)
    lines = [
        f"{counted(len(records), 'line')}: {by_status or 'nothing'}",
        f"{counted(sum(r.points for r in records), 'number')} compared"
        + (f", {ambiguous:,} of them where either branch is right" if ambiguous else ""),
    ]
    reasons = Counter(printable(r.message).strip() or "no reason given" for r in records if r.status == "not run")
    return lines + [f"not run: {reason} ({counted(n, 'line')})" for reason, n in reasons.items()]


def _print_failures(console: Console, records: Sequence[Record]) -> None:
    """What does not hold, the worst first: an error has no number, and comes before any."""
    bad: dict[tuple[str, str], list[Record]] = defaultdict(list)
    for record in records:
        if record.status in ("failed", "error"):
            bad[record.activation, record.framework].append(record)
    for (activation, framework), some in bad.items():
        ordered = sorted(some, key=lambda r: (r.status != "error", -r.ratio))
        for record in ordered[:SHOWN]:
            console.print()
            console.print(Text(describe(record), style="red"), soft_wrap=True)
            code = snippet(record)
            if record.outputs and "print('got'" in code:
                console.print(Text(code.rstrip()), soft_wrap=True)
        if len(some) > SHOWN:
            console.print(
                Text(f"\n{one_line(activation)} in {one_line(framework)}: {len(some) - SHOWN:,} more do not hold")
            )
