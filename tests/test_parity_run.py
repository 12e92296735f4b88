"""The parity run: its table, its exit status, what it says of what did not run or has no reference."""

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from actzoo._find import find_specs
from actzoo._main import app
from actzoo.zoo import ZOO
from actzoo_parity import _frameworks, find_reference
from actzoo_parity._cases import CONFIGURATIONS, cases
from actzoo_parity._evaluate import Expected
from actzoo_parity._self import self_reference
from actzoo_parity.run import expect

OWN = '''
from actzoo.language import activation, where


@activation
def steps(x):
    """Two slopes: x above 0, {slope} x elsewhere."""
    return where(x > 0, x, {slope} * x)
'''
REFERENCE = """
from actzoo_parity import reference


@reference("steps")
def steps_reference(m, x):
    return m.where(x > 0, x, 0.25 * x)
"""


@pytest.fixture(autouse=True)
def forget_references(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test registers is gone after it."""
    from actzoo_parity import _registry, references

    monkeypatch.setattr(_registry, "_references", dict(references()))


def parity(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["parity", *arguments])


@pytest.mark.parametrize("framework", ["torch", "paddle", "flax", "linen"])
@pytest.mark.parametrize("name", ["hard_swish", "prelu", "squeeze_excite"])
def test_zoo_holds(name: str, framework: str) -> None:
    result = parity(name, "-f", framework)
    assert result.exit_code == 0, result.output
    assert "reference" in result.stdout
    assert "that ran hold" in result.stdout


@pytest.mark.parametrize(
    ("slope", "reference", "status", "says"),
    [
        pytest.param(0.25, REFERENCE, 0, "reference", id="right"),
        pytest.param(0.2501, REFERENCE, 1, "times the bound", id="wrong"),
        pytest.param(0.25, "", 0, "self-consistent only", id="without-reference"),
    ],
)
def test_own_activation(slope: float, reference: str, status: int, says: str, tmp_path: Path) -> None:
    file = tmp_path / f"own_{status}{len(reference)}.py"
    file.write_text(OWN.format(slope=slope) + reference, encoding="utf-8")
    result = parity(str(file), "-f", "torch", "-f", "flax")
    assert result.exit_code == status, result.output
    assert says in result.output


def test_a_framework_that_is_not_there_is_not_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_frameworks, "installed", lambda backend: backend == "torch")
    result = parity("relu", "-f", "torch", "-f", "paddle")
    assert result.exit_code == 0
    assert "not run: paddle is not installed: pip install 'actzoo[paddle]'" in result.stdout


def test_nothing_ran(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_frameworks, "installed", lambda backend: False)
    assert parity("relu").exit_code == 2


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        pytest.param(("mosh",), "no activation 'mosh'; nearest: mish", id="activation"),
        pytest.param(("relu", "-f", "keras"), "no framework keras; there are torch", id="framework"),
        pytest.param(("gone.py",), "no file gone.py", id="file"),
    ],
)
def test_wrong_call(arguments: tuple[str, ...], says: str) -> None:
    result = parity(*arguments)
    assert result.exit_code == 2
    assert says in result.output


def test_json_is_json() -> None:
    result = parity("relu", "-f", "torch", "--json")
    (row,) = json.loads(result.stdout)
    assert row["activation"] == "relu"
    assert row["passed"] is True


@pytest.mark.parametrize("name", ZOO)
def test_every_activation_has_a_reference(name: str) -> None:
    assert find_reference(name) is not None


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_configurations_are_of_the_zoo(name: str) -> None:
    assert name in ZOO


@pytest.mark.parametrize("name", ZOO)
def test_the_spec_and_the_reference_say_the_same(name: str) -> None:
    """Double entry: the spec interpreted, and the reference, in float64 within the bound of either."""
    smallest: dict[str, int] = {}
    for case in cases(ZOO[name]):
        key = f"{case.options} {case.training}"
        if case.data == "pixels" or smallest.get(key, 10**9) <= case.x.size:
            continue
        smallest[key] = case.x.size
        written: Expected = expect(case, find_reference(name))
        read: Expected = expect(case, self_reference(ZOO[name]))
        bound = np.maximum(written.value_bound, read.value_bound)
        assert (np.abs(written.value - read.value) <= bound).all(), case.name


def test_a_name_of_the_zoo_is_found_by_class_and_function() -> None:
    assert find_specs("Mish") == find_specs("mish")
