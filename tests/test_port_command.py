"""The command: what it refuses, what it writes and what it leaves alone, and weights that do not fit."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from actzoo._main import app
from actzoo.port import port_files, port_source, rules

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="pipes and links are POSIX's")
SOURCE = "import paddle\nfrom paddle import nn\nlayer = nn.BatchNorm2D(2)\n"


def run(*arguments: object) -> tuple[int, list[str]]:
    result = CliRunner().invoke(app, ["port", *map(str, arguments)], env={"COLUMNS": "500"})
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, [line for line in result.output.splitlines() if line.strip()]


def listing(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


# What cannot be read


def nested(path: Path) -> None:
    path.write_text("import paddle\nx = " + "(" * 3000 + "1" + ")" * 3000 + "\n")


INPUTS: dict[str, tuple[str, Callable[[Path], object], str]] = {
    "missing": ("a.py", lambda path: None, "No such file"),
    "empty": ("a.py", lambda path: path.write_text(""), "is empty"),
    "empty notebook": ("a.ipynb", lambda path: path.write_text(""), "is empty"),
    "folder": ("a.py", lambda path: path.mkdir(), "is a folder"),
    "pipe": ("a.py", lambda path: os.mkfifo(path), "is no plain file"),
    "link to nothing": ("a.py", lambda path: path.symlink_to("gone"), "No such file"),
    "link to itself": ("a.py", lambda path: path.symlink_to("a.py"), "cannot be read"),
    "device": ("a.py", lambda path: path.symlink_to("/dev/zero"), "is no plain file"),
    "wrong type": ("a.txt", lambda path: path.write_text("x = 1"), "is neither a .py nor an .ipynb"),
    "no text": ("a.py", lambda path: path.write_bytes(b"x = '\xff\xfe'\n"), "is no text"),
    "unknown coding": ("a.py", lambda path: path.write_text("# coding: nothing\nx = 1\n"), "is no text"),
    "no Python": (
        "a.py",
        lambda path: path.write_text("import paddle\nx = = 1\n"),
        "is no Python: invalid syntax, line 2",
    ),
    "null": ("a.py", lambda path: path.write_bytes(b"import paddle\nx = 1\0\n"), "null bytes"),
    "deep": ("a.py", nested, "a.py"),
    "no notebook": ("a.ipynb", lambda path: path.write_text("[1, 2"), "is no notebook"),
    "a list, no notebook": ("a.ipynb", lambda path: path.write_text("[1, 2]"), "is no notebook"),
    "a notebook without cells": ("a.ipynb", lambda path: path.write_text('{"nbformat": 4}'), "is no notebook"),
}


@POSIX
@pytest.mark.parametrize("case", INPUTS)
def test_what_cannot_be_read_is_one_line(case: str, tmp_path: Path) -> None:
    name, make, words = INPUTS[case]
    good = tmp_path / "good.py"
    good.write_text(SOURCE)
    make(tmp_path / name)
    before = listing(tmp_path)
    status, lines = run(good, tmp_path / name, "-o", tmp_path / "out")
    assert status == 2
    assert len(lines) == 1
    assert words in lines[0]
    assert name in lines[0]
    assert listing(tmp_path) == before


WEIGHTS: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (lambda path: None, "No such file"),
    "empty": (lambda path: path.write_text(""), "is empty"),
    "folder": (lambda path: path.mkdir(), "is a folder"),
    "pipe": (lambda path: os.mkfifo(path), "is no plain file"),
    "damaged": (lambda path: path.write_bytes(b"\x80\x02}"), "w.pdparams"),
    "text": (lambda path: path.write_text("hello"), "w.pdparams"),
}


@POSIX
@pytest.mark.parametrize("case", WEIGHTS)
def test_weights_that_cannot_be_read_leave_nothing(case: str, tmp_path: Path) -> None:
    make, words = WEIGHTS[case]
    good, weights = tmp_path / "good.py", tmp_path / "w.pdparams"
    good.write_text(SOURCE)
    make(weights)
    before = listing(tmp_path)
    status, lines = run(good, "--weights", weights, "-o", tmp_path / "out" / "deep")
    assert status == 2
    assert len(lines) == 1
    assert words in lines[0]
    assert listing(tmp_path) == before


OPTIONS = {
    "a shape": (["--verify", "--shape", "a,b"], "--shape is sizes"),
    "a version": (["--paddle-version", "1.8"], "--paddle-version is 2.x or 3.x"),
    "a timeout": (["--verify", "--timeout", "0"], "--timeout"),
}


@pytest.mark.parametrize("case", OPTIONS)
def test_an_option_that_is_wrong_is_one_line(case: str, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(SOURCE)
    options, words = OPTIONS[case]
    status, lines = run(tmp_path / "a.py", "-o", tmp_path / "out", *options)
    assert (status, len(lines)) == (2, 1)
    assert words in lines[0]
    assert listing(tmp_path) == ["a.py"]


# What is written, and what is not


def test_a_port_can_be_made_again(tmp_path: Path) -> None:
    """What a port wrote, and nobody changed, is its own; also where the source is another by now."""
    source, out = tmp_path / "a.py", tmp_path / "out"
    source.write_text(SOURCE)
    assert run(source, "-o", out)[0] == 0
    first = listing(out)
    assert first == ["a.py", "paddle_twins.py", "report.html", "report.json"]
    source.write_text(SOURCE + "other = nn.Conv2D(1, 2, 3)\n")
    assert run(source, "-o", out)[0] == 0
    assert "Conv2d(1, 2, 3)" in (out / "a.py").read_text()
    assert listing(out) == first
    (tmp_path / "b.py").write_text(SOURCE)
    assert run(tmp_path / "b.py", "-o", out)[0] == 0
    assert run(source, "-o", out)[0] == 0
    assert set(json.loads((out / "report.json").read_text())["written"]) == {
        "a.py",
        "b.py",
        "paddle_twins.py",
        "report.html",
    }


def test_what_a_person_changed_or_wrote_is_kept_without_force(tmp_path: Path) -> None:
    source, out = tmp_path / "a.py", tmp_path / "out"
    source.write_text(SOURCE)
    assert run(source, "-o", out)[0] == 0
    (out / "a.py").write_text("mine")
    source.write_text(SOURCE + "x = 1\n")
    before = {path: path.read_bytes() for path in out.rglob("*")}
    status, lines = run(source, "-o", out)
    assert (status, len(lines)) == (2, 1)
    assert "--force" in lines[0]
    assert {path: path.read_bytes() for path in out.rglob("*")} == before
    assert run(source, "-o", out, "--force")[0] == 0
    assert "x = 1" in (out / "a.py").read_text()


def linked(source: Path, out: Path) -> None:
    (out / source.name).hardlink_to(source)


def symlinked(source: Path, out: Path) -> None:
    (out / source.name).symlink_to(source)


def piped(source: Path, out: Path) -> None:
    os.mkfifo(out / source.name)


def device(source: Path, out: Path) -> None:
    (out / source.name).symlink_to("/dev/null")


def helpers(source: Path, out: Path) -> None:
    (out / "paddle_twins.py").write_text("mine = 1\n")


def report(source: Path, out: Path) -> None:
    (out / "report.json").write_text('{"mine": 1}')


def page(source: Path, out: Path) -> None:
    (out / "report.html").write_text("mine")


TARGETS: dict[str, tuple[Callable[[Path, Path], None], str, bool]] = {
    "a hard link of the input": (linked, "over itself", False),
    "a link to the input": (symlinked, "over itself", False),
    "a pipe": (piped, "is a pipe", False),
    "a device": (device, "is a device", False),
    "helpers that are no port's": (helpers, "exists", True),
    "a report that is no port's": (report, "exists", True),
    "a page that is no port's": (page, "exists", True),
}


@POSIX
@pytest.mark.parametrize("case", TARGETS)
def test_what_is_not_written_over(case: str, tmp_path: Path) -> None:
    source, out = tmp_path / "a.py", tmp_path / "out"
    source.write_text(SOURCE)
    out.mkdir()
    make, words, forced = TARGETS[case]
    make(source, out)
    before = listing(tmp_path)
    status, lines = run(source, "-o", out)
    assert (status, len(lines)) == (2, 1)
    assert words in lines[0]
    assert listing(tmp_path) == before
    assert source.read_text() == SOURCE
    assert run(source, "-o", out, "--force")[0] == (0 if forced else 2)
    assert source.read_text() == SOURCE


@POSIX
@pytest.mark.parametrize("name", ["file", "/dev/null", "pipe"])
def test_the_folder_is_a_folder(name: str, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(SOURCE)
    (tmp_path / "file").write_text("mine")
    os.mkfifo(tmp_path / "pipe")
    status, lines = run(tmp_path / "a.py", "-o", tmp_path / name, "--force")
    assert (status, len(lines)) == (2, 1)
    assert "is no folder" in lines[0]
    assert (tmp_path / "file").read_text() == "mine"


def test_two_sources_of_one_name_are_refused(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.py").write_text(SOURCE)
    status, lines = run(tmp_path / "one/a.py", tmp_path / "two/a.py", "-o", tmp_path / "out")
    assert (status, len(lines)) == (2, 1)
    assert "have one name" in lines[0]
    assert listing(tmp_path) == ["one", "one/a.py", "two", "two/a.py"]


@pytest.mark.parametrize("name", ["paddle_twins.py", "paddle_models.py"])
def test_a_source_with_the_name_of_the_helpers_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(SOURCE)
    status, lines = run(tmp_path / name, "-o", tmp_path / "out")
    assert (status, len(lines)) == (2, 1)
    assert "rename it" in lines[0]


@pytest.mark.parametrize(
    ("head", "encoding"), [("# coding: latin-1\n", "latin-1"), ("\ufeff", "utf-8"), ("# -*- coding: gbk -*-\n", "gbk")]
)
def test_a_source_is_read_as_python_reads_it(head: str, encoding: str, tmp_path: Path) -> None:
    letter = "é" if encoding == "latin-1" else "中"
    (tmp_path / "a.py").write_bytes(f"{head}import paddle\nx = paddle.ones([1])  # {letter}\n".encode(encoding))
    port_files([tmp_path / "a.py"], tmp_path / "out")
    text = (tmp_path / "out/a.py").read_bytes().decode(encoding)
    assert text == f"{head}import torch\nx = torch.ones([1])  # {letter}\n"


def test_loops_in_loops_take_no_time_that_doubles(tmp_path: Path) -> None:
    loops = "".join(f"{' ' * i}for i{i} in range(2):\n" for i in range(18)) + " " * 18 + "x = paddle.ones([1])\n"
    started = time.perf_counter()
    port_source("import paddle\n" + loops, rules())
    assert time.perf_counter() - started < 10


WITHOUT_PADDLE = """import sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition('.')[0] == 'paddle':
            raise ModuleNotFoundError(f'No module named {name!r}', name=name)
