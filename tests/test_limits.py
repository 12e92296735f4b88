"""Limits of frameworks: every line that goes without an output still has to, for the reason that is given."""

from __future__ import annotations

import warnings

import pytest

from actzoo.zoo import ZOO
from actzoo_parity._cases import case
from actzoo_parity._limits import LIMITS, limit
from actzoo_parity._plan import MODES, Line, lines
from actzoo_parity.adapters import adapter
from actzoo_parity.worker import subject


def limited() -> list[Line]:
    """The lines of the contract that would have more outputs if the frameworks had them."""
    every = [line for name, spec in ZOO.items() for line in lines(name, spec, list(MODES), level="full")]
    able = [(line, limit(line.id)) for line in every]
    return [
        line
        for line, found in able
        if found and found.kind in line.plan.outputs and found.kind in MODES[line.framework][line.mode]
    ]


LIMITED = limited()


@pytest.mark.parametrize("line", LIMITED, ids=lambda line: line.id)
def test_the_framework_still_lacks_it(line: Line) -> None:
    row = limit(line.id)
    assert row is not None
    made = subject(line, case(line.plan, ZOO[line.plan.activation]))
    kinds = frozenset({"value", "gradient", *line.plan.outputs}) - {"updates", "initial"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the framework, beside what it raises
        with pytest.raises((RuntimeError, ValueError)) as raised:
            list(adapter(line.framework).run([made], line.mode, line.device, [kinds]))
    assert row.says in " ".join(str(raised.value).split())


@pytest.mark.parametrize("row", LIMITS, ids=lambda row: row.lines)
def test_every_row_speaks_for_a_line(row: object) -> None:
    assert any(limit(line.id) is row for line in LIMITED)
