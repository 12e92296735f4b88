"""Porting of sources and notebooks: what changes, what stays, what is marked."""

from __future__ import annotations

import ast
import json
import time
from pathlib import Path
from typing import Any

import pytest
import seed_notebook
from typer.testing import CliRunner

from actzoo._main import app
from actzoo.port import Ported, port_files, port_source, rules

HEAD = "import paddle\nfrom paddle import nn\nimport paddle.nn.functional as F\nimport numpy as np\n"


def ported(body: str, head: str = HEAD) -> Ported:
    return port_source(head + body, rules())


def body_of(text: Ported) -> str:
    """What is below the imports."""
    return "\n".join(line for line in text.text.splitlines() if not line.startswith(("import ", "from ")))


LINES = {
    "by position": ("x = paddle.concat([a, b], 1)", "x = torch.cat([a, b], 1)"),
    "by keyword": ("x = paddle.concat(x=[a, b], axis=1)", "x = torch.cat([a, b], dim=1)"),
    "a default that differs": ("y = F.softmax(paddle.ones([2]))", "y = F.softmax(torch.ones([2]), dim=-1)"),
    "a default that does not": ("y = paddle.mean(paddle.ones([2]))", "y = torch.mean(torch.ones([2]))"),
    "the name of a graph": ("y = paddle.ones([2], name='a')", "y = torch.ones([2])"),
    "a dtype": ("y = paddle.zeros([2], 'int64')", "y = torch.zeros([2], dtype=torch.int64)"),
    "a dtype of NumPy": ("y = paddle.ones([2]).astype(np.float32)", "y = torch.ones([2]).to(torch.float32)"),
    "a comment": (
        "layer = nn.Conv2D(\n    3, 4, 3,  # three\n    bias_attr=False,\n)",
        "layer = Conv2d(\n    3, 4, 3,  # three\n    bias=False,\n)",
    ),
    "1 - momentum": ("layer = nn.BatchNorm2D(3, momentum=0.9)", "layer = BatchNorm2d(3, momentum=0.1)"),
    "a chain": (
        "y = paddle.ones([2, 3]).transpose([1, 0]).unsqueeze(-1).numpy()",
        "y = torch.ones([2, 3]).permute([1, 0]).unsqueeze(-1).numpy(force=True)",
    ),
    "an array": ("a = np.ones([2, 3])\na = a.transpose([1, 0])", "a = np.ones([2, 3])\na = a.transpose([1, 0])"),
    "in place": ("y = paddle.ones([2])\ny += 1", "y = torch.ones([2])\ny = y + 1"),
    "a number": ("y = 0.0\ny += 1", "y = 0.0\ny += 1"),
    "a shape": ("s = paddle.ones([2]).shape + [1]", "s = list(torch.ones([2]).shape) + [1]"),
    "stop_gradient": ("y = paddle.ones([2])\ny.stop_gradient = False", "y = torch.ones([2])\ny.requires_grad = True"),
    "stop_gradient given": (
        "y = paddle.to_tensor(1.0, stop_gradient=False)",
        "y = torch.tensor(1.0, requires_grad=True)",
    ),
    "transposed": ("y = paddle.matmul(a, b, transpose_y=True)", "y = torch.matmul(a, b.mT)"),
    "a 0 in a shape": ("y = paddle.reshape(a, [0, -1])", "y = reshape(a, [0, -1])"),
    "no 0 in a shape": ("y = paddle.reshape(a, [-1, 4])", "y = torch.reshape(a, [-1, 4])"),
    "isinstance": ("isinstance(a, nn.Conv2D)", "isinstance(a, Conv2d)"),
    "handed on": (
        "norm = nn.BatchNorm2D\nlayer = norm(3, momentum=0.9)",
        "norm = PaddleBatchNorm2D\nlayer = norm(3, momentum=0.9)",
    ),
    "handed on, the same": ("act = F.relu", "act = F.relu"),
    "an f-string": (
        "x = paddle.ones([1])\nprint(f'中 {x.numpy()}')",
        "x = torch.ones([1])\nprint(f'中 {x.numpy(force=True)}')",
    ),
    "a decorator": ("@paddle.no_grad()\ndef f(): pass", "@torch.no_grad()\ndef f(): pass"),
    "a copy of a weight": (
        "m = nn.Linear(1, 2)\na = m.weight.numpy()",
        "m = Linear(1, 2)\na = m.weight.T.numpy(force=True).copy()",
    ),
    "a device": ("paddle.set_device('gpu:0')", "set_device('gpu:0')"),
    "parameters": (
        "m = nn.Linear(1, 2)\no = paddle.optimizer.SGD(0.1, parameters=m.parameters())",
        "m = Linear(1, 2)\no = SGD(0.1, parameters=m.parameters())",
    ),
    "sublayers by name": (
        "class A(nn.Layer):\n    def forward(self, x):\n        return self._sub_layers['a'](x)",
        "class A(nn.Module):\n    def forward(self, x):\n        return self._modules['a'](x)",
    ),
    "the list of parameters": ("n = len(nn.Linear(1, 2).parameters())", "n = len(list(Linear(1, 2).parameters()))"),
}


