"""Weights and attributes of layers, used directly: a line of Paddle is ported, both are run, and give the same."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import paddle
import pytest
import torch
from test_port_rules import GIVEN, HEAD, both, plain
from test_port_rules import twins as twins

from actzoo.port import port_source, rules
from actzoo.port._twins import source as twins_source
from actzoo.port.rules.attributes import GROUPS, TABLE

MODEL = """
def start(*shape):
    return nn.initializer.Assign(np.arange(np.prod(shape), dtype='float32').reshape(shape) / 7 - 1)
def linear(n, m):
    return nn.Linear(n, m, weight_attr=paddle.ParamAttr(initializer=start(n, m)), bias_attr=start(m))
class Net(nn.Layer):
    def __init__(self):
        super().__init__()
        self.q = linear(4, 3)
        self.k = linear(4, 4)
        self.emb = nn.Embedding(6, 4, weight_attr=start(6, 4))
        self.conv = nn.Conv2D(4, 6, 3, groups=2, weight_attr=start(6, 2, 3, 3))
        self.blocks = nn.LayerList([linear(4, 4) for _ in range(2)])
        self.seq = nn.Sequential(linear(4, 4), nn.ReLU())
        self.late = nn.LayerList()
        for _ in range(2):
            self.late.append(linear(4, 4))
