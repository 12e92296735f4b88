"""Files are written whole, together, and over nothing that is not to be replaced."""

from __future__ import annotations

import os
import socket
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from actzoo._output import OutputError, Writing, check_target, staged

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="pipes, devices and modes are POSIX's")


def fifo(path: Path, source: Path) -> None:
    os.mkfifo(path)


def a_socket(path: Path, source: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(path))


NEVER: dict[str, tuple[Callable[[Path, Path], None], str]] = {
    "folder": (lambda path, source: path.mkdir(), "is a folder"),
    "pipe": (fifo, "is a pipe"),
    "socket": (a_socket, "is a socket"),
    "link to a device": (lambda path, source: path.symlink_to("/dev/null"), "is a device"),
    "link to nothing": (lambda path, source: path.symlink_to("gone"), "a link to nothing"),
    "link to the input": (lambda path, source: path.symlink_to(source), "is the same file"),
    "hard link of the input": (lambda path, source: path.hardlink_to(source), "is the same file"),
}


@POSIX
@pytest.mark.parametrize("force", [False, True], ids=["plain", "force"])
@pytest.mark.parametrize("case", NEVER)
def test_what_is_never_replaced(case: str, force: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # the path of a socket is short
    source, target = Path("in.bin"), Path("out.bin")
    source.write_bytes(b"mine")
    make, words = NEVER[case]
    make(target, source)
    kind = stat.S_IFMT(target.lstat().st_mode)
    with pytest.raises(OutputError, match=words), Writing([source], force) as writing:
        writing.write(target, b"new")
    assert stat.S_IFMT(target.lstat().st_mode) == kind
    assert source.read_bytes() == b"mine"
    assert sorted(os.listdir()) == ["in.bin", "out.bin"]


@POSIX
def test_a_device_is_never_replaced() -> None:
    with pytest.raises(OutputError, match="is a device"):
        check_target(Path("/dev/null"), force=True)


def test_a_file_that_lies_there_is_replaced_by_force_only(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    target.write_text("old")
    with pytest.raises(OutputError, match="write over it with --force"), Writing() as writing:
        writing.write(target, b"new")
    assert target.read_text() == "old"
    with Writing(force=True) as writing:
        writing.write(target, b"new")
    assert target.read_text() == "new"


def test_what_is_ours_is_replaced(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    target.write_text("old")
    with Writing(ours=lambda path: path.read_text() == "old") as writing:
        writing.write(target, b"new")
    assert target.read_text() == "new"


@POSIX
@pytest.mark.parametrize("mask", [0o022, 0o077, 0o002])
def test_the_mode_is_that_of_an_ordinary_file(mask: int, tmp_path: Path) -> None:
    before = os.umask(mask)
    try:
        with Writing() as writing:
            writing.write(tmp_path / "a.txt", b"new")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a.txt").stat().st_mode) == 0o666 & ~mask


@POSIX
def test_a_file_that_is_replaced_keeps_its_mode(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    target.write_text("old")
    target.chmod(0o640)
    with Writing(force=True) as writing:
        writing.write(target, b"new")
    assert stat.S_IMODE(target.stat().st_mode) == 0o640


def test_after_an_error_nothing_is_left(tmp_path: Path) -> None:
    def write() -> None:
        with Writing() as writing:
            writing.write(tmp_path / "new" / "deep" / "a.txt", b"a")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write()
    assert list(tmp_path.iterdir()) == []


def test_of_two_files_of_one_name_none_is_written(tmp_path: Path) -> None:
    def write() -> None:
        with Writing() as writing:
            writing.write(tmp_path / "a.txt", b"a")
            writing.write(tmp_path / "b" / ".." / "a.txt", b"b")

    with pytest.raises(OutputError, match="would be written twice"):
        write()
    assert not (tmp_path / "a.txt").exists()


def test_what_came_meanwhile_stays(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"

    def write() -> None:
        with Writing() as writing:
            writing.write(target, b"new")
            target.write_text("another's")

    with pytest.raises(OutputError, match="exists"):
        write()
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]
    assert target.read_text() == "another's"


@pytest.mark.parametrize("name", ["file/a.txt", "file/deep/a.txt"])
def test_a_file_is_no_folder(name: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="is no folder"), Writing() as writing:
        writing.write(tmp_path / name, b"")


def test_a_staged_folder_is_moved_as_a_whole(tmp_path: Path) -> None:
    with staged(tmp_path / "out") as (stage, _):
        (stage / "inner").mkdir()
        (stage / "inner" / "a.txt").write_text("a")
        (stage / "b.txt").write_text("b")
    found = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*"))
    assert found == ["out", "out/b.txt", "out/inner", "out/inner/a.txt"]


def test_of_a_staged_folder_that_fails_nothing_is_left(tmp_path: Path) -> None:
    def write() -> None:
        with staged(tmp_path / "out" / "deep") as (stage, _):
            (stage / "a.txt").write_text("a")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write()
    assert list(tmp_path.iterdir()) == []


def test_a_staged_folder_replaces_nothing_without_force(tmp_path: Path) -> None:
    (tmp_path / "b.txt").write_text("old")

    def write() -> None:
        with staged(tmp_path) as (stage, _):
            (stage / "a.txt").write_text("new")
            (stage / "b.txt").write_text("new")

    with pytest.raises(OutputError, match="exists"):
        write()
    assert [path.name for path in tmp_path.iterdir()] == ["b.txt"]
    assert (tmp_path / "b.txt").read_text() == "old"
