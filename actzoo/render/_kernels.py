"""The files of the kernel package: each spec's stages as loops, and which file holds which stage."""

from __future__ import annotations

from collections.abc import Mapping

from actzoo.language import Spec
from actzoo.render._body import Body
from actzoo.render._code import joined, used_names
from actzoo.render._file import backends, definitions, first_sentence, formatted, imports
from actzoo.render._loops import loops
from actzoo.render._stage import Stage
from actzoo.render._table import Rows
from actzoo.render.to_torch import TORCH

HEADER = "# Made by: actzoo render --write\n"
RUNTIME = ("_kernel", "_loops", "_scalars")


def stages(spec: Spec) -> list[Stage]:
    """The pointwise stages of a spec; what they are does not depend on the framework."""
    body = Body(spec, TORCH, {}, "training")
    body.lines(spec.body)
    return body.stages


def kernel_files(target: Rows, zoo: Mapping[str, Spec]) -> dict[str, str]:
    """Every rendered file, by its path under `backends/`."""
    made = {f"{target.package}/_{s.name}.py": kernel_file(s, target) for s in zoo.values()}
    rows = ", ".join(f'"{stage.name}": "{s.name}"' for s in zoo.values() for stage in stages(s))
    made[f"{target.package}/_stages.py"] = formatted(
        f'{HEADER}"""Which file holds the loops of which stage."""\n\nSTAGES = {{{rows}}}\n'
    )
    return made


def kernel_file(spec: Spec, target: Rows) -> str:
    """The stages of one spec."""
    found = stages(spec)
    text = joined(loops(stage, target) for stage in found)
    rows = ", ".join(f'"{s.name}": {kernel(s)}' for s in found)
    text = joined([text, f"KERNELS = {{{rows}}}"])
    used = used_names(text)
    lines = [
        f"from {target.package}.{module} import {name}" for module in RUNTIME for name in runtime(target, module) & used
    ]
    head = imports("\n".join(["import numpy as np", "from numba import prange", *sorted(lines)]), used)
    title = f'"""{spec.module}: {first_sentence(spec.doc)}"""\n\n'
    return formatted(HEADER + title + head + "\n\n\n" + text)


def kernel(stage: Stage) -> str:
    """The call that joins a stage's loops."""
    families = tuple(a for a in stage.arguments if a in stage.families)
    return (
        f"Kernel(_{stage.name}_forward, _{stage.name}_backward, {stage.arguments!r}, "
        f"differentiable={len(stage.inputs)}, families={families!r}, whole={stage.counts!r})"
    )


def runtime(target: Rows, module: str) -> set[str]:
    """The names that a module of the runtime has."""
    return set(definitions((backends() / target.package / f"{module}.py").read_text(encoding="utf-8")))
