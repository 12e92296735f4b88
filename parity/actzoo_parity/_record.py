"""What became of one line of the contract, as plain data that goes to JSON and back. Judges nothing."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from ._judge import Comparison

Status = Literal["held", "failed", "error", "not run"]
Against = Literal["reference", "self-consistent only", "estimated", "golden"]

Curve = list[tuple[float, float, float]]
"""x, the error in ulp and error / bound of the worst point of each bin, by rising x."""


@dataclass(frozen=True)
class Record:
    """One line: a case in a framework, on a device, in a dtype and a mode.

    status     "held", "failed" (over a bound), "error" (raised, crashed, hung), "not run" (is not there)
    options    the activation's, as constructor arguments; `training` is None where it makes no difference
    mode       "eager", "compiled", "vmap", "amp", ..., as the framework's adapter calls it
    data       which input: "sweep", "pixels", "shape-15", ...
    outputs    each comparison by its name: "value", "gradient of x", "second derivative", ...
    curves     for an element-wise function on a sweep, by the output's name
    points     how many numbers were compared, `ambiguous` how many comparisons rounding may turn round
    message    why it is an error or not run, with the end of what the worker printed
    origin     what a command names besides the line: the file of an activation of one's own ("file"), of pairs
               ("pairs"), the folders of golden vectors ("against") and of results ("results"), "native"
    """

    activation: str
    framework: str
    device: str
    dtype: str
    mode: str
    data: str
    status: Status
    against: Against = "reference"
    options: Mapping[str, Any] = field(default_factory=dict)
    training: bool | None = None
    seed: int = 0
    outputs: Mapping[str, Comparison] = field(default_factory=dict)
    curves: Mapping[str, Curve] = field(default_factory=dict)
    points: int = 0
    ambiguous: int = 0
    seconds: float = 0.0
    message: str = ""
    origin: Mapping[str, str] = field(default_factory=dict)

    @property
    def subject(self) -> str:
        """The activation with its options and mode of training: `frelu[k=5,train]`."""
        inside = [f"{k}={v}".replace(" ", "") for k, v in self.options.items()]
        if self.training is not None:
            inside.append("train" if self.training else "eval")
        return f"{self.activation}[{','.join(inside)}]" if inside else self.activation

    @property
    def id(self) -> str:
        """A name for the line, which selects it again: `mish-torch-cpu-float32-eager-sweep`."""
        line = (self.subject, self.framework, self.device, self.dtype, self.mode, self.data)
        return "-".join(line) + (f"-seed{self.seed}" if self.seed else "")

    @property
    def ratio(self) -> float:
        """The worst error / bound: at most 1 holds."""
        return max((c.ratio for c in self.outputs.values()), default=0.0)

    @property
    def worst(self) -> str:
        """The name of the output nearest to its bound, or furthest over it."""
        return max(self.outputs, key=lambda name: self.outputs[name].ratio, default="")


def to_data(record: Record) -> dict[str, Any]:
    """A record as JSON takes it: what is not finite is text, "inf", "-inf" or "nan"."""
    data: dict[str, Any] = _plain({**asdict(record), "id": record.id})
    return data


def from_data(data: Mapping[str, Any]) -> Record:
    """The record that `to_data` wrote. `TypeError`, `KeyError` or `ValueError` for anything else."""
    outputs = {name: _comparison(c) for name, c in data["outputs"].items()}
    curves: dict[str, Curve] = {n: [(float(x), float(u), float(r)) for x, u, r in c] for n, c in data["curves"].items()}
    rest = {k: v for k, v in data.items() if k not in ("id", "outputs", "curves")}
    return Record(**rest, outputs=outputs, curves=curves)


def _comparison(data: Mapping[str, Any]) -> Comparison:
    numbers = ("ratio", "ulp", "expected", "actual", "bound", "width", "x")
    given: dict[str, Any] = {k: float(v) if k in numbers and v is not None else v for k, v in data.items()}
    regions = tuple((float(low), float(high), int(count)) for low, high, count in given["regions"])
    return Comparison(**{**given, "index": tuple(given["index"]), "regions": regions})


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value
