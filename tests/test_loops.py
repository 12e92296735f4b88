"""Loops for Numba: their mathematics, their broadcasting, and when they are used."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

import mpmath
import numba
import numpy as np
import paddle
import pytest
import torch
from numba import njit

import actzoo_paddle
import actzoo_torch
from actzoo_kernels import SWITCH, decisions
from actzoo_kernels._layout import Unfit, layout
from actzoo_kernels.numba import _scalars
from actzoo_parity._execute import Machine, execute
from actzoo_parity._record import Record
from actzoo_parity.report.terminal import describe
from actzoo_parity.run import Choice
from actzoo_torch import _compiled

# mathematics

RANGES = {
    "exp": (mpmath.exp, -103.0, 88.7, 1),
    "expm1": (mpmath.expm1, -103.0, 88.7, 2),
    "log1p": (mpmath.log1p, -0.999, 1e30, 2),
    "tanh": (mpmath.tanh, -12.0, 12.0, 3),
    "erfc": (mpmath.erfc, -5.0, 9.9, 3),
}


def in_vectors(function: Any) -> Callable[[np.ndarray], np.ndarray]:
    @njit(**_scalars.ARITHMETIC)
    def loop(x: Any, y: Any) -> None:
        for i in range(len(x)):
            y[i] = function(x[i])

    def call(x: np.ndarray) -> np.ndarray:
        y = np.empty_like(x)
        loop(x, y)
        return y

    return call


@pytest.mark.parametrize("name", RANGES)
def test_a_function_is_within_its_units(name: str) -> None:
    """Of the result, and of the input through the derivative, as the contract counts."""
    exact, low, high, units = RANGES[name]
    rng = np.random.default_rng(0)
    near = rng.uniform(-1, 1, 300) * 10.0 ** rng.uniform(-30, 0, 300)
    x = np.concatenate([rng.uniform(low, min(high, 200), 1500), near, [low, 0.0, -0.0]]).astype(np.float32)
    x = x[x > -1] if name == "log1p" else x
    got = in_vectors(getattr(_scalars, name))(x)
    with mpmath.workdps(40):
        for point, value in zip(x.tolist(), got.tolist(), strict=True):
            wanted = exact(point)
            slope = abs(mpmath.diff(exact, point))
            unit = float(np.spacing(np.float32(abs(wanted)))) + float(slope) * float(np.spacing(np.float32(abs(point))))
            assert abs(value - wanted) <= units * unit, (point, value, wanted)


@pytest.mark.parametrize(
    ("name", "given", "wanted"),
    [
        ("exp", [np.inf, -np.inf, np.nan, 89.0, -120.0], [np.inf, 0, np.nan, np.inf, 0]),
        ("expm1", [np.inf, -np.inf, np.nan, 89.0, -0.0], [np.inf, -1, np.nan, np.inf, -0.0]),
        ("log1p", [np.inf, -1.0, np.nan, -2.0, -0.0], [np.inf, -np.inf, np.nan, np.nan, -0.0]),
        ("tanh", [np.inf, -np.inf, np.nan, 50.0, -0.0], [1, -1, np.nan, 1, -0.0]),
        ("erfc", [np.inf, -np.inf, np.nan, 12.0, -0.0], [0, 2, np.nan, 0, 1]),
    ],
)
def test_ends_of_the_range(name: str, given: list[float], wanted: list[float]) -> None:
    got = in_vectors(getattr(_scalars, name))(np.array(given, np.float32))
    np.testing.assert_array_equal(got, np.array(wanted, np.float32))
    np.testing.assert_array_equal(np.signbit(got[4]), np.signbit(wanted[4]))


# broadcasting


@pytest.mark.parametrize(
    ("shapes", "families", "wanted"),
    [
        pytest.param([(7, 5)], [], (1, 1, 35), id="alone"),
        pytest.param([(2, 3, 4, 5), (3, 1, 1)], [], (2, 3, 20), id="channels"),
        pytest.param([(2, 3, 4, 5), (2, 1, 1, 1)], [], (1, 2, 60), id="samples"),
        pytest.param([(2, 3, 4, 5), (2, 1, 4, 5)], [], (2, 3, 20), id="positions"),
        pytest.param([(2, 3, 4, 5), ()], [], (1, 1, 120), id="number"),
        pytest.param([(2, 3), (3,)], [], (1, 2, 3), id="flat"),
        pytest.param([(2, 3, 1, 1), (2, 3, 1, 1)], [1], (1, 6, 1), id="family-of-one-position"),
        pytest.param([(), ()], [], (1, 1, 1), id="scalar"),
    ],
)
def test_axes_are_folded_into_three(shapes: Any, families: list[int], wanted: Any) -> None:
    assert layout(tuple(shapes), tuple(i in families for i in range(len(shapes)))).shape == wanted


@pytest.mark.parametrize("shapes", [[(2, 3), (4,)], [(2, 3), (2, 2, 3)], [(2, 3, 4, 5), (2, 1, 4, 1)]])
def test_axes_that_three_are_too_few_for(shapes: Any) -> None:
    with pytest.raises(Unfit):
        layout(tuple(shapes), (False,) * len(shapes))


MODULES = {
    "mish": lambda: actzoo_torch.Mish(),
    "prelu": lambda: actzoo_torch.PReLU(num_parameters=6),
    "acon_c": lambda: actzoo_torch.AconC(6),
    "meta_acon_c": lambda: actzoo_torch.MetaAconC(6, r=2).eval(),
    "frelu": lambda: actzoo_torch.FReLU(6),
    "dyrelu_a": lambda: actzoo_torch.DyReLUA(6, reduction=2, k=3),
    "dyrelu_b": lambda: actzoo_torch.DyReLUB(6, reduction=2, k=1),
    "dyrelu_c": lambda: actzoo_torch.DyReLUC(6, reduction=2),
    "gather_excite": lambda: actzoo_torch.GatherExcite(6),
}


def outcome(module: torch.nn.Module, x: torch.Tensor) -> list[torch.Tensor]:
    leaf = x.detach().requires_grad_()
    y = module(leaf)
    weights = torch.linspace(-1, 1, y.numel(), dtype=y.dtype).reshape(y.shape)
    return [y.detach(), *torch.autograd.grad((y * weights).sum(), [leaf, *module.parameters()])]


ORDERS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "channels first": lambda x: x,
    "channels last": lambda x: x.contiguous(memory_format=torch.channels_last),
    "with gaps": lambda x: x.repeat(1, 1, 1, 2)[..., ::2],
}


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("shape", [(2, 6, 5, 5), (1, 6, 80, 80), (3, 6, 1, 2)], ids=str)
@pytest.mark.parametrize("name", MODULES)
def test_loops_and_operations_agree(
    name: str, shape: tuple[int, ...], order: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In float64, where they differ by rounding alone; runs of 4096 positions are crossed, and odd ones."""
    torch.manual_seed(0)
    module, x = MODULES[name]().double(), ORDERS[order](torch.randn(shape, dtype=torch.float64))
    for p in module.parameters():
        torch.nn.init.normal_(p)
    monkeypatch.setenv(SWITCH, "off")
    wanted = outcome(module, x)
    monkeypatch.setenv(SWITCH, "always")
    with decisions() as found:
        got = outcome(module, x)
    assert order == "with gaps" or any(d.stage.startswith(name) and not d.reason for d in found)
    assert got[0].stride() == wanted[0].stride()
    for a, b in zip(got, wanted, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-11, atol=1e-11)


