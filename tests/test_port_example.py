"""The example notebook: it ports, the proof holds, and the checkpoint that Paddle saves gives the same logits."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import seed_notebook

from actzoo.port import Result, port_files, port_weights, verified

EXAMPLE = Path(__file__).parents[1] / "docs" / "examples" / "dynamic_relu_paddle.ipynb"
TRAINING = "epoch in range(1)"


def code_of(path: Path, without: str | None = None) -> str:
    """The code of a notebook as a script, without cells that have some text, and without magics."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    codes = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    lines = [line for code in codes if not (without and without in code) for line in code.split("\n")]
    return "\n".join(line for line in lines if not line.startswith("%"))


def run(code: str, folder: Path) -> str:
    (folder / "script.py").write_text(code, encoding="utf-8")
    done = subprocess.run([sys.executable, "script.py"], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the original has been run: its data, checkpoint and logits lie there."""
    folder = tmp_path_factory.mktemp("original")
    run(code_of(EXAMPLE), folder)
    return folder


@pytest.fixture(scope="module")
def ported(original: Path) -> Result:
    result = port_files([EXAMPLE], original / "ported")
    return result.with_weights(port_weights([original / "best_model.pdparams"], original / "ported", [EXAMPLE]))


def test_no_place_needs_a_hand(ported: Result) -> None:
    assert ported.complete
    reasons = [mark.reason for file in ported.files for mark in file.marks]
    assert "paddle.ParamAttr is imported, and not needed in torch" in reasons


def test_paddle_s_checkpoint_gives_the_same_logits(original: Path, ported: Result) -> None:
    folder = ported.files[0].target.parent
    os.replace(original / "cifar-10-python.tar.gz", folder / "cifar-10-python.tar.gz")
    run(code_of(ported.files[0].target, without=TRAINING), folder)
    theirs, ours = np.load(original / "logits.npy"), np.load(folder / "logits.npy")
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=np.abs(theirs).max() * 2**-16)


def test_the_port_trains(ported: Result) -> None:
    assert "epoch 0: loss" in run(code_of(ported.files[0].target), ported.files[0].target.parent)


def test_the_proof_holds(ported: Result) -> None:
    proof = verified(ported)
    assert proof.held, "\n".join(proof.lines())
    whats = " ".join(trial.what for trial in proof.trials)
    for name in ("DynamicReLUA(64)", "DynamicReLUB(64)", "DynamicReLUC(64)", "ResNet18(width=8)"):
        assert f"{name}: learnt numbers" in whats
    assert "ResNet18(width=8), [4, 3, 32, 32], training: output, loss, gradients" in whats
    assert proof.notes == ("with the weights of best_model.pdparams",)


def test_a_mistake_is_found_in_its_layer(original: Path, tmp_path: Path) -> None:
    """The port's softmax along another axis, as a hand-written port would have it."""
    result = port_files([EXAMPLE], tmp_path)
    target = result.files[0].target
    text = target.read_text(encoding="utf-8")
    assert "dim=-1) * H * W" in text
    target.write_text(text.replace("dim=-1) * H * W", "dim=0) * H * W"), encoding="utf-8")
    proof = verified(result, model="c")
    (first, *_) = [trial for trial in proof.trials if trial.status == "failed"]
    text = "\n".join(first.found)
    assert "it differs in float64 too: not rounding, it computes something else" in text
    assert "first layer that differs: the module itself (DynamicReLUC)" in text


STAND_INS = """import sys, types
for name in ("matplotlib", "matplotlib.pyplot"):
    sys.modules[name] = types.ModuleType(name)
sys.modules["matplotlib.pyplot"].figure = None
"""
CUTS = {
    "n_epochs = 50": "n_epochs = 1",
    "batch_size=256": "batch_size=8",
    "num_workers=4": "num_workers=0",
    "T_max=50000 // batch_size * n_epochs": "T_max=10",
    "if val_acc > best_acc": "if val_acc >= best_acc",
    "(1, 3, 128, 128)": "(1, 3, 32, 32)",
}


if seed_notebook.texts():  # it is no part of the project

    @pytest.mark.parametrize("text", seed_notebook.texts(), ids=lambda path: path.stem[:3])
    def test_the_published_notebook_s_port_trains_saves_and_loads(text: Path, tmp_path: Path) -> None:
        """Cut to two steps on made-up images. Its last checkpoint does not fit in conv1: a warning, as in Paddle."""
        source = "\n\n".join(seed_notebook.cells(text)).replace("%matplotlib inline\n", "")
        for long, short in CUTS.items():
            assert long in source
            source = source.replace(long, short)
        (tmp_path / "published.py").write_text(source, encoding="utf-8")
        result = port_files([tmp_path / "published.py"], tmp_path / "ported")
        assert result.hands == []
        write = code_of(EXAMPLE).partition("def write_cifar10")[2].partition("\nnormalize = ")[0]
        data = tmp_path / "ported/data/data152754"
        data.mkdir(parents=True)
        run(f"import os, pickle, tarfile\nimport numpy as np\ndef write_cifar10{write}".replace("', 8)", "', 4)"), data)
        ported = (tmp_path / "ported/published.py").read_text(encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-c", STAND_INS + ported],
            cwd=tmp_path / "ported",
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        assert "Total params: 2,889" in done.stdout
        assert "#===epoch: 0, val loss is" in done.stdout
        assert "Skip loading for conv1.weight" in done.stderr
