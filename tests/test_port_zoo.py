"""`--use-zoo`: hand-written classes that compute what an activation of the zoo does become the zoo's; others stay."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import paddle
import pytest
import seed_notebook
import torch

from actzoo.port import Result, port_files, port_source, rules, verified
from actzoo.port._rows import read_rows
from actzoo.port._twins import source as twins_source
from actzoo.port.rules import zoo as zoo_rules

HEAD = "import paddle\nfrom paddle import nn\nimport paddle.nn.functional as F\n\n\n"
CLASSES = {
    "Swish": ("Swish", "return y * F.sigmoid(y)"),
    "swish by a layer": ("Swish", "return y * self.gate(y)", "nn.Sigmoid()"),
    "silu": ("Swish", "return F.silu(y)"),
    "hswish": ("HardSwish", "return y * F.relu6(y + 3.) / 6."),
    "hswish by a layer": ("HardSwish", "return y * self.gate(y + 3) / 6", "nn.ReLU6()"),
    "hswish in steps": ("HardSwish", "gate = F.relu6(y + 3)\n        gate = gate / 6\n        return y * gate"),
    "hsigmoid": ("HardSigmoid", "return F.relu6(y + 3) / 6"),
    "Mish": ("Mish", "return y * paddle.tanh(F.softplus(y))"),
    "another slope": (None, "return y * F.relu6(y + 2) / 6"),
    "a tanh that is off": (None, "return y * paddle.tanh(1.001 * F.softplus(y))"),
}


def zoo(folder: Path, source: str) -> tuple[Result, str]:
    (folder / "a.py").write_text(source, encoding="utf-8")
    result = port_files([folder / "a.py"], folder / "ported", use_zoo=True)
    return result, (folder / "ported/a.py").read_text(encoding="utf-8")


def told(result: Result) -> str:
    return "\n".join(mark.reason for file in result.files for mark in file.marks)


@pytest.fixture(scope="module")
def all_classes(tmp_path_factory: pytest.TempPathFactory) -> tuple[Result, str]:
    texts = []
    for i, (_, body, *gate) in enumerate(CLASSES.values()):
        init = "".join(
            f"    def __init__(self):\n        super().__init__()\n        self.gate = {g}\n\n" for g in gate
        )
        texts.append(f"class Act{i}(nn.Layer):\n{init}    def forward(self, y):\n        {body}\n\n\n")
    return zoo(tmp_path_factory.mktemp("zoo"), HEAD + "".join(texts) + "net = nn.Sequential(nn.Mish(), Act3())\n")


@pytest.mark.parametrize("name", CLASSES)
def test_a_class_that_is_one(name: str, all_classes: tuple[Result, str]) -> None:
    wanted, number = CLASSES[name][0], list(CLASSES).index(name)
    result, text = all_classes
    if wanted is None:
        assert f"class Act{number}(nn.Module):" in text
        assert f"Act{number} is" not in told(result)
    else:
        assert f"from actzoo_torch import {wanted} as Act{number}\n" in text
        assert f"Act{number} is {wanted} of the zoo" in told(result)


def test_the_frameworks_own_are_taken_from_the_zoo_too(all_classes: tuple[Result, str]) -> None:
    assert "nn.Sequential(Mish(), Act3())" in all_classes[1]


def test_what_is_replaced_is_verified(all_classes: tuple[Result, str]) -> None:
    assert verified(all_classes[0], shapes=((2, 5),)).held


def test_arguments_and_names_of_weights_are_kept(tmp_path: Path) -> None:
    source = (
        "class Gate(nn.Layer):\n    def __init__(self, inplace=True):\n        super().__init__()\n\n"
        "    def forward(self, x):\n        return F.relu6(x + 3) / 6\n\n\n"
        "class Acon(nn.Layer):\n    def __init__(self, width):\n        super().__init__()\n"
        "        self.a1 = self.create_parameter([1, width, 1, 1])\n"
        "        self.a2 = self.create_parameter([1, width, 1, 1])\n"
        "        self.b = self.create_parameter([1, width, 1, 1])\n\n"
        "    def forward(self, x):\n        d = (self.a1 - self.a2) * x\n"
        "        return d * F.sigmoid(self.b * d) + self.a2 * x\n\n\n"
        "net = nn.Sequential(nn.Conv2D(3, 4, 1), Acon(4), Gate(inplace=False))\n"
    )
    result, text = zoo(tmp_path, HEAD + source)
    assert "class Gate(actzoo_torch.HardSigmoid):" in text
    assert "def __init__(self, inplace=True):\n        super().__init__()" in text
    assert "Acon" in text
    assert verified(result).held


def test_a_class_that_others_inherit_from_stays(tmp_path: Path) -> None:
    source = (
        "class Swish(nn.Layer):\n    def gate(self, x):\n        return F.sigmoid(x)\n\n"
        "    def forward(self, x):\n        return x * self.gate(x)\n\n\n"
        "class Other(Swish):\n    def forward(self, x):\n        return x + self.gate(x)\n"
    )
    result, text = zoo(tmp_path, HEAD + source)
    assert "class Swish(nn.Module):" in text
    assert "Swish is Swish of the zoo, and stays: others inherit from it" in told(result)


def test_what_cannot_be_run_is_left(tmp_path: Path) -> None:
    """A class that ends the process costs the whole: the call says so, and is no crash of ours."""
    with pytest.raises(ValueError, match="the torch worker ended with exit status 7"):
        zoo(tmp_path, HEAD + "import os\n\n\nclass A(nn.Layer):\n    def forward(self, x):\n        os._exit(7)\n")


EXAMPLE = Path(__file__).parents[1] / "docs" / "examples" / "dynamic_relu_paddle.ipynb"


def test_the_example_s_dynamic_relus(tmp_path: Path) -> None:
    """Their buffer is called otherwise, and C weights the residuals."""
    result = port_files([EXAMPLE], tmp_path, use_zoo=True)
    cells = json.loads(result.files[0].target.read_text(encoding="utf-8"))["cells"]
    text = "\n".join("".join(cell["source"]) for cell in cells)
    for letter in "ABC":
        assert f"class DynamicReLU{letter}(actzoo_torch.DyReLU{letter}):" in text
    assert text.count("import actzoo_torch") == 1
    assert "DynamicReLUC is DyReLUC of the zoo with attend='residual'" in told(result)
    proof = verified(result, model="c")
    assert proof.held, "\n".join(proof.lines())


if seed_notebook.texts():  # it is no part of the project

    def test_the_published_dynamic_relus(tmp_path: Path) -> None:
        """B and C are the zoo's; A is not, since it fails at most batch sizes."""
        (path,) = seed_notebook.texts()
        source = "\n\n".join(seed_notebook.cells(path)).replace("%matplotlib inline", "")
        result, text = zoo(tmp_path, source)
        assert "from actzoo_torch import DyReLUB\n" in text
        assert "class DyReLUC(actzoo_torch.DyReLUC):" in text
        assert "class DyReLUA(DyReLU):" in text
        assert "DyReLUA is not of the zoo: it has the weights of DyReLUA, and raises RuntimeError at batch size 3" in (
            told(result)
        )
        options = "softmax_over='last_axis', attend='residual'"
        assert f"DyReLUC is DyReLUC of the zoo with {options}; its initial values are the zoo's" in told(result)


