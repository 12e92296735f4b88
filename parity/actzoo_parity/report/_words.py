"""Numbers and foreign text as a reader sees them. Knows no page and no terminal."""

from __future__ import annotations

import math
import re
import shlex
from collections.abc import Iterable

import ml_dtypes
import numpy as np

from .._record import Record
from ..arithmetic._formats import FORMATS

POINTWISE = ("value", "gradient of x", "second derivative", "tangent")
"""The outputs of an element-wise function whose bound is k units in the last place."""

READ = ("value", "gradient of x", "gradient", "second derivative", "tangent", "updated", "initial")
"""The order in which a reader looks at outputs, by how their names begin."""


def printable(text: str) -> str:
    """Text of a worker, with line ends kept and whatever steers a terminal or turns text round written as an escape."""
    if text.isprintable():
        return text
    return "".join(c if c == "\n" or c.isprintable() else _escape(c) for c in text.replace("\t", "    "))


def one_line(text: str) -> str:
    """Text that cannot leave its line."""
    return "".join(c if c.isprintable() else _escape(c) for c in text)


def _escape(character: str) -> str:
    return character.encode("unicode_escape", "backslashreplace").decode("ascii")


def decimal(value: float, dtype: str) -> str:
    """The shortest text that is this number of the dtype; of a number between two, as many digits as tell it apart."""
    form = FORMATS.get(dtype)
    if form is None or not math.isfinite(value):
        return str(value)
    if bool(form.holds(np.asarray(value))):
        return str(np.dtype(getattr(ml_dtypes, dtype, dtype)).type(value))
    return f"{value:.{min(17, int(form.digits * math.log10(2)) + 3)}g}"


def hexadecimal(value: float) -> str:
    """As `float.fromhex` reads it: -0x1.8p+3."""
    return re.sub(r"\.?0*p", "p", value.hex()) if math.isfinite(value) else value.hex()


def times(ratio: float) -> str:
    """An error over its bound; what is over 1 does not look like 1."""
    if not math.isfinite(ratio):
        return str(ratio)
    text = f"{ratio:.2f}" if ratio < 99.5 else f"{ratio:.3g}"
    return f"{ratio:.6g}" if ratio > 1 and text == "1.00" else text


def short(value: float) -> str:
    """A size that nobody computes with, to three digits."""
    return f"{value:.3g}"


def ulps_reached(record: Record, output: str) -> float | None:
    """The k that the worst point needed, of the k that the bound allows; None where the bound is none of that kind."""
    comparison = record.outputs[output]
    form = FORMATS.get(record.dtype)
    if comparison.x is None or form is None or output not in POINTWISE:
        return None
    return comparison.ratio * form.ulps


def ulps_allowed(record: Record) -> int:
    """The k that the bound allows an element-wise function in this dtype."""
    return FORMATS[record.dtype].ulps if record.dtype in FORMATS else 0


def ulps_there(record: Record, output: str) -> float:
    """The error at the worst point in units in the last place."""
    c = record.outputs[output]
    form = FORMATS.get(record.dtype)
    if form is None or not math.isfinite(c.expected) or not math.isfinite(c.actual):
        return 0.0 if c.actual == c.expected else math.inf
    with np.errstate(over="ignore"):
        return float(abs(c.actual - c.expected) / form.spacing(np.asarray(c.expected)))


def in_order(outputs: Iterable[str]) -> list[str]:
    """Names of outputs in the order in which they are read."""
    return sorted(
        outputs, key=lambda name: next((i for i, begin in enumerate(READ) if name.startswith(begin)), len(READ))
    )


def place(index: tuple[int, ...]) -> str:
    return f"[{', '.join(map(str, index))}]"


def arguments(record: Record) -> list[str]:
    """What `actzoo` is called with to run this line alone; of pairs in a file, all of the file's."""
    origin = {name: one_line(text) for name, text in record.origin.items()}
    if "pairs" in origin:
        return ["parity", origin["pairs"]]
    found = ["parity"]
    found += [f"{origin['file']}:{one_line(record.activation)}"] if "file" in origin else []
    found += ["--native"] if "native" in origin else []
    found += ["--device", one_line(record.device)] if record.device != "cpu" else []
    found += ["--seed", str(record.seed)] if record.seed else []
    for folder in ("against", "results"):
        found += [f"--{folder}", origin[folder]] if folder in origin else []
    return [*found, "--only", one_line(record.id)]


def command(record: Record) -> str:
    """The command that runs this line alone."""
    return shlex.join(["actzoo", *arguments(record)])


def counted(number: int, noun: str) -> str:
    """1,240 lines."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
