"""Which training loop of a source trains which of its models, and the texts that run it there and in the port."""

from __future__ import annotations

import ast
from itertools import islice

from ._document import open_document
from ._loop_cuts import Cut, cut_of, cuts
from ._loops import Loop, NoWay, loops
from ._port import PortedFile
from ._samples import assigned
from ._slices import Subject, subjects
from ._training import Planned
from .rules import rules


def planned(file: PortedFile) -> list[tuple[Planned, Subject | None]]:
    """The training loops of a source, each with the models that it trains, or with none and why it is not run."""
    original, port = open_document(file.source).text, open_document(file.target).text
    models = subjects(original, rules())
    found: list[tuple[Planned, Subject | None]] = []
    for loop in loops(original):
        what = f"the training loop at {file.source.name}:{loop.line}"
        try:
            found += _of(loop, original, port, models, what, file.target.name)
        except NoWay as error:
            found.append((Planned(what, why=str(error)), None))
    return found


def _of(
    loop: Loop, original: str, port: str, models: list[Subject], what: str, name: str
) -> list[tuple[Planned, Subject | None]]:
    """For each model the first way to the loop by which it comes there."""
    found: dict[Subject, Planned] = {}
    several = False
    for number, (cut, assignments) in enumerate(cuts(original, loop)):
        last = {assigned(node): node for node in assignments}
        there = [each for each in models if (node := last.get(each.variable)) is not None and _is(node, each)]
        several |= len(there) > 1
        if len(there) != 1 or there[0] in found:
            continue
        words = f"{what}, {there[0].text.splitlines()[0]}"

        def again(without: frozenset[str], number: int = number) -> tuple[Cut, Cut]:
            theirs = next(islice(cuts(original, loop, without), number, None))[0]
            return theirs, cut_of(port, loop, number, theirs.missing)

        ported = cut_of(port, loop, number, cut.missing)
        found[there[0]] = Planned(words, cut, ported, name, again=again, model=there[0].variable)
    if not found:
        raise NoWay("it trains several models" if several else "no model that was compared comes to it")
    return [(plan, model) for model, plan in found.items()]


def _is(node: ast.Assign, subject: Subject) -> bool:
    return f"{subject.text}\n".startswith(f"{ast.unparse(node)}\n")
