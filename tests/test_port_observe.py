"""`--observe`: a source is run once, and what cannot be read is decided by what was there."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
import seed_notebook
from typer.testing import CliRunner

from actzoo._main import app
from actzoo.port import Observing, Result, port_files

HEAD = "import paddle\nimport numpy as np\n\n\ndef turned(a):\n    return a.transpose([1, 0])\n\n\n"
FIND = "def find(key):\n    return globals()[key]\n\n\nt, n = paddle.ones([2, 3]), np.ones([2, 3])\n"


def observed(folder: Path, source: str, timeout: float = 60.0) -> tuple[Result, str]:
    (folder / "a.py").write_text(source, encoding="utf-8")
    result = port_files([folder / "a.py"], folder / "ported", observing=Observing(timeout=timeout))
    return result, (folder / "ported/a.py").read_text(encoding="utf-8")


CALL = "turned(t)\n"
"""What tells a reader as much as a runner that `a` is a tensor."""

CASES = {
    "a tensor": ("find('t').transpose([1, 0])", "find('t').permute([1, 0])"),
    "an array": ("find('n').transpose([1, 0])", "find('n').transpose([1, 0])"),
    "beyond ASCII": ("print('中'), find('t').transpose([1, 0])", "print('中'), find('t').permute([1, 0])"),
    "a chain": ("find('t').transpose([1, 0]).reshape([0, 2])", "reshape(find('t').permute([1, 0]), [0, 2])"),
    "in a loop": (
        "for each in map(find, 'tt'):\n    each.transpose([1, 0])",
        "for each in map(find, 'tt'):\n    each.permute([1, 0])",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_was_there_decides(case: str, tmp_path: Path) -> None:
    source, wanted = CASES[case]
    result, text = observed(tmp_path, f"{HEAD}{FIND}{CALL}{source}\n")
    assert wanted in text
    assert result.hands == []


def test_both_at_one_place_is_marked(tmp_path: Path) -> None:
    result, text = observed(tmp_path, f"{HEAD}{FIND}for key in 'tn':\n    turned(find(key))\n")
    (mark,) = result.hands
    assert mark.reason == "'a' was a tensor once and something else another time, and 'transpose' differs"
    assert "unported(" in text


def test_what_is_not_reached_is_marked(tmp_path: Path) -> None:
    (mark,) = observed(tmp_path, HEAD)[0].hands
    assert mark.reason == "'a' may be a tensor or something else, and was not reached, and 'transpose' differs"


ENDS = {
    "an error": ("raise KeyError('x')", "it was observed, and did not run to its end: KeyError: 'x'"),
    "a crash": ("import os; os._exit(9)", "the paddle worker ended with exit status 9"),
    "no end": ("import time; time.sleep(90)", "the paddle worker gave no answer for 5 seconds"),
    "its own end": ("raise SystemExit", None),
}


@pytest.mark.parametrize("how", ENDS)
def test_what_was_seen_before_the_end_counts(how: str, tmp_path: Path) -> None:
    act, told = ENDS[how]
    reached = f"turned(paddle.ones([1, 2]))\n{FIND}find('t').transpose([1, 0])\n"
    result, text = observed(tmp_path, f"{HEAD}{reached}{act}\nfind('n').transpose([1, 0])\n", 5.0)
    assert "find('t').permute([1, 0])" in text
    notes = [mark.reason for mark in result.files[0].marks if mark.kind == "note"]
    assert any(told in note for note in notes) if told else not notes
    assert len(result.hands) == 1


def test_nothing_is_run_that_can_be_read(tmp_path: Path) -> None:
    """Nor anything without being asked."""
    act = "open('ran', 'w').close()\n"
    observed(tmp_path, f"import paddle\n{act}paddle.ones([1, 2]).transpose([1, 0])\n")
    (tmp_path / "b.py").write_text(HEAD + act, encoding="utf-8")
    port_files([tmp_path / "b.py"], tmp_path / "ported")
    assert not (tmp_path / "ran").exists()


def test_a_notebook_by_the_command(tmp_path: Path) -> None:
    """With magics in it; it runs in its own folder."""
    codes = [f"%matplotlib inline\n{HEAD}", f"!ls\nopen('ran', 'w').close()\n{FIND}", "find('t').transpose([1, 0])"]
    path = tmp_path / "a.ipynb"
    path.write_text(json.dumps(seed_notebook.notebook([*codes, "turned(t)"])), encoding="utf-8")
    asked = ["port", str(path), "-o", str(tmp_path / "ported"), "--observe"]
    done = CliRunner().invoke(app, asked, env={"COLUMNS": "120"})
    assert done.exit_code == 0, done.output
    cells = json.loads((tmp_path / "ported/a.ipynb").read_text(encoding="utf-8"))["cells"]
    assert "".join(cells[2]["source"]) == "find('t').permute([1, 0])"
    assert (tmp_path / "ran").exists()


def test_without_paddle_the_place_is_marked(tmp_path: Path) -> None:
    other = tmp_path / "python"
    (tmp_path / "without").mkdir()
    (tmp_path / "without" / "paddle.py").write_text("raise ModuleNotFoundError(name='paddle')\n", encoding="utf-8")
    other.write_text(f'#!/bin/sh\nPYTHONPATH="{tmp_path}/without:$PYTHONPATH" exec {sys.executable} "$@"\n')
    other.chmod(0o755)
    (tmp_path / "a.py").write_text(HEAD, encoding="utf-8")
    result = port_files([tmp_path / "a.py"], tmp_path / "ported", observing=Observing({"paddle": str(other)}))
    assert len(result.hands) == 1
    assert "paddle is not installed" in "".join(m.reason for m in result.files[0].marks)
