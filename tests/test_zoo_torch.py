"""What torch users count on: gradcheck, forward mode, vmap, compile, little memory, layouts, autocast."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ml_dtypes
import numpy as np
import pytest
import torch
from frameworks import PARAMETER_FREE, TorchModule, find, new, parameters, random, random_state
from torch import Tensor, nn

# torch's own, of its forward-mode decompositions and of how its compiler builds an autograd.Function (2.13).
pytestmark = [
    pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:.*Function'> should not be instantiated:DeprecationWarning"),
]
C = 8
OPTIONS: dict[str, tuple[str, dict[str, Any]]] = {
    **{name: (name, {}) for name in PARAMETER_FREE},
    "gelu-tanh": ("gelu", {"approximate": "tanh"}),
    "swish": ("swish", {}),
    "swish-learnable": ("swish", {"learnable": True}),
    "prelu": ("prelu", {"num_parameters": C}),
    "rrelu": ("rrelu", {}),
    "acon_a": ("acon_a", {"channels": C}),
    "acon_b": ("acon_b", {"channels": C}),
    "acon_c": ("acon_c", {"channels": C}),
    "meta_acon_c": ("meta_acon_c", {"channels": C, "r": 4}),
    "dyrelu_a": ("dyrelu_a", {"channels": C}),
    "dyrelu_b": ("dyrelu_b", {"channels": C}),
    "dyrelu_b-k3-hard": ("dyrelu_b", {"channels": C, "k": 3, "normaliser": "hard_sigmoid"}),
    "dyrelu_c": ("dyrelu_c", {"channels": C}),
    "dyrelu_c-notebook": ("dyrelu_c", {"channels": C, "softmax_over": "last_axis", "attend": "residual"}),
    "frelu": ("frelu", {"channels": C}),
    "squeeze_excite": ("squeeze_excite", {"channels": C, "rd_channels": 3}),
    "squeeze_excite-max": ("squeeze_excite", {"channels": C, "rd_channels": 3, "add_maxpool": True}),
    "gather_excite": ("gather_excite", {"channels": C, "rd_channels": 3}),
    "gather_excite-extent2-max": ("gather_excite", {"channels": C, "extent": 2, "add_maxpool": True}),
    "gather_excite-learnt": ("gather_excite", {"channels": C, "extent": 2, "extra_params": True}),
}
NORMED = ["meta_acon_c", "frelu", "gather_excite-learnt"]
"""Those with batch norms."""

SMALL = (2, C, 2, 3)


def module(case: str, dtype: Any = np.float64, training: bool = False) -> nn.Module:
    name, options = OPTIONS[case]
    return TorchModule(name, options, random_state(name, options, dtype=dtype), training).module


def away_from_kinks(*shape: int) -> Tensor:
    """Random numbers, none within 0.05 of 0, 3 or 6, and no two of a maximum alike: gradcheck's step is 1e-6."""
    x = random(*shape, seed=11, scale=2.0)
    for kink in (-3.0, 0.0, 3.0, 6.0):
        x = np.where(np.abs(x - kink) < 0.05, x + 0.15, x)
    return torch.from_numpy(x)


def as_function(made: nn.Module) -> tuple[Callable[..., Tensor], tuple[Tensor, ...]]:
    """A module as a function of its input and parameters, and those."""
    names = [n for n, _ in made.named_parameters()]

    def run(x: Tensor, *values: Tensor) -> Tensor:
        return torch.func.functional_call(made, dict(zip(names, values, strict=True)), (x,))

    return run, tuple(p.detach().requires_grad_() for p in made.parameters())


def assert_rounded_alike(a: Tensor, b: Tensor) -> None:
    """Two evaluations of one graph, whose sums may be ordered differently (batched, compiled, in another layout). Each
    number passes fewer than 64 roundings on the way, of terms that are no larger than the largest of the results."""
    assert a.shape == b.shape
    assert a.dtype == b.dtype
    bound = 64 * torch.finfo(a.dtype).eps * max(1.0, b.abs().max().item())
    torch.testing.assert_close(a, b, rtol=0, atol=bound)


