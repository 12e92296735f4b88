"""`actzoo port`: its options, as a person types them. What it does is in `actzoo.port`, which is imported late."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

from actzoo._bar import bar
from actzoo._errors import errors, fail
from actzoo._parity_command import pythons

if TYPE_CHECKING:
    from actzoo.port import Result


def port(
    files: Annotated[list[Path], typer.Argument(help="Notebooks (.ipynb) and sources (.py) that use Paddle.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The folder to write into.")] = Path("ported"),
    weights: Annotated[list[Path] | None, typer.Option(help="A .pdparams, .pdopt or .pdiparams to carry over.")] = None,
    pt: Annotated[bool, typer.Option("--pt", help="Write weights in torch's own format, not safetensors.")] = False,
    paddle_version: Annotated[str, typer.Option(help="What the sources are written for: 2.x or 3.x.")] = "2.x",
    use_zoo: Annotated[
        bool,
        typer.Option(
            "--use-zoo", help="Use the zoo's activations, also for classes that compute the same: these are run."
        ),
    ] = False,
    observe: Annotated[
        bool,
        typer.Option(
            "--observe",
            help="Where reading does not tell a tensor from an array, decide by what was there when the file ran: "
            "it is RUN AS A WHOLE, once, in its folder.",
        ),
    ] = False,
    verify: Annotated[bool, typer.Option("--verify", help="Run the original and the port, and compare them.")] = False,
    model: Annotated[str | None, typer.Option(help="With --verify: the variable that holds the model.")] = None,
    shape: Annotated[
        list[str] | None, typer.Option(help="With --verify: the shape of an input, as 2,3,32,32; one for each.")
    ] = None,
    python: Annotated[
        list[str] | None, typer.Option(help="With --verify, --observe: another interpreter, as paddle=/path/to/python.")
    ] = None,
    prefix: Annotated[
        str, typer.Option(help="With --weights: take the keys that begin so, without it; 'Student.' for example.")
    ] = "",
    force: Annotated[
        bool, typer.Option("--force", help="Write over files in the folder that are no port's, or were changed.")
    ] = False,
    timeout: Annotated[
        float,
        typer.Option(help="With --verify: seconds that either has for one request; with --observe: for the file."),
    ] = 900.0,
) -> None:
    """Port Paddle sources and weights to torch.

    Exit status 0 if everything was mapped (and verified), 1 if something needs a hand, 2 for a wrong call.
    """
    try:
        from actzoo.port import Observing, port_all, verified
        from actzoo.port.report import write_again, write_report
    except ImportError as error:
        raise fail(f"{error.name} is not installed: pip install 'actzoo[port]'") from None
    carried = weights or []
    for given, name, needed, switch in (
        (model, "--model", verify, "--verify"),
        (shape, "--shape", verify, "--verify"),
        (prefix, "--prefix", carried, "--weights"),
    ):
        if given and not needed:
            raise fail(f"{name} is for {switch}, which is not given")
    if timeout <= 0:
        raise fail(f"--timeout is a number of seconds above 0, got {timeout:g}")
    try:
        others, shapes = pythons(python or ()), _shapes(shape or ())
        with bar(errors) as tell:
            result = port_all(
                files,
                carried,
                output,
                _major(paddle_version),
                use_zoo,
                Observing(others, timeout) if observe else None,
                pt,
                prefix,
                tell,
                force,
                lambda result, stage: write_report(result, stage, output),
            )
        if verify:
            with bar(errors) as tell:
                result = result.with_proof(verified(result, model, shapes, tell, others, timeout))
            write_again(result, output, [*files, *carried])
    except (ValueError, SyntaxError, OSError) as error:
        raise fail(error) from None
    _show(result, output)
    raise typer.Exit(0 if result.complete else 1)


def _shapes(texts: Sequence[str]) -> tuple[tuple[int, ...], ...] | None:
    """`2,3,32,32` as numbers."""
    try:
        return tuple(tuple(map(int, each.split(","))) for each in texts) or None
    except ValueError:
        raise fail(f"--shape is sizes, as 2,3,32,32; got '{' '.join(texts)}'") from None


def _major(text: str) -> int:
    """`2.x`, `2` and `2.6.1` as 2."""
    head = text.partition(".")[0]
    if head not in ("2", "3"):
        raise fail(f"--paddle-version is 2.x or 3.x, got '{text}'")
    return int(head)


def _show(result: Result, output: Path) -> None:
    """What was done, and each place that needs a hand."""
    console = Console()

    def say(text: str) -> None:
        console.print(escape(text), highlight=False, soft_wrap=True)

    for file in result.files:
        how = "ported" if file.changed else "uses no Paddle, and is copied"
        say(f"{file.source.name}: {how}, {file.target}")
    for each in result.weights:
        say(f"{each.source.name}: {each.arrays} arrays, {each.numbers:,} numbers, {each.target}")
        for key in each.unknown:
            say(f"  {key}: nothing tells whether this is a linear layer's weight; it was left as it is")
        for key in each.misfits:
            say(f"  {key}: left out")
    if result.hands:
        say(f"{len(result.hands)} places need a hand:")
    for mark in result.hands:
        say(f"  {mark.where()}: {mark.reason}" + (f"; {mark.suggestion}" if mark.suggestion else ""))
    for line in result.proof.lines() if result.proof else ():
        say(line)
    say(f"the report: {output / 'report.html'}")
