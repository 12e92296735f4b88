"""Names: annotations, imports inside of functions, and what a port would leave undefined."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from test_port_rules import both, plain
from test_port_rules import twins as twins

from actzoo.port import port_source, rules
from actzoo.port._reread import lost, undefined

HEAD = "import paddle\nfrom paddle import nn, Tensor\nfrom typing import Optional, List, Literal\n"

ANNOTATED = {
    "a result": ("def f() -> paddle.Tensor: ...", "def f() -> Tensor: ..."),
    "a result in a text": ("def f() -> 'paddle.Tensor': ...", "def f() -> 'Tensor': ..."),
    "a parameter in a text": ("def f(x: 'nn.Layer'): ...", "def f(x: 'nn.Module'): ..."),
    "a text in an annotation": ("def f(x: Optional['paddle.Tensor']): ...", "def f(x: Optional['Tensor']): ..."),
    "an annotation in a text": ("def f(x: 'Optional[paddle.Tensor]'): ...", "def f(x: 'Optional[Tensor]'): ..."),
    "of several": ("def f() -> List[Tensor]: ...", "def f() -> List[Tensor]: ..."),
    "a variable": ("x: paddle.Tensor = g()", "x: Tensor = g()"),
    "a variable alone": ("x: paddle.Tensor", "x: Tensor"),
    "an attribute of a class": ("class A:\n    x: nn.Layer", "class A:\n    x: nn.Module"),
    "a literal": ("def f(x: Literal['paddle.Tensor']): ...", "def f(x: Literal['paddle.Tensor']): ..."),
    "without a rule": ("def f() -> paddle.callbacks.Callback: ...", "def f() -> object: ..."),
    "without a rule, in a text": ("def f() -> 'paddle.callbacks.Callback': ...", "def f() -> 'object': ..."),
}


@pytest.mark.parametrize("future", ["", "from __future__ import annotations\n"], ids=["now", "later"])
@pytest.mark.parametrize("case", ANNOTATED)
def test_an_annotation(case: str, future: str) -> None:
    source, wanted = ANNOTATED[case]
    made = port_source(future + HEAD + source + "\n", rules())
    assert made.marks == ()
    assert made.text.endswith(wanted + "\n")


def test_an_annotation_of_a_variable_tells_what_it_is() -> None:
    made = port_source(HEAD + "def f(a):\n    x: paddle.Tensor = a\n    return x.transpose([1, 0])\n", rules())
    assert made.marks == ()
    assert "x.permute([1, 0])" in made.text


INSIDE = {
    "a function": """
def f(x):
    import paddle as pd
    return pd.concat([x, x], axis=1)
y = f(a)
""",
    "a class of a function": """
def build():
    import paddle.nn.functional as G
    from paddle import nn as layers
    class Net(layers.Layer):
        def forward(self, x):
            return G.softmax(self.turned(x), axis=0)
        def turned(self, x):
            return x.transpose([1, 0])
    return Net()
y = build()(a)
""",
    "a function of a function": """
def f(x):
    import paddle as pd
    def inner(z):
        return pd.sum(z, axis=0, keepdim=True)
    return inner(x)
y = f(a)
""",
    "a method": """
class A:
    def f(self, x):
        from paddle.nn import functional
        return functional.gelu(x, approximate=True)
y = A().f(a)
""",
    "a branch": """
if True:
    import paddle.nn.functional as G
else:
    G = 3
y = F.softmax(a)
""",
}


@pytest.mark.parametrize("case", INSIDE)
def test_an_import_inside(case: str) -> None:
    theirs, ours = both(INSIDE[case])
    np.testing.assert_allclose(plain(ours["y"]), plain(theirs["y"]), rtol=1e-6)


LOST = {
    "an import that may fail": "try:\n    import paddle\nexcept ImportError:\n    paddle = None\nok = paddle is not None\n",
    "in one of two branches": "import sys\nif sys.argv:\n    import paddle\nelse:\n    paddle = None\nuse = paddle or 3\n",
}


@pytest.mark.parametrize("case", LOST)
def test_what_the_port_does_not_define_is_marked(case: str) -> None:
    made = port_source(LOST[case], rules())
    assert "'paddle' is not defined in the port" in [str(mark[2]) for mark in made.marks]


UNDEFINED: dict[str, tuple[str, set[str]]] = {
    "a name": ("x = y\n", {"y"}),
    "in a function": ("def f(a, *b, c=1, **d):\n    return a + b + c + d + e\n", {"e"}),
    "a closure": ("def f(a):\n    def g():\n        return a + b\n    return g\n", {"b"}),
    "defined below": ("def f():\n    return g()\ndef g(): pass\n", set()),
    "a global": ("def f():\n    global x\n    x = 1\ndef g():\n    return x\n", set()),
    "a comprehension": ("y = [i + j for i in range(3)]\n", {"j"}),
    "a class": ("class A(B):\n    x = 1\n    y = x + z\n    def f(self):\n        return w\n", {"B", "z", "w"}),
    "builtins": ("print(len(__name__), __file__)\n", set()),
    "an annotation": ("def f(x: t.T) -> u.U: ...\nv: w.W\n", {"t", "u", "w"}),
    "an annotation, later": ("from __future__ import annotations\ndef f(x: t.T) -> u.U: ...\n", {"t", "u"}),
    "a text of an annotation": ("def f(x: 'paddle.Tensor', y: 'a b', z: '...'): ...\n", {"paddle"}),
    "exceptions and imports": ("import a.b\nfrom c import d as e\ntry: a, e\nexcept E as f: f\n", {"E"}),
    "a walrus and del": ("if (n := 1): n\ndel n\n", set()),
}


@pytest.mark.parametrize("case", UNDEFINED)
def test_undefined_names(case: str) -> None:
    text, wanted = UNDEFINED[case]
    assert undefined(text) == wanted


def test_only_what_the_source_had_is_told() -> None:
    assert lost("import paddle\nprint(other)\nx = paddle\n", "print(other)\nx = paddle\n") == [(3, "paddle")]


def test_a_name_that_is_deleted_is_marked() -> None:
    made = port_source("import paddle\nx = paddle.ones([1])\ndel paddle\n", rules())
    assert any("is deleted" in str(mark[2]) for mark in made.marks)


def test_the_head_is_torch_s() -> None:
    names: dict[str, Any] = {"__name__": "case"}
    exec(port_source(HEAD + "def f(x: paddle.Tensor) -> Tensor:\n    return x\n", rules()).text, names)
    assert names["f"].__annotations__["x"] in (torch.Tensor, "Tensor")


SEVERAL = {
    "an attribute of a tensor": ("x.more, y = 1, 2", 0),
    "whether it is trained": ("x.stop_gradient, y = True, 2", 1),
    "in a loop": ("for x.more in [1]: pass", 0),
}


@pytest.mark.parametrize("case", SEVERAL)
def test_several_things_that_are_set_at_once(case: str) -> None:
    """What is written is Python, whatever is set."""
    source, marks = SEVERAL[case]
    made = port_source(f"import paddle\nx = paddle.ones([2])\n{source}\n", rules())
    assert len(made.marks) == marks
    assert source in made.text
