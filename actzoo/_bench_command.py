"""`actzoo bench`: its options."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from actzoo._errors import fail
from actzoo._output import check_target


def bench(
    names: Annotated[list[str] | None, typer.Argument(help="Activations of the zoo; by default all.")] = None,
    framework: Annotated[list[str] | None, typer.Option("--framework", "-f", help="torch, paddle, flax; all.")] = None,
    shape: Annotated[list[str] | None, typer.Option(help="image, sequence, flat, tiny, large; image.")] = None,
    mode: Annotated[list[str] | None, typer.Option(help="eager, compiled (torch, Paddle), jit (Flax); all.")] = None,
    seconds: Annotated[float, typer.Option(min=0, max=3600, help="Seconds for each comparison.")] = 1.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    save: Annotated[Path | None, typer.Option(help="A file for the same JSON.")] = None,
    chart: Annotated[Path | None, typer.Option(help="A PNG or SVG file for a chart.")] = None,
) -> None:
    """Compare speed and memory: ours, the framework's own, a plain composition, relu, a copy.

    Contenders take turns; times are medians, and ratios are of times in the same round. Exit status 1 if a framework
    could not be measured.
    """
    try:
        from actzoo.bench.run import run
    except ModuleNotFoundError as error:
        raise fail(f"{error.name} is not installed: pip install 'actzoo[bench]'") from None

    try:
        for target in filter(None, [save, chart]):
            check_target(target, force=True)
        status = run(
            names or [],
            framework or ["torch", "paddle", "flax"],
            shape or ["image"],
            mode or [],
            seconds,
            as_json,
            save,
            chart,
        )
    except (LookupError, ValueError) as error:
        raise fail(error.args[0] if error.args else error) from None
    raise typer.Exit(status)
