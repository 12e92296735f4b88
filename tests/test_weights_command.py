"""`actzoo weights`: nothing is overwritten or lost without a word, and what is wrong is one line and exit status 2."""

from __future__ import annotations

import os
import pickle
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import paddle
import pytest
import torch
from safetensors.numpy import load_file
from typer.testing import CliRunner

from actzoo._main import app
from actzoo.weights.files import WeightsFileError, read_weights

ONES = np.ones((2, 3), np.float32)


def run(*arguments: object) -> tuple[int, str]:
    """The exit status, and the output as one line."""
    result = CliRunner().invoke(app, ["weights", *map(str, arguments)], env={"COLUMNS": "120"})
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, " ".join(result.output.split())


@pytest.fixture
def source(tmp_path: Path) -> Path:
    file = tmp_path / "model.pdparams"
    paddle.save(paddle.nn.Linear(2, 3).state_dict(), str(file))
    return file


# What is read


def torch_file(zipped: bool) -> Callable[[Path], None]:
    state = torch.nn.Linear(2, 2).state_dict()
    return lambda path: torch.save(state, path, _use_new_zipfile_serialization=zipped)


def pickled(value: Any) -> Callable[[Path], None]:
    return lambda path: path.write_bytes(pickle.dumps(value, 4)) and None


def shared(levels: int) -> Any:
    """Small as a file, and 2 ** levels entries when written out."""
    made: Any = 1
    for _ in range(levels):
        made = [made, made]
    return made


REFUSED = {
    "torch-legacy": (torch_file(False), "a file of torch, of the kind before 1.6.*torch.load reads it"),
    "torch-zip": (torch_file(True), "as torch.save writes.*torch.load reads it"),
    "empty-dict": (pickled({}), "holds no array, only empty containers"),
    "no-arrays": (pickled({"epoch": 3, "lr": [0.1]}), "holds no array, only 'epoch' \\(int\\), 'lr' \\(list\\)"),
    "a-number": (pickled(3), "holds no array, only 'contents' \\(int\\)"),
    "number-and-text": (pickled({1: ONES, "1": ONES}), "two entries would both be called '1'"),
    "dots-and-nest": (pickled({"a.b": ONES, "a": {"b": ONES}}), "two entries would both be called 'a.b'"),
    "folded": (pickled({"w": ONES, "x": shared(24)}), "more entries than the file has bytes"),
    "empty": (lambda path: path.touch(), "the file is empty"),
    "folder": (lambda path: path.mkdir(), "this is a folder; name a file in it"),
    "pipe": (os.mkfifo, "a pipe, a device or a socket; name a plain file"),
    "device": (lambda path: path.symlink_to("/dev/zero"), "a pipe, a device or a socket; name a plain file"),
    "missing": (lambda path: None, "cannot be read: No such file"),
    "link-to-itself": (lambda path: path.symlink_to(path), "cannot be read: Too many levels of symbolic links"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_is_no_weights_is_refused_in_one_line(name: str, tmp_path: Path) -> None:
    make, words = REFUSED[name]
    file = tmp_path / "x.pdparams"
    make(file)
    with pytest.raises(WeightsFileError, match=f"x.pdparams.*{words}") as raised:
        read_weights(file)
    status, output = run(file)
    assert (status, output) == (2, f"error: {' '.join(str(raised.value).split())}")
    assert run(file, "--to", "torch")[0] == 2
    assert not list(tmp_path.glob("*.safetensors"))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param([""], "error: the name of the file is empty", id="no-name"),
        pytest.param(["."], "error: .: this is a folder; name a file in it", id="here"),
        pytest.param(["x", "--to", "torch", "-o", ""], "error: the name after -o is empty", id="no-target"),
        pytest.param(["x", "--to", "keras"], "error: --to is torch or flax, got 'keras'", id="other-target"),
        pytest.param(["x", "--force"], "error: nothing is written without --to torch or --to flax", id="only-force"),
        pytest.param(["x", "--to", "torch", "-o", "y.pt"], "error: y.pt is a name of torch's own format", id="suffix"),
    ],
)
def test_a_wrong_call_is_one_line(arguments: list[str], words: str) -> None:
    status, output = run(*arguments)
    assert status == 2
    assert output.startswith(words)


