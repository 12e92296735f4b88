"""The bar: none for what is quick, and then how far it is."""

from __future__ import annotations

import io
import time

import pytest
from rich.console import Console

from actzoo import _bar
from actzoo._bar import bar
from actzoo.port import port_source, rules


def shown(seconds: float) -> str:
    """What a terminal is shown in that time."""
    console = Console(file=io.StringIO(), force_terminal=True, width=80)
    with bar(console) as tell:
        tell(2, 5, "a [file]")
        time.sleep(seconds)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_what_is_quick_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_bar, "SECONDS", 60.0)
    assert shown(0.0) == ""


def test_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_bar, "SECONDS", 0.0)
    text = shown(0.3)
    assert "a [file]" in text
    assert "2/5" in text


def test_an_error_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_bar, "SECONDS", 0.0)
    with pytest.raises(KeyError), bar(Console(file=io.StringIO())):
        raise KeyError


def test_a_port_tells_every_statement() -> None:
    told: list[tuple[int, int]] = []
    source = "import paddle\n" + "x = paddle.ones([2])\n" * 40 + "class A:\n    y = 1\n    z = 2\n"
    port_source(source, rules(), tell=lambda done, of: told.append((done, of)))
    done = [each for each, _ in told]
    assert done == sorted(done)
    assert len(done) > 40
    assert done[-1] <= told[-1][1] == 48
