"""`actzoo parity`: its options, as a person types them. What they do is in `actzoo_parity`, which is imported late."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from actzoo._errors import fail
from actzoo._find import NotFound
from actzoo._output import check_folder, check_target
from actzoo.language import SpecError


def parity(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            help="Activations, or files with activations or pairs of your own, which are imported: their code runs; "
            "all of the zoo by default."
        ),
    ] = None,
    framework: Annotated[
        list[str] | None,
        typer.Option("--framework", "-f", help="torch, paddle, flax, linen; by default the first three."),
    ] = None,
    full: Annotated[
        bool, typer.Option("--full", help="The whole contract: all dtypes, modes, shapes, second derivatives.")
    ] = False,
    dtype: Annotated[list[str] | None, typer.Option(help="float32, float64, float16, bfloat16.")] = None,
    device: Annotated[list[str] | None, typer.Option(help="cpu, cuda.")] = None,
    mode: Annotated[list[str] | None, typer.Option(help="eager, jit, compiled, vmap, amp, ...; see --list.")] = None,
    only: Annotated[list[str] | None, typer.Option(help="Lines by name, * stands for anything.")] = None,
    list_lines: Annotated[bool, typer.Option("--list", help="Name the lines and run none.")] = False,
    seed: Annotated[int, typer.Option(min=0, help="Of the weights and random inputs.")] = 0,
    seeds: Annotated[int, typer.Option(min=1, help="Number of seeds, starting at --seed.")] = 1,
    jobs: Annotated[int | None, typer.Option("--jobs", "-j", min=1, help="Processes at a time; a core each.")] = None,
    shard: Annotated[str, typer.Option(help="Part i of n, as 1/4; --merge puts the saved parts together.")] = "1/1",
    require: Annotated[str, typer.Option(help="Frameworks and devices that have to run: torch,paddle,cuda.")] = "",
    python: Annotated[list[str] | None, typer.Option(help="Another interpreter: paddle=/path/to/python.")] = None,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds that a worker has for one request.")] = 600.0,
    work: Annotated[Path | None, typer.Option(help="The folder in which arrays pass between processes.")] = None,
    report: Annotated[Path | None, typer.Option(help="Write one HTML page into this folder.")] = None,
    save: Annotated[Path | None, typer.Option(help="Write the result as JSON into this file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    native: Annotated[bool, typer.Option("--native", help="Judge the frameworks' own functions instead.")] = False,
    self_test: Annotated[
        bool, typer.Option("--self-test", help="Plant defects in copies of our own code; 99 % have to be caught.")
    ] = False,
    limit: Annotated[
        int | None, typer.Option(min=0, help="With --self-test: defects of each activation and framework; 0 for all.")
    ] = None,
    merge: Annotated[bool, typer.Option("--merge", help="Show saved results, whose files are given, as one.")] = False,
    export: Annotated[Path | None, typer.Option(help="Write golden vectors into this folder.")] = None,
    against: Annotated[Path | None, typer.Option(help="Judge by the golden vectors in this folder.")] = None,
    results: Annotated[
        Path | None, typer.Option(help="With --against: judge results that something else wrote into this folder.")
    ] = None,
) -> None:
    """Run activations through the frameworks, and judge them against the reference by its derived bound.

    Exit status 0 if all that ran hold, 1 if something does not or a framework raised, crashed or hung, 2 for a wrong
    call, for a file that cannot be read or written, or if nothing ran. With --self-test 0 if 99 % of the defects that
    change a result are caught, 1 if fewer are.
    """
    try:
        from actzoo_parity import _selftest as defects
        from actzoo_parity import run as harness
        from actzoo_parity._exchange import ExchangeError
    except ImportError as error:
        raise fail(f"{error.name} is not installed: pip install 'actzoo[parity]'") from None
    if merge and not names:
        raise fail("--merge shows saved results: name their files, as in actzoo parity --merge one.json two.json")
    for given, name, needed, switch in (
        (results, "--results", against, "--against"),
        (limit, "--limit", self_test or None, "--self-test"),
    ):
        if given is not None and needed is None:
            raise fail(f"{name} is for {switch}, which is not given")
    try:
        for target in filter(None, [save]):
            check_target(target, force=True)
        for folder in filter(None, [report, export, work]):
            check_folder(folder)
        output = harness.Output(as_json, report, save)
        choice = harness.Choice(
            names=() if merge else names or (),
            frameworks=framework or (),
            devices=device or (),
            dtypes=dtype or (),
            modes=mode or (),
            level="full" if full else "default",
            only=only or (),
            seeds=range(seed, seed + seeds),
            shard=part(shard),
            native=native,
            require=[r for r in require.split(",") if r],
        )
        machine = harness.Machine(jobs or os.cpu_count() or 1, pythons(python or ()), timeout, work)
        if list_lines:
            for line in choice.lines():
                print(line.id)
            return
        if merge:
            status = harness.merge([Path(name) for name in names or ()], choice, output)
        elif self_test:
            status = defects.self_test(choice, machine, output, defects.LIMIT if limit is None else limit)
        elif export:
            status = harness.export_golden(choice, machine, export)
        else:
            status = harness.run(choice, machine, output, against=against, results=results)
    except (ValueError, LookupError, SpecError, NotFound, ExchangeError) as error:
        raise fail(error.args[0] if error.args else error) from None
    raise typer.Exit(status)


def part(text: str) -> tuple[int, int]:
    """`2/4` as numbers."""
    i, slash, n = text.partition("/")
    if not (slash and i.isdigit() and n.isdigit()):
        raise ValueError(f"a part is written i/n, as 1/4; got '{text}'")
    return int(i), int(n)


def pythons(texts: Sequence[str]) -> dict[str, str]:
    """`paddle=/path/to/python` as a mapping."""
    from actzoo._backend import PACKAGES

    found = {}
    for text in texts:
        framework, sign, path = text.partition("=")
        if not sign or framework not in PACKAGES:
            raise ValueError(f"--python is written framework=path, of {', '.join(PACKAGES)}; got '{text}'")
        if not Path(path).exists():
            raise ValueError(f"no interpreter {path}")
        found[framework] = path
    return found
