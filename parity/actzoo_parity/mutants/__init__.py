"""Defects planted in copies of the rendered code, one small rule a family. Runs nothing.

A rule reads the module's syntax tree and gives modules that differ from it in one place. It plants
none where nothing would run at all, and none in checks and error messages, which change no result
of valid input.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping

from actzoo.language import Spec

from ._code import Code
from ._code import Mutant as Mutant
from .axes import axes
from .calls import calls
from .conditions import conditions
from .constants import constants
from .defaults import defaults
from .halves import halves
from .initial import initial
from .nonfinite import nonfinite
from .norms import norms
from .operators import operators
from .regions import regions
from .swaps import swaps
from .tails import tails
from .terms import terms

FAMILIES: Mapping[str, Callable[[Code], Iterator[Mutant]]] = {
    "operators": operators,
    "dropped terms": terms,
    "constants": constants,
    "axes": axes,
    "conditions": conditions,
    "functions": calls,
    "defaults": defaults,
    "initial values": initial,
    "epsilon and momentum": norms,
    "swapped weights": swaps,
    "NaN and infinity": nonfinite,
    "tails": tails,
    "gradients": regions,
    "float16": halves,
}


def mutants_of(source: str, spec: Spec, framework: str, *, limit: int | None = None, seed: int = 0) -> list[Mutant]:
    """The defects that can be planted in what `render` made of a spec, in a fixed order.

    With a limit that many of them, drawn evenly from all families, for each activation and framework other ones.
    """
    code = Code(source, spec, framework)
    found: dict[str, Mutant] = {}
    for rule in FAMILIES.values():
        for mutant in rule(code):
            if mutant.source != source:
                found.setdefault(mutant.source, mutant)
    mutants = list(found.values())
    return (
        mutants
        if limit is None or limit >= len(mutants)
        else _sampled(mutants, limit, random.Random(f"{seed} {spec.name} {framework}"))
    )


def _sampled(mutants: list[Mutant], limit: int, draw: random.Random) -> list[Mutant]:
    """Of each family in turn one, until there are enough; in the order that they had."""
    families = {kind: [i for i, m in enumerate(mutants) if m.kind == kind] for kind in {m.kind: None for m in mutants}}
    turns = list(families.values())
    draw.shuffle(turns)
    for members in turns:
        draw.shuffle(members)
    taken: list[int] = []
    while len(taken) < limit:
        for members in turns:
            if members and len(taken) < limit:
                taken.append(members.pop())
    return [mutants[i] for i in sorted(taken)]