@pytest.mark.parametrize("case", OPTIONS)
def test_gradcheck(case: str) -> None:
    run, values = as_function(module(case))
    assert torch.autograd.gradcheck(run, (away_from_kinks(*SMALL).requires_grad_(), *values), fast_mode=True)


@pytest.mark.parametrize("case", OPTIONS)
def test_gradcheck_forward_mode(case: str) -> None:
    run, values = as_function(module(case))
    inputs = (away_from_kinks(*SMALL).requires_grad_(), *values)
    assert torch.autograd.gradcheck(run, inputs, fast_mode=True, check_forward_ad=True, check_backward_ad=False)


@pytest.mark.parametrize("case", OPTIONS)
def test_gradgradcheck(case: str) -> None:
    run, values = as_function(module(case))
    assert torch.autograd.gradgradcheck(run, (away_from_kinks(*SMALL).requires_grad_(), *values), fast_mode=True)


@pytest.mark.parametrize("case", OPTIONS)
def test_jvp_is_the_gradient_s_transpose(case: str) -> None:
    """u (J v) is (u J) v; each a sum of n terms in float64, off by at most n eps times the sum of their sizes, and J's
    entries by 64 eps of theirs at most (they are what `test_value_and_gradients` bounds)."""
    made = module(case)
    x, v, u = (
        away_from_kinks(*SMALL),
        torch.from_numpy(random(*SMALL, seed=5)),
        torch.from_numpy(random(*SMALL, seed=6)),
    )
    _, along = torch.func.jvp(made, (x,), (v,))
    _, pull = torch.func.vjp(made, x)
    (back,) = pull(u)
    terms = (u * along).abs().sum() + (back * v).abs().sum()
    assert abs((u * along).sum() - (back * v).sum()) <= (u.numel() + 64) * torch.finfo(u.dtype).eps * terms


@pytest.mark.parametrize("case", OPTIONS)
def test_vmap_is_a_loop(case: str) -> None:
    """Over batches of the module's own input; the same operations on the same numbers, up to the order of sums."""
    made = module(case)
    x = away_from_kinks(3, *SMALL)
    mapped = torch.func.vmap(made, randomness="error")(x)
    looped = torch.stack([made(each) for each in x])
    assert_rounded_alike(mapped, looped)


@pytest.mark.parametrize("case", [c for c in OPTIONS if c not in NORMED])
def test_vmap_of_gradients_is_a_loop(case: str) -> None:
    made = module(case)
    x = away_from_kinks(2, *SMALL)
    gradient = torch.func.grad(lambda v: made(v).square().sum())
    mapped, looped = torch.func.vmap(gradient)(x), torch.stack([gradient(each) for each in x])
    assert_rounded_alike(mapped, looped)


# compile


SIMPLE = {
    "relu6",
    "leaky_relu",
    "hard_sigmoid",
    "sigmoid",
    "softplus",
    "tanh",
    "gelu-tanh",
    "swish",
    "acon_a",
    "acon_b",
}
"""Whose stages are of the same kind as another's."""
COMPILED = [(c, False) for c in OPTIONS if c not in SIMPLE] + [(c, True) for c in NORMED]


@pytest.mark.parametrize(("case", "training"), COMPILED, ids=[f"{c}-{'train' if t else 'eval'}" for c, t in COMPILED])
def test_compiled_without_a_break_is_eager(case: str, training: bool) -> None:
    """Forward and backward."""
    torch._dynamo.reset()
    eager, compiled = module(case, np.float32, training), module(case, np.float32, training)
    made = torch.compile(compiled, fullgraph=True, backend="aot_eager")
    x = away_from_kinks(*SMALL).float()
    found = []
    for each, parameters_ in ((eager, eager), (made, compiled)):
        leaf = x.clone().requires_grad_()
        y = each(leaf)
        y.square().sum().backward()
        found.append([y.detach(), leaf.grad, *[p.grad for p in parameters_.parameters()]])
    for a, b in zip(*found, strict=True):
        assert_rounded_alike(b, a)


