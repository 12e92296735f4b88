"""Paddle's own tools on every activation: what they do with Paddle's own layers, they do with ours."""

from __future__ import annotations

import copy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import paddle
import pytest
from classes import classes
from paddle.distributed.fleet.utils import recompute
from paddle.incubate import autograd
from paddle.quantization import PTQ, QuantConfig
from paddle.quantization.observers import AbsmaxObserver

import actzoo_paddle
from actzoo.zoo import ZOO

C = 8
SIZES = {"1d": [256], "2d": [16, 16], "3d": [8, 8, 4]}
SMALL = {"1d": [4], "2d": [3, 2], "3d": [2, 1, 2]}

pytestmark = [
    # Paddle's own, of its functions in a static graph (3.3)
    pytest.mark.filterwarnings("ignore:Tensor do not have '.*' interface for pir graph mode:UserWarning"),
    pytest.mark.filterwarnings("ignore:Tensor do not have '.*' interface for static graph mode:UserWarning"),
]


CASES = classes(C, SIZES["2d"])
CLASSES = {case: value for case, value in CASES.items() if case in ZOO}
GRAPHS = CLASSES | {case: value for case, value in CASES.items() if value[0].endswith("_excite") or "1d" in case}
"""Paddle keeps every graph, and a dozen threads for each, until the process ends (3.3)."""
LAYERED = {case: value for case, value in CASES.items() if ZOO[value[0]].layers}


def new(case: str, dtype: str = "float32") -> paddle.nn.Layer:
    name, options = CASES[case]
    paddle.seed(1)
    layer = getattr(actzoo_paddle, ZOO[name].module)(**options)
    layer.to(dtype=dtype)
    layer.eval() if name == "rrelu" else layer.train()
    return layer  # type: ignore[no-any-return]


def numbers(case: str, sizes: dict[str, list[int]] = SIZES, batch: int = 4, dtype: str = "float32") -> paddle.Tensor:
    rank = CASES[case][1].get("conv_type", "2d")
    drawn = np.random.default_rng(0).standard_normal([batch, C, *sizes[rank]]) * 2
    x = paddle.to_tensor(drawn.astype(dtype))
    x.stop_gradient = False
    return x


def outcome(layer: paddle.nn.Layer, call: Callable[[Any], Any], x: paddle.Tensor) -> list[np.ndarray]:
    """The value and the gradients by x and by all that is trained."""
    leaves = [x, *(p for p in layer.parameters() if not p.stop_gradient)]
    for leaf in leaves:
        leaf.clear_grad()
    y = call(x)
    weights = np.random.default_rng(1).uniform(0.5, 1.5, y.shape)
    (y * paddle.to_tensor(weights.astype(np.float32)).astype(y.dtype)).sum().backward()
    return [y.detach().numpy(), *(leaf.grad.numpy() for leaf in leaves)]


def assert_same(found: list[np.ndarray], wanted: list[np.ndarray]) -> None:
    """Two float32 evaluations of one graph with fewer than 256 roundings, by the largest value and gradient.

    Of a weight before a norm the gradient is 0, a sum of such as others have.
    """
    largest = [np.abs(wanted[0]).max(), max((np.abs(g).max() for g in wanted[1:]), default=0)]
    for n, (actual, expected) in enumerate(zip(found, wanted, strict=True)):
        bound = 256 * np.finfo(np.float32).eps * max(1.0, largest[min(n, 1)])
        np.testing.assert_allclose(actual, expected, rtol=0, atol=bound)


def plain(layer: paddle.nn.Layer) -> Callable[[Any], Any]:
    """A function, since a layer in evaluation is compiled without its gradient (3.3)."""

    def call(x: Any) -> Any:
        return layer(x)

    return call


