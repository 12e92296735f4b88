"""What goes wrong in a worker, a file or a spec is told once and clearly, and costs nobody else's result."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

BAD = '''
import os, sys, time

from actzoo.language import activation

role = sys.argv[1] if "worker" in sys.argv[0] else ""
{act}


@activation
def bad(x):
    """Twice x."""
    return 2 * x
'''
REFERENCE = """

from actzoo_parity import reference


@reference("bad")
def bad_reference(m, x):
    {act}
    return 2 * x
"""


def parity(*arguments: str, cwd: Path, blocks: int | None = None) -> subprocess.CompletedProcess[str]:
    """The command, in a process of its own that can write no file of more than so many blocks."""
    limited = [] if blocks is None else ["sh", "-c", f'ulimit -f {blocks}; exec "$@"', "sh"]
    return subprocess.run(
        [*limited, sys.executable, "-m", "actzoo", "parity", *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        env={**os.environ, "COLUMNS": "200"},
        check=False,
    )


def statuses(file: Path) -> dict[str, set[str]]:
    """Which statuses each activation's records have."""
    found: dict[str, set[str]] = {}
    for record in json.loads(file.read_text())["records"]:
        found.setdefault(record["activation"], set()).add(record["status"])
    return found


@pytest.mark.parametrize(
    ("act", "says"),
    [
        pytest.param("if role == 'torch': os.kill(os.getpid(), 9)", "killed by SIGKILL", id="killed"),
        pytest.param("if role == 'torch': os._exit(7)", "ended with exit status 7", id="exits"),
        pytest.param("if role == 'torch': print('last words', file=sys.stderr); os.abort()", "last words", id="aborts"),
        pytest.param("if role == 'torch': time.sleep(600)", "gave no answer for 20 seconds", id="hangs"),
    ],
)
def test_a_lost_worker_costs_its_own_lines(act: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "bad.py").write_text(BAD.format(act=act))
    options = ["-f", "torch", "--timeout", "20", "--save", "r.json", "--dtype", "float32", "--mode", "eager"]
    result = parity("bad.py", "relu", *options, "--only", "*-sweep", cwd=tmp_path)
    assert result.returncode == 1, result.stderr
    assert says in result.stdout
    assert statuses(tmp_path / "r.json") == {"bad": {"error"}, "relu": {"held"}}


def test_a_reference_that_raises_costs_its_own_lines(tmp_path: Path) -> None:
    source = BAD.format(act="") + REFERENCE.format(act="raise ValueError('no such number')")
    (tmp_path / "bad.py").write_text(source)
    result = parity("bad.py", "relu", "-f", "torch", "--save", "r.json", cwd=tmp_path)
    assert result.returncode == 1
    assert "the reference: ValueError: no such number" in result.stdout
    assert statuses(tmp_path / "r.json") == {"bad": {"error"}, "relu": {"held"}}


def test_a_file_that_raises_is_a_wrong_call(tmp_path: Path) -> None:
    (tmp_path / "bad.py").write_text("raise RuntimeError('not today')\n")
    result = parity("bad.py", "-f", "torch", cwd=tmp_path)
    assert result.returncode == 2
    assert "bad.py" in result.stderr
    assert "not today" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_full_disk_ends_the_run_with_one_error(tmp_path: Path) -> None:
    result = parity("relu", "-f", "torch", "--work", str(tmp_path), cwd=tmp_path, blocks=100)
    assert result.returncode == 2
    assert result.stderr.count("cannot write") == 1
    assert "File too large" in result.stderr
    assert not list(tmp_path.glob("actzoo-parity-*")), "the work folder is gone"


