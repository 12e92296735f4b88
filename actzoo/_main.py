"""The command line. Knows no framework; imports what a command needs when it runs."""

from __future__ import annotations

import ast
import json
import sys
import textwrap
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from actzoo._bench_command import bench
from actzoo._errors import errors, fail, one_line
from actzoo._find import NotFound, find_specs
from actzoo._output import Writing
from actzoo._parity_command import parity
from actzoo._port_command import port
from actzoo._weights_command import weights
from actzoo.language import Spec, SpecError

app = typer.Typer(
    help="Activations written once, rendered into native PyTorch, Paddle and Flax code.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
console = Console()

NAME = "An activation of the zoo (mish, Mish) or of a file (mine.py:hard_mish), which is imported: its code runs."
Name = Annotated[str, typer.Argument(help=NAME)]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def wanted(name: str) -> list[Spec]:
    try:
        return find_specs(name)
    except (NotFound, SpecError) as error:
        raise fail(error) from None


def print_version(wanted: bool) -> None:
    if wanted:
        from actzoo import __version__

        print(__version__)
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Activations written once, rendered into native PyTorch, Paddle and Flax code."""


@app.command("list")
def list_(as_json: Json = False) -> None:
    """List the zoo."""
    from actzoo._show import summary
    from actzoo.zoo import ZOO

    rows = [summary(s) for s in ZOO.values()]
    if as_json:
        print(json.dumps(rows, indent=2))
        return
    table = Table("name", "class", "kind", "what it is", "paper", box=None)
    for row in rows:
        table.add_row(row["name"], row["class"], row["kind"], row["summary"], row["paper"] or "")
    console.print(table)


@app.command()
def show(
    name: Name,
    as_json: Json = False,
    channels: Annotated[int, typer.Option(min=1, help="Channels that the shapes are for.")] = 64,
    option: Annotated[list[str] | None, typer.Option(help="An option for the shapes, as reduction=4.")] = None,
) -> None:
    """Show a formula, its parameters and coefficients, state keys in each framework, and known differences."""
    from actzoo._show import details

    options = dict(parse_option(o) for o in option or [])
    try:
        found = [details(s, channels, **options) for s in wanted(name)]
    except (TypeError, ValueError) as error:
        raise fail(error) from None
    if as_json:
        print(json.dumps(found if len(found) > 1 else found[0], indent=2))
        return
    for detail in found:
        print_details(detail)


def parse_option(text: str) -> tuple[str, Any]:
    """`reduction=4` as a name and a value; what is no Python literal is text."""
    name, sign, value = text.partition("=")
    if not sign:
        raise fail(f"an option is written name=value, got '{text}'")
    try:
        return name, ast.literal_eval(value)
    except (ValueError, SyntaxError):
        return name, value


def print_details(detail: dict[str, Any]) -> None:
    from actzoo.policies import described

    def section(title: str) -> None:
        console.print(f"\n[bold]{title}[/]")

    console.print(f"[bold]{detail['class']}[/] ({detail['name']}), {detail['kind']}", highlight=False)
    console.print(escape(detail["doc"]), highlight=False, soft_wrap=True)
    if detail["paper"]:
        console.print(f"https://arxiv.org/abs/{detail['paper']}", highlight=False)
    section("Formula")
    console.print(escape(detail["formula"]), highlight=False, soft_wrap=True)
    for head, text in detail["formulas"].items():
        console.print(escape(f"\n{head}:\n{textwrap.indent(text, '    ')}"), highlight=False, soft_wrap=True)
    if detail["parts"]:
        section("Parts")
        for name, text in detail["parts"].items():
            console.print(f"{name}: {escape(text)}", highlight=False, soft_wrap=True)
    if detail["options"]:
        section("Options")
        for name, o in detail["options"].items():
            console.print(escape(f"{name}: {o['type']} = {o['default']!r}"), highlight=False)
    if detail["coefficients"]:
        section("Coefficients")
        for name, shape in detail["coefficients"].items():
            console.print(f"{name}: {shape}", highlight=False)
    if detail["parameters"]:
        channels = f" for {detail['channels']} channels" if detail["channels"] else ""
        section(f"State{channels}: {detail['learnt']:,} learnt numbers")
        frameworks = list(detail["parameters"][0]["keys"])
        table = Table(box=None)
        for head in (*frameworks, "shape in torch", "initial value"):
            table.add_column(head, overflow="fold")
        for p in detail["parameters"]:
            table.add_row(*p["keys"].values(), escape(str(tuple(p["shape"]))), escape(p["init"]))
        console.print(table)
    if detail["policies"]:
        section("Policies")
        for line in described(detail["policies"]):
            console.print(escape(line), highlight=False, soft_wrap=True)
    if detail["differences"]:
        section("The frameworks' own")
        for framework, text in detail["differences"].items():
            console.print(f"{framework}: {escape(text)}", highlight=False)


@app.command()
def render(
    name: Annotated[str | None, typer.Argument(help=NAME)] = None,
    to: Annotated[str, typer.Option(help="torch, paddle, flax (NNX) or linen.")] = "torch",
    output: Annotated[Path | None, typer.Option("--output", "-o", help="A file to write to.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that exists.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Compare the committed packages with the specs.")] = False,
    write: Annotated[bool, typer.Option("--write", help="Write the committed packages.")] = False,
) -> None:
    """Render an activation as one source file that imports its framework and nothing else."""
    from actzoo.render import render as source

    if check or write:
        if name is not None:
            raise fail("--check and --write are about the whole zoo: give no name")
        _packages(write)
        return
    if name is None:
        raise fail("which activation? 'actzoo list' lists them")
    specs = wanted(name)
    if len(specs) > 1:
        raise fail(f"{name} has several activations: {', '.join(f'{name}:{s.name}' for s in specs)}")
    try:
        text = source(specs[0], to)
        if output is None:
            print(text, end="")
            return
        with Writing([Path(specs[0].source.file)], force) as writing:
            writing.write(output, text.encode())
    except (ValueError, NotImplementedError, SpecError) as error:
        raise fail(error) from None


def _packages(write: bool) -> None:
    from actzoo.render import stale

    files = stale(write)
    for path, state in files.items():
        console.print(f"{state} {path}", highlight=False)
    if files and not write:
        errors.print("the rendered packages differ from the specs: actzoo render --write")
        raise typer.Exit(1)
    if not files:
        console.print("the rendered packages agree with the specs")


app.command()(parity)
app.command()(port)
app.command()(bench)
app.command()(weights)


def main(arguments: list[str] | None = None) -> None:
    """The command `actzoo`; ends the process."""
    with one_line():
        status = app(arguments, standalone_mode=False)
    sys.exit(status or 0)
