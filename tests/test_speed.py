"""The benchmark compares what it says. No test here is timed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from actzoo.bench._contenders import SIDES, Side
from actzoo.bench._measure import ratio, take_turns
from actzoo.bench._plain import PLAIN
from actzoo.bench.run import SHAPES, fits
from actzoo.render._kernels import stages
from actzoo.zoo import ZOO

SHAPE = (3, 16, 6, 5)


@pytest.fixture(scope="module", params=SIDES)
def side(request: pytest.FixtureRequest) -> Side:
    return SIDES[request.param](SHAPE)


def value(side: Side, call: Any) -> np.ndarray:
    return np.asarray(side.steps(call, compiled=False)[0]())


@pytest.mark.parametrize("name", ZOO)
def test_contenders_compute_the_same(side: Side, name: str) -> None:
    spec = ZOO[name]
    contenders = side.contenders(spec)
    ours, _ = contenders.pop("ours")
    if spec.name == "rrelu":
        ours.eval()  # in training each draws noise of its own
    assert "plain" in contenders
    wanted = value(side, ours)
    for other, (call, table) in contenders.items():
        with side.staged(spec, table):
            got = value(side, ours if table else call)
        np.testing.assert_allclose(got, wanted, rtol=2e-5, atol=2e-6, err_msg=other)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore:.*pir graph:UserWarning")
def test_contenders_are_compiled(side: Side) -> None:
    """The warnings are the frameworks' own, in tracing."""
    spec = ZOO["swish"]
    contenders = side.contenders(spec)
    ours, _ = contenders["ours"]
    wanted = value(side, ours)
    for other, (call, table) in contenders.items():
        with side.staged(spec, table):
            forward, both = side.steps(ours if table else call, compiled=True)
            np.testing.assert_allclose(np.asarray(forward()), wanted, rtol=2e-5, atol=2e-6, err_msg=other)
            both()


def test_every_stage_on_a_map_has_a_plain_way() -> None:
    on_maps = {s.name for spec in ZOO.values() for s in stages(spec) if s.arguments[0] == "x"}
    assert on_maps <= set(PLAIN)


def test_ratios_are_of_the_same_round() -> None:
    found = ratio([1.0, 4.0, 9.0], [1.0, 2.0, 3.0])
    assert (found.median, found.low, found.high) == (2.0, 1.5, 2.5)


def test_contenders_take_turns() -> None:
    order: list[str] = []
    times = take_turns({"a": lambda: order.append("a"), "b": lambda: order.append("b")}, 0.0)
    assert order == ["a", "b"] * 5
    assert {k: len(v) for k, v in times.items()} == {"a": 5, "b": 5}


def bench(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "actzoo", "bench", *arguments], cwd=cwd, capture_output=True, text=True, check=False
    )


def test_the_command(tmp_path: Path) -> None:
    options = ["relu", "-f", "torch", "--mode", "eager", "--shape", "tiny", "--seconds", "0"]
    done = bench(*options, "--save", "r.json", "--chart", "c.png", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "relu" in done.stdout
    assert (tmp_path / "c.png").read_bytes().startswith(b"\x89PNG")
    data = json.loads((tmp_path / "r.json").read_text())
    assert [row["step"] for row in data["rows"]] == ["forward", "both", "memory"]
    assert set(data["rows"][1]["ratios"]) == {"native", "plain", "relu", "copy"}
    assert data["rows"][1]["kept"]["ours"] == 1
    assert data["facts"]["torch"]["torch"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["mush"], "mush"),
        (["relu", "--shape", "huge"], "no shape huge"),
        (["relu", "-f", "tinygrad"], "no framework tinygrad"),
    ],
)
def test_wrong_calls(arguments: list[str], says: str, tmp_path: Path) -> None:
    done = bench(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_modules_want_images() -> None:
    assert fits(ZOO["mish"], SHAPES["flat"])
    assert not fits(ZOO["frelu"], SHAPES["flat"])


def test_brackets_of_an_extra_are_printed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from actzoo.bench import run

    absent = run.Report(missing={"torch": "torch is not installed: pip install 'actzoo[torch]'"})
    monkeypatch.setattr(run, "measure", lambda *arguments: absent)
    assert run.run(["relu"], ["torch"], ["tiny"], [], 0.01, False, None, None) == 1
    assert "error: torch: torch is not installed: pip install 'actzoo[torch]'" in capsys.readouterr().err


def test_an_activation_that_cannot_take_a_shape_has_a_row() -> None:
    from actzoo.bench import run

    report = run.measure(["dyrelu_b"], ["torch"], ["flat"], ["eager"], 0.01)
    assert [row.message for row in report.rows] == ["takes images, N, C, H, W"]


def test_a_mode_that_no_framework_has() -> None:
    from actzoo.bench import run

    with pytest.raises(ValueError, match="no mode foo in torch, flax; there are eager, compiled, jit"):
        run.measure(["relu"], ["torch", "flax"], ["tiny"], ["foo"])