@pytest.mark.parametrize("case", LINES)
def test_a_line(case: str) -> None:
    source, wanted = LINES[case]
    made = ported(source + "\n")
    assert body_of(made) == wanted
    assert made.marks == ()
    ast.parse(made.text)


IMPORTS = {
    "a module by another name": ("import paddle as pd\nx = pd.ones([1])", "import torch\nx = torch.ones([1])"),
    "functional": (
        "import paddle.nn.functional as F\nF.relu(a)",
        "import torch.nn.functional as F\nF.relu(a)",
    ),
    "from": ("from paddle.nn import ReLU\nx = ReLU()", "from torch.nn import ReLU\nx = ReLU()"),
    "from, by another name": ("from paddle.nn import ReLU as R\nx = R()", "from torch.nn import ReLU as R\nx = R()"),
    "a star": (
        "from paddle.nn import *\nx = Conv2D(1, 2, 3)\ny = ReLU()",
        "import torch\nfrom paddle_twins import Conv2d\nx = Conv2d(1, 2, 3)\ny = torch.nn.ReLU()",
    ),
    "not used": (
        "import paddle\nimport paddle.fluid as fluid\nx = paddle.ones([1])",
        "import torch\nx = torch.ones([1])",
    ),
    "in a function": (
        "def f():\n    import paddle\n    return paddle.ones([1])",
        "import torch\ndef f():\n    return torch.ones([1])",
    ),
    "a name that is taken": (
        "import paddle\ndef reshape(a): pass\ny = paddle.reshape(reshape(1), [0])",
        "import paddle_twins\ndef reshape(a): pass\ny = paddle_twins.reshape(reshape(1), [0])",
    ),
}


@pytest.mark.parametrize("case", IMPORTS)
def test_imports(case: str) -> None:
    source, wanted = IMPORTS[case]
    assert port_source(source + "\n", rules()).text == wanted + "\n"


MARKED = {
    "no rule": ("paddle.foo(1)", "paddle.foo has no rule"),
    "an argument": ("paddle.mean(a, keepdims=True)", "no rule for its argument 'keepdims'"),
    "a value": ("nn.Dropout2D(0.5, data_format='NHWC')", "no rule for data_format='NHWC'"),
    "a method": ("paddle.ones([1]).foo()", "Tensor.foo has no rule"),
    "an unknown receiver": ("def f(a):\n    return a.transpose([1, 0])", "may be a tensor or something else"),
    "an attribute": ("paddle.ones([1]).block", "Tensor.block has no rule"),
    "an argument of a twin": ("paddle.optimizer.Adam(0.1, amsgrad=True)", "no rule for its argument 'amsgrad'"),
    "too many": ("paddle.sqrt(a, None, 3)", "no rule for so many arguments"),
    "unknown keywords": ("paddle.mean(**a)", "is not known"),
}


@pytest.mark.parametrize("case", MARKED)
def test_a_place_is_marked_and_does_not_run(case: str) -> None:
    source, words = MARKED[case]
    made = ported(source + "\n")
    (mark,) = made.marks
    assert words in str(mark[2])
    assert "# PORT: " in made.text
    assert "unported(" in made.text
    ast.parse(made.text)


def test_a_source_without_paddle_is_left_alone() -> None:
    source = "import numpy as np\nx=np.ones( [2] ).transpose()  # paddle\n"
    assert port_source(source, rules()).text == source