CALLS = {
    **{
        name: ["()", "(True)"]
        for name in ("Mish", "Softsign", "Tanh", "Sigmoid", "LogSigmoid", "ReLU6", "ReLU", "Hardswish")
    },
    **{name: ["()"] for name in ("Swish", "Silu", "Hardsigmoid", "Tanhshrink", "SELU")},
    **{name: ["()", "(0.7)", "(alpha=0.7)", "(1.0)", "(alpha=1.0, name='a')"] for name in ("ELU", "CELU")},
    "GELU": [
        "()",
        "(True)",
        "(False)",
        "(approximate=True)",
        "(approximate=False)",
        "('tanh')",
        "(approximate='none')",
    ],
    "LeakyReLU": ["()", "(0.2)", "(negative_slope=0.2)"],
    "PReLU": ["()", "(4)", "(4, 0.1)", "(num_parameters=4, init=0.1)"],
    "Softplus": ["()", "(2)", "(beta=2, threshold=10)"],
    "Hardtanh": ["()", "(-0.5, 0.5)", "(min=-0.5, max=0.5)"],
    "Softshrink": ["()", "(0.2)", "(threshold=0.2)"],
    "Hardshrink": ["()", "(0.2)", "(threshold=0.2)"],
}
ACTIVATIONS = [f"{name}{arguments}" for name, several in CALLS.items() for arguments in several]


@pytest.mark.parametrize("use_zoo", [False, True], ids=["plain", "zoo"])
@pytest.mark.parametrize("call", ACTIVATIONS)
def test_an_activation_with_its_arguments(call: str, use_zoo: bool) -> None:
    name, arguments = call.removesuffix(")").split("(")
    plain = "" if arguments == "True" and name != "GELU" else arguments.replace(", name='a'", "")
    source = f"{HEAD}layer = nn.{call}\nheld = nn.{name}\nother = held({plain})\n"
    ported = port_source(source, rules(2, use_zoo))
    assert ported.marks == ()
    assert ("actzoo_torch" in ported.text) == (
        use_zoo and f"paddle.nn.{call.partition('(')[0]}" in read_rows(zoo_rules.TABLE)
    )
    theirs: dict[str, Any] = {}
    exec(source, theirs)
    ours: dict[str, Any] = {"__name__": "case"}
    twins = ModuleType("paddle_twins")
    exec(twins_source(ported.twins - ported.adapters.keys(), {}), twins.__dict__)
    exec(twins_source(ported.adapters, ported.adapters), twins.__dict__)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "paddle_twins", twins)
        exec(ported.text, ours)
    x = np.linspace(-4, 4, 2 * 4 * 9, dtype=np.float32).reshape(2, 4, 3, 3)
    for which in ("layer", "other"):
        expected = theirs[which](paddle.to_tensor(x)).numpy()
        actual = ours[which](torch.from_numpy(x)).detach().numpy()
        np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=2e-6)


REFUSED = ["SELU(2.0)", "SELU(alpha=1.0)", "GELU(approximate=unknown)", "ELU(inplace=True)", "Mish(0.5)"]


@pytest.mark.parametrize("use_zoo", [False, True], ids=["plain", "zoo"])
@pytest.mark.parametrize("call", REFUSED)
def test_an_argument_without_a_place_is_marked(call: str, use_zoo: bool) -> None:
    assert len(port_source(f"{HEAD}layer = nn.{call}\n", rules(2, use_zoo)).marks) == 1
