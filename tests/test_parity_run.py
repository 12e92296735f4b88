"""The parity command: its table, its exit status, what it says of what did not run or has no reference."""

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from actzoo._find import find_specs
from actzoo._main import app
from actzoo.zoo import ZOO
from actzoo_parity import Expected, find_reference
from actzoo_parity._cases import case
from actzoo_parity._plan import CONFIGURATIONS, Plan, plans
from actzoo_parity._self import self_reference
from actzoo_parity._verdicts import expect

OWN = '''
from actzoo.language import activation, where


@activation(kinks={{"0": ("0", "{slope}")}}, nan_slope="{slope}")
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


def test_zoo_holds(tmp_path: Path) -> None:
    """One activation in every framework, in a full run: Linen too."""
    saved = tmp_path / "saved.json"
    result = parity("hard_sigmoid", "--only", "hard_sigmoid-*-cpu-float*-features", "--save", str(saved))
    assert result.exit_code == 0, result.output
    records = json.loads(saved.read_text())["records"]
    assert {r["framework"] for r in records} == {"torch", "paddle", "flax", "linen"}
    assert {r["dtype"] for r in records} == {"float32", "float64", "float16"}
    assert {r["status"] for r in records} == {"held"}


@pytest.mark.parametrize(
    ("slope", "reference", "status", "says"),
    [
        pytest.param(0.25, REFERENCE, 0, "7 held", id="right"),
        pytest.param(0.2501, REFERENCE, 1, "failed", id="wrong"),
        pytest.param(0.25, "", 0, "self-consistent only", id="without-reference"),
    ],
)
def test_own_activation(slope: float, reference: str, status: int, says: str, tmp_path: Path) -> None:
    file = tmp_path / f"own_{status}{len(reference)}.py"
    file.write_text(OWN.format(slope=slope) + reference, encoding="utf-8")
    result = parity(str(file), "-f", "torch", "-f", "flax")
    assert result.exit_code == status, result.output
    assert says in result.output


def test_a_device_that_is_not_there_is_not_run() -> None:
    result = parity("relu", "-f", "torch", "--device", "cuda")
    assert "torch has no CUDA device here" in result.output
    assert result.exit_code == 2, "nothing ran"


def test_what_is_required_has_to_run() -> None:
    result = parity("relu", "-f", "torch", "--device", "cpu", "--device", "cuda", "--require", "torch,cuda")
    assert result.exit_code == 1
    assert "cuda is required, and did not run" in result.output


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        pytest.param(("mosh",), "no activation 'mosh'; nearest: mish", id="activation"),
        pytest.param(("relu", "-f", "keras"), "no framework keras; there are torch", id="framework"),
        pytest.param(("gone.py",), "no file gone.py", id="file"),
        pytest.param(("relu", "--dtype", "int8"), "no dtype int8; there are float32", id="dtype"),
        pytest.param(("relu", "--only", "relu-mars-*"), "no line 'relu-mars-*'", id="line"),
        pytest.param(("relu", "--shard", "3/2"), "no part 3 of 2", id="shard"),
        pytest.param(("relu", "--shard", "half"), "a part is written i/n", id="shard-text"),
        pytest.param(("relu", "--require", "mars"), "no framework or device mars", id="require"),
        pytest.param(("relu", "--python", "paddle"), "--python is written framework=path", id="python-text"),
        pytest.param(("relu", "--python", "paddle=/no/python"), "no interpreter /no/python", id="python"),
        pytest.param(("relu", "--against", "/no/folder"), "/no/folder has no readable index.json", id="golden"),
        pytest.param(("--merge", "/no/file"), "cannot read /no/file", id="merge"),
    ],
)
def test_wrong_call(arguments: tuple[str, ...], says: str) -> None:
    result = parity(*arguments)
    assert result.exit_code == 2
    assert says in result.output


def test_shards_merge(tmp_path: Path) -> None:
    files = [str(tmp_path / f"{i}.json") for i in (1, 2)]
    for i, file in enumerate(files, start=1):
        assert parity("relu", "relu6", "-f", "torch", "--shard", f"{i}/2", "--save", file).exit_code == 0
    result = parity("--merge", *files, "--json")
    assert result.exit_code == 0
    found = {r["activation"] for r in json.loads(result.stdout)["records"]}
    assert found == {"relu", "relu6"}


def test_lines_are_listed() -> None:
    names = parity("relu", "--list", "-f", "torch").stdout.split()
    assert "relu-torch-cpu-float32-eager-sweep" in names
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", ZOO)
def test_every_activation_has_a_reference(name: str) -> None:
    assert find_reference(name) is not None


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_configurations_are_of_the_zoo(name: str) -> None:
    assert name in ZOO


@pytest.mark.parametrize("name", ZOO)
def test_the_spec_and_the_reference_say_the_same(name: str) -> None:
    """Double entry: the spec interpreted, and the reference, in float64 within the bound of either."""
    chosen = [p for p, _ in plans(name, ZOO[name], "default", ("float32",), 0) if p.data == "features"]
    for plan in chosen:
        made = case(Plan(**{**vars(plan), "outputs": ()}), ZOO[name])
        written: Expected = expect(made, find_reference(name))
        read: Expected = expect(made, self_reference(ZOO[name]))
        bound = np.maximum(written.value_bound, read.value_bound)
        assert (np.abs(written.value - read.value) <= bound).all(), plan


def test_a_name_of_the_zoo_is_found_by_class_and_function() -> None:
    assert find_specs("Mish") == find_specs("mish")
