"""Wrong calls of every command: one line that names the value and what to do, exit status 2, and nothing is written."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_type_hints

import pytest
import typer

from actzoo._main import app, main

COMMANDS: Any = typer.main.get_command(app).commands  # type: ignore[attr-defined]
BASE = {
    "list": [],
    "show": ["mish"],
    "render": ["mish"],
    "parity": ["relu", "--list"],
    "bench": ["relu"],
    "port": ["text.txt"],
    "weights": ["best.pdparams"],
}
"""A call of each command that could be followed, but for its files; none starts a process."""

FILES = ("missing/file", "", "folder", "/dev/null", "fifo", "empty.py", "broken.py", "text.txt")
NUMBERS = ("", "x", "0", "-1", "nan", "1e999")
TEXTS = ("", "foo", "foo=", "[/b]")


def bad_values(hint: str) -> tuple[str, ...]:
    """Of an option's type, as its annotation has it."""
    return FILES if "Path" in hint else NUMBERS if "int" in hint or "float" in hint else TEXTS


def options() -> Iterator[Any]:
    for name, command in COMMANDS.items():
        hints = get_type_hints(command.callback)
        for parameter in command.params:
            if parameter.param_type_name != "option" or parameter.is_flag:
                continue
            option = max(parameter.opts, key=len)
            yield pytest.param([name, *BASE[name], option], id=f"{name}-{option}-without-a-value")
            for value in bad_values(str(hints[parameter.name])):
                yield pytest.param([name, *BASE[name], option, value], id=f"{name}-{option}-{value or 'nothing'}")


ARGUMENTS = [
    pytest.param([name, value], id=f"{name}-{value or 'nothing'}")
    for name in ("show", "render", "parity", "bench", "port", "weights")
    for value in (*FILES, "foo", "missing.py", "[/b]", "broken.py:mish")
]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("actzoo.bench.run.take", lambda *arguments: None)
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "empty.py").touch()
    (tmp_path / "broken.py").write_text("def f(:\n")
    (tmp_path / "text.txt").write_text("text\n")
    return tmp_path


def call(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    out, err = capsys.readouterr()
    return int(ended.value.code or 0), out, err


def is_one_line(code: int, out: str, err: str) -> None:
    assert "Traceback" not in err + out
    if code == 2:
        (line,) = err.splitlines()
        assert line.startswith("error: ")
        assert len(line) > len("error: ") + 8


@pytest.mark.parametrize("arguments", [*options()])
def test_every_option(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = call(arguments, capsys)
    is_one_line(code, out, err)


@pytest.mark.parametrize("arguments", ARGUMENTS)
def test_every_argument(arguments: list[str], capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    before = sorted(folder.rglob("*"))
    code, out, err = call(arguments, capsys)
    is_one_line(code, out, err)
    if arguments[0] != "port":
        assert code == 2
    if code == 2:
        assert sorted(folder.rglob("*")) == before


SPEC = """
from actzoo import activation

print("loaded")


@activation
def half(x):
    \"\"\"x / 2.\"\"\"
    return x / 2
"""


@pytest.mark.parametrize(
    "arguments", [["show", "mine.py:half", "--json"], ["render", "mine.py:half"], ["parity", "mine.py:half", "--list"]]
)
def test_what_a_file_prints_is_no_part_of_the_result(
    arguments: list[str], capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    (folder / "mine.py").write_text(SPEC)
    code, out, err = call(arguments, capsys)
    assert code == 0
    assert "loaded" not in out
    assert "loaded" in err
