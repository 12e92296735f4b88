"""The proof: the original and the port in processes of their own; what becomes of those that crash, hang or differ."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from actzoo.port import Proof, port_files, verified
from actzoo.port._port import Result

NET = """import os
import sys
import time
import paddle
from paddle import nn


class Net(nn.Layer):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(6, 3)

    def forward(self, x):
        return self.fc(x)


net = Net()
"""
FORWARD = "return self.fc(x)"


def ported(folder: Path, source: str = NET, change: str = FORWARD) -> Result:
    """A port, in which the line of `forward` is another."""
    (folder / "net.py").write_text(source, encoding="utf-8")
    result = port_files([folder / "net.py"], folder / "ported")
    target = result.files[0].target
    target.write_text(target.read_text(encoding="utf-8").replace(FORWARD, change), encoding="utf-8")
    return result


def words(proof: Proof) -> str:
    return "\n".join(proof.lines())


def test_the_two_never_meet(tmp_path: Path) -> None:
    """The original would not run where torch is, nor the port where Paddle is."""
    alone = "assert '{}' not in sys.modules\nnet = Net()"
    result = ported(tmp_path, NET.replace("net = Net()", alone.format("torch")))
    target = result.files[0].target
    text = target.read_text(encoding="utf-8")
    assert "'torch' not in" in text
    target.write_text(text.replace("'torch' not in", "'paddle' not in"), encoding="utf-8")
    assert verified(result).held


ENDS = {
    "crash": ("os._exit(3)", "the {} worker ended with exit status 3"),
    "signal": ("os.abort()", "the {} worker was killed by SIGABRT"),
    "hang": ("time.sleep(60)", "the {} worker gave no answer for 4 seconds"),
}


@pytest.mark.parametrize("how", ENDS)
@pytest.mark.parametrize("side", ["paddle", "torch"])
def test_who_crashed_or_hung_is_told(side: str, how: str, tmp_path: Path) -> None:
    act, told = ENDS[how]
    changed = f"{act}; {FORWARD}"
    result = ported(tmp_path, NET.replace(FORWARD, changed) if side == "paddle" else NET, changed)
    proof = verified(result, timeout=4.0)
    assert not proof.held
    assert told.format(side) in words(proof)


def test_a_port_that_raises_fails(tmp_path: Path) -> None:
    proof = verified(ported(tmp_path, change="raise KeyError('fc')"))
    assert [t.status for t in proof.trials] == ["held", "failed", "failed"]
    assert "torch: raised KeyError: 'fc' in float32" in words(proof)


def test_a_port_that_cannot_be_built(tmp_path: Path) -> None:
    result = ported(tmp_path)
    target = result.files[0].target
    target.write_text(target.read_text(encoding="utf-8").replace("(6, 3)", "(6)"), encoding="utf-8")
    assert "the port: it cannot be built: TypeError" in words(verified(result))


def test_another_interpreter(tmp_path: Path) -> None:
    """A script that stands for the interpreter of another environment; and one in which Paddle is not installed."""
    other = tmp_path / "python"
    other.write_text(f'#!/bin/sh\necho "$3" >> {tmp_path}/asked\nexec {sys.executable} "$@"\n', encoding="utf-8")
    other.chmod(other.stat().st_mode | stat.S_IXUSR)
    result = ported(tmp_path)
    assert verified(result, pythons={"paddle": str(other)}).held
    assert (tmp_path / "asked").read_text(encoding="utf-8") == "paddle\n"
    (tmp_path / "without").mkdir()
    (tmp_path / "without" / "paddle.py").write_text("raise ModuleNotFoundError(name='paddle')\n", encoding="utf-8")
    hidden = f'PYTHONPATH="{tmp_path}/without:$PYTHONPATH" exec {sys.executable} "$@"'
    other.write_text(f"#!/bin/sh\n{hidden}\n", encoding="utf-8")
    proof = verified(result, pythons={"paddle": str(other)})
    assert "paddle is not installed" in words(proof)
    assert proof.trials[0].status == "not verified"


def test_no_file_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    source = tmp_path / "source"
    source.mkdir()
    assert verified(ported(source)).held
    assert os.listdir(tmp_path) == ["source"]
