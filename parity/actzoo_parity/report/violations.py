"""Where functions leave the contract: a row for each output of a function that does, with the region of x."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from .._judge import Comparison
from .._record import Record
from ._words import decimal, times

HEADS = ("function", "dtype", "output", "numbers", "worst at", "expected", "got", "bounds", "x")
ORDER = ("value", "gradient of x", "second derivative")


def violations(records: Sequence[Record]) -> Iterator[tuple[Record, str, Comparison]]:
    """Each output beyond its bound: functions in the order of the records, values before derivatives."""
    for record in records:
        for output in ORDER:
            if output in record.outputs and not record.outputs[output].passed:
                yield record, output, record.outputs[output]


def where(record: Record, c: Comparison) -> str:
    """The regions in words, the widest few."""
    ends = [[decimal(v, record.dtype) for v in dict.fromkeys(region[:2])] for region in c.regions]
    rest = c.over - sum(count for *_, count in c.regions)
    return ", ".join(" to ".join(each) for each in ends) + (f", and {rest:,} more" if rest else "")


def print_violations(console: Console, records: Sequence[Record]) -> None:
    """A table a framework, and what was not run."""
    for framework in dict.fromkeys(r.framework for r in records):
        mine = [r for r in records if r.framework == framework]
        table = Table(*HEADS, title=framework, box=None, title_justify="left")
        for record, output, c in violations(mine):
            numbers = [decimal(v, record.dtype) if v is not None else "" for v in (c.x, c.expected, c.actual)]
            name = record.subject.replace(" (native)", "")
            cells = (name, record.dtype, output, f"{c.over:,}", *numbers, times(c.ratio), where(record, c))
            table.add_row(*(Text(cell) for cell in cells))
        console.print(table)
        held = [r for r in mine if r.status == "held"]
        absent = [r for r in mine if r.status in ("not run", "error")]
        console.print(Text(f"{len(mine)} sweeps, {len(held)} hold, {len(absent)} not run"))
        for message in dict.fromkeys(" ".join(r.message.split())[:120] for r in absent):
            console.print(Text(f"not run: {message}"), soft_wrap=True)
        console.print()
