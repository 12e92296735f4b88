"""`actzoo weights`: its options, as a person types them. What it does is in `actzoo.weights.files`, imported late."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from actzoo._errors import errors, fail
from actzoo._output import OutputError, Writing, check_target

if TYPE_CHECKING:
    from actzoo.weights.files import Carried, Contents

TARGETS = ("torch", "flax")
WEIGHTS = (".pdparams", ".pdiparams", ".safetensors")
"""Suffixes that the name of the written file does not repeat; `.pdopt` is kept, as `x.pdparams` may lie beside it."""
LISTS = {
    "by_use": "its name tells no layer, and its use in the program does",
    "unknown": "nothing tells which layer it belongs to, so it was left as it is",
    "misfits": "it has no place in the other framework, and was left out",
    "repeated": "it is the same array as a recurrent layer's own, under a second name, and was left out",
}


def weights(
    file: Annotated[str, typer.Argument(help="A .pdparams, .pdopt or .pdiparams file, or Paddle's safetensors.")],
    to: Annotated[str | None, typer.Option(help="Write the weights for torch or flax.")] = None,
    pt: Annotated[bool, typer.Option("--pt", help="Write torch's own format, not safetensors.")] = False,
    output: Annotated[str | None, typer.Option("--output", "-o", help="Write this file.")] = None,
    prefix: Annotated[
        str | None, typer.Option(help="Take only the keys that begin with this text, and remove it from them.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that exists.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show the arrays in a file of Paddle weights, and write them for another framework.

    Nothing in the file is run. The written file lies beside it: model.pdparams becomes model.torch.safetensors.

    Exit status: 0; 1 if an array is listed whose layer nothing tells, or that has no place in the other framework;
    2 for a file that cannot be read or written.
    """
    from actzoo.weights.files import WeightsFileError, carry, read_weights, without_prefix, wrapped_in

    if to not in (None, *TARGETS):
        raise fail(f"--to is torch or flax, got '{to}'")
    if (pt or force or output is not None) and to is None:
        raise fail("nothing is written without --to torch or --to flax")
    if pt and to == "flax":
        raise fail("--pt is torch's own format: --to torch")
    if output == "":
        raise fail("the name after -o is empty")
    if output and not pt and output.endswith((".pt", ".pth")):
        raise fail(f"{output} is a name of torch's own format; say --pt too, or choose another name")
    if output and pt and output.endswith(".safetensors"):
        raise fail(f"{output} is a name of safetensors, and --pt writes torch's own format; choose another name")
    try:
        whole = read_weights(file)
        if prefix is None:
            prefix = wrapped_in(whole)
        contents = without_prefix(whole, prefix, Path(file).name)
        carried = carry(contents, to or "torch")
        target = _target(Path(file), to, pt, output) if to else None
        sources = [Path(file), *whole.beside]
        if target:
            check_target(target, sources, force)
        _show(contents, whole, carried, to, as_json, prefix)
        if target:
            _write(carried, target, pt, sources, force)
    except ImportError as error:
        raise fail(f"{error.name} is not installed: pip install 'actzoo[port]', or torch for --pt") from None
    except (WeightsFileError, OutputError) as error:
        raise fail(error) from None
    raise typer.Exit(0 if carried.complete else 1)


def _target(file: Path, to: str, pt: bool, output: str | None) -> Path:
    """The file to write: `-o`, or one beside the source whose name says what it is for."""
    stem = file.stem if file.suffix in WEIGHTS else file.name
    return Path(output) if output else file.with_name(f"{stem}.{to}.{'pt' if pt else 'safetensors'}")


def _write(carried: Carried, target: Path, pt: bool, sources: list[Path], force: bool) -> None:
    from actzoo.weights.files import write_pt, write_safetensors

    try:
        with Writing(sources, force) as writing:
            (write_pt if pt else write_safetensors)(carried.arrays, writing.beside(target))
    except OSError as error:
        raise OutputError(f"{target} cannot be written: {error.strerror or error}") from None
    errors.print(escape(f"wrote {target}"), highlight=False, soft_wrap=True)


def _show(contents: Contents, whole: Contents, carried: Carried, to: str | None, as_json: bool, prefix: str) -> None:
    """The arrays, what they become, and what has no certain place."""
    rows: list[dict[str, Any]] = [
        {
            "key": key,
            "shape": list(bits.array.shape),
            "dtype": bits.dtype,
            "layer": carried.layers.get(key, ""),
            "becomes": carried.keys.get(key) if to else None,
            "became": list(carried.arrays[carried.keys[key]].array.shape) if to and key in carried.keys else None,
        }
        for key, bits in contents.arrays.items()
    ]
    others = len(whole.arrays) - len(contents.arrays)
    unsure = {name: getattr(carried, name) for name in LISTS}
    if as_json:
        rest = {key: repr(value) for key, value in whole.rest.items()}
        found = {"format": contents.format, "prefix": prefix, "left_out": others, "arrays": rows, "rest": rest}
        print(json.dumps(found | unsure, indent=2))
        return
    console = Console()

    def line(text: str) -> None:
        console.print(_printable(text), highlight=False, soft_wrap=True)

    count = sum(bits.array.size for bits in contents.arrays.values())
    line(f"{contents.format}: {len(rows)} arrays, {count:,} numbers")
    for note in _notes(contents, prefix, others):
        line(note)
    table = Table(box=None)
    for head in ("key", "shape", "dtype", "layer", *((to, "shape") if to else ())):
        table.add_column(head, overflow="fold")
    for row in rows:
        new = (row["becomes"] or "-", str(tuple(row["became"] or ()))) if to else ()
        table.add_row(*map(_printable, (row["key"], str(tuple(row["shape"])), row["dtype"], row["layer"], *new)))
    console.print(table)
    for key, value in whole.rest.items():
        line(f"{key}: {str(value)[:100]}")
    for name, keys in unsure.items():
        for key in keys:
            line(f"{key}: {LISTS[name]}")


def _notes(contents: Contents, prefix: str, others: int) -> list[str]:
    """What was taken off the keys, and what might be."""
    from actzoo.weights.files import common_start

    if prefix:
        left = f"; {others} arrays whose keys begin otherwise are left out" if others else ""
        return [f"'{prefix}' is taken off every key (--prefix '' leaves it){left}"]
    start = common_start(contents)
    return [f"every key begins with '{start}' (--prefix {start} takes it off)"] if start else []


def _printable(text: str) -> str:
    """Without markup of ours, and without what would steer a terminal."""
    return escape("".join(each if each.isprintable() else repr(each)[1:-1] for each in text))
