"""What ends, hides or replaces a part of a run: each is said, with an exit status that is not 0."""

import json
import random
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from actzoo._main import app
from actzoo_parity._golden import INDEX, GoldenError, read_golden
from actzoo_parity._record import Record
from actzoo_parity.run import FAILED, HELD, status_of

SPEC = '''
from actzoo.language import activation


@activation
def twice(x):
    """2 x."""
    return 2 * x


{end}
'''
PAIRS = """
import numpy as np
from actzoo_parity import pair

pair("tanh", numpy=lambda: np.tanh, torch=lambda: __import__("torch").tanh, inputs=np.ones(3, np.float32))
{end}
"""
SHADOW = "open({file!r}, 'a').write(__name__)\nraise RuntimeError('this is not the module')\n"


def parity(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["parity", *arguments])


def record(framework: str, device: str = "cpu", status: str = "held") -> Record:
    return Record("mish", framework, device, "float32", "eager", "sweep", status)  # type: ignore[arg-type]


@pytest.mark.parametrize("required", ["linen", "cuda"])
def test_what_is_required_and_was_not_asked_to_run_is_missed(required: str) -> None:
    records = [record("torch"), record("flax")]
    assert status_of(records, ["torch", "cpu"]) == HELD
    assert status_of(records, ["torch", required]) == FAILED
    assert status_of([*records, record("linen", "cuda")], [required]) == HELD
    assert status_of([*records, record("linen", "cuda", "not run")], [required]) == FAILED


def test_the_command_names_what_is_required_and_missing() -> None:
    result = parity("relu6", "--only", "relu6-torch-cpu-float32-eager-sweep", "--require", "torch,linen,cuda")
    assert result.exit_code == FAILED
    assert "linen is required, and did not run" in result.output
    assert "cuda is required, and did not run" in result.output
    assert "torch is required" not in result.output


@pytest.mark.parametrize("end", ["import sys; sys.exit(0)", "raise SystemExit", "quit()", "exit(3)"])
@pytest.mark.parametrize("text", [SPEC, PAIRS], ids=["spec", "pairs"])
def test_a_file_that_ends_the_process_is_an_error(text: str, end: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(text.format(end=end), encoding="utf-8")
    result = parity(str(file))
    assert result.exit_code == 2
    assert "SystemExit" in result.output
    assert f"{file}, line " in result.output or f"{file}:" in result.output


def test_modules_of_the_current_folder_are_not_those_of_the_workers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    executed = tmp_path / "executed"
    for name in ("random", "torch", "json", "numpy"):
        (tmp_path / f"{name}.py").write_text(SHADOW.format(file=str(executed)), encoding="utf-8")
    (tmp_path / "pairs.py").write_text(PAIRS.format(end=""), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    held = parity("relu6", "pairs.py", "--only", "relu6-torch-cpu-float32-eager-sweep", "--only", "tanh-*")
    assert held.exit_code == 0, held.output
    assert not executed.exists()


@pytest.fixture(scope="module")
def golden(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Golden vectors of two cases."""
    folder = tmp_path_factory.mktemp("golden")
    some = [f"--only=relu6-torch-cpu-float32-eager-{data}" for data in ("sweep", "random")]
    result = parity("relu6", *some, "--export", str(folder))
    assert result.exit_code == 0, result.output
    return folder


def test_an_index_that_was_changed_is_refused(golden: Path) -> None:
    """A byte somewhere: it says something else, or what it says is the same."""
    text = (golden / INDEX).read_bytes()
    said = json.loads(text)
    assert read_golden(golden).batches
    draw = random.Random(0)
    read = 0
    try:
        for _ in range(400):
            changed = bytearray(text)
            changed[draw.randrange(len(text))] ^= 1 << draw.randrange(8)
            (golden / INDEX).write_bytes(changed)
            try:
                read_golden(golden)
            except GoldenError:
                continue
            read += 1
            assert json.loads(changed) == said
    finally:
        (golden / INDEX).write_bytes(text)
    assert read < 200


def test_a_case_that_is_left_out_is_missed(golden: Path) -> None:
    text = (golden / INDEX).read_text(encoding="utf-8")
    index = json.loads(text)
    del index["cases"][0]
    try:
        (golden / INDEX).write_text(json.dumps(index), encoding="utf-8")
        result = parity("--against", str(golden), "relu6")
    finally:
        (golden / INDEX).write_text(text, encoding="utf-8")
    assert result.exit_code == 2
    assert "is damaged: its SHA-256 is not the one in it" in result.output