class Net(paddle.nn.Layer):
    """A layer with something before it, since Paddle loads no program without parameters (3.3), and beside it."""

    def __init__(self, act: paddle.nn.Layer) -> None:
        super().__init__()
        self.scale = self.create_parameter([C], default_initializer=paddle.nn.initializer.Constant(1.25))
        self.act = act

    def forward(self, x: Any) -> Any:
        x = x * self.scale.reshape([C, *[1] * (x.ndim - 2)])
        return self.act(x) + x.tanh()


def has_batch_norm(layer: paddle.nn.Layer) -> bool:
    return any("BatchNorm" in type(s).__name__ for s in layer.sublayers())


# graphs


@pytest.mark.parametrize("case", GRAPHS)
def test_a_full_graph_of_open_sizes_is_eager(case: str) -> None:
    layer, x = new(case), numbers(case)
    spec = paddle.static.InputSpec([None, C, *[None] * (x.ndim - 2)], "float32", stop_gradient=False)
    static = paddle.jit.to_static(plain(layer), input_spec=[spec], full_graph=True)
    assert_same(outcome(layer, static, x), outcome(layer, layer, x))


@pytest.mark.parametrize("case", CASES)
def test_paddle_s_default_to_static_is_eager(case: str) -> None:
    """By its tracer of bytecode, at two sizes: at the second it takes sizes to be open."""
    layer = new(case)
    static = paddle.jit.to_static(plain(layer))
    for batch in (3, 4):
        x = numbers(case, batch=batch)
        assert_same(outcome(layer, static, x), outcome(layer, layer, x))


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float64"])
@pytest.mark.parametrize("case", ["frelu", "dyrelu_b", "meta_acon_c", "gather_excite", "squeeze_excite"])
def test_paddle_s_default_to_static_takes_other_dtypes(case: str, dtype: str) -> None:
    layer = new(case, dtype)
    x = numbers(case).astype(dtype)
    found, wanted = (f(x).astype("float64").numpy() for f in (paddle.jit.to_static(plain(layer)), layer))
    np.testing.assert_allclose(found, wanted, rtol=2.0**-6 if "16" in dtype else 1e-12, atol=1e-12)


def test_a_break_of_the_graph_beside_ours_changes_nothing() -> None:
    first, second = new("dyrelu_b"), new("frelu")

    class Net(paddle.nn.Layer):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.second = first, second

        def forward(self, x: Any) -> Any:
            y = self.first(x)
            scale = float(y.abs().max())
            y = self.second(y)
            return y * (1 / scale) + float(y.numpy().mean())

    net, x = Net(), numbers("dyrelu_b")
    wanted = outcome(net, net, x)
    assert_same(outcome(net, paddle.jit.to_static(net), x), wanted)