# the contract, in the mode in which loops run wherever there is one

LINES = {
    line.id: line
    for line in Choice(frameworks=["torch", "paddle"], devices=["cpu"], dtypes=["float32"], modes=["kernels"]).lines()
}


@pytest.fixture(scope="module")
def records() -> dict[str, Record]:
    return {r.id: r for r in execute(list(LINES.values()), Machine(jobs=2)).records}


@pytest.mark.parametrize("name", LINES)
def test_line(name: str, records: dict[str, Record]) -> None:
    assert records[name].status == "held", describe(records[name])


# when

LARGE = (4, 8, 32, 32)


def reasons(call: Callable[[], Any]) -> set[str]:
    with decisions() as found:
        call()
    return {d.reason for d in found}


def twice(x: torch.Tensor) -> None:
    leaf = x.clone().requires_grad_()
    (slope,) = torch.autograd.grad(actzoo_torch.Mish()(leaf).sum(), leaf, create_graph=True)
    slope.sum().backward()


SITUATIONS = {
    "a loop": (lambda x: actzoo_torch.Mish()(x), ""),
    "few elements": (lambda x: actzoo_torch.Mish()(x[:1, :1]), "1024 elements are fewer"),
    "no element": (lambda x: actzoo_torch.Mish()(x[:0]), "nothing to compute"),
    "another order of axes": (lambda x: actzoo_torch.Mish()(x.transpose(1, 2)), ""),
    "gaps": (lambda x: actzoo_torch.Mish()(x[..., ::2]), "not contiguous"),
    "a graph of derivatives": (twice, "differentiated again"),
    "vmap": (lambda x: torch.func.vmap(actzoo_torch.Mish())(x), "torch.func"),
    "short runs": (
        lambda x: actzoo_torch.PReLU(num_parameters=8)(x.reshape(-1, 8)),
        "coefficients change after 8 elements",
    ),
}


