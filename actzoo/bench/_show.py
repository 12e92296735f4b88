"""Comparisons as tables, and as a chart."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table

from actzoo.bench._measure import Ratio
from actzoo.bench._rows import Row

if TYPE_CHECKING:
    from actzoo.bench.run import Report

CONTENDERS = ("native", "plain", "published", "relu", "copy")


def tables(report: Report) -> Iterator[Table | str]:
    """A table for each framework, mode and shape; below, what it was measured with."""
    from actzoo.bench.run import rows_of

    for (framework, mode, shape), rows in rows_of(report):
        size = "x".join(map(str, shape))
        table = Table(title=f"{framework} {mode}, {size}: forward + backward, ours to", box=None, title_justify="left")
        table.add_column("activation", no_wrap=True)
        table.add_column("ms", justify="right")
        for name in CONTENDERS:
            table.add_column(name, justify="right")
        table.add_column("forward ms", justify="right")
        table.add_column("kept", justify="right")
        table.add_column("peak", justify="right")
        for name in dict.fromkeys(row.activation for row in rows):
            table.add_row(name, *cells({row.step: row for row in rows if row.activation == name}))
        yield table
        yield ""
    for framework, facts in report.facts.items():
        yield f"{framework}: " + ", ".join(f"{name} {value}" for name, value in facts.items())
    yield "A ratio is the median of rounds (its quartiles); kept and peak are in inputs, ours (plain)."


def cells(steps: dict[str, Row]) -> list[str]:
    """Of one activation."""
    both, forward, memory = (steps.get(step) for step in ("both", "forward", "memory"))
    if both is None or both.message:
        return [both.message.splitlines()[0][:60] if both else "", *[""] * (len(CONTENDERS) + 3)]
    found = [f"{1e3 * both.seconds['ours']:.2f}"]
    found += [shown(both.ratios.get(name)) for name in CONTENDERS]
    found.append(f"{1e3 * forward.seconds['ours']:.2f}" if forward else "")
    found.append(pair(both.kept))
    return [*found, pair(memory.peaks if memory else {})]


def shown(ratio: Ratio | None) -> str:
    return "" if ratio is None else f"{ratio.median:.2f} ({ratio.low:.2f}-{ratio.high:.2f})"


def pair(by_contender: object) -> str:
    """Ours, and the plain way's."""
    assert isinstance(by_contender, dict)
    if "ours" not in by_contender:
        return ""
    plain = f" ({by_contender['plain']:.1f})" if "plain" in by_contender else ""
    return f"{by_contender['ours']:.2f}{plain}"


def draw(report: Report, path: Path) -> None:
    """Bars of forward and backward in units of `relu`, for each framework, mode and shape: ours, native, plain."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    from actzoo.bench.run import rows_of

    groups = [(key, [r for r in rows if r.step == "both" and r.seconds]) for key, rows in rows_of(report)]
    groups = [(key, rows) for key, rows in groups if rows]
    names = ("ours", "native", "plain", "published")
    height = max((len(rows) for _, rows in groups), default=1)
    figure, axes = plt.subplots(1, len(groups), figsize=(5.5 * len(groups), 1.5 + 0.42 * height), squeeze=False)
    for axis, ((framework, mode, shape), rows) in zip(axes[0], groups, strict=True):
        for i, name in enumerate(names):
            at = [j - 0.3 + 0.2 * i for j, row in enumerate(rows) if name in row.seconds]
            widths = [row.seconds[name] / row.seconds["relu"] for row in rows if name in row.seconds]
            axis.barh(at, widths, 0.2, label=name)
        axis.axvline(1, color="black", linewidth=0.8)
        axis.set_yticks(range(len(rows)), [row.activation for row in rows])
        axis.set_xscale("log")
        axis.set_xlabel("time of relu")
        axis.set_title(f"{framework} {mode}, {'x'.join(map(str, shape))}")
        axis.invert_yaxis()
    axes[0][0].legend(loc="lower right")
    figure.tight_layout()
    figure.savefig(path, dpi=110)
