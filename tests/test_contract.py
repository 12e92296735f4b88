"""The default contract on three frameworks, a test a line. One that is not there is a failure here."""

from __future__ import annotations

import pytest

from actzoo_parity._execute import Machine, execute
from actzoo_parity._record import Record
from actzoo_parity.report.terminal import describe
from actzoo_parity.run import Choice

LINES = {line.id: line for line in Choice().lines()}


@pytest.fixture(scope="module")
def records() -> dict[str, Record]:
    """The whole contract is run once."""
    return {r.id: r for r in execute(list(LINES.values()), Machine(jobs=2)).records}


@pytest.mark.parametrize("name", LINES)
def test_line(name: str, records: dict[str, Record]) -> None:
    assert records[name].status == "held", describe(records[name])