def test_porting_twice_changes_nothing_more() -> None:
    once = ported("class A(nn.Layer):\n    def forward(self, x):\n        return x.transpose([1, 0]).foo()\n")
    assert port_source(once.text, rules()).text == once.text


def test_two_thousand_lines_take_less_than_ten_seconds() -> None:
    from actzoo.port._models import folder

    models = folder()
    assert models is not None
    text = (models / "resnet.py").read_text(encoding="utf-8")
    source = "\n".join([text] * 3)
    source = source.replace("from __future__ import annotations\n", "")
    assert source.count("\n") > 2000
    started = time.perf_counter()
    port_source(source, rules())
    assert time.perf_counter() - started < 10


# Notebooks


def notebook(folder: Path, *codes: str) -> Path:
    path = folder / "a.ipynb"
    path.write_text(json.dumps(seed_notebook.notebook(list(codes)), indent=1), encoding="utf-8")
    return path


def codes_of(path: Path) -> list[str]:
    return ["".join(cell["source"]) for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]]


def test_magics_and_the_shell_survive(tmp_path: Path) -> None:
    codes = ("%matplotlib inline\nimport paddle", "!ls\nx = paddle.ones([1])", "%%bash\nls", "y = !ls\nx.unsqueeze(0)")
    result = port_files([notebook(tmp_path, *codes)], tmp_path / "ported")
    assert result.hands == []
    assert codes_of(tmp_path / "ported/a.ipynb") == [
        "%matplotlib inline\nimport torch",
        "!ls\nx = torch.ones([1])",
        "%%bash\nls",
        "y = !ls\nx.unsqueeze(0)",
    ]


def test_classes_of_other_cells(tmp_path: Path) -> None:
    codes = (
        "import paddle\nfrom paddle import nn",
        "class A(nn.Layer):\n    def get(self, x):\n        return x.transpose([1, 0])",
        "class B(A):\n    def forward(self, x):\n        return self.get(x)",
    )
    result = port_files([notebook(tmp_path, *codes)], tmp_path / "ported")
    assert result.hands == []
    assert "x.permute([1, 0])" in codes_of(tmp_path / "ported/a.ipynb")[1]


def test_a_notebook_without_paddle_comes_back_byte_for_byte(tmp_path: Path) -> None:
    path = notebook(tmp_path, "x = 1", "!ls")
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    port_files([path], tmp_path / "ported")
    assert (tmp_path / "ported/a.ipynb").read_bytes() == path.read_bytes()


def test_a_place_is_told_by_cell_and_line(tmp_path: Path) -> None:
    result = port_files([notebook(tmp_path, "import paddle", "x = 1\npaddle.foo(x)")], tmp_path / "ported")
    (mark,) = result.hands
    assert (mark.cell, mark.line, mark.source) == (2, 2, "paddle.foo(x)")


if seed_notebook.texts():  # it is no part of the project

    @pytest.mark.parametrize("text", seed_notebook.texts(), ids=lambda path: path.stem[:3])
    def test_the_published_notebook_ports_with_no_hand_edit(text: Path, tmp_path: Path) -> None:
        path = notebook(tmp_path, *seed_notebook.cells(text))
        result = port_files([path], tmp_path / "ported")
        assert result.hands == []
        assert {"paddle.fluid", "paddle.nn.layer.norm._BatchNormBase"} <= {
            m.reason.split()[0] for f in result.files for m in f.marks
        }
        source = "\n".join(codes_of(tmp_path / "ported/a.ipynb")).replace("%matplotlib inline", "")
        imported = {
            alias.name for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Import) for alias in node.names
        }
        assert imported == {"torch", "numpy", "matplotlib.pyplot", "os", "time", "torch.nn.functional"}
        again = port_files([tmp_path / "ported/a.ipynb"], tmp_path / "again")
        assert not any(file.changed for file in again.files)


# The command


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["port", *map(str, arguments)], env={"COLUMNS": "120"})
    return result.exit_code, " ".join(result.output.split())