@pytest.mark.parametrize("case", ["mish", "swish-learnable", "dyrelu_b", "acon_c"])
def test_exported(case: str) -> None:
    made = module(case, np.float32)
    x = away_from_kinks(*SMALL).float()
    program = torch.export.export(made, (x,))
    torch.testing.assert_close(program.module()(x), made(x), rtol=0, atol=0)


# memory


def kept(made: Callable[[Tensor], Tensor], x: Tensor, own: set[int]) -> int:
    """Bytes that backward keeps, of each storage once, without parameters and buffers."""
    storages: dict[int, int] = {}

    def pack(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in own:
            storages[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        y = made(x)
    assert y.requires_grad
    return sum(storages.values())


def bytes_kept(case: str, shape: tuple[int, ...] = (4, C, 32, 32)) -> tuple[int, int]:
    made = module(case, np.float32)
    x = torch.randn(shape, generator=torch.Generator().manual_seed(0)).requires_grad_()
    own = {t.untyped_storage().data_ptr() for t in [*made.parameters(), *made.buffers()]}
    return kept(made, x, own), x.untyped_storage().nbytes()


@pytest.mark.parametrize("case", [c for c, (n, _) in OPTIONS.items() if find(n).element_wise])
def test_element_wise_keeps_its_input_alone(case: str) -> None:
    found, of_input = bytes_kept(case)
    assert found == of_input


@pytest.mark.parametrize(
    "case", ["dyrelu_a", "dyrelu_b", "dyrelu_b-k3-hard", "squeeze_excite", "gather_excite", "meta_acon_c"]
)
def test_predicted_coefficients_are_all_else_that_is_kept(case: str) -> None:
    """Beside x, some tensors of the batch's coefficients: at most 16 of 2 k numbers for a sample and channel."""
    found, of_input = bytes_kept(case)
    coefficients = 4 * C * 2 * 3 * 4
    assert of_input < found <= of_input + 16 * coefficients


@pytest.mark.parametrize("case", ["dyrelu_c", "dyrelu_c-notebook"])
def test_attention_is_kept_too(case: str) -> None:
    """Beside x and coefficients, a few maps of one channel: the softmax's."""
    found, of_input = bytes_kept(case)
    one_channel, coefficients = of_input // C, 4 * C * 2 * 3 * 4
    assert of_input < found <= of_input + 4 * one_channel + 16 * coefficients


def test_nothing_is_kept_without_gradients() -> None:
    made = module("dyrelu_b", np.float32)
    with torch.no_grad():
        y = made(torch.ones(1, C, 4, 4))
    assert not y.requires_grad


# layout, dtype, autocast


@pytest.mark.parametrize("case", OPTIONS)
def test_channels_last_stays(case: str) -> None:
    made = module(case, np.float32)
    x = away_from_kinks(2, C, 4, 6).float()
    y = made(x.contiguous(memory_format=torch.channels_last))
    assert y.is_contiguous(memory_format=torch.channels_last)
    assert made(x).is_contiguous()
    assert_rounded_alike(y, made(x))


@pytest.mark.parametrize("case", ["mish", "dyrelu_b", "acon_c", "prelu"])
def test_any_strides(case: str) -> None:
    """A slice of a larger tensor, and a transposed one, forward and backward."""
    made = module(case)
    whole = away_from_kinks(2, C, 6, 4)
    views = [whole[:, :, ::2], whole.transpose(2, 3), whole.expand(2, C, 6, 4)]
    for view in views:
        leaf, copy = view.detach().requires_grad_(), view.detach().contiguous().requires_grad_()
        y, z = made(leaf), made(copy)
        assert_rounded_alike(y, z)
        (a,), (b,) = torch.autograd.grad(y.sum(), leaf), torch.autograd.grad(z.sum(), copy)
        assert_rounded_alike(a, b)


HALVES = {"f16": (torch.float16, np.float16), "bf16": (torch.bfloat16, ml_dtypes.bfloat16)}


@pytest.mark.parametrize("half", HALVES)
@pytest.mark.parametrize("case", OPTIONS)
def test_halves_in_halves_out(case: str, half: str) -> None:
    """Forward and backward, all layers in the half dtype."""
    dtype, _ = HALVES[half]
    made = module(case, np.float32).to(dtype)
    x = away_from_kinks(2, C, 4, 6).to(dtype).requires_grad_()
    y = made(x)
    y.float().sum().backward()
    assert y.dtype == dtype
    assert x.grad is not None
    assert x.grad.dtype == dtype
    assert all(p.grad.dtype == dtype for p in made.parameters())
    assert y.isfinite().all()


@pytest.mark.parametrize("half", HALVES)
@pytest.mark.parametrize("case", [c for c, (n, _) in OPTIONS.items() if n in PARAMETER_FREE])
def test_a_half_is_rounded_once(case: str, half: str) -> None:
    """Within one unit in the last place of the float64 value, at every number of the format from 2^-14 to 128; a value
    below the normal range may be flushed to 0."""
    dtype, _ = HALVES[half]
    bits = torch.arange(2**15, dtype=torch.int32).to(torch.int16).view(dtype)
    bits = bits[bits.isfinite() & (bits >= 2.0**-14) & (bits <= 128)]
    x = torch.cat([bits, -bits])
    name, options = OPTIONS[case]
    made = new("torch", name, **options)
    right, y = made(x.double()).detach(), made(x).detach()
    tiny = torch.finfo(dtype).smallest_normal
    exponent = torch.frexp(right.abs().clamp(min=tiny)).exponent
    ulp = torch.ldexp(torch.full_like(right, torch.finfo(dtype).eps), exponent - 1)
    assert y.dtype == dtype
    bound = torch.where(right.abs() < tiny, tiny, ulp)
    worst = ((y.double() - right).abs() / bound).max().item()
    assert worst <= 1, f"{worst} ulp"


@pytest.mark.parametrize("half", HALVES)
@pytest.mark.parametrize("case", OPTIONS)
def test_autocast_keeps_the_input_s_dtype(case: str, half: str) -> None:
    dtype, _ = HALVES[half]
    made = module(case, np.float32)
    x = away_from_kinks(2, C, 4, 6).float().requires_grad_()
    with torch.autocast("cpu", dtype=dtype):
        y = made(x)
        z = made(x.to(dtype))
    (y.float().sum() + z.float().sum()).backward()
    assert (y.dtype, z.dtype) == (torch.float32, dtype)
    assert x.grad is not None
    assert x.grad.isfinite().all()
    assert all(p.grad.dtype == torch.float32 for p in made.parameters())


# modules as torch has them


@pytest.mark.parametrize("case", OPTIONS)
def test_state_is_the_spec_s(case: str) -> None:
    name, options = OPTIONS[case]
    state = new("torch", name, **options).state_dict()
    counters = {k for k in state if k.endswith("num_batches_tracked")}
    assert {k: tuple(v.shape) for k, v in state.items() if k not in counters} == {
        p.key: p.shape for p in parameters(name, options)
    }


@pytest.mark.parametrize("case", OPTIONS)
def test_deep_copies_and_pickles(case: str) -> None:
    import copy
    import pickle

    made = module(case)
    x = away_from_kinks(*SMALL)
    torch.testing.assert_close(copy.deepcopy(made)(x), made(x), rtol=0, atol=0)
    torch.testing.assert_close(pickle.loads(pickle.dumps(made))(x), made(x), rtol=0, atol=0)


@pytest.mark.parametrize("case", OPTIONS)
def test_the_input_is_not_changed(case: str) -> None:
    made = module(case)
    x = away_from_kinks(*SMALL)
    before = x.clone()
    made(x)
    assert torch.equal(x, before)
