"""Every activation is exported to ONNX by paddle2onnx (2.0), where that is installed, and computes the same there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import paddle
import pytest
from classes import classes
from onnx.reference import ReferenceEvaluator

import actzoo_paddle
from actzoo.zoo import ZOO

paddle2onnx: Any = pytest.importorskip("paddle2onnx")

pytestmark = [
    # Paddle's own, of its functions in a static graph (3.3)
    pytest.mark.filterwarnings("ignore:Tensor do not have '.*' interface for pir graph mode:UserWarning"),
]

C = 8
SIZES = {"1d": [64], "2d": [16, 16], "3d": [8, 8, 4]}
GROUP_NORMS = ("group_norm", "instance_norm")
NO_OPEN_BATCH = {"softsign"}
"""A number over a tensor of an open batch is `full_batch_size_like`, an operation that paddle2onnx has not."""

CASES = {
    case: (name, options)
    for case, (name, options) in classes(C, SIZES["2d"]).items()
    if options.get("norm_layer") not in GROUP_NORMS
}


class Net(paddle.nn.Layer):
    """With something before it, since a program without parameters is saved in one file."""

    def __init__(self, act: paddle.nn.Layer) -> None:
        super().__init__()
        self.scale = self.create_parameter([C], default_initializer=paddle.nn.initializer.Constant(1.25))
        self.act = act

    def forward(self, x: Any) -> Any:
        return self.act(x * self.scale.reshape([C, *[1] * (x.ndim - 2)]))


def exported_error(layer: paddle.nn.Layer, x: paddle.Tensor, batch: int | None, folder: Path) -> float:
    """The largest difference between the layer and what it is in ONNX, to the largest value."""
    net = Net(layer)
    net.eval()
    paddle.jit.save(net, str(folder / "net"), [paddle.static.InputSpec([batch, *x.shape[1:]], "float32")])
    model = str(folder / "net.onnx")
    paddle2onnx.export(str(folder / "net.json"), str(folder / "net.pdiparams"), model, opset_version=17)
    evaluator = ReferenceEvaluator(model)
    (found,) = evaluator.run(None, {evaluator.input_names[0]: x.numpy()})
    wanted = net(x).numpy()
    return float(np.abs(found - wanted).max() / max(1, np.abs(wanted).max()))


def numbers(rank: str) -> paddle.Tensor:
    return paddle.to_tensor((np.random.default_rng(0).standard_normal([4, C, *SIZES[rank]]) * 2).astype(np.float32))


@pytest.mark.parametrize("case", CASES)
def test_exported(case: str, tmp_path: Path) -> None:
    """Within 64 roundings; the worst is seen at 4."""
    name, options = CASES[case]
    paddle.seed(1)
    layer = getattr(actzoo_paddle, ZOO[name].module)(**options)
    x = numbers(options.get("conv_type", "2d"))
    error = exported_error(layer, x, 4 if name in NO_OPEN_BATCH else None, tmp_path)
    assert error < 64 * np.finfo(np.float32).eps


def test_a_group_norm_of_paddle_s_loses_its_epsilon(tmp_path: Path) -> None:
    """So ours with one are not compared."""
    layer = paddle.nn.GroupNorm(1, C, epsilon=0.1)
    assert exported_error(layer, numbers("2d"), None, tmp_path) > 1e-3
