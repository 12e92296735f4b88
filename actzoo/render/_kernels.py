"""The files of the kernel packages: each spec's stages as kernels, and which file holds which stage."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from actzoo.language import Spec
from actzoo.render._blocks import blocks
from actzoo.render._body import Body
from actzoo.render._code import joined, used_names
from actzoo.render._file import backends, definitions, first_sentence, formatted, imports
from actzoo.render._loops import loops
from actzoo.render._stage import Stage
from actzoo.render._table import Rows
from actzoo.render.to_numba import NUMBA
from actzoo.render.to_torch import TORCH
from actzoo.render.to_triton import TRITON

HEADER = "# Made by: actzoo render --write\n"


@dataclass(frozen=True)
class Kind:
    """One kind of kernels.

    source   writes a stage
    modules  of its runtime, which define what the source uses
    imports  what else it uses
    joins    the class that joins a stage's kernels
    """

    rows: Rows
    source: Callable[[Stage, Rows], str]
    modules: tuple[str, ...]
    imports: str
    joins: str


KINDS = (
    Kind(NUMBA, loops, ("_kernel", "_loops", "_scalars"), "import numpy as np\nfrom numba import prange", "Loops"),
    Kind(TRITON, blocks, ("_kernel", "_blocks"), "import triton\nfrom triton import language as tl", "Blocks"),
)


def stages(spec: Spec) -> list[Stage]:
    """The pointwise stages of a spec; what they are does not depend on the framework."""
    body = Body(spec, TORCH, {}, "training")
    body.lines(spec.body)
    return body.stages


def kernel_files(zoo: Mapping[str, Spec]) -> dict[str, str]:
    """Every rendered file, by its path under `backends/`."""
    made = {f"{folder(kind)}/_{s.name}.py": kernel_file(s, kind) for s in zoo.values() for kind in KINDS}
    rows = ", ".join(f'"{stage.name}": "{s.name}"' for s in zoo.values() for stage in stages(s))
    made["actzoo_kernels/_stages.py"] = formatted(
        f'{HEADER}"""Which file holds the kernels of which stage."""\n\nSTAGES = {{{rows}}}\n'
    )
    return made


def kernel_file(spec: Spec, kind: Kind) -> str:
    """The stages of one spec."""
    found = stages(spec)
    text = joined(kind.source(stage, kind.rows) for stage in found)
    rows = ", ".join(f'"{s.name}": {kernel(s, kind)}' for s in found)
    text = joined([text, f"KERNELS = {{{rows}}}"])
    used = used_names(text)
    lines = [
        f"from {kind.rows.package}.{module} import {name}"
        for module in kind.modules
        for name in sorted(runtime(kind, module) & used)
    ]
    head = imports("\n".join([kind.imports, *lines]), used)
    title = f'"""{spec.module}: {first_sentence(spec.doc)}"""\n\n'
    return formatted(HEADER + title + head + "\n\n\n" + text)


def kernel(stage: Stage, kind: Kind) -> str:
    """The call that joins a stage's kernels."""
    families = tuple(a for a in stage.arguments if a in stage.families)
    return (
        f"{kind.joins}(_{stage.name}_forward, _{stage.name}_backward, {stage.arguments!r}, "
        f"differentiable={len(stage.inputs)}, families={families!r}, whole={stage.counts!r}"
        f"{', arithmetic=True' if stage.arithmetic else ''})"
    )


def folder(kind: Kind) -> str:
    return kind.rows.package.replace(".", "/")


def runtime(kind: Kind, module: str) -> set[str]:
    """The names that a module of the runtime has."""
    return set(definitions((backends() / folder(kind) / f"{module}.py").read_text(encoding="utf-8")))
