"""Training as sources write it: loaders, steps, groups of parameters; ported, run, and the same after some steps."""

from __future__ import annotations

import numpy as np
import pytest
from test_port_rules import both, plain
from test_port_rules import twins as twins

MODEL = """
def start(*shape):
    return nn.initializer.Assign(np.arange(np.prod(shape), dtype='float32').reshape(shape) / 7 - 1)
net = nn.Sequential(
    nn.Linear(4, 3, weight_attr=start(4, 3), bias_attr=start(3)), nn.Tanh(), nn.Linear(3, 1, weight_attr=start(3, 1)))
x32 = a.astype('float32').detach()
y32 = paddle.ones([3, 1])
def loss():
    return paddle.square(net(x32) - y32).mean()
"""
AFTER = "\ny = [net[0].weight.numpy(), net[0].bias.numpy(), net[2].weight.numpy(), loss().numpy()]\n"
GROUPS = "[{'params': net[0].parameters(), 'weight_decay': 0.0}, {'params': net[2].parameters(), 'learning_rate': 0.1}]"
PAIR = "    l = loss()\n    l.backward()\n    o.minimize(l)\n    o.clear_grad()\n"

STEP = "    loss().backward()\n    o.step()\n    o.clear_grad()\n"

LOOPS = {
    "backward and minimize": f"o = paddle.optimizer.SGD(0.1, parameters=net.parameters())\nfor _ in range(3):\n{PAIR}",
    "backward and minimize, Adam": f"o = paddle.optimizer.Adam(0.1, parameters=net.parameters())\nfor _ in range(3):\n{PAIR}",
    "minimize alone": "o = paddle.optimizer.SGD(0.1, parameters=net.parameters())\no.minimize(loss())",
    "what minimize gives": "o = paddle.optimizer.SGD(0.1, parameters=net.parameters())\nl = loss()\nl.backward()\nn, g = o.minimize(l)\nassert n == [] and len(g) == 4",
    "minimize of a scaler": "o = paddle.optimizer.SGD(0.1, parameters=net.parameters())\ns = paddle.amp.GradScaler(enable=False)\nl = s.scale(loss())\nl.backward()\ns.minimize(o, l)",
    **{
        f"groups of {name}": f"o = paddle.optimizer.{name}(0.1, parameters={GROUPS}, weight_decay=0.3)\nfor _ in range(3):\n{STEP}"
        for name in ("SGD", "Momentum", "Adam", "AdamW", "Adamax", "Adagrad", "Adadelta", "RMSProp")
    },
    "groups, clipped": f"o = paddle.optimizer.SGD(0.1, parameters={GROUPS}, grad_clip=nn.ClipGradByGlobalNorm(0.01))\nfor _ in range(3):\n{STEP}",
    "groups with another decay": f"o = paddle.optimizer.SGD(0.1, parameters=[{{'params': net.parameters(), 'weight_decay': paddle.regularizer.L1Decay(0.2)}}])\nfor _ in range(3):\n{STEP}",
    "groups in a variable": f"groups = [{{'params': [p for p in net.parameters() if p.ndim == 1], 'weight_decay': 0.0}}, {{'params': [p for p in net.parameters() if p.ndim > 1]}}]\no = paddle.optimizer.AdamW(0.1, parameters=groups, weight_decay=0.5)\nfor _ in range(3):\n{STEP}",
    "frozen by trainable": f"for p in net[0].parameters():\n    p.trainable = False\no = paddle.optimizer.SGD(0.1, parameters=net.parameters())\nfor _ in range(3):\n{PAIR}",
    "frozen by name": f"for n, p in net.named_parameters():\n    if '0.' in n:\n        p.trainable = False\no = paddle.optimizer.SGD(0.1, parameters=[p for p in net.parameters() if p.trainable])\nfor _ in range(3):\n{PAIR}",
    "thawed again": f"net[0].weight.trainable = False\nnet[0].weight.trainable = True\no = paddle.optimizer.SGD(0.1, parameters=net.parameters())\nfor _ in range(3):\n{PAIR}",
    "a weight that does not train": f"net[0].weight.trainable = False\no = paddle.optimizer.SGD(0.1, parameters=net.parameters())\nfor _ in range(3):\n{PAIR}",
}


@pytest.mark.parametrize("case", LOOPS)
def test_a_loop(case: str) -> None:
    theirs, ours = both(MODEL + LOOPS[case] + AFTER)
    for one, other in zip(plain(theirs["y"]), plain(ours["y"]), strict=True):
        np.testing.assert_allclose(other, one, rtol=1e-4, atol=1e-6)


LOADERS = {
    "called": "loader = paddle.io.DataLoader(Numbers(), batch_size=2)\ny = [[i, b[0], b[1]] for i, b in enumerate(loader())]",
    "called in a loop": "loader = paddle.io.DataLoader(Numbers(), batch_size=2)\ny = []\nfor i, (v, n) in enumerate(loader()):\n    y.append(v.reshape([1, -1]).astype('float32'))",
    "next": "loader = paddle.io.DataLoader(Numbers(), batch_size=2)\ny = next(loader())",
    "tensors": "d = paddle.io.TensorDataset([a, i])\ny = [len(d), d[1][0], d[2][1]]",
    "tensors by name": "d = paddle.io.TensorDataset(tensors=[a, i])\ny = [len(d), d[1][0], d[2][1]]",
    "tensors in a variable": "ts = [a, i]\nd = paddle.io.TensorDataset(ts)\ny = [len(d), d[1][0]]",
    "tensors in batches": "d = paddle.io.TensorDataset([a.detach(), i])\ny = [[v, n] for v, n in paddle.io.DataLoader(d, batch_size=2)]",
    "arrays": "d = paddle.io.TensorDataset([paddle.to_tensor(GIVEN['a']), paddle.to_tensor(GIVEN['i'])])\ny = [v for v in paddle.io.DataLoader(d, batch_size=3)][0]",
}


@pytest.mark.parametrize("case", LOADERS)
def test_a_loader(case: str) -> None:
    theirs, ours = both(LOADERS[case] + "\n")
    np.testing.assert_equal(plain(ours["y"]), plain(theirs["y"]))
