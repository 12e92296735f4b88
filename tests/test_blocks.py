"""Blocks for Triton, interpreted on the CPU: the contract, and Paddle's tensors by DLPack."""

from __future__ import annotations

import subprocess
import sys

import pytest

from actzoo_parity._execute import Machine, execute
from actzoo_parity._record import Record
from actzoo_parity.report.terminal import describe
from actzoo_parity.run import Choice

NAMES = (
    "mish",
    "gelu",
    "softplus",
    "tanh",
    "prelu",
    "acon_c",
    "meta_acon_c",
    "frelu",
    "dyrelu_a",
    "dyrelu_b",
    "dyrelu_c",
)
"""An interpreter takes its time: these have every kind of operand and every function between them."""

CHOICE = Choice(names=NAMES, frameworks=["torch"], devices=["cpu"], dtypes=["float32"], modes=["interpreted"])
LINES = {line.id: line for line in CHOICE.lines() if not line.plan.options or line.plan.options.get("attend")}


@pytest.fixture(scope="module")
def records() -> dict[str, Record]:
    return {r.id: r for r in execute(list(LINES.values()), Machine(jobs=2)).records}


@pytest.mark.parametrize("name", LINES)
def test_line(name: str, records: dict[str, Record]) -> None:
    assert records[name].status == "held", describe(records[name])


PADDLE = """
import os
os.environ["TRITON_INTERPRET"] = "1"
import numpy as np, paddle, actzoo_paddle
from actzoo_kernels import decisions
x = np.random.default_rng(0).standard_normal((2, 6, 5, 7)).astype(np.float32)
module, found = actzoo_paddle.AconC(6), []
for switch in ("off", "triton"):
    os.environ["ACTZOO_KERNELS"] = switch
    leaf = paddle.to_tensor(x)
    leaf.stop_gradient = False
    with decisions() as ways:
        y = module(leaf)
        grads = paddle.grad([(y * y).sum()], [leaf, *module.parameters()])
    found.append([t.numpy() for t in (y, *grads)])
assert [str(w) for w in ways] == ["acon_c, forward: one Triton kernel", "acon_c, backward: one Triton kernel"], ways
for a, b in zip(*found, strict=True):
    np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-5)
"""


def test_tensors_of_paddle() -> None:
    done = subprocess.run([sys.executable, "-c", PADDLE], capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