@pytest.mark.parametrize("kind", [list, tuple])
def test_arrays_in_a_list_are_called_by_their_index(kind: Any, tmp_path: Path) -> None:
    saved = [paddle.to_tensor([1.0, 2.0]), {"deeper": paddle.to_tensor([3])}]
    paddle.save(kind(saved), str(tmp_path / "a.pdparams"))
    arrays = read_weights(tmp_path / "a.pdparams").arrays
    assert {key: bits.array.tolist() for key, bits in arrays.items()} == {"0": [1.0, 2.0], "1.deeper": [3]}
    assert run(tmp_path / "a.pdparams", "--to", "torch", "--pt")[0] == 0
    assert set(torch.load(tmp_path / "a.torch.pt", weights_only=True)) == {"0", "1.deeper"}


def test_keys_are_shown_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "a.pdparams").write_bytes(pickle.dumps({"[/red]\x1b[2J": ONES, "[bold]": "[/x]\x07"}, 4))
    status, output = run(tmp_path / "a.pdparams")
    assert status == 0
    assert "[/red]\\x1b[2J" in output
    assert "[bold]: [/x]\\x07" in output


def test_a_file_s_own_words_do_not_steer_a_terminal(tmp_path: Path) -> None:
    key = "\x1b[2J" + "x" * 10_000
    (tmp_path / "a.pdparams").write_bytes(pickle.dumps({key + ".b": ONES, key: {"b": ONES}}, 4))
    status, output = run(tmp_path / "a.pdparams")
    assert status == 2
    assert output.startswith(r"error: a.pdparams: two entries would both be called '\x1b[2Jxxx")
    assert len(output) < 2200


# What is written


def test_names_tell_the_target(source: Path) -> None:
    for arguments in (["torch"], ["flax"], ["torch", "--pt"]):
        assert run(source, "--to", *arguments)[0] == 0
    made = {path.name for path in source.parent.iterdir()}
    assert made == {"model.pdparams", "model.torch.safetensors", "model.flax.safetensors", "model.torch.pt"}
    assert set(load_file(source.with_name("model.torch.safetensors"))) == {"weight", "bias"}
    assert set(load_file(source.with_name("model.flax.safetensors"))) == {"kernel", "bias"}


@pytest.mark.parametrize("pt", [False, True], ids=["safetensors", "pt"])
def test_nothing_is_overwritten_without_force(pt: bool, source: Path) -> None:
    more = ["--pt"] if pt else []
    target = source.with_name("model.torch.pt" if pt else "model.torch.safetensors")
    target.write_text("mine")
    status, output = run(source, "--to", "torch", *more)
    assert status == 2
    assert f"{target} exists; choose another place with -o, or write over it with --force" in output
    assert target.read_text() == "mine"
    assert run(source, "--to", "torch", "--force", *more)[0] == 0
    assert target.stat().st_size > 50


ALIASES: dict[str, Callable[[Path, Path], None]] = {
    "hard-link": lambda path, source: os.link(source, path),
    "symbolic-link": lambda path, source: path.symlink_to(source),
    "link-to-a-link": lambda path, source: path.symlink_to(_link(source)),
    "device": lambda path, source: path.symlink_to("/dev/null"),
    "pipe": lambda path, source: os.mkfifo(path),
    "folder": lambda path, source: path.mkdir(),
    "link-to-nothing": lambda path, source: path.symlink_to(path.with_name("gone")),
}


def _link(source: Path) -> Path:
    link = source.with_name("link")
    link.symlink_to(source)
    return link


@pytest.mark.parametrize("pt", [False, True], ids=["safetensors", "pt"])
@pytest.mark.parametrize("name", ALIASES)
def test_the_source_and_what_is_no_plain_file_are_never_replaced(name: str, pt: bool, source: Path) -> None:
    before, target = source.read_bytes(), source.with_name("out")
    ALIASES[name](target, source)
    was = (os.lstat(target).st_mode, os.lstat(target).st_ino)
    status, output = run(source, "--to", "torch", "-o", target, "--force", *(["--pt"] if pt else []))
    assert status == 2
    assert output.startswith("error: ")
    assert str(target) in output
    assert source.read_bytes() == before
    assert (os.lstat(target).st_mode, os.lstat(target).st_ino) == was