net = Net()
x32 = a.astype('float32').detach()
"""


def adapted(body: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """As `both`, with the adapters that the port needs in its module of helpers."""
    adapters = port_source(HEAD + GIVEN + body, rules()).adapters
    exec(twins_source(adapters, adapters), sys.modules["paddle_twins"].__dict__)
    return both(body)


READ = {
    "F.linear": "y = F.linear(x32, net.q.weight, net.q.bias)",
    "F.linear of a square one": "y = F.linear(x32, net.k.weight)",
    "matmul": "y = paddle.matmul(x32, net.k.weight)",
    "matmul, transposed": "y = paddle.matmul(x32, net.k.weight, transpose_y=True)",
    "an operator": "y = x32 @ net.k.weight + x32 @ net.emb.weight.t()[:, :4]",
    "a size": "y = [net.q.weight.shape[0], net.q.weight.shape[1]]",
    "all sizes": "y = net.q.weight.shape",
    "a sum": "y = net.k.weight.sum(axis=0)",
    "a norm of columns": "y = paddle.norm(net.k.weight, axis=0)",
    "an array": "y = net.k.weight.numpy()",
    "an element": "y = net.k.weight[0, 1] + net.k.weight[2].sum()",
    "a variable": "w = net.k.weight\ny = x32 @ w",
    "T": "y = net.k.weight.T",
    "concat": "y = paddle.concat([net.q.weight, net.k.weight], axis=1)",
    "a copy": "y = paddle.to_tensor(net.k.weight.numpy()).sum(axis=1)",
    "a loop": "y = 0\nfor m in net.blocks:\n    y = y + x32 @ m.weight",
    "a list that grew": "y = 0\nfor m in net.late:\n    y = y + x32 @ m.weight",
    "an index": "y = x32 @ net.seq[0].weight + x32 @ net.blocks[1].weight",
    "isinstance": "y = 0\nfor m in net.sublayers():\n    if isinstance(m, nn.Linear):\n        y = y + m.weight.sum(axis=1).sum() + m.weight.shape[0]",
    "isinstance of several": "y = []\nfor m in net.sublayers():\n    if isinstance(m, (nn.Linear, nn.Conv2D)):\n        y.append(m.weight.shape)",
    "not isinstance": "y = []\nfor n, m in net.named_sublayers():\n    if not isinstance(m, nn.Linear):\n        continue\n    y.append(m.weight.shape[0])",
    "type": "y = []\nfor m in net.sublayers():\n    if type(m) == nn.Linear:\n        y.append(m.weight.shape[1])",
    "a comprehension": "y = [m.weight.shape for m in net.sublayers() if isinstance(m, nn.Linear)]",
    "an argument": "def f(layer, x):\n    return x @ layer.weight\ny = f(net.k, x32)",
    "what nobody knows": "def f(layer):\n    return layer.weight.shape\ny = [f(m) for m in [net.q, net.emb]]\ng = f",
    "getattr": "y = x32 @ getattr(net.k, 'weight')",
    "getattr with a default": "y = [w.shape for w in [getattr(m, 'weight', None) for m in net.sublayers()] if w is not None]",
    "a gradient": "F.linear(x32, net.q.weight).sum().backward()\ny = net.q.weight.grad.sum(axis=1)",
    "a gradient's array": "net.k(x32).square().sum().backward()\ny = net.k.weight.gradient()",
    "no gradient": "y = [net.k.weight.grad is None, net.k.weight is not None]",
    "a subclass": "class Mine(nn.Linear):\n    def forward(self, x):\n        return x @ self.weight\nmine = Mine(4, 4, weight_attr=start(4, 4))\ny = mine(x32)",
    "attention": "m = nn.MultiHeadAttention(4, 2)\nm.q_proj.weight.set_value(q.astype('float32'))\ny = [m.q_proj.weight.sum(axis=0), m.q_proj(x32)]",
    "a scale": "y = [nn.InstanceNorm2D(3).scale, nn.PReLU(3)._weight]",
}

WRITTEN = {
    "set_value": "net.k.weight.set_value(q.astype('float32'))",
    "set_value of itself": "net.k.weight.set_value(net.k.weight.numpy() * 2)",
    "an element": "with paddle.no_grad():\n    net.k.weight[0] = 1",
    "Constant": "nn.initializer.Constant(0.5)(net.k.weight)",
    "Assign": "nn.initializer.Assign(q.astype('float32'))(net.k.weight)",
    "in a loop": "for m in net.sublayers():\n    if isinstance(m, (nn.Linear, nn.Conv2D)):\n        m.weight.set_value(m.weight.numpy().cumsum(0))",
    "by apply": "def f(m):\n    if isinstance(m, nn.Linear):\n        m.weight.set_value(m.weight.numpy().cumsum(0))\nnet.apply(f)",
    "shared by two": "net.k.weight = net.seq[0].weight\nnet.seq[0].weight.set_value(q.astype('float32'))",
    "a new one": "net.k.weight = paddle.create_parameter([4, 4], 'float32', default_initializer=start(4, 4))",
    "frozen": "net.k.weight.stop_gradient = True\n(net.k(x32).sum() + net.seq(x32).sum()).backward()",
    "a step": "o = paddle.optimizer.SGD(0.1, parameters=[net.k.weight, net.k.bias])\nnet.k(x32).square().sum().backward()\no.step()",
    "a step of a group": "o = paddle.optimizer.SGD(0.1, parameters=[{'params': [net.k.weight, net.k.bias]}])\nnet.k(x32).square().sum().backward()\no.step()",
    "a step through the weight": "o = paddle.optimizer.SGD(0.1, parameters=net.parameters())\nF.linear(x32, net.k.weight).square().sum().backward()\no.step()",
}


@pytest.mark.parametrize("case", READ)
def test_a_weight_that_is_read(case: str) -> None:
    theirs, ours = both(MODEL + READ[case] + "\n")
    for one, other in zip(flat(theirs["y"]), flat(ours["y"]), strict=True):
        np.testing.assert_allclose(other, one, rtol=1e-5)


@pytest.mark.parametrize("case", WRITTEN)
def test_a_weight_that_is_written(case: str) -> None:
    after = "\ny = [net.k(x32), net.seq(x32), net.k.weight.numpy()]\n"
    theirs, ours = both(MODEL + WRITTEN[case] + after)
    for one, other in zip(plain(theirs["y"]), plain(ours["y"]), strict=True):
        np.testing.assert_allclose(other, one, rtol=1e-5)


def flat(value: Any) -> list[Any]:
    """Arrays and numbers one by one."""
    if isinstance(value, list | tuple):
        return [each for part in value for each in flat(part)]
    return [plain(value)] if not isinstance(value, paddle.Size | torch.Size) else flat(list(value))


def test_initial_values_of_a_weight_are_drawn_in_paddle_s_layout() -> None:
    body = "l = nn.Linear(2, 2000)\nnn.initializer.KaimingNormal()(l.weight)\ny = l.weight.numpy().std()\n"
    theirs, ours = both(body)
    assert ours["y"] == pytest.approx(theirs["y"], rel=0.1)


EVERY = {
    "counted": "y = [sum(int(np.prod(p.shape)) for p in net.parameters()), len(net.parameters()[0].shape)]",
    "norms": "y = [float(p.norm()) for p in net.parameters()] + [float((p * p).sum()) for n, p in net.named_parameters()]",
    "an average": "shadow = {n: p.clone() for n, p in net.named_parameters()}\nfor n, p in net.named_parameters():\n    p.set_value(0.5 * shadow[n] + 0.25 * p)\ny = net.k(x32)",
    "by dimensions": "y = [p.ndim for p in net.parameters() if p.ndim > 1]",
    "initial values": "init = nn.initializer.Assign(q.astype('float32'))\nfor n, p in net.named_parameters():\n    if n == 'k.weight':\n        init(p)\ny = net.k(x32)",
    "frozen": "for p in net.parameters():\n    p.stop_gradient = True\ny = [p.stop_gradient for p in net.parameters()]",
}


@pytest.mark.parametrize("case", EVERY)
def test_all_parameters(case: str) -> None:
    theirs, ours = both(MODEL + EVERY[case] + "\n")
    for one, other in zip(flat(theirs["y"]), flat(ours["y"]), strict=True):
        np.testing.assert_allclose(other, one, rtol=1e-5)


def test_initial_values_of_all_parameters_are_drawn_by_paddle_s_fans() -> None:
    body = "l = nn.Linear(2, 2000, bias_attr=False)\nfor p in l.parameters():\n    nn.initializer.KaimingNormal()(p)\ny = l.weight.numpy().std()\n"
    theirs, ours = both(body)
    assert ours["y"] == pytest.approx(theirs["y"], rel=0.1)


def test_values_of_another_shape_are_refused() -> None:
    body = "l = nn.Linear(2, 3)\np = l.parameters()[0]\ntry:\n    p.set_value(np.ones([3, 2], 'float32') if SWAP else np.ones([2, 3], 'float32'))\n    y = 'set'\nexcept (ValueError, AssertionError):\n    y = 'refused'\n"
    theirs, ours = both(body.replace("SWAP", "True"))
    assert theirs["y"] == "refused"
    theirs, ours = both(body.replace("SWAP", "False"))
    assert ours["y"] == "refused"


MARKED = {
    "a size of any parameter": ("for p in net.parameters():\n    p.shape[0]", "depends on a parameter's layout"),
    "a row of any parameter": ("for n, p in net.named_parameters():\n    p[0]", "depends on a parameter's layout"),
    "a sum of any parameter": ("y = [p.sum(axis=0) for p in net.parameters()]", "depends on a parameter's layout"),
    "a sum by place": ("y = [p.sum(0) for p in net.parameters()]", "depends on a parameter's layout"),
    "a norm of any parameter": (
        "y = [paddle.norm(p, axis=0) for p in net.parameters()]",
        "depends on a parameter's layout",
    ),
    "a product with any": ("y = paddle.matmul(a, net.parameters()[0])", "depends on a parameter's layout"),
    "a key of a state": ("y = net.state_dict()['k.weight'].t()", "depends on a parameter's layout"),
    "a row of a state": ("y = net.state_dict()['k.weight'][0]", "depends on a parameter's layout"),
    "shared with an embedding": ("net.emb.weight = net.k.weight", "shares its weight"),
    "kept in a list": ("ws = [net.k.weight]", "is kept here"),
    "kept in an object": ("net.w = net.k.weight", "is kept here"),
    "kept by append": ("ws = []\nws.append(net.k.weight)", "is kept here"),
    "given what others hold": ("w = paddle.ones([4, 4])\nnet.k.weight = w", "that others may hold"),
    "a hook": ("net.k.weight.register_hook(print)", "is kept here"),
    "a private name without a row": ("net.conv._op_type", "torch keeps no '_op_type'"),
    "an unknown private name": ("net.conv._whatever", "no rule for its private '_whatever'"),
    "a private name of nobody knows what": ("def f(m):\n    return m._kernel_size", "is a private name of a layer"),
    "a private name among others": ("net.conv._padding, n = 1, 2", "is given a value here"),
    "a private name, by getattr": ("getattr(net.conv, '_op_type')", "torch keeps no '_op_type'"),
    "a private name, assigned": ("net.conv._padding = 1", "is not one attribute in torch"),
    "setattr": ("setattr(net.conv, '_groups', 2)", "which torch has otherwise"),
}


@pytest.mark.parametrize("case", MARKED)
def test_what_cannot_be_known_is_marked(case: str) -> None:
    source, words = MARKED[case]
    head = "import paddle\nimport numpy as np\nfrom paddle import nn\nimport paddle.nn.functional as F\na = paddle.ones([3, 4])\n"
    made = port_source(head + MODEL + source + "\n", rules())
    (mark,) = made.marks
    assert words in str(mark[2])
    assert "# PORT: " in made.text
    assert "unported(" in made.text or "among others" in case


def test_own_private_names_stay() -> None:
    source = "import paddle\nfrom paddle import nn\nclass A(nn.Layer):\n    def __init__(self):\n        super().__init__()\n        self._groups = 1\n        self._w = 2\ndef f(m):\n    return m._groups\n"
    made = port_source(source, rules())
    assert made.marks == ()
    assert "return m._groups" in made.text


BUILT = {
    "Linear": "(4, 3)",
    "Conv1D Conv1DTranspose": "(4, 6, 3, stride=2, groups=2)",
    "Conv2D Conv2DTranspose": "(4, 6, (3, 5), stride=(2, 1), dilation=1, groups=2)",
    "Conv3D": "(4, 6, 3)",
    "BatchNorm1D BatchNorm2D BatchNorm3D SyncBatchNorm": "(3, momentum=0.8, epsilon=1e-3)",
    "BatchNorm": "(3, momentum=0.8, epsilon=1e-3)",
    "LayerNorm": "([3, 4], epsilon=1e-3)",
    "GroupNorm": "(2, 4, epsilon=1e-3)",
    "InstanceNorm1D InstanceNorm2D": "(3, epsilon=1e-3)",
    "Embedding": "(5, 3, padding_idx=-1)",
    "PReLU": "(3)",
    "LeakyReLU": "(0.2)",
    "ELU CELU": "(0.7)",
    "Softmax LogSoftmax": "(1)",
    "GELU": "(True)",
    "Softplus": "(2, 10)",
    "Softshrink Hardshrink": "(0.3)",
    "Hardtanh": "(-2.0, 3.0)",
    "Maxout": "(2, axis=1)",
    "MaxPool1D MaxPool2D MaxPool3D AvgPool1D AvgPool2D AvgPool3D": "(3, stride=2, padding=1)",
    "AdaptiveAvgPool1D AdaptiveAvgPool2D AdaptiveAvgPool3D AdaptiveMaxPool1D AdaptiveMaxPool2D AdaptiveMaxPool3D": "(2)",
    "Dropout Dropout2D": "(0.3)",
    "Flatten": "(1, 2)",
    "Upsample": "(scale_factor=2, mode='bilinear')",
    "Pad2D": "([1, 2, 3, 4], mode='reflect')",
    "PixelShuffle": "(2)",
    "Unfold": "(2, strides=2)",
    "LSTM GRU SimpleRNN": "(3, 4, num_layers=2, direction='bidirect', time_major=True)",
    "LSTMCell GRUCell SimpleRNNCell": "(3, 4)",
    "MultiHeadAttention": "(4, 2, kdim=3)",
}
LAYERS = {layer: arguments for names, arguments in BUILT.items() for layer in names.split()}


def test_every_class_with_rows_is_built() -> None:
    assert set(LAYERS) == {layer for names in GROUPS.values() for layer in names.split()}


@pytest.mark.parametrize("layer", LAYERS)
def test_attributes_are_those_of_paddle(layer: str) -> None:
    """Every row of the class at once; what is random is compared by its shape."""
    known = rules()
    names = [name.rpartition(".")[2] for name, rule in known.items() if name.startswith(f"paddle.nn.{layer}.")]
    names = [n for n in names if known[f"paddle.nn.{layer}.{n}"].parameters is None and not n.endswith("_proj")]
    names = [n for n in names if not known[f"paddle.nn.{layer}.{n}"].target.startswith("!")]
    assert names
    reads = "".join(f"y[{name!r}] = m.{name}\n" for name in names)
    theirs, ours = both(f"m = nn.{layer}{LAYERS[layer]}\ny = {{}}\n{reads}")
    for name in names:
        one, other = plain(theirs["y"][name]), plain(ours["y"][name])
        if known[f"paddle.nn.{layer}.{name}"].gives == "Tensor":
            one, other = one.shape, other.shape
        assert type(other) is type(one) or isinstance(other, tuple), name
        assert as_list(other) == as_list(one), name


def as_list(value: object) -> object:
    """Sequences as lists."""
    return list(value) if isinstance(value, tuple) else value


def test_the_table_has_the_groups_that_it_names() -> None:
    assert {line.partition(".")[0] for line in TABLE.splitlines() if "=>" in line} == set(GROUPS)


ASSIGNED = {
    "_epsilon": "m = nn.BatchNorm2D(4)\nm._epsilon = 0.5\ny = m(x.astype('float32'))",
    "_momentum": "m = nn.BatchNorm2D(4)\nm._momentum = 0.25\nm(x.astype('float32'))\ny = m._mean",
    "_mean": "m = nn.BatchNorm2D(4)\nm._mean.set_value(np.ones(4, 'float32'))\nm.eval()\ny = m(x.astype('float32'))",
    "_stride": "m = nn.Conv2D(4, 4, 1, weight_attr=nn.initializer.Constant(0.5))\nm._stride = [2, 2]\ny = m(x.astype('float32'))",
    "in a loop": "m = nn.Sequential(nn.BatchNorm2D(4))\nfor b in m.sublayers():\n    if isinstance(b, nn.BatchNorm2D):\n        b._momentum = 0.5\n        b._epsilon = 0.125\nm.eval()\ny = m(x.astype('float32'))",
    "flops": "m = nn.Conv2D(4, 6, 3, groups=2)\ny = m._kernel_size[0] * m._kernel_size[1] * m._out_channels // m._groups",
}


@pytest.mark.parametrize("case", ASSIGNED)
def test_private_names(case: str) -> None:
    theirs, ours = both(ASSIGNED[case] + "\n")
    np.testing.assert_allclose(plain(ours["y"]), plain(theirs["y"]), rtol=1e-4, atol=1e-6)


NAMED = {
    "dots": "self.add_sublayer('_blocks.0.', linear(4, 4))",
    "dots, kept": "self.b = self.add_sublayer('b.c', linear(4, 4))",
    "in a list": "self.bs = [self.add_sublayer(f'_blocks.{i}', linear(4, 4)) for i in range(2)]",
    "a pair with dots": "self.s = nn.Sequential(('a.0', linear(4, 4)), ('b', nn.ReLU()))",
}


@pytest.mark.parametrize("case", NAMED)
def test_a_sublayer_whose_name_has_dots(case: str) -> None:
    """Its keys are Paddle's, and a state is loaded strictly, in a model of models too."""
    body = f"""{MODEL}
class Named(nn.Layer):
    def __init__(self):
        super().__init__()
        {NAMED[case]}
        self.fc = linear(4, 3)
    def forward(self, x):
        for layer in self.sublayers():
            if isinstance(layer, nn.Linear):
                x = F.tanh(layer(x))
        return x
class Outer(nn.Layer):
    def __init__(self):
        super().__init__()
        self.inner = Named()
    def forward(self, x):
        return self.inner(x)
one, other = Outer(), Outer()
for p in one.parameters():
    p.set_value(p.numpy() * 2)
other.set_state_dict(one.state_dict())
y = [sorted(one.state_dict()), one(x32), other(x32)]
"""
    theirs, ours = both(body)
    assert ours["y"][0] == theirs["y"][0]
    for one, other in zip(plain(theirs["y"][1:]), plain(ours["y"][1:]), strict=True):
        np.testing.assert_allclose(other, one, rtol=1e-5, atol=1e-6)
    ours["other"].load_state_dict(ours["one"].state_dict(), strict=True)
    wrong = {**ours["one"].state_dict(), "inner.more": torch.ones(1)}
    with pytest.raises(RuntimeError, match=r"Unexpected key\(s\) in state_dict: \"inner.more\""):
        ours["other"].load_state_dict(wrong, strict=True)


