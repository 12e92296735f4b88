"""Classes of Paddle as bases: with derivatives of one's own, metrics, transforms; and those that have no rule."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from test_port_rules import both, plain
from test_port_rules import twins as twins

from actzoo.port import port_source, rules

LAYERS = {
    "a saved output": """
class S(paddle.autograd.PyLayer):
    @staticmethod
    def forward(ctx, x):
        y = paddle.tanh(x)
        ctx.save_for_backward(y)
        return y
    @staticmethod
    def backward(ctx, dy):
        y, = ctx.saved_tensor()
        return dy * (1 - paddle.square(y)) * 3
z = S.apply(a)
""",
    "arguments that are no tensors": """
class S(paddle.autograd.PyLayer):
    @staticmethod
    def forward(ctx, x, alpha, mode, y, f=paddle.square):
        ctx.alpha, ctx.f, ctx.mode = alpha, f, mode
        ctx.save_for_backward(x, y)
        return f(x) * alpha + y
    @staticmethod
    def backward(ctx, dy):
        x, y = ctx.saved_tensor()
        return 2 * x * dy * ctx.alpha, dy * 7 if ctx.mode == 'seven' else dy
z = S.apply(a, 0.5, 'seven', c)
""",
    "arguments by name": """
class S(paddle.autograd.PyLayer):
    @staticmethod
    def forward(ctx, x, y, scale=2.0):
        ctx.scale = scale
        return x * scale - y
    @staticmethod
    def backward(ctx, dy):
        return dy * ctx.scale * 5, -dy
z = S.apply(a, y=c, scale=3.0)
""",
    "several outputs": """
class S(paddle.autograd.PyLayer):
    @staticmethod
    def forward(ctx, x, y):
        ctx.save_for_backward(x, y)
        return x * y, x + y
    @staticmethod
    def backward(ctx, da, db):
        x, y = ctx.saved_tensor()
        return da * y * 2 + db, da * x + db * 3
u, v = S.apply(a, c)
z = u * 2 + v * v
""",
    "one of several outputs is not used": """
class S(paddle.autograd.PyLayer):
    @staticmethod
    def forward(ctx, x):
        return x * 2, x * 3
    @staticmethod
    def backward(ctx, da, db):
        return da * 2 + db * 3
z = S.apply(a)[1]
""",
    "an input without a gradient": """
class S(paddle.autograd.PyLayer):
    @staticmethod
    def forward(ctx, x, mask):
        ctx.save_for_backward(mask)
        return x * mask
    @staticmethod
    def backward(ctx, dy):
        mask, = ctx.saved_tensor()
        return dy * mask, None
z = S.apply(a, m.astype('float64'))
""",
    "imported by name, in a layer": """
from paddle.autograd import PyLayer
class S(PyLayer):
    @staticmethod
    def forward(ctx, x, k):
        ctx.k = k
        return x.transpose([1, 0]) * k
    @staticmethod
    def backward(ctx, dy):
        return dy.transpose([1, 0]) * ctx.k
class Net(nn.Layer):
    def forward(self, x):
        return S.apply(x, 4).transpose([1, 0])
z = Net()(a)
""",
    "inherited": """
class S(paddle.autograd.PyLayer):
    @staticmethod
    def forward(ctx, x):
        return x * 2
    @staticmethod
    def backward(ctx, dy):
        return dy * 5
class T2(S):
    @staticmethod
    def backward(ctx, dy):
        return dy * 6
z = S.apply(a) + T2.apply(c)
""",
}


@pytest.mark.parametrize("case", LAYERS)
def test_a_derivative_of_one_s_own(case: str) -> None:
    body = LAYERS[case] + "z.sum().backward()\ny = [z.detach(), a.grad, c.grad if c.grad is not None else 0]\n"
    theirs, ours = both(body)
    for one, other in zip(plain(theirs["y"]), plain(ours["y"]), strict=True):
        np.testing.assert_allclose(other, one, rtol=1e-12)
    assert issubclass(ours["S"], torch.autograd.Function)


OTHERS = {
    "a metric": """
class Mean(paddle.metric.Metric):
    def __init__(self):
        super().__init__()
        self.reset()
    def reset(self):
        self.total = 0.0
    def update(self, v):
        self.total += float(v)
    def accumulate(self):
        return self.total
    def name(self):
        return 'mean'
m2 = Mean()
m2.update(3)
y = [m2.accumulate(), m2.compute(1, 2), isinstance(m2, paddle.metric.Metric), isinstance(3, paddle.metric.Metric)]
y = y + [isinstance(paddle.metric.Accuracy(), paddle.metric.Metric)]
""",
    "a transform": """
class Twice(T.BaseTransform):
    def __init__(self, by, keys=None):
        super().__init__(keys)
        self.by = by
    def _get_params(self, inputs):
        return len(inputs)
    def _apply_image(self, image):
        return image * self.by + self.params
    def _apply_label(self, label):
        return -label
y = [Twice(2)(np.ones(2)), list(Twice(3, ('image', 'label'))((np.ones(2), np.ones(2), 5)))]
""",
}


@pytest.mark.parametrize("case", OTHERS)
def test_a_base_that_has_a_twin(case: str) -> None:
    theirs, ours = both(OTHERS[case])
    np.testing.assert_equal(listed(ours["y"]), listed(theirs["y"]))


def listed(value: Any) -> Any:
    return [listed(each) for each in value] if isinstance(value, list | tuple) else value


UNKNOWN = {
    "a base": "class A(paddle.callbacks.Callback):\n    pass",
    "a base of a module": "from paddle.incubate import thing\nclass A(thing.Base):\n    pass",
    "isinstance": "b = isinstance(1, paddle.callbacks.Callback)",
    "isinstance of several": "b = isinstance(1, (str, paddle.callbacks.Callback))",
    "issubclass": "b = issubclass(int, paddle.callbacks.Callback)",
    "a type": "b = type(1) == paddle.callbacks.Callback",
}


@pytest.mark.parametrize("case", UNKNOWN)
def test_a_class_without_a_rule_is_marked_and_never_object(case: str) -> None:
    made = port_source(f"import paddle\n{UNKNOWN[case]}\n", rules())
    assert len(made.marks) == 1
    assert "has no rule" in str(made.marks[0][2])
    assert "object" not in made.text
    names: dict[str, Any] = {"__name__": "case"}
    run = compile(made.text + ("A()\n" if "class A" in made.text else ""), "<case>", "exec")
    with pytest.raises(NotImplementedError, match="was not ported"):
        exec(run, names)


def test_a_class_whose_base_has_no_rule_can_be_defined() -> None:
    """The rest of the file goes on."""
    made = port_source("import paddle\nclass A(paddle.callbacks.Callback):\n    x = 1\ny = A.x\n", rules())
    names: dict[str, Any] = {"__name__": "case"}
    exec(compile(made.text, "<case>", "exec"), names)
    assert names["y"] == 1