def test_a_report_that_cannot_be_written_is_refused_before_the_run(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    result = parity("relu", "-f", "torch", "--report", "taken/page", cwd=tmp_path)
    assert result.returncode == 2
    assert result.stderr == "error: taken/page cannot be written: taken is no folder\n"
    assert result.stdout == ""


def test_a_result_that_cannot_be_written_is_shown_all_the_same(tmp_path: Path) -> None:
    result = parity("relu", "-f", "torch", "--save", "gone/result.json", cwd=tmp_path)
    assert result.returncode == 2
    assert "cannot write gone/result.json" in result.stderr
    assert "relu" in result.stdout


def test_without_a_work_folder(tmp_path: Path) -> None:
    result = parity("relu", "-f", "torch", "--work", str(tmp_path / "gone"), cwd=tmp_path)
    assert result.returncode == 2
    assert "cannot make a work folder" in result.stderr


def test_an_interpreter_without_the_framework_is_not_run(tmp_path: Path) -> None:
    bare = tmp_path / "python"
    bare.write_text(f"#!/bin/sh\nexec {sys.executable} -c 'import sys; sys.exit(\"no such interpreter\")'\n")
    bare.chmod(0o755)
    result = parity(
        "relu", "-f", "torch", "-f", "paddle", "--python", f"paddle={bare}", "--save", "r.json", cwd=tmp_path
    )
    assert result.returncode == 1
    assert "the paddle worker ended with exit status 1" in result.stdout
    assert "no such interpreter" in result.stdout
    found = {(r["framework"], r["status"]) for r in json.loads((tmp_path / "r.json").read_text())["records"]}
    assert found == {("torch", "held"), ("paddle", "error")}


# pairs

PAIRS = """
import os

import numpy as np

from actzoo_parity import pair


def in_torch():
    import torch

    {act}
    return torch.nn.Softmax(1)


pair("softmax", torch=in_torch, numpy=lambda: {numpy}, inputs=np.linspace(-3, 3, 24, dtype=np.float32).reshape(4, 6))
"""
SOFTMAX = "lambda x: np.exp(x) / np.exp(x).sum({axis}, keepdims=True)"


@pytest.mark.parametrize(
    ("act", "axis", "status", "says"),
    [
        pytest.param("", 1, 0, "estimated", id="right"),
        pytest.param("", 0, 1, "numpy differs from torch in value", id="wrong-axis"),
        pytest.param("os.kill(os.getpid(), 9)", 1, 1, "was killed by SIGKILL", id="killed"),
        pytest.param("raise RuntimeError('not today')", 1, 1, "not today", id="raises"),
    ],
)
def test_pairs_of_a_file(act: str, axis: int, status: int, says: str, tmp_path: Path) -> None:
    (tmp_path / "pairs.py").write_text(PAIRS.format(act=act, numpy=SOFTMAX.format(axis=axis)))
    result = parity("pairs.py", "relu", "-f", "torch", "--save", "r.json", cwd=tmp_path)
    assert result.returncode == status, result.stdout + result.stderr
    assert says in result.stdout
    assert statuses(tmp_path / "r.json")["relu"] == {"held"}


# golden vectors


@pytest.fixture(scope="module")
def golden(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("golden")
    result = parity("relu", "--export", "vectors", "--only", "relu-torch-cpu-float32-eager-*", cwd=folder)
    assert result.returncode == 0, result.stderr
    return folder / "vectors"


@pytest.fixture
def copied(golden: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "vectors"
    folder.mkdir()
    for file in golden.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    return folder


def test_golden_vectors_say_what_is_expected(copied: Path, tmp_path: Path) -> None:
    result = parity("relu", "--full", "-f", "torch", "--against", "vectors", "--save", "r.json", cwd=tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr
    records = json.loads((tmp_path / "r.json").read_text())["records"]
    assert {r["against"] for r in records if r["status"] != "not run"} == {"golden"}
    assert "second derivative" in {name for r in records for name in r["outputs"]}


@pytest.mark.parametrize(
    ("file", "change", "says"),
    [
        pytest.param("000.expected.safetensors", lambda b: b[:-1] + bytes([b[-1] ^ 1]), "SHA-256", id="bit"),
        pytest.param("000.inputs.safetensors", lambda b: b[:100], "SHA-256", id="cut"),
        pytest.param("index.json", lambda b: b[:50], "is damaged", id="index"),
        pytest.param("index.json", lambda b: b"[]", "is not version 1", id="other-json"),
        pytest.param("index.json", lambda b: b.replace(b'"data"', b'"date"'), "is damaged", id="fields"),
    ],
)
def test_damaged_golden_vectors(file: str, change: object, says: str, copied: Path, tmp_path: Path) -> None:
    path = copied / file
    path.write_bytes(change(path.read_bytes()))  # type: ignore[operator]
    result = parity("relu", "--full", "-f", "torch", "--against", "vectors", cwd=tmp_path)
    assert result.returncode == 2
    assert says in result.stderr
    assert "Traceback" not in result.stderr


def test_results_of_something_else_are_judged(copied: Path, tmp_path: Path) -> None:
    """A fourth framework: NumPy reads the inputs, writes results, and one of two is wrong."""
    import numpy as np
    from safetensors.numpy import load_file, save_file

    inputs = load_file(copied / "000.inputs.safetensors")
    index = json.loads((copied / "index.json").read_text())
    for factor, status in ((1.0, 0), (1.001, 1)):
        results = {}
        for entry in index["cases"]:
            n = entry["number"]
            x, cotangent = inputs[f"{n}/x"], inputs[f"{n}/cotangent"]
            with np.errstate(over="ignore"):
                results[f"{n}/value"] = np.asarray(np.where(x <= 0, np.float32(0), x) * np.float32(factor))
            results[f"{n}/gradient of x"] = np.asarray(np.where(x <= 0, np.float32(0), cotangent))
        (tmp_path / "mine").mkdir(exist_ok=True)
        save_file(results, tmp_path / "mine" / "000.results.safetensors")
        result = parity("--against", "vectors", "--results", "mine", cwd=tmp_path)
        assert result.returncode == status, result.stdout + result.stderr
