"""The proof runs a source's own training loop: a right port holds, one that learns otherwise fails, by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from actzoo.port import port_files, verified
from actzoo.port._document import open_document
from actzoo.port._plans import planned
from actzoo.port._proof import Trial
from actzoo.port._slices import cut
from actzoo.port._trials import Texts, Trials
from actzoo_parity._execute import work_folder
from actzoo_parity._pool import Settings
from actzoo_parity._process import Process

HEAD = """import numpy as np
import paddle
import paddle.nn.functional as F
from paddle import nn


class Numbers(paddle.io.Dataset):
    def __getitem__(self, i):
        return np.linspace(i - 4, 1, 6).astype("float32"), np.array(i % 3)

    def __len__(self):
        return 8


class Net(nn.Layer):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(6, 5)
        self.norm = nn.BatchNorm1D(5)
        self.drop = nn.Dropout(0.5)
        self.out = nn.Linear(5, 3)

    def forward(self, x):
        return self.out(self.drop(F.relu(self.norm(self.fc(x)))))


net = Net()
"""
LOADER = "loader = paddle.io.DataLoader(Numbers(), batch_size=4)\n"
SGD = "opt = paddle.optimizer.SGD(0.1, parameters=net.parameters(), weight_decay=0.01)\n"
GROUPS = """opt = paddle.optimizer.Adam(
    0.1,
    parameters=[
        {"params": net.fc.parameters(), "weight_decay": 0.5},
        {"params": [*net.norm.parameters(), *net.out.parameters()]},
    ],
)
"""
SCHEDULED = """sched = paddle.optimizer.lr.StepDecay(0.1, 1)
opt = paddle.optimizer.Momentum(sched, parameters=net.parameters())
"""
FROZEN = "net.fc.weight.stop_gradient = True\nfor p in net.out.parameters():\n    p.stop_gradient = True\n"
TOP = """for epoch in range(3):
    net.train()
    for i, (x, y) in enumerate(loader()):
        loss = F.cross_entropy(net(x), y)
        loss.backward()
        opt.step()
        opt.clear_grad()
"""
FUNCTION = """

def train(model, loader, opt, epochs=2):
    model.train()
    for epoch in range(epochs):
        for x, y in loader:
            out = model(x)
            loss = F.cross_entropy(out, y)
            loss.backward()
            opt.minimize(loss)
            opt.clear_grad()


