"""One line of the contract again, in this process: its numbers, what is expected, what comes out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ._cases import Array, Case, case
from ._evaluate import Expected
from ._plan import DEVICES
from ._record import Record
from ._verdicts import expect, offered, reference_of, verdict, wanted
from .adapters import adapter
from .worker import kernels, subject

SEED = re.compile(r"-seed(\d+)$")
NATIVE = " (native)-"
"""What a line's name has, of a seed and of the frameworks' own functions."""


@dataclass(frozen=True)
class Reproduced:
    """A line with all its arrays, in torch's layout, by the outputs' names."""

    case: Case
    expected: Expected
    actual: Mapping[str, Array]
    record: Record


def reproduce(line: str, *names: str) -> Reproduced:
    """Run a line again by its name, and print its verdict.

    `names` are the files of an activation that is not of the zoo. `LookupError` if there is no such line, or if what it
    takes is not there; what the framework raises is raised.
    """
    from .report.terminal import describe
    from .run import Choice

    seed = SEED.search(line)
    choice = Choice(
        names=names, only=[line], seeds=(int(seed[1]) if seed else 0,), devices=DEVICES, native=NATIVE in line
    )
    (found,) = choice.lines()
    (spec,) = [spec for name, spec in choice.specs() if name == found.plan.activation]
    if missing := adapter(found.framework).missing(found.device) or kernels(found.mode, found.device):
        raise LookupError(f"{line} cannot be run: {missing}")
    made = case(found.plan, spec)
    reference, against = reference_of(spec)
    expected = expect(made, reference)
    about = subject(found, made)
    (actual,) = adapter(found.framework).run([about], found.mode, found.device, [wanted(found)])
    record = found.record(**verdict(made, found, expected, actual), against=against)
    print(describe(record))
    return Reproduced(made, offered(expected, found), actual, record)
