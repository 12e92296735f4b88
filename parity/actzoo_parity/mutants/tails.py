"""Tails flushed: a result that is 0, or its limit, from some input on."""

from __future__ import annotations

from collections.abc import Iterator

from ._code import Code, Mutant
from ._stages import ARRAYS, result_changed, stages


def tails(code: Code) -> Iterator[Mutant]:
    a = ARRAYS[code.framework]
    for stage in stages(code):
        if stage.role == "vjp":
            continue
        x = stage.inputs[0]
        for far in (8, 20):
            flushed = f"{a}.where({x} < -{far}, 0 * result, result)"
            yield result_changed(code, "tails", stage, flushed, f"is 0 for {x} < -{far}")
        flushed = f"{a}.where({a}.abs(result) < 1e-30, 0 * result, result)"
        yield result_changed(code, "tails", stage, flushed, "is 0 where it is smaller than 1e-30")
        held = f"{a}.where({x} > 20, result * (1 + 1e-5), result)"
        yield result_changed(code, "tails", stage, held, f"is off by 1e-5 for {x} > 20")