train(net, loader, opt)
"""
STEPPED = TOP + "        sched.step()\n"


MNIST = "loader = paddle.io.DataLoader(paddle.vision.datasets.MNIST(mode='train'), batch_size=4)\n"

Prove = Callable[..., list[Trial]]


@pytest.fixture(scope="module")
def prove(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prove]:
    """What the proof says of the loops of a source, in two processes that are started once.

    A process imports the helpers of a ported folder once, so the first port there is of all that the cases need.
    """
    folder = tmp_path_factory.mktemp("loops")
    every = "".join(f"clip = nn.{clip}(1)\n" for clip in (*CLIPS, "ClipGradByNorm"))
    every += "".join(f"opt = paddle.optimizer.{made}\n" for made in OPTIMISERS.values())
    (folder / "all.py").write_text(
        HEAD + LOADER + GROUPS + SCHEDULED + SGD + TOP + MNIST + NAMED + every, encoding="utf-8"
    )
    port_files([folder / "all.py"], folder / "ported")
    with work_folder(None) as work:
        theirs, ours = (Process(framework, Settings(work, {}, 60.0)) for framework in ("paddle", "torch"))
        numbers = count()
        yield lambda source, change=None: loop_trials(folder, next(numbers), source, (theirs, ours), change)
        theirs.close()
        ours.close()


def loop_trials(
    folder: Path, number: int, source: str, processes: tuple[Process, Process], change: tuple[str, str] | None
) -> list[Trial]:
    """Of a port in which a text is another."""
    source_file = folder / f"net{number}.py"
    source_file.write_text(source, encoding="utf-8")
    result = port_files([source_file], folder / "ported")
    assert result.hands == []
    file = result.files[0]
    if change:
        text = file.target.read_text(encoding="utf-8")
        assert change[0] in text
        file.target.write_text(text.replace(*change), encoding="utf-8")
    original, port = (open_document(path).text for path in (file.source, file.target))
    plans = planned(file)
    found = [plan.not_run() for plan, model in plans if model is None]
    for plan, model in plans:
        if model is not None:
            texts = (cut(original, model, with_sample=True), cut(port, model))
            trials = Trials(*processes, model, Texts(*texts, folder, file.target.parent, (plan,)))
            found += [each for each in trials.run([], None) if each.what == plan.what]
    return found


CLIPS = ("ClipGradByGlobalNorm", "ClipGradByValue")
OPTIMISERS = {
    "Momentum, Nesterov": "Momentum(0.1, parameters=net.parameters(), use_nesterov=True, weight_decay=0.1)",
    **{
        name: f"{name}(0.1, parameters=net.parameters(), weight_decay=0.1)"
        for name in ("Adam", "AdamW", "Adamax", "Adagrad", "Adadelta", "RMSProp")
    },
    "AdamW, decay of some": "AdamW(0.1, parameters=net.parameters(), "
    "grad_clip=nn.ClipGradByGlobalNorm(0.1), apply_decay_param_fun=lambda n: n in [net.fc.weight.name])",
}
RIGHT = {
    **{name: f"{LOADER}opt = paddle.optimizer.{made}\n{TOP}" for name, made in OPTIMISERS.items()},
    "SGD with decay, at the top": LOADER + SGD + TOP,
    "minimize after backward, in a function": LOADER + SGD + FUNCTION,
    "Adam with groups": LOADER + GROUPS + TOP,
    "a scheduler": LOADER + SCHEDULED + STEPPED,
    **{
        f"gradients that are kept, {clip}": LOADER
        + SGD.replace("0.01)", f"0.01, grad_clip=nn.{clip}(0.1))")
        + TOP.replace("opt.clear_grad()", "pass")
        for clip in CLIPS
    },
    "frozen parameters": LOADER + FROZEN + SGD + FUNCTION,
    "a main": LOADER
    + SGD
    + FUNCTION.replace("train(net, loader, opt)", "if __name__ == '__main__':\n    train(net, loader, opt)"),
    "two steps' gradients": LOADER
    + SGD
    + TOP.replace("        opt.step()", "        if (i + 1) % 4 == 0:\n            opt.step()"),
}


@pytest.mark.parametrize("case", RIGHT)
def test_a_right_loop_holds(case: str, prove: Prove) -> None:
    (trial,) = prove(HEAD + RIGHT[case])
    assert trial.status == "held", trial.found


WRONG = {
    "a step twice": (LOADER + SGD + TOP, ("opt.step()", "opt.step(); opt.step()")),
    "gradients that are kept": (LOADER + GROUPS + TOP, ("opt.zero_grad()", "pass")),
    "another rate": (LOADER + SGD + TOP, ("SGD(0.1", "SGD(0.1001")),
    "without decay": (LOADER + SGD + TOP, (", weight_decay=0.01", "")),
    "a group without its decay": (LOADER + GROUPS + TOP, ('"weight_decay": 0.5', '"weight_decay": 0.0')),
    "decay of a group that has none": (LOADER + GROUPS + TOP, ("\n    ],\n", "\n    ],\n    weight_decay=0.5,\n")),
    "a frozen parameter that trains": (LOADER + FROZEN + SGD + FUNCTION, ("p.requires_grad = False", "pass")),
    "a scheduler that stands": (LOADER + SCHEDULED + STEPPED, ("sched.step()", "pass")),
    "a scheduler that is stepped twice": (LOADER + SCHEDULED + STEPPED, ("sched.step()", "sched.step(); sched.step()")),
    "another momentum": (LOADER + SCHEDULED + STEPPED, ("Momentum(sched,", "Momentum(sched, 0.8,")),
    "evaluation mode": (LOADER + SGD + FUNCTION, ("model.train()", "model.eval()")),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_loop_that_learns_otherwise_fails(case: str, prove: Prove) -> None:
    source, change = WRONG[case]
    (trial,) = prove(HEAD + source, change)
    assert trial.status == "failed", trial.found
    assert "in the original by" in trial.found[0]


def test_a_loop_that_crashes_fails_with_its_line(prove: Prove) -> None:
    (trial,) = prove(HEAD + LOADER + SGD + FUNCTION, ("opt.minimize(loss)", "opt.minimise(loss)"))
    assert trial.status == "failed"
    line = (HEAD + LOADER + SGD + FUNCTION).splitlines().index("            opt.minimize(loss)") + 2  # one more import
    assert f":{line}: AttributeError: 'SGD' object has no attribute 'minimise'" in trial.found[0]


NAMED = """