BY_TEXT = {
    "eval": "y = eval('nn.GELU')(True)(a)",
    "eval of a function": "y = eval('F.softmax')(a, axis=0)",
    "eval, kept": "k = eval('nn.LayerNorm')\ny = k(4, epsilon=0.001)(x32)",
    "eval of a layer": "y = eval('nn.LayerNorm')(4, epsilon=0.001)(x32)",
    "getattr of a layer": "y = getattr(nn, 'LayerNorm')(4, epsilon=0.001)(x32)",
    "getattr of a function": "y = getattr(F, 'softmax')(a, axis=0)",
    "getattr, kept": "k = getattr(F, 'gelu')\ny = k(a, True)",
    "getattr of a module": "y = getattr(paddle.optimizer.lr, 'StepDecay')(0.1, step_size=3).get_lr()",
    "getattr of the whole": "y = getattr(paddle, 'concat')([a, c], axis=1)",
    "a default": "def f(norm='nn.LayerNorm', act='gelu'):\n    return getattr(F, act)(eval(norm)(4, epsilon=0.001)(x32), True)\ny = f()",
    "one of several": "def f(name):\n    return getattr(nn, name)(0.7)(a)\ny = [f('ELU'), f(name='CELU')]",
    "with a default": "name = 'nothing'\ny = [getattr(F, name, None) is None, getattr(F, 'relu', None) is None, getattr(F, 'relu')(a)]",
}


