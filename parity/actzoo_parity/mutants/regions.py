"""Gradients that are scaled, cut or turned in one region only."""

from __future__ import annotations

from collections.abc import Iterator

from ._code import Code, Mutant
from ._stages import ARRAYS, gradient_changed, stages

REGIONS = (
    ("{a}.where({x} > 2, 1.001 * {{0}}, {{0}})", "is 1.001 times itself for {x} > 2"),
    ("{a}.where({x} < -10, 0 * {{0}}, {{0}})", "is 0 for {x} < -10"),
    ("{a}.where({x} * {x} < 1e-12, 0.5 * {{0}}, {{0}})", "is halved within 1e-6 of 0"),
    ("{a}.where({x} == 0, 2 * {{0}}, {{0}})", "is doubled at 0"),
    ("{a}.where({x} > 1e6, 0 * {{0}}, {{0}})", "is 0 for {x} > 1e6"),
)


def regions(code: Code) -> Iterator[Mutant]:
    a = ARRAYS[code.framework]
    for stage in stages(code):
        if stage.role == "value":
            continue
        x, *others = stage.inputs
        for row, what in REGIONS:
            changed = gradient_changed(code, "gradients", stage, x, row.format(a=a, x=x), what.format(x=x))
            if changed:
                yield changed
        for name in others:
            for row, what in (("{0} * 1.001", "is 1.001 times itself"), ("0 * {0}", "is 0")):
                changed = gradient_changed(code, "gradients", stage, name, row, what)
                if changed:
                    yield changed
