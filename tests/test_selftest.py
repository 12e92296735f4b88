"""Planted defects: the share caught, and a defect that ends its process."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from actzoo._main import app
from actzoo_parity import _selftest
from actzoo_parity._defect import Defect, count
from actzoo_parity._selftest import FAILED, HELD, WRONG, chosen_units, finish, self_test
from actzoo_parity.mutants import Mutant
from actzoo_parity.run import Choice, Machine, Output

PLANTED = Defect("relu", "torch", "constants", 3, "`0` became `1`", "caught")


def defects(**fates: int) -> list[Defect]:
    named = {"unchanged": "no change", "lost": "not run"}
    return [replace(PLANTED, fate=named.get(fate, fate)) for fate, n in fates.items() for _ in range(n)]


def test_most_defects_are_caught(tmp_path: Path) -> None:
    saved = tmp_path / "saved.json"
    arguments = ["relu", "hard_sigmoid", "-f", "torch", "--self-test", "--limit", "8", "-j", "2", "--save", str(saved)]
    result = CliRunner().invoke(app, ["parity", *arguments])
    data = json.loads(saved.read_text())
    assert result.exit_code == data["status"], result.output
    assert len(data["defects"]) == data["counts"]["planted"] == 16
    assert {(d["activation"], d["framework"]) for d in data["defects"]} == {
        ("relu", "torch"),
        ("hard_sigmoid", "torch"),
    }
    assert data["counts"]["share"] > 0.8
    assert not data["lines left out"]
    assert "16 defects:" in result.output


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        pytest.param("os.kill(os.getpid(), 11)", "the torch worker was killed by SIGSEGV", id="crash"),
        pytest.param("threading.Event().wait()", "the torch worker ended with exit status 1", id="hang"),
    ],
)
def test_a_defect_that_ends_its_process(
    statement: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is caught, and the others are tried."""
    choice = Choice(["relu"], ["torch"], dtypes=["float32"], only=["*-15"])
    (unit,) = chosen_units(choice, 3)
    deadly = f"{unit.source}\nimport os, threading\n\n\nReLU.forward = lambda self, x: {statement}\n"
    unit.seconds = 15
    unit.defects = [unit.defects[0], Mutant("constants", 1, "", deadly), *unit.defects[1:]]
    monkeypatch.setattr(_selftest, "chosen_units", lambda choice, limit: [unit])
    saved = tmp_path / "saved.json"
    self_test(choice, Machine(1), Output(save=saved))
    found = json.loads(saved.read_text())["defects"]
    assert len(found) == 4
    assert found[1]["fate"] == "raised"
    assert found[1]["by"].startswith(says)
    assert all(d["fate"] != "not run" for d in found)


@pytest.mark.parametrize(
    ("fates", "status"),
    [
        pytest.param({"caught": 98, "raised": 1, "survived": 1, "unchanged": 50}, HELD, id="99 of 100"),
        pytest.param({"caught": 197, "survived": 2}, FAILED, id="98.99 percent"),
        pytest.param({"caught": 9, "lost": 1}, FAILED, id="not run"),
        pytest.param({"unchanged": 3}, FAILED, id="nothing told"),
        pytest.param({"lost": 3}, WRONG, id="none ran"),
    ],
)
def test_exit_status(fates: dict[str, int], status: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert finish(defects(**fates), [], {}, Output(as_json=True)) == status


def test_shares() -> None:
    found = count(defects(caught=3, raised=4, survived=1, unchanged=5, lost=6))
    assert (found.planted, found.share, found.compared) == (13, 7 / 8, 3 / 4)
    assert math.isnan(count([]).share)


def test_shards_have_whole_activations() -> None:
    """Each activation in each framework belongs to one part."""
    choice = Choice(["relu", "mish", "frelu"], ["torch", "paddle"], only=["*-features"])
    parts = [chosen_units(replace(choice, shard=(i, 2)), 2) for i in (1, 2)]
    found = [(unit.activation, unit.framework) for units in parts for unit in units]
    assert len(found) == len(set(found)) == 6