@pytest.mark.parametrize("case", BY_TEXT)
def test_a_name_of_paddle_in_a_text(case: str) -> None:
    theirs, ours = adapted(MODEL + BY_TEXT[case] + "\n")
    for one, other in zip(flat(theirs["y"]), flat(ours["y"]), strict=True):
        np.testing.assert_allclose(other, one, rtol=1e-5, atol=1e-6)


UNKNOWN_TEXT = {
    "eval": "def f(norm):\n    return eval(norm)(4)",
    "eval of a text that is put together": "def f(norm):\n    return eval(f'nn.{norm}')",
    "getattr": "def f(name):\n    return getattr(nn, name)",
    "import_module": "import importlib\nm = importlib.import_module('paddle.nn')",
    "__import__": "m = __import__('paddle.nn')",
}


@pytest.mark.parametrize("case", UNKNOWN_TEXT)
def test_a_name_that_nothing_tells_is_marked(case: str) -> None:
    made = port_source(
        "import paddle\nfrom paddle import nn\nx = paddle.ones([1])\n" + UNKNOWN_TEXT[case] + "\n", rules()
    )
    assert len(made.marks) == 1
    assert "unported(" in made.text


def test_eval_of_something_else_stays() -> None:
    made = port_source("import paddle\nx = paddle.ones([1])\ny = eval(z) + eval('1 + 2')\n", rules())
    assert made.marks == ()
    assert "eval(z) + eval('1 + 2')" in made.text
