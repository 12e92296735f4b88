"""`actzoo weights`: its options, as a person types them. What it does is in `actzoo.weights.files`, imported late."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from actzoo._parity_command import errors, fail

if TYPE_CHECKING:
    from actzoo.weights.files import Carried, Contents

TARGETS = ("torch", "flax")


def weights(
    file: Annotated[Path, typer.Argument(help="A .pdparams, .pdopt, .pdiparams or Paddle's safetensors.")],
    to: Annotated[str | None, typer.Option(help="Write the weights for torch or flax.")] = None,
    pt: Annotated[bool, typer.Option("--pt", help="Write torch's own format, not safetensors.")] = False,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="The file to write.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show what a file of Paddle weights holds, and write it for another framework. Nothing in the file is run.

    Exit status 0; 1 if nothing tells the layout of an array, which is then listed; 2 for a file that cannot be read.
    """
    from actzoo.weights.files import WeightsFileError, carry, read_weights, write_pt, write_safetensors

    if to not in (None, *TARGETS):
        raise fail(f"--to is torch or flax, got '{to}'")
    if (pt or output) and to is None:
        raise fail("nothing is written without --to torch or --to flax")
    if pt and to == "flax":
        raise fail("--pt is torch's own format: --to torch")
    try:
        contents = read_weights(file)
        carried = carry(contents, to or "torch")
        _show(contents, carried, to, as_json)
        if to:
            path = output or file.with_suffix(".pt" if pt else ".safetensors")
            if path == file:
                raise WeightsFileError(f"{path} is the file itself; name another with -o")
            (write_pt if pt else write_safetensors)(carried.arrays, path)
            errors.print(f"wrote {path}", highlight=False)
    except ImportError as error:
        raise fail(f"{error.name} is not installed: pip install 'actzoo[port]', or torch for --pt") from None
    except WeightsFileError as error:
        raise fail(error) from None
    raise typer.Exit(0 if carried.complete else 1)


def _show(contents: Contents, carried: Carried, to: str | None, as_json: bool) -> None:
    """The arrays, what they become, and what has no certain place."""
    from actzoo.weights.files import kind_of

    rows: list[dict[str, Any]] = [
        {
            "key": key,
            "shape": list(bits.array.shape),
            "dtype": bits.dtype,
            "layer": kind_of(contents.names.get(key, key)) or "",
            "becomes": carried.keys.get(key) if to else None,
            "became": list(carried.arrays[carried.keys[key]].array.shape) if to and key in carried.keys else None,
        }
        for key, bits in contents.arrays.items()
    ]
    unsure = {"unknown": carried.unknown, "misfits": carried.misfits, "repeated": carried.repeated}
    if as_json:
        rest = {key: repr(value) for key, value in contents.rest.items()}
        print(json.dumps({"format": contents.format, "arrays": rows, "rest": rest, **unsure}, indent=2))
        return
    console = Console()
    count = sum(bits.array.size for bits in contents.arrays.values())
    console.print(f"{contents.format}: {len(rows)} arrays, {count:,} numbers", highlight=False)
    table = Table(box=None)
    for head in ("key", "shape", "dtype", "layer", *((to, "shape") if to else ())):
        table.add_column(head, overflow="fold")
    for row in rows:
        new = (row["becomes"] or "-", str(tuple(row["became"] or ()))) if to else ()
        table.add_row(row["key"], str(tuple(row["shape"])), row["dtype"], row["layer"], *new)
    console.print(table)
    for key, value in contents.rest.items():
        console.print(escape(f"{key}: {str(value)[:100]}"), highlight=False, soft_wrap=True)
    told = {
        "unknown": "nothing tells whether this is a linear layer's weight, so it was left as it is",
        "misfits": "has no place in the other framework, and was left out",
        "repeated": "stands in the file a second time, and was left out",
    }
    for name, keys in unsure.items():
        for key in keys:
            console.print(escape(f"{key}: {told[name]}"), highlight=False, soft_wrap=True)
