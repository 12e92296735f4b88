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


def test_inputs_that_the_original_does_not_take_prove_nothing(tmp_path: Path) -> None:
    proof = verified(ported(tmp_path), shapes=((2, 5),))
    assert not proof.held
    assert "the original takes no input of shape [4, 5], as noted; say another by --shape" in words(proof)


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


# Inputs and losses

TWO = """import paddle
from paddle import nn
import paddle.nn.functional as F


class Net(nn.Layer):
    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(20, 6)
        self.size = nn.Sequential(nn.Linear(3, 6), nn.ReLU())
        self.out = nn.Linear(6, 4)

    def forward(self, ids, size, scale=1.0):
        return self.out(self.words(ids).mean(axis=1) * self.size(size) * scale)


net = Net()
"""
TRAINING = """

def train(model, loader):
    for ids, size, label in loader:
        {}


train(net, [])
"""


def proved(folder: Path, source: str) -> Proof:
    (folder / "net.py").write_text(source, encoding="utf-8")
    result = port_files([folder / "net.py"], folder / "ported")
    assert result.hands == []
    proof = verified(result)
    assert proof.held, words(proof)
    return proof


def test_several_inputs_by_the_layers_that_they_enter(tmp_path: Path) -> None:
    assert "[4, 16], [4, 3], training: output, gradients: held" in words(proved(tmp_path, TWO))


SAMPLES = {
    "at once": "net(paddle.randint(0, 20, [5, 7]), paddle.randn([5, 3]))",
    "by names": "import numpy as np\nn = 5\na = np.arange(35).reshape([n, 7]) % 20\nb = paddle.ones([n, 3])\n"
    "y = net(paddle.to_tensor(a), b)\nprint(y.shape)",
}


@pytest.mark.parametrize("how", SAMPLES)
def test_the_source_s_own_sample_call(how: str, tmp_path: Path) -> None:
    text = words(proved(tmp_path, TWO + SAMPLES[how] + "\n"))
    assert "[5, 7], [5, 3], evaluation: output: held" in text
    assert "with the inputs of its sample call" in text


def test_a_call_that_reads_data_is_no_sample(tmp_path: Path) -> None:
    reading = "import numpy as np\na = np.load('none.npy')\nb = paddle.ones([5, 3])\nnet(paddle.to_tensor(a), b)\n"
    assert "[4, 16], [4, 3], training" in words(proved(tmp_path, TWO + reading))


LOSSES = {
    "a variable": "out = model(ids, size)\n        loss = F.cross_entropy(out, label)",
    "at once": "loss = F.cross_entropy(model(ids, size), label, reduction='sum')",
    "after a sum": "loss += 1\n        loss = F.cross_entropy(model(ids, size), label)",
    "by keywords": "out = model(ids, size)\n        loss = F.cross_entropy(label=label, input=out)",
    "a mean of": "out = model(ids, size)\n        loss = paddle.mean(F.softmax_with_cross_entropy(out, label))",
    "numbers": "out = model(ids, size)\n        loss = F.mse_loss(out, label)",
    "in a second assignment": "loss = 0\n        out = model(ids, size)\n        loss = F.smooth_l1_loss(out, label)",
}


@pytest.mark.parametrize("how", LOSSES)
def test_a_loss_that_is_a_call(how: str, tmp_path: Path) -> None:
    assert "training: output, loss, gradients: held" in words(proved(tmp_path, TWO + TRAINING.format(LOSSES[how])))


def test_a_loss_that_was_ported_wrongly(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(TWO + TRAINING.format(LOSSES["at once"]), encoding="utf-8")
    result = port_files([tmp_path / "net.py"], tmp_path / "ported")
    target = result.files[0].target
    text = target.read_text(encoding="utf-8")
    assert "reduction='sum'" in text
    target.write_text(text.replace("reduction='sum'", "reduction='mean'"), encoding="utf-8")
    statuses = {trial.what.rpartition(": ")[2]: trial.status for trial in verified(result).trials}
    assert statuses == {"learnt numbers": "held", "output": "held", "output, loss, gradients": "failed"}


SMALL = """import paddle
from paddle import nn


class Net(nn.Layer):
    def __init__(self):
        super().__init__()
        self.pool = nn.MaxPool2D(40)
        self.fc = nn.Linear(1, 3)

    def forward(self, x):
        return self.fc(self.pool(x).mean(axis=[2, 3]))


net = Net()
paddle.summary(net, (1, 1, 80, 80))
"""


def test_an_image_of_unknown_size_is_large_enough(tmp_path: Path) -> None:
    net = "nn.Sequential(nn.Conv2D(1, 2, 3), nn.MaxPool2D(40), nn.AdaptiveAvgPool2D(1))"
    assert "[4, 1, 64, 64], evaluation" in words(proved(tmp_path, f"from paddle import nn\nnet = {net}\n"))


def test_a_shared_layer_has_its_gradient_once(tmp_path: Path) -> None:
    source = "from paddle import nn\nshared = nn.Linear(5, 5)\nnet = nn.Sequential(shared, nn.ReLU(), shared)\n"
    assert "net = nn.Sequential(shared, nn.ReLU(), shared), [4, 5], training: output, gradients: held" in words(
        proved(tmp_path, source)
    )


def test_an_image_is_not_made_so_small_that_nothing_is_left_of_it(tmp_path: Path) -> None:
    """Paddle goes on with a map of no pixels."""
    assert "[1, 1, 80, 80], evaluation" in words(proved(tmp_path, SMALL))


def test_a_loss_that_is_only_handed_on_is_no_model(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(NET + "loss = nn.CrossEntropyLoss()\nprint(loss)\n", encoding="utf-8")
    proof = verified(port_files([tmp_path / "net.py"], tmp_path / "ported"))
    assert {trial.what.partition(",")[0] for trial in proof.trials} == {"net = Net()", "net = Net(): learnt numbers"}


def test_random_numbers_that_are_no_weights_are_told(tmp_path: Path) -> None:
    source = NET.replace(FORWARD, "return self.fc(x) + self.start").replace(
        "self.fc = ", "self.start = paddle.rand([3])\n        self.fc = "
    )
    proof = verified(ported(tmp_path, source))
    assert [trial.status for trial in proof.trials] == ["held", "not verified", "not verified"]
    assert "the original draws numbers that are no weights" in words(proof)


def test_an_image_keeps_its_size_where_the_model_needs_it(tmp_path: Path) -> None:
    source = (
        "import paddle\nfrom paddle import nn\n\n\nnet = nn.Sequential(nn.Conv2D(1, 2, 5, stride=8), nn.Flatten(), "
        "nn.Linear(50, 3))\npaddle.summary(net, (1, 1, 40, 40))\n"
    )
    assert "[1, 1, 40, 40], evaluation" in words(proved(tmp_path, source))
