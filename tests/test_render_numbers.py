"""Numbers among the arguments of primitives: an own activation may write them, and they render in every framework."""

from pathlib import Path
from typing import Any

import pytest

from actzoo._backend import PACKAGES
from actzoo.language import SpecError, activation, clip, exp, where
from actzoo_parity._execute import Machine, execute
from actzoo_parity._record import Record
from actzoo_parity.report.terminal import describe
from actzoo_parity.run import Choice, Sources

OWN = Path(__file__).parent / "models" / "numbers_in_formulas.py"
LINES = {line.id: line for line in Choice(names=[str(OWN)], frameworks=tuple(PACKAGES)).lines()}


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Record]:
    source = Sources(tmp_path_factory.mktemp("rendered"))
    return {r.id: r for r in execute(list(LINES.values()), Machine(jobs=2), source=source).records}


@pytest.mark.parametrize("name", LINES)
def test_numbers_render(name: str, records: dict[str, Record]) -> None:
    assert records[name].status == "held", describe(records[name])


def numbers_alone(x: Any) -> Any:
    """x e."""
    return x * exp(1)


def branches_alone(x: Any) -> Any:
    """A step."""
    return where(x > 0, 1, 0)


def tensor_limits(x: Any) -> Any:
    """x held between its own values."""
    return clip(x, -x, x)


@pytest.mark.parametrize(
    ("function", "says"),
    [
        pytest.param(numbers_alone, "'exp' of numbers alone", id="numbers"),
        pytest.param(branches_alone, "'where' of numbers alone", id="branches"),
        pytest.param(tensor_limits, "the limits of 'clip'", id="limits"),
    ],
)
def test_refused(function: Any, says: str) -> None:
    with pytest.raises(SpecError, match=says):
        activation(function)
