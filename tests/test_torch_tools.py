"""torch's own tools on every activation, beside native layers: what those do, ours do."""

from __future__ import annotations

import io
import pickle
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from classes import classes
from onnx.reference import ReferenceEvaluator
from torch import Tensor, nn
from torch.fx.experimental.proxy_tensor import make_fx

import actzoo_torch
from actzoo.zoo import ZOO

CHANNELS, SIZE = 8, 17
SHAPE = (2, CHANNELS, SIZE, SIZE)  # enough elements for a loop
NATIVE = {"PReLU": lambda: nn.PReLU(CHANNELS), "Mish": nn.Mish, "ELU": nn.ELU, "BatchNorm2d": lambda: nn.BatchNorm2d(8)}
pytestmark = pytest.mark.filterwarnings(  # torch 2.13 says so of its older tools, and of sizes in a trace
    "ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::torch.jit.TracerWarning"
)


def modules() -> Iterator[Any]:
    """Makers of modules as parameters of a test: native layers, and the zoo's under each of their options."""
    for name, make in NATIVE.items():
        yield pytest.param(make, id=f"native-{name}")
    for label, (name, options) in classes(CHANNELS, SIZE).items():
        if options.get("conv_type", "2d") == "2d":
            yield pytest.param(partial(getattr(actzoo_torch, ZOO[name].module), **options), id=label)


MODULES = list(modules())
DEFAULTS = [p for p in MODULES if "=" not in str(p.id)]
Make = Callable[[], nn.Module]


@pytest.fixture(autouse=True)
def seed() -> None:
    torch.manual_seed(0)


def made(make: Make) -> nn.Module:
    return make().eval()


def inputs(*, grad: bool = False) -> Tensor:
    return torch.randn(SHAPE).requires_grad_(grad)