def test_the_command_s_exit_status(tmp_path: Path) -> None:
    good, bad, text = tmp_path / "good.py", tmp_path / "bad.py", tmp_path / "a.txt"
    good.write_text("import paddle\nx = paddle.ones([1])\n")
    bad.write_text("import paddle\nx = paddle.foo([1])\n")
    text.write_text("hello")
    assert run(good, "-o", tmp_path / "ported")[0] == 0
    status, output = run(bad, "-o", tmp_path / "ported")
    assert status == 1
    assert "bad.py, line 2: paddle.foo has no rule" in output
    assert run(text, "-o", tmp_path / "ported")[0] == 2
    assert run(good, "-o", tmp_path)[0] == 2
    assert run(tmp_path / "none.py", "-o", tmp_path / "ported")[0] == 2
    report: dict[str, Any] = json.loads((tmp_path / "ported/report.json").read_text())
    assert not report["complete"]
    assert "paddle.foo has no rule" in (tmp_path / "ported/report.html").read_text()


def test_a_folder_keeps_its_helpers_and_gains_more(tmp_path: Path) -> None:
    """Porting into the same folder again: what lies there stays, edits too."""
    first, second, helpers = tmp_path / "a.py", tmp_path / "b.py", tmp_path / "ported/paddle_twins.py"
    first.write_text("from paddle import nn\nlayer = nn.Conv2D(1, 2, 3, padding='SAME')\n")
    second.write_text("from paddle import nn\nlayer = nn.BatchNorm2D(2)\nkind = nn.LayerNorm\n")
    port_files([first], tmp_path / "ported")
    helpers.write_text(helpers.read_text() + "\n\nEDITED = True\n")
    before = helpers.read_text()
    port_files([first], tmp_path / "ported")
    assert helpers.read_text() == before
    port_files([second], tmp_path / "ported")
    names = run_text(helpers.read_text())
    assert names["EDITED"]
    assert {"Conv2d", "BatchNorm2d", "PaddleLayerNorm"} <= names.keys()
    once = helpers.read_text()
    port_files([first, second], tmp_path / "ported")
    assert helpers.read_text() == once


def run_text(text: str) -> dict[str, Any]:
    names: dict[str, Any] = {"__name__": "helpers"}
    exec(compile(text, "paddle_twins.py", "exec"), names)
    return names


def test_a_checkpoint_that_does_not_fit_is_loaded_with_a_warning() -> None:
    """As Paddle does: what fits is loaded, the rest is told."""
    import torch

    from actzoo.port._twins import source

    load_state = run_text(source(["load_state"], {}))["load_state"]
    model = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 7), torch.nn.Linear(4, 2))
    state = {**model.state_dict(), "0.weight": torch.ones(4, 3, 3, 3), "1.bias": torch.ones(2), "more": torch.ones(1)}
    with pytest.warns(UserWarning, match=r"Skip loading for 0.weight. 0.weight receives a shape \[4, 3, 3, 3\]"):
        missing, left = load_state(model, state)
    assert (missing, left) == (["0.weight"], ["more"])
    assert torch.equal(model[1].bias, torch.ones(2))


VERSIONS = {
    "round": ("paddle.round(paddle.ones([1]))", "round_away(torch.ones([1]))", "torch.round(torch.ones([1]))"),
    "uniform": ("paddle.uniform([2])", "uniform([2])", "uniform([2], min=0)"),
    "spectral norm": (
        "paddle.norm(paddle.eye(2), 2, [0, 1])",
        "torch.linalg.vector_norm(torch.eye(2), ord=2, dim=[0, 1])",
        "torch.linalg.matrix_norm(torch.eye(2), ord=2, dim=[0, 1])",
    ),
    "columns": (
        "paddle.nonzero(paddle.eye(2), as_tuple=True)",
        "nonzero_columns(torch.eye(2))",
        "torch.nonzero(torch.eye(2), as_tuple=True)",
    ),
    "swapped": ("paddle.ones([1, 2]).transpose(0, 1)", None, "torch.ones([1, 2]).transpose(0, 1)"),
    "permuted": ("paddle.ones([1, 2]).transpose([1, 0])", *["torch.ones([1, 2]).permute([1, 0])"] * 2),
    "dropout": ("nn.Dropout(0.5, 1)", "Dropout(p=0.5, axis=1)", "nn.Dropout(p=0.5, inplace=1)"),
}


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize("case", VERSIONS)
def test_meanings_that_changed(case: str, version: int) -> None:
    source, *wanted = VERSIONS[case]
    made = port_source(f"{HEAD}{source}\n", rules(version))
    if wanted[version - 2] is None:
        assert made.marks
    else:
        assert body_of(made) == wanted[version - 2]
