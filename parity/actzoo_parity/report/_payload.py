"""The records as the page reads them: plain data, numbers that nobody computes with already in words.

Packed, since it is most of the page: JSON, deflated, in base64. No text of a record can end the element it stands in.
"""

from __future__ import annotations

import base64
import json
import math
import zlib
from collections.abc import Sequence
from typing import Any

from .._record import Record
from ._curves import Plot, plots
from ._words import (
    command,
    decimal,
    hexadecimal,
    in_order,
    place,
    printable,
    short,
    ulps_allowed,
    ulps_reached,
    ulps_there,
)
from .snippet import snippet


def packed(records: Sequence[Record]) -> str:
    data = {"lines": [_line(r) for r in records], "plots": [_plot(p) for p in plots(records)]}
    text = json.dumps(_spelled(data), separators=(",", ":"), allow_nan=False)
    return base64.b64encode(zlib.compress(text.encode(), 9)).decode()


def _line(record: Record) -> dict[str, Any]:
    shown = {
        "id": record.id,
        "activation": record.activation,
        "subject": record.subject,
        "framework": record.framework,
        "device": record.device,
        "dtype": record.dtype,
        "mode": record.mode,
        "data": record.data,
        "against": record.against,
        "message": record.message,
        "worst": record.worst,
    }
    return {
        **{key: printable(text) for key, text in shown.items()},
        "status": record.status,
        "ratio": record.ratio if record.outputs else None,
        "points": record.points,
        "ambiguous": record.ambiguous,
        "seconds": round(record.seconds, 3),
        "allowed": ulps_allowed(record),
        "outputs": [_output(record, name) for name in in_order(record.outputs)],
        "command": command(record),
        "snippet": snippet(record) if record.outputs else "",
    }


def _output(record: Record, name: str) -> dict[str, Any]:
    c = record.outputs[name]
    compared = not (math.isnan(c.expected) and math.isnan(c.actual))
    return {
        "name": printable(name),
        "ratio": c.ratio,
        "k": ulps_reached(record, name),
        "ulp": ulps_there(record, name) if compared else None,
        "largest": c.ulp,
        "x": None if c.x is None else decimal(c.x, record.dtype),
        "hex": None if c.x is None else hexadecimal(c.x),
        "index": place(c.index),
        "expected": decimal(c.expected, record.dtype) if compared else "",
        "expected_hex": hexadecimal(c.expected) if compared else "",
        "got": decimal(c.actual, record.dtype) if compared else "",
        "got_hex": hexadecimal(c.actual) if compared else "",
        "bound": short(c.bound) if compared else "",
        "failure": printable(c.failure or ""),
    }


def _plot(plot: Plot) -> dict[str, Any]:
    reach = max((abs(p[0]) for s in plot.series for p in s.points if math.isfinite(p[0])), default=1.0)
    return {
        "activation": printable(plot.activation),
        "subject": printable(plot.subject),
        "output": printable(plot.output),
        "dtype": printable(plot.dtype),
        "near": min(plot.axis.near, max(reach, 1.0)),
        "reach": reach,
        "least": plot.axis.least,
        "largest": plot.axis.largest,
        "series": [
            {
                "framework": printable(s.framework),
                "device": printable(s.device),
                "x": [_rounded(p[0], 5) for p in s.points],
                "ulp": [_rounded(p[1], 3) for p in s.points],
                "ratio": [_rounded(p[2], 3) for p in s.points],
                "mode": [printable(p[3]) for p in s.points],
            }
            for s in plot.series
        ],
    }


def _rounded(value: float, digits: int) -> float:
    return float(f"{value:.{digits}g}")


def _spelled(value: Any) -> Any:
    """What JSON has no number for, as `Number` in a browser reads it."""
    if isinstance(value, dict):
        return {k: _spelled(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_spelled(v) for v in value]
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value