@pytest.mark.parametrize("situation", SITUATIONS)
def test_the_choice_and_its_reason(situation: str) -> None:
    call, reason = SITUATIONS[situation]
    found = reasons(lambda: call(torch.randn(LARGE)))
    assert "" in found if not reason else any(reason in r for r in found)


# inside of what torch.compile compiles

traced = pytest.mark.filterwarnings(  # torch 2.13's own
    "ignore:.*should not be instantiated:DeprecationWarning", "ignore:.*isinstance.treespec.*:FutureWarning"
)


def compiled(module: Any, backend: str = "aot_eager", dynamic: bool | None = None) -> Any:
    torch._dynamo.reset()
    return torch.compile(module, fullgraph=True, backend=backend, dynamic=dynamic)


@traced
@pytest.mark.parametrize("name", ["mish", "acon_c", "dyrelu_b", "dyrelu_c"])
def test_a_compiled_region_calls_loops(name: str) -> None:
    """In float64, as above; the sizes of one compiled graph change, once to few elements."""
    torch.manual_seed(0)
    module = MODULES[name]().double()
    made = compiled(module, dynamic=True)
    for shape in [(2, 6, 80, 80), (3, 6, 40, 17), (2, 6, 3, 5)]:
        x = torch.randn(shape, dtype=torch.float64)
        with decisions() as found:
            got = outcome(made, x)
        stage = [d for d in found if d.stage.removesuffix("_2") == name]
        assert {d.phase for d in stage} == {"forward", "backward"}
        assert {d.reason == "" for d in stage if "few" not in d.reason} == ({True} if x.numel() > 2048 else set())
        for a, b in zip(got, outcome(module, x), strict=True):
            torch.testing.assert_close(a, b, rtol=1e-11, atol=1e-11)


@traced
@pytest.mark.parametrize("name", ["mish", "acon_c", "dyrelu_b"])
@pytest.mark.parametrize("backend", ["eager", "aot_eager"])
def test_a_compiled_region_without_gradients(name: str, backend: str) -> None:
    module, x = MODULES[name](), torch.randn(2, 6, 50, 50)
    with torch.no_grad():
        torch.testing.assert_close(compiled(module, backend)(x), module(x))


@traced
def test_products_are_compiled_with_what_is_around_them() -> None:
    x = torch.randn(LARGE)
    found = reasons(lambda: compiled(actzoo_torch.SqueezeExcite(8))(x))
    assert any("what is around it" in r for r in found)


@traced
def test_a_compiled_region_heeds_the_switch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SWITCH, "off")
    assert reasons(lambda: compiled(actzoo_torch.Mish())(torch.randn(LARGE))) == {f"{SWITCH} is off"}


@traced
def test_a_compiled_graph_says_what_its_stages_are_made_of(monkeypatch: pytest.MonkeyPatch) -> None:
    """By which torch finds it again on disk."""
    graphs: list[Any] = []
    torch._dynamo.reset()
    monkeypatch.setenv(SWITCH, "always")
    torch.compile(actzoo_torch.Mish(), backend=lambda graph, _: graphs.append(graph) or graph)(torch.randn(LARGE))
    (node,) = [n for n in graphs[0].graph.nodes if "actzoo.stage" in str(n.target)]
    assert node.args[1] == _compiled.VERSION + "always"
    monkeypatch.setattr(_compiled, "installed", lambda kind: False)
    assert _compiled._version() != _compiled.VERSION