def train(model, opt):
    for i, data in enumerate(loader()):
        out = model(data[0])
        loss = F.cross_entropy(out, data[1])
        paddle.metric.accuracy(out, data[1])
        loss.backward()
        opt.step()
        opt.clear_grad()


train(net, opt)
"""
MADE_UP = {
    "no data": "loader = []\n",
    "data that are read": MNIST,
    "a data set by its name": "from paddle.vision.datasets import MNIST\n"
    + MNIST.replace("paddle.vision.datasets.", ""),
    "what fails": "a = np.memmap('none.npy')\nb = a + 1\nloader = [(paddle.to_tensor(b), None)]\n",
    "files that are not there": "a = np.load('none.npy')\nloader = [(paddle.to_tensor(a), None)]\n",
}


FORMS = {"an argument": FUNCTION, "a name": NAMED}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("case", MADE_UP)
def test_a_batch_is_made_up_where_there_are_no_data(case: str, form: str, prove: Prove) -> None:
    (trial,) = prove(HEAD + MADE_UP[case] + SGD + FORMS[form])
    assert trial.status == "held", trial.found
    assert "with a batch that was made up" in trial.found


NOT_RUN = {
    "what has no float64 in Paddle": (
        LOADER + SGD.replace("0.01)", "0.01, grad_clip=nn.ClipGradByNorm(0.1))") + TOP,
        "the original itself fails in float64 at line 35: RuntimeError: (NotFound)",
    ),
    "never called": (
        LOADER + SGD + FUNCTION.replace("train(net, loader, opt)", ""),
        "nothing at the top of the source calls train",
    ),
    "random": (LOADER + SGD + TOP.replace("net(x)", "net(x + paddle.randn([4, 6]))"), "it draws random numbers"),
    "a while loop": (
        LOADER
        + SGD
        + "x, y = next(iter(loader))\n"
        + "while True:\n    loss = F.cross_entropy(net(x), y)\n    loss.backward()\n    opt.step()\n",
        "it is a while loop",
    ),
    "a batch of another kind": (
        "loader = []\n" + SGD + TOP.replace("F.cross_entropy(net(x), y)", "F.cross_entropy(net(x), y['label'])"),
        "the original itself fails in float64 with a batch that was made up at line 33",
    ),
    "no step": (
        LOADER + SGD + TOP.replace("opt.step()", "pass").replace("net.train()", "net.eval()"),
        "no weight changes in 8 iterations",
    ),
}


@pytest.mark.parametrize("case", NOT_RUN)
def test_a_loop_that_is_not_run_is_told(case: str, prove: Prove) -> None:
    source, why = NOT_RUN[case]
    (trial,) = prove(HEAD + source)
    assert trial.status == "not verified"
    assert trial.what.startswith("the training loop at net")
    assert "the training loop was not run: " in trial.found[0]
    assert why in trial.found[0]


def test_the_proof_is_not_held_where_a_loop_is_not(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(HEAD + LOADER + SGD + FUNCTION, encoding="utf-8")
    result = port_files([tmp_path / "net.py"], tmp_path / "ported")
    target = result.files[0].target
    target.write_text(
        target.read_text(encoding="utf-8").replace("loss.backward()", "loss.backwards()"), encoding="utf-8"
    )
    proof = verified(result)
    assert not proof.held
    assert [trial.status for trial in proof.trials] == ["held", "held", "held", "failed"]
    assert "the port's loop fails: net.py:" in "\n".join(proof.lines())