@pytest.mark.parametrize("case", GRAPHS)
def test_saved_loaded_and_trained(case: str, tmp_path: Path) -> None:
    """A saved program has plain operations alone, whose derivatives are Paddle's, and which are exported to ONNX."""
    net, x = Net(new(case)), numbers(case)
    if has_batch_norm(net):
        net.eval()  # what Paddle saves of its own in training computes something else (3.3)
    else:
        net.training = net.act.training
    paddle.jit.save(net, str(tmp_path / "net"), [paddle.static.InputSpec(x.shape, "float32", stop_gradient=False)])
    loaded = paddle.jit.load(str(tmp_path / "net"))
    assert "pylayer" not in str(loaded.program())
    loaded.train()
    found, wanted = outcome(loaded, loaded, x), outcome(net, net, x)
    assert_same(found[:2], wanted[:2])
    by_size = [sorted(map(float, (np.abs(g).sum() for g in gradients[2:]))) for gradients in (found, wanted)]
    np.testing.assert_allclose(by_size[0], by_size[1], rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("case", GRAPHS)
def test_the_predictor_is_the_layer(case: str, tmp_path: Path) -> None:
    layer, x = Net(new(case)), numbers(case)
    layer.eval()
    paddle.jit.save(layer, str(tmp_path / "net"), [paddle.static.InputSpec(x.shape, "float32")])
    config = paddle.inference.Config(str(tmp_path / "net.json"), str(tmp_path / "net.pdiparams"))
    config.disable_glog_info()
    (y,) = paddle.inference.create_predictor(config).run([x.detach()])
    assert_same([y.numpy()], [layer(x).detach().numpy()])


@pytest.mark.parametrize("case", CLASSES)
def test_a_static_program_trains(case: str) -> None:
    x, spec = numbers(case), ZOO[case]
    paddle.enable_static()
    try:
        main, startup = paddle.static.Program(), paddle.static.Program()
        with paddle.static.program_guard(main, startup):
            data = paddle.static.data("x", x.shape, "float32")
            data.stop_gradient = False
            layer = getattr(actzoo_paddle, spec.module)(**CASES[case][1])
            layer.eval() if case == "rrelu" else layer.train()
            state = layer.state_dict()
            y = layer(data)
            (grad,) = paddle.static.gradients([y.sum()], [data])
            run = paddle.static.Executor()
            run.run(startup)
            values = run.run(main, feed={"x": x.numpy()}, fetch_list=[y, grad, *state.values()])
    finally:
        paddle.disable_static()
    eager = new(case)
    eager.set_state_dict(dict(zip(state, values[2:], strict=True)))
    y = eager(x)
    assert_same(values[:2], [y.detach().numpy(), paddle.grad([y.sum()], [x])[0].numpy()])


# derivatives


@pytest.mark.parametrize("use_reentrant", [True, False])
@pytest.mark.parametrize("case", CASES)
def test_recomputed(case: str, use_reentrant: bool) -> None:
    layer, x = new(case), numbers(case)
    found = outcome(layer, lambda x: recompute(layer, x, use_reentrant=use_reentrant), x)
    assert_same(found, outcome(layer, layer, x))


@pytest.mark.parametrize("case", ["native", *CASES])
def test_an_input_that_was_written_over_is_refused(case: str) -> None:
    layer, x = (paddle.nn.Mish(), numbers("mish")) if case == "native" else (new(case), numbers(case))
    given = x * 1
    y = layer(given)
    given.add_(paddle.ones_like(given))
    with pytest.raises((RuntimeError, OSError), match="has been modified by an inplace operation"):
        y.sum().backward()


def test_an_input_that_ours_wrote_over_is_refused() -> None:
    x = numbers("mish") * 1
    y = actzoo_paddle.functional.mish(x)
    actzoo_paddle.functional.relu_(x)
    with pytest.raises(OSError, match="an input of mish has been modified by an inplace operation after forward"):
        y.sum().backward()


@pytest.mark.parametrize("case", CASES)
def test_the_gradient_by_each_leaf_alone(case: str) -> None:
    layer, x = new(case), numbers(case)
    # a batch norm of Paddle's gives none by its weight or bias alone (3.3)
    norms = [p for s in layer.sublayers() if has_batch_norm(Net(s)) for p in s.parameters()]
    leaves = [x, *(p for p in layer.parameters() if not p.stop_gradient and not any(p is n for n in norms))]
    together = paddle.grad([layer(x).sum()], leaves)
    for leaf, wanted in zip(leaves, together, strict=True):
        (alone,) = paddle.grad([layer(x).sum()], [leaf])
        assert_same([alone.numpy()], [wanted.numpy()])


def refused(layer: paddle.nn.Layer, case: str) -> bool:
    """Whether a part has no forward mode in Paddle itself (3.3): norms, depthwise convolutions, pools, softmax.

    Native layers are refused in the same words.
    """
    name, options = CASES[case]
    depthwise = any(getattr(s, "_groups", 1) > 1 for s in layer.sublayers())
    norm = any("Norm" in type(s).__name__ for s in layer.sublayers())
    pool = bool(options.get("add_maxpool") or options.get("extent"))
    return depthwise or norm or pool or name == "dyrelu_c"


NO_FORWARD_MODE = "doesn't have any grad op|is not registered|only supports avgpool"


@pytest.mark.parametrize("native", [paddle.nn.Softmax, lambda: paddle.nn.GroupNorm(2, C)], ids=["Softmax", "GroupNorm"])
def test_native_layers_have_no_forward_mode(native: Callable[[], paddle.nn.Layer]) -> None:
    x = numbers("mish")
    with pytest.raises(RuntimeError, match=NO_FORWARD_MODE):
        autograd.jvp(native(), x, paddle.ones_like(x))


@pytest.mark.parametrize("case", CASES)
def test_forward_mode_is_the_transpose(case: str) -> None:
    """<u, J v> is <J' u, v>."""
    layer = new(case, "float64")
    x = numbers(case, SIZES if refused(layer, case) else SMALL, dtype="float64")
    v = paddle.to_tensor(np.random.default_rng(2).standard_normal(x.shape))
    if refused(layer, case):
        with pytest.raises((RuntimeError, ValueError), match=NO_FORWARD_MODE):
            autograd.jvp(layer, x, v)
        return
    y, pushed = autograd.jvp(layer, x, v)
    u = paddle.to_tensor(np.random.default_rng(3).standard_normal(y.shape))
    (pulled,) = paddle.grad([layer(x)], [x], [u])
    assert abs((u * pushed).sum() - (pulled * v).sum()) < 1e-9 * (1 + (pulled * v).abs().sum())


@pytest.mark.parametrize("case", CLASSES)
def test_the_hessian_is_the_derivative_of_the_gradient(case: str) -> None:
    layer = new(case, "float64")
    layer.eval()
    x = numbers(case, SMALL, batch=1, dtype="float64")
    shape, flat = x.shape, x.flatten().detach()

    def total(flat: Any) -> Any:
        return layer(flat.reshape(shape)).tanh().sum()

    def slope(flat: Any) -> Any:
        flat = flat.detach()
        flat.stop_gradient = False
        return paddle.grad([total(flat)], [flat])[0]

    if case in ("dyrelu_c", "frelu"):  # as Paddle's own softmax and depthwise convolution
        with pytest.raises(RuntimeError, match=NO_FORWARD_MODE):
            autograd.Hessian(total, flat)[:]
        return
    v, h = paddle.to_tensor(np.random.default_rng(2).standard_normal(flat.shape)), 2.0**-17
    found = autograd.Hessian(total, flat)[:] @ v
    difference = (slope(flat + h * v) - slope(flat - h * v)) / (2 * h)
    np.testing.assert_allclose(found.numpy(), difference.numpy(), rtol=0, atol=1e-6 * (1 + difference.abs().max()))


# sublayers


def leaves_of(layer: paddle.nn.Layer) -> list[tuple[str, paddle.nn.Layer]]:
    return [(name, s) for name, s in layer.named_sublayers() if not s.sublayers() and not name.endswith("_layer")]


@pytest.mark.parametrize("training", [True, False], ids=["training", "evaluation"])
@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
@pytest.mark.parametrize("case", LAYERED)
def test_hooks_of_each_sublayer_run(case: str, dtype: str, training: bool) -> None:
    layer, x = new(case, dtype), numbers(case).astype(dtype)
    layer.train() if training else layer.eval()
    parts = [(name, s) for name, s in leaves_of(layer) if s.parameters()]
    before: list[str] = []
    after: list[str] = []
    for name, part in parts:
        part.register_forward_pre_hook(lambda part, inputs, name=name: before.append(name))
        part.register_forward_post_hook(lambda part, inputs, output, name=name: after.append(name))
    layer(x)
    assert sorted(before) == sorted(after) == sorted(name for name, _ in parts)
    for _, part in parts[:1]:
        plain = layer(x).astype("float32")
        part.register_forward_post_hook(lambda part, inputs, output: output * 3)
        assert (layer(x).astype("float32") != plain).any()


@pytest.mark.parametrize("case", LAYERED)
def test_summary_counts_sublayers(case: str, capsys: pytest.CaptureFixture[str]) -> None:
    layer, x = new(case), numbers(case)
    found = paddle.summary(layer, tuple(x.shape))["total_params"]
    assert found >= sum(p.size for _, part in leaves_of(layer) for p in part.parameters())


class InPlaceOf(paddle.nn.Layer):
    """As a tool puts it where a layer was: it observes, adapts or synchronises."""

    def __init__(self, inner: paddle.nn.Layer) -> None:
        super().__init__()
        self.inner, self.calls = inner, 0

    def forward(self, x: Any) -> Any:
        self.calls += 1
        return self.inner(x)


@pytest.mark.parametrize("case", LAYERED)
def test_a_layer_put_in_place_of_another_is_called(case: str) -> None:
    layer, x = new(case), numbers(case)
    wanted = copy.deepcopy(layer)(x).numpy()
    put = []
    for parent in [layer, *layer.sublayers()]:
        for name, part in list(parent.named_children()):
            if part.parameters() and not part.sublayers():
                put.append(InPlaceOf(part))
                parent.add_sublayer(name, put[-1])
    assert_same([layer(x).numpy()], [wanted])
    assert [p.calls for p in put] == [1] * len(put)


# Paddle quantises convolutions of 2 axes and dense layers alone (3.3)
QUANTISED = [c for c in LAYERED if "gather" not in c and ("dyrelu" in c or CASES[c][1].get("conv_type", "2d") == "2d")]


@pytest.mark.filterwarnings("ignore:To copy construct from a tensor:UserWarning")  # Paddle's own (3.3)
@pytest.mark.parametrize("case", QUANTISED)
def test_quantised_after_training(case: str) -> None:
    """To 8 bits."""
    layer, x = new(case), numbers(case).detach()
    layer.eval()
    bits = AbsmaxObserver(quant_bits=8)
    tool = PTQ(QuantConfig(activation=bits, weight=bits))
    observed = tool.quantize(layer, inplace=False)
    observed(x)
    converted = tool.convert(observed, inplace=False)
    wanted = layer(x)
    assert any(type(s).__name__.startswith("Quanted") for s in converted.sublayers())
    assert 0 < (converted(x) - wanted).abs().max() < 0.1 * wanted.abs().max()


@pytest.mark.parametrize("case", ["native", *(case for case in LAYERED if has_batch_norm(new(case)))])
def test_batch_norms_are_made_synchronous(case: str) -> None:
    """Paddle (3.3) has no kernel of theirs for a CPU, so each is called and refuses."""
    layer, x = (paddle.nn.BatchNorm2D(C), numbers("mish")) if case == "native" else (new(case), numbers(case))
    layer = paddle.nn.SyncBatchNorm.convert_sync_batchnorm(layer)
    with pytest.raises(RuntimeError, match="The kernel `sync_batch_norm` is not registered"):
        layer(x)


# threads

EIGHT = """
import threading, paddle, actzoo_paddle, warnings
layers = [actzoo_paddle.Mish(), actzoo_paddle.PReLU(8), actzoo_paddle.AconC(8), actzoo_paddle.DyReLUB(8)]
drawn = paddle.randn([4, 8, 32, 32])
done = []

def work():
    for _ in range(30):
        for layer in layers:
            x = drawn.clone().detach()
            x.stop_gradient = False
            layer(x).sum().backward()
    done.append(1)

threads = [threading.Thread(target=work) for _ in range(8)]
[t.start() for t in threads]
[t.join() for t in threads]
assert len(done) == 8
print("all of them")
"""


def test_eight_threads_end() -> None:
    run = subprocess.run([sys.executable, "-c", EIGHT], capture_output=True, text=True, timeout=180, check=False)
    assert run.stdout.endswith("all of them\n"), run.stderr[-2000:]