@traced
def test_compiled_transformations() -> None:
    """Of torch.func, and a second derivative."""
    module, x = actzoo_torch.Mish(), torch.randn(LARGE)
    torch.testing.assert_close(compiled(torch.func.vmap(module))(x), module(x))
    slope = torch.func.grad(lambda v: module(v).sum())
    torch.testing.assert_close(compiled(lambda v: slope(v))(x), slope(x))
    found = []
    for call in (module, compiled(module, "eager")):
        leaf = x.clone().requires_grad_()
        (first,) = torch.autograd.grad(call(leaf).sum(), leaf, create_graph=True)
        found.append(torch.autograd.grad(first.sum(), leaf)[0])
    torch.testing.assert_close(*found)


@traced
@pytest.mark.parametrize("strict", [True, False])
def test_what_is_exported_is_torch_alone(strict: bool) -> None:
    program = torch.export.export(actzoo_torch.AconC(8), (torch.randn(LARGE),), strict=strict)
    assert not [n.target for n in program.graph.nodes if "actzoo" in str(n.target)]


# derivatives of derivatives


def test_second_derivatives_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    x = torch.randn(LARGE, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    found = []
    for switch in ("off", "always"):
        monkeypatch.setenv(SWITCH, switch)
        leaf = x.clone().requires_grad_()
        (slope,) = torch.autograd.grad(actzoo_torch.Mish()(leaf).sum(), leaf, create_graph=True)
        found.append(torch.autograd.grad(slope.sum(), leaf)[0])
    torch.testing.assert_close(*found, rtol=1e-11, atol=1e-12)


def test_paddle_differentiates_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.random.default_rng(0).standard_normal(LARGE)
    found = []
    for switch in ("off", "always"):
        monkeypatch.setenv(SWITCH, switch)
        leaf = paddle.to_tensor(x)
        leaf.stop_gradient = False
        (slope,) = paddle.grad([actzoo_paddle.Mish()(leaf).sum()], [leaf], create_graph=True)
        found.append(paddle.grad([slope.sum()], [leaf])[0].numpy())
    np.testing.assert_allclose(found[1], found[0], rtol=1e-11, atol=1e-12)


def test_explain_changes_nothing() -> None:
    module, x = actzoo_torch.FReLU(8), torch.randn(LARGE)
    before = {k: v.clone() for k, v in module.state_dict().items()}
    text = actzoo_torch.explain(module, x)
    assert "frelu, forward: one Numba loop" in text
    assert "frelu, backward: one Numba loop" in text
    assert all(torch.equal(v, before[k]) for k, v in module.state_dict().items())
    assert all(p.grad is None for p in module.parameters())
    assert "fewer than" in actzoo_paddle.explain(actzoo_paddle.Mish(), paddle.randn([3]))


@pytest.mark.parametrize("shape", [(1, 1, 64, 64), (4, 64, 64, 64)], ids=["few", "many"])
def test_the_caller_s_number_of_threads_stays(shape: tuple[int, ...]) -> None:
    before = numba.get_num_threads()
    numba.set_num_threads(1 if before == 1 else before - 1)
    try:
        wanted = numba.get_num_threads()
        actzoo_torch.Mish()(torch.randn(shape))
        assert numba.get_num_threads() == wanted
    finally:
        numba.set_num_threads(before)


def test_many_threads_at_once() -> None:
    x = torch.randn(LARGE)
    wanted = actzoo_torch.Mish()(x)
    same: list[bool] = []

    def work() -> None:
        same.extend(torch.equal(actzoo_torch.Mish()(x), wanted) for _ in range(20))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert same == [True] * 80


SCRIPT = """
import os, torch, actzoo_torch
from actzoo_kernels import decisions
x = torch.randn(4, 8, 32, 32)
actzoo_torch.Mish()(x)
if os.fork() == 0:
    torch.set_num_threads(1)  # as in a worker of a DataLoader: torch's own threads are not here either
    with decisions() as found:
        actzoo_torch.Mish()(x)
    os._exit(0 if "forked" in found[0].reason else 1)
print(os.waitstatus_to_exitcode(os.wait()[1]))
"""


def test_a_forked_process_has_no_threads_for_loops() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=False, timeout=120)
    assert done.stdout.strip() == "0", done.stderr
