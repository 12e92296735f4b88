"""NaN and infinity handled wrongly: swallowed, clamped, made where there was none."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ._code import Code, Mutant
from ._stages import ARRAYS, gradient_changed, result_changed, stages
from .conditions import is_where


def nonfinite(code: Code) -> Iterator[Mutant]:
    kind, a = "NaN and infinity", ARRAYS[code.framework]
    for call in code.all(ast.Call):
        if is_where(call):  # a guard left out: what it selects where it does not hold is taken everywhere
            for branch in call.args[1:]:
                if not isinstance(branch, ast.Constant):
                    yield code.replaced(kind, call, branch)
    nan_is_0 = f"{a}.where({a}.isnan({{0}}), {a}.zeros_like({{0}}), {{0}})"
    clamped = f"{a}.clip({{0}}, -1e4, 1e4)"
    for stage in stages(code):
        for row, what in ((nan_is_0, "is 0 instead of NaN"), (clamped, "is held within 1e4")):
            if stage.role in ("value", "tangent"):
                yield result_changed(code, kind, stage, row.format("result"), what)
            else:
                changed = gradient_changed(code, kind, stage, stage.inputs[0], row, what)
                if changed:
                    yield changed
