"""One line of the contract again, in this process: its numbers, what is expected, what comes out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ._cases import Array, Case, case
from ._evaluate import Expected
from ._record import Record
from ._verdicts import expect, offered, reference_of, verdict, wanted
from .adapters import adapter
from .worker import subject


@dataclass(frozen=True)
class Reproduced:
    """A line with all its arrays, in torch's layout, by the outputs' names."""

    case: Case
    expected: Expected
    actual: Mapping[str, Array]
    record: Record


def reproduce(line: str, *names: str) -> Reproduced:
    """Run a line again by its name, and print its verdict.

    `names` are the files of an activation that is not of the zoo. `LookupError` if there is no such line; what the
    framework raises is raised.
    """
    from .report.terminal import describe
    from .run import Choice

    (found,) = Choice(names=names, only=[line]).lines()
    (spec,) = [spec for name, spec in Choice(names=names).specs() if name == found.plan.activation]
    made = case(found.plan, spec)
    reference, against = reference_of(spec)
    expected = expect(made, reference)
    about = subject(found, made)
    (actual,) = adapter(found.framework).run([about], found.mode, found.device, [wanted(found)])
    record = found.record(**verdict(made, found, expected, actual), against=against)
    print(describe(record))
    return Reproduced(made, offered(expected, found), actual, record)
