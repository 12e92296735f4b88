"""Float16 inside: an input, a result or a gradient rounded to eleven bits on the way; halves not widened."""

from __future__ import annotations

from collections.abc import Iterator

from ._code import Code, Edit, Mutant
from ._stages import HALF, gradient_changed, result_changed, stages


def halves(code: Code) -> Iterator[Mutant]:
    kind, half = "float16", HALF[code.framework]
    for stage in stages(code):
        if stage.role == "vjp":
            for name in stage.inputs:
                changed = gradient_changed(code, kind, stage, name, half, "is rounded to float16")
                if changed:
                    yield changed
            continue
        yield result_changed(code, kind, stage, half.format("result"), "is rounded to float16")
        x, first = stage.inputs[0], stage.tree.body[0]
        at = code.start(first)
        what = f"`{x}` of `{stage.tree.name}` is rounded to float16"
        yield code.edited(kind, first, what, Edit(at, at, f"{x} = {half.format(x)}\n    "))