def gradient(function: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    leaf = x.detach().clone().requires_grad_()
    (found,) = torch.autograd.grad(function(leaf).square().sum(), leaf)
    return found


def close(actual: Any, expected: Any) -> None:
    """Two ways of the same formula: float32's rounding of a few operations apart."""
    torch.testing.assert_close(actual, expected, rtol=2e-5, atol=2e-5)


@pytest.mark.parametrize("make", MODULES)
def test_make_fx(make: Make) -> None:
    module = made(make)
    graph = make_fx(module)(inputs())
    backward = make_fx(lambda x: gradient(module, x))(inputs())
    other = inputs() / 2
    close(graph(other), module(other))
    close(backward(other), gradient(module, other))


@pytest.mark.parametrize("make", MODULES)
def test_jit_trace(make: Make) -> None:
    module = made(make)
    file = io.BytesIO()
    torch.jit.save(torch.jit.trace(module, inputs()), file)
    file.seek(0)
    traced = torch.jit.load(file)
    other = inputs() / 2
    close(traced(other), module(other))
    close(gradient(traced, other), gradient(module, other))
    assert torch.jit._get_trace_graph(module, other)  # what counters of operations read


def is_scriptable(make: Make) -> bool:
    """Of x alone: without layers and without noise."""
    module = made(make)
    return not isinstance(module, actzoo_torch.RReLU) and (len(list(module.children())) == 0)


@pytest.mark.parametrize("make", [p for p in MODULES if is_scriptable(p.values[0])])
def test_jit_script(make: Make) -> None:
    module = nn.Sequential(made(make))
    scripted = torch.jit.script(module)
    close(scripted(x := inputs()), module(x))
    close(gradient(scripted, x), gradient(module, x))


@pytest.mark.parametrize("make", [p for p in DEFAULTS if not is_scriptable(p.values[0])])
def test_the_others_name_what_to_use_instead_of_a_script(make: Make) -> None:
    with pytest.raises(NotImplementedError, match=r"torch.jit.script cannot hold \w+: use torch.jit.trace"):
        torch.jit.script(nn.Sequential(made(make)))


def test_a_script_is_not_saved_but_says_so() -> None:
    with pytest.raises(RuntimeError, match="Could not export Python function call"):
        torch.jit.save(torch.jit.script(nn.Sequential(actzoo_torch.Mish())), io.BytesIO())


@pytest.mark.parametrize("make", MODULES)
def test_legacy_onnx(make: Make) -> None:
    module, file = made(make), io.BytesIO()
    torch.onnx.export(module, (inputs(),), file, dynamo=False, input_names=["x"])
    written = onnx.load_from_string(file.getvalue())
    x = inputs() / 2
    (actual,) = ReferenceEvaluator(written).run(None, {"x": x.numpy()})
    np.testing.assert_allclose(actual, module(x).detach().numpy(), rtol=2e-5, atol=2e-5)


@pytest.mark.parametrize("make", MODULES)
def test_symbolic_trace(make: Make) -> None:
    module = made(make)
    graph = pickle.loads(pickle.dumps(torch.fx.symbolic_trace(nn.Sequential(module))))
    close(graph(x := inputs()), module(x))
    close(gradient(graph, x), gradient(module, x))


@pytest.mark.filterwarnings("ignore::UserWarning")  # of torch.ao, about its observers
@pytest.mark.parametrize("make", MODULES)
def test_fx_quantisation(make: Make) -> None:
    from torch.ao.quantization import get_default_qconfig_mapping
    from torch.ao.quantization.quantize_fx import convert_fx, prepare_fx

    model = nn.Sequential(nn.Conv2d(CHANNELS, CHANNELS, 3, padding=1), made(make)).eval()
    x = inputs()
    prepared = prepare_fx(model, get_default_qconfig_mapping("x86"), (x,))
    prepared(x)
    quantised = convert_fx(prepared)
    assert any("quantized" in type(m).__module__ for m in quantised.modules())
    # in the middle, since a step of eight bits decides at a jump
    assert (quantised(x) - model(x)).abs().median() < 0.02 * model(x).abs().max()


@pytest.mark.filterwarnings("ignore:Attempted to insert a get_attr Node:UserWarning")
@pytest.mark.parametrize("make", MODULES)
def test_linearize(make: Make) -> None:
    module, x, v = made(make), inputs(), inputs()
    y, tangent = torch.func.linearize(module, x)
    expected, expected_tangent = torch.func.jvp(module, (x,), (v,))
    close(y, expected)
    close(tangent(v), expected_tangent)


@pytest.mark.parametrize("make", MODULES)
def test_batched_gradients(make: Make) -> None:
    module, x = made(make), inputs(grad=True)
    y, cotangents = module(x), torch.randn(3, *SHAPE)
    (actual,) = torch.autograd.grad(y, x, cotangents, is_grads_batched=True, retain_graph=True)
    expected = [torch.autograd.grad(y, x, c, retain_graph=True)[0] for c in cotangents]
    close(actual, torch.stack(expected))


@pytest.mark.parametrize("make", DEFAULTS)
def test_vectorised_jacobian(make: Make) -> None:
    module, x = made(make), inputs()

    def first(x: Tensor) -> Tensor:
        return module(x).flatten()[:5]

    jacobian = torch.autograd.functional.jacobian
    close(jacobian(first, x, vectorize=True), jacobian(first, x))


@pytest.fixture
def fresh_dynamo() -> Iterator[None]:
    torch._dynamo.reset()
    yield
    torch._dynamo.reset()


@pytest.mark.usefixtures("fresh_dynamo")
@pytest.mark.parametrize("make", DEFAULTS)
def test_compiled_per_sample_gradients(make: Make, request: pytest.FixtureRequest) -> None:
    module = made(make)
    if any(isinstance(m, nn.BatchNorm2d) for m in module.modules()):  # native or ours
        request.applymarker(
            pytest.mark.xfail(strict=True, reason="torch 2.13 compiles no batch norm within torch.func")
        )

    def gradients(x: Tensor) -> Tensor:
        found: Tensor = torch.vmap(torch.func.grad(lambda one: module(one[None]).square().sum()))(x)
        return found

    x = inputs()
    close(torch.compile(gradients, backend="eager")(x), gradients(x))


@pytest.mark.filterwarnings("ignore:The .grad attribute:UserWarning")  # of torch, which looks at all it traces
@pytest.mark.usefixtures("fresh_dynamo")
@pytest.mark.parametrize("make", DEFAULTS)
def test_compiled_autograd(make: Make) -> None:
    module, x = made(make), inputs(grad=True)
    with torch._dynamo.compiled_autograd._enable(torch.compile(backend="eager")):
        module(x).square().sum().backward()
    close(x.grad, gradient(module, x))


@pytest.mark.parametrize("make", MODULES)
def test_from_the_meta_device(make: Make) -> None:
    with torch.device("meta"):
        module = made(make)
    assert module(torch.empty(SHAPE, device="meta")).shape == SHAPE
    module = module.to_empty(device="cpu")
    with torch.no_grad():
        for tensor in (*module.parameters(), *module.buffers()):
            tensor.fill_(7)
    module.apply(lambda m: m.reset_parameters() if hasattr(m, "reset_parameters") else None)
    fresh = made(make).state_dict()
    for key, tensor in module.state_dict().items():
        assert not (tensor == 7).any(), key
        if fresh[key].numel() > 1 and (fresh[key] == fresh[key].flatten()[:1]).all():  # a constant
            assert torch.equal(tensor, fresh[key])


@pytest.fixture(scope="module")
def one_process() -> Iterator[Any]:
    from torch.distributed.device_mesh import init_device_mesh

    torch.distributed.init_process_group("gloo", store=torch.distributed.HashStore(), rank=0, world_size=1)
    yield init_device_mesh("cpu", (1,))
    torch.distributed.destroy_process_group()


@pytest.mark.parametrize("make", MODULES)
def test_fully_shard(make: Make, one_process: Any) -> None:
    from torch.distributed.fsdp import fully_shard

    plain = made(make)
    sharded = made(make)
    sharded.load_state_dict(plain.state_dict())
    fully_shard(sharded, mesh=one_process)
    for _ in range(2):  # the second call gathers again what the first freed
        close(gradient(sharded, x := inputs()), gradient(plain, x))


@pytest.mark.parametrize("make", MODULES)
def test_storages_stay_resizable(make: Make) -> None:
    module, x = made(make), inputs(grad=True)
    y = module(x)
    y.sum().backward()
    tensors = (x, y, *module.parameters(), *module.buffers())
    assert all(t.untyped_storage().resizable() for t in tensors)


@pytest.mark.parametrize("make", MODULES)
def test_negated_views(make: Make) -> None:
    module, x = made(make), inputs()
    close(module(torch._neg_view(x)), module(-x))
    close(gradient(lambda x: module(torch._neg_view(x)), x), gradient(lambda x: module(-x), x))


def test_a_mode_sees_every_operation() -> None:
    from torch.utils._python_dispatch import TorchDispatchMode

    class Seen(TorchDispatchMode):
        def __init__(self) -> None:
            super().__init__()
            self.names: list[str] = []

        def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            self.names.append(str(function))
            return function(*args, **(kwargs or {}))

    with Seen() as seen:
        actzoo_torch.Mish()(inputs())
    assert any("exp" in name for name in seen.names)


def test_a_subclass_stays_one() -> None:
    class Named(Tensor):
        pass

    y = actzoo_torch.AconC(CHANNELS)(inputs().as_subclass(Named))
    assert type(y) is Named


def test_no_warning_of_ours_while_traced() -> None:
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        torch.jit.trace(actzoo_torch.Mish(), inputs())
    assert not [w for w in found if "actzoo" in w.filename]
