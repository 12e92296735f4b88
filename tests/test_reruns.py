"""What is printed to see a verdict again can be pasted: each command finds its line, each snippet runs."""

import contextlib
import io
import json
import os
import shlex
import sys
from pathlib import Path

import pytest
from safetensors.numpy import load_file, save_file
from typer.testing import CliRunner

from actzoo._main import app
from actzoo_parity._record import Record, from_data, to_data
from actzoo_parity.report._words import command
from actzoo_parity.report.snippet import snippet
from actzoo_parity.run import Choice

FOLDER = "a folder's own"
OWN = '''
from actzoo.language import activation, where


@activation(kinks={"0": ("0", "0.25")}, nan_slope="0.25")
def steps(x):
    """Two slopes."""
    return where(x > 0, x, 0.25 * x)
'''
PAIRS = """
import numpy as np
from actzoo_parity import pair


def in_torch():
    import torch

    return torch.nn.Linear(4, 3)


pair("it's linear", torch=in_torch, numpy=lambda: np.tanh, inputs=np.ones((2, 4), np.float32))
pair("it holds", torch=in_torch, numpy=lambda: np.tanh, inputs=np.ones((2, 4), np.float32), gradients=False)
"""


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is not the one in which what is pasted is run, and `actzoo` on the path."""
    from actzoo_parity import _registry, references

    monkeypatch.setattr(_registry, "_references", dict(references()))
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    folder = tmp_path / FOLDER
    folder.mkdir()
    (folder / "mine.py").write_text(OWN, encoding="utf-8")
    (folder / "pairs.py").write_text(PAIRS, encoding="utf-8")
    monkeypatch.chdir(folder)
    return folder


def pasted(text: str) -> tuple[str, ...]:
    """A command's arguments."""
    name, *arguments = shlex.split(text)
    assert name == "actzoo"
    return tuple(arguments)


def executed(code: str) -> str:
    """What a snippet prints."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code, "pasted", "exec"), {})
    return printed.getvalue()


LINES = {
    "function": Choice(names=["relu6"], only=["relu6-torch-cpu-float32-functional-*"]),
    "module": Choice(names=["frelu"], only=["frelu*train*-torch-cpu-float32-eager-features"]),
    "options": Choice(names=["leaky_relu"], only=["leaky_relu?*-torch-cpu-float32-eager-random"]),
    "dtype": Choice(names=["mish"], only=["mish-torch-cpu-float16-eager-sweep"]),
    "seed": Choice(names=["mish"], seeds=(3,), only=["mish-torch-cpu-float32-eager-random-seed3"]),
    "device": Choice(names=["mish"], devices=["cuda"], only=["mish-torch-cuda-float32-eager-sweep"]),
    "kernels": Choice(names=["mish"], only=["mish-torch-cpu-float32-kernels-sweep"]),
    "native": Choice(names=["mish"], frameworks=["torch"], native=True, dtypes=["float32"]),
    "own": Choice(names=["mine.py:steps"], only=["steps-torch-cpu-float32-eager-sweep"]),
    "own-file": Choice(names=["mine.py"], only=["steps-torch-cpu-float32-functional-*"]),
}


def record_of(kind: str) -> Record:
    """The record of a line of this kind, as it is saved and read."""
    line = LINES[kind].lines()[0]
    return from_data(to_data(line.record(status="failed")))


@pytest.mark.parametrize("kind", LINES)
def test_a_command_finds_its_line_from_anywhere(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record = record_of(kind)
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, [*pasted(command(record)), "--list"])
    assert result.output.splitlines() == [record.id]


@pytest.mark.parametrize("kind", [kind for kind in LINES if kind != "device"])
@pytest.mark.filterwarnings("ignore:`torch.jit")  # torch's own, where it makes a tangent
def test_a_snippet_runs_from_anywhere(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record = record_of(kind)
    monkeypatch.chdir(tmp_path)
    code = snippet(record)
    assert code.startswith("from actzoo_parity import reproduce\n")
    said = executed(code)
    assert said.startswith((f"{record.id}: held", f"{record.id}: failed"))  # a native one may fail


def test_a_line_that_cannot_be_run_here_is_an_error_that_says_why() -> None:
    with pytest.raises(LookupError, match="cannot be run: "):
        executed(snippet(record_of("device")))


def test_a_command_runs_an_activation_of_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record = record_of("own")
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, [*pasted(command(record))])
    assert "1 held" in result.output
    assert result.exit_code == 0


def test_golden_vectors_and_results_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A result that something else computed, and got wrong: what is printed judges it again."""
    runner, golden, saved = CliRunner(), tmp_path / "golden vectors", tmp_path / "saved.json"
    assert (
        runner.invoke(app, ["parity", "relu6", "--only", "relu6-torch-*-random", "--export", str(golden)]).exit_code
        == 0
    )
    results = tmp_path / "results"
    results.mkdir()
    held = load_file(golden / "000.inputs.safetensors")
    save_file({"0/value": 0 * held["0/x"]}, results / "000.results.safetensors")
    told = ["--against", str(golden), "--results", str(results), "--save", str(saved)]
    judged = runner.invoke(app, ["parity", *told])
    assert judged.exit_code == 1, judged.output
    records = [from_data(data) for data in json.loads(saved.read_text())["records"]]
    assert records
    monkeypatch.chdir("/")
    again = runner.invoke(app, pasted(command(records[0])))
    assert again.exit_code == 1
    assert records[0].id in again.output
    assert "1 line: 1 failed" in again.output
    assert f"'--only', {records[0].id!r}" in snippet(records[0])
    executed(snippet(records[0]))
    kept = runner.invoke(
        app, ["parity", "relu6", "--full", "-f", "torch", "--against", str(golden), "--save", str(saved)]
    )
    assert kept.exit_code == 0, kept.output
    (record, *_) = [from_data(data) for data in json.loads(saved.read_text())["records"]]
    assert f"--against {shlex.quote(str(golden))}" in command(record)


def test_pairs_in_a_file(elsewhere: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from actzoo_parity import pairs_of, run_pair

    pair = pairs_of("pairs.py")[0]
    record = run_pair(pair)[1]
    assert record.status == "failed"
    monkeypatch.chdir(tmp_path)
    assert pasted(command(record)) == ("parity", str(elsewhere / "pairs.py"))
    assert "numpy failed" in executed(snippet(record))
    assert "it holds" not in executed(snippet(record))


def test_pairs_by_their_names(monkeypatch: pytest.MonkeyPatch) -> None:
    runner = CliRunner()
    some = runner.invoke(app, ["parity", "pairs.py", "--only", "it holds-*", "--json"])
    assert "it holds-torch" in some.output
    assert "it's linear-torch" not in some.output
    none = runner.invoke(app, ["parity", "pairs.py", "--only", "nothing-*"])
    assert none.exit_code == 2
    assert "no pair 'nothing-*'" in none.output


def test_two_activations_of_one_name_are_refused(elsewhere: Path) -> None:
    (elsewhere / "other.py").write_text(OWN, encoding="utf-8")
    result = CliRunner().invoke(app, ["parity", "mine.py", "other.py", "--list"])
    assert result.exit_code == 2
    assert "two activations have one name" in result.output