@pytest.mark.parametrize("mask", [0o022, 0o077, 0o002], ids=oct)
@pytest.mark.parametrize("pt", [False, True], ids=["safetensors", "pt"])
def test_the_mode_follows_the_umask(pt: bool, mask: int, source: Path) -> None:
    before = os.umask(mask)
    try:
        assert run(source, "--to", "torch", "-o", source.with_name("out"), *(["--pt"] if pt else []))[0] == 0
    finally:
        os.umask(before)
    assert stat.S_IMODE(source.with_name("out").stat().st_mode) == 0o666 & ~mask


FULL = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
from actzoo._main import app
app(sys.argv[1:])
"""


@pytest.mark.parametrize("pt", [False, True], ids=["safetensors", "pt"])
def test_a_full_disk_leaves_nothing(pt: bool, source: Path) -> None:
    more = ["--pt"] if pt else []
    told = subprocess.run(
        [sys.executable, "-c", FULL, "weights", str(source), "--to", "torch", *more], capture_output=True, text=True
    )
    assert told.returncode == 2
    assert "cannot be written: File too large" in told.stderr
    assert "Traceback" not in told.stderr
    assert [path.name for path in source.parent.iterdir()] == ["model.pdparams"]


# Prefixes


NESTS = {
    "state_dict": (lambda state: {"state_dict": state, "epoch": 3}, "state_dict."),
    "two-levels": (lambda state: {"best": {"model": state}, "epoch": 3}, "best.model."),
    "module": (lambda state: {f"module.{key}": each for key, each in state.items()}, "module."),
    "layers-in-a-nest": (
        lambda state: {"net": {f"_layers.{key}": each for key, each in state.items()}},
        "net._layers.",
    ),
}


@pytest.mark.parametrize("name", NESTS)
def test_what_stands_before_every_key_is_taken_off_and_said(name: str, tmp_path: Path) -> None:
    wrap, prefix = NESTS[name]
    model, file = paddle.nn.Sequential(paddle.nn.Linear(2, 2), paddle.nn.Linear(2, 2)), tmp_path / "a.pdparams"
    paddle.save(wrap(model.state_dict()), str(file))
    status, output = run(file, "--to", "torch")
    assert status == 0
    assert f"'{prefix}' is taken off every key" in output
    state = load_file(tmp_path / "a.torch.safetensors")
    assert set(state) == {"0.weight", "0.bias", "1.weight", "1.bias"}
    np.testing.assert_array_equal(state["1.weight"].T, model[1].weight.numpy())
    assert run(file, "--to", "torch", "--force", "--prefix", "")[0] == 0
    assert set(load_file(tmp_path / "a.torch.safetensors")) == {f"{prefix}{key}" for key in state}


def test_a_prefix_chooses_of_several(tmp_path: Path) -> None:
    student, teacher, file = paddle.nn.Linear(2, 2), paddle.nn.Linear(2, 2), tmp_path / "a.pdparams"
    both = paddle.nn.LayerDict({"Student": student, "Teacher": teacher})
    paddle.save(both.state_dict(), str(file))
    status, output = run(file, "--to", "torch", "--prefix", "Student.")
    assert status == 0
    assert "'Student.' is taken off every key (--prefix '' leaves it); 2 arrays whose keys begin otherwise" in output
    state = load_file(tmp_path / "a.torch.safetensors")
    np.testing.assert_array_equal(state["weight"].T, student.weight.numpy())
    assert set(state) == {"weight", "bias"}
    status, output = run(
        file, "--to", "torch", "--prefix", "Student", "--force"
    )  # a whole level, with or without a dot
    assert status == 0
    assert set(load_file(tmp_path / "a.torch.safetensors")) == {"weight", "bias"}
    status, output = run(file, "--prefix", "student.")
    assert (status, output) == (
        2,
        "error: no key of a.pdparams begins with 'student.'; they begin with 'Student.', 'Teacher.'",
    )


def test_a_level_that_may_be_a_layer_is_left_and_said(tmp_path: Path) -> None:
    paddle.save(paddle.nn.LayerDict({"Student": paddle.nn.Linear(2, 2)}).state_dict(), str(tmp_path / "a.pdparams"))
    status, output = run(tmp_path / "a.pdparams")
    assert status == 0
    assert "every key begins with 'Student.' (--prefix Student. takes it off)" in output
    assert "Student.weight" in output