sys.meta_path.insert(0, Blocked())
from actzoo._main import app
app(sys.argv[1:])
"""


@pytest.mark.parametrize("source", ["x = 1\n", SOURCE])
def test_porting_needs_no_paddle(source: str, tmp_path: Path) -> None:
    (tmp_path / "any.py").write_text(source)
    arguments = ["port", str(tmp_path / "any.py"), "-o", str(tmp_path / "out")]
    done = subprocess.run([sys.executable, "-c", WITHOUT_PADDLE, *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "any.py" in listing(tmp_path / "out")


# Weights that do not fit

NET = """import paddle
from paddle import nn


class Net(nn.Layer):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(6, 3)
        self.out = nn.Linear(3, 2)

    def forward(self, x):
        return self.out(self.fc(x))


net = Net()
"""


def saved(folder: Path, change: Callable[[dict[str, object]], object]) -> Path:
    """A checkpoint of the net, changed."""
    import paddle

    random = np.random.default_rng(0)
    layers = {"fc": paddle.nn.Linear(6, 3), "out": paddle.nn.Linear(3, 2)}
    state: dict[str, object] = {
        f"{name}.{key}": each for name, layer in layers.items() for key, each in layer.state_dict().items()
    }
    for each in state.values():
        each.set_value(random.standard_normal(each.shape).astype("float32"))  # type: ignore[attr-defined]
    paddle.save(change(state), str(folder / "best.pdparams"))
    return folder / "best.pdparams"


def without(state: dict[str, object], key: str) -> dict[str, object]:
    return {name: each for name, each in state.items() if name != key}


MISFITS: dict[str, tuple[Callable[[dict[str, object]], object], tuple[str, ...]]] = {
    "a prefix": (
        lambda s: {f"Student.{k}": v for k, v in s.items()},
        ("--prefix Student.", "lacks fc.weight, fc.bias"),
    ),
    "another prefix": (lambda s: {f"module.{k}": v for k, v in s.items()}, ("--prefix module.",)),
    "a nest": (lambda s: {"state_dict": s, "epoch": 3}, ("--prefix state_dict.",)),
    "two students": (
        lambda s: {f"{a}.{k}": v for a in ("Student", "Teacher") for k, v in s.items()},
        ("--prefix Student.", "--prefix Teacher."),
    ),
    "one key short": (lambda s: without(s, "out.bias"), ("the file lacks out.bias",)),
    "one key more": (lambda s: {**s, "more": s["fc.bias"]}, ("the model lacks more",)),
    "another shape": (lambda s: {**s, "out.bias": s["fc.bias"]}, ("out.bias, [3] for [2]",)),
}


@pytest.mark.parametrize("case", MISFITS)
def test_weights_that_do_not_fit_are_told(case: str, tmp_path: Path) -> None:
    change, words = MISFITS[case]
    (tmp_path / "net.py").write_text(NET)
    weights = saved(tmp_path, change)
    status, lines = run(tmp_path / "net.py", "--weights", weights, "--verify", "-o", tmp_path / "out")
    assert status == 1
    for each in words:
        assert each in "\n".join(lines)
    if "--prefix" in words[0]:
        given = words[0].split()[1]
        options = ["--weights", weights, "--prefix", given, "--verify", "-o", tmp_path / "out"]
        status, lines = run(tmp_path / "net.py", *options)
        assert status == 0, lines
        assert "with the weights of best.pdparams" in "\n".join(lines)


def test_a_prefix_that_no_key_has_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(NET)
    weights = saved(tmp_path, lambda s: {f"Student.{k}": v for k, v in s.items()})
    status, lines = run(tmp_path / "net.py", "--weights", weights, "--prefix", "Pupil.", "-o", tmp_path / "out")
    assert (status, len(lines)) == (2, 1)
    assert "they begin with 'Student.'" in lines[0]
