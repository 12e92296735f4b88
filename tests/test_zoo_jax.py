"""What JAX users count on, of NNX and Linen: jit, grad of grad, forward mode, vmap, scan, little memory."""

from __future__ import annotations

import functools
import math
import re
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx
from frameworks import PARAMETER_FREE, FlaxModule, LinenModule, function, new, random, random_state, x64
from jax.ad_checkpoint import print_saved_residuals

import actzoo_flax
from actzoo.zoo import find
from actzoo_parity._cases import case
from actzoo_parity._plan import Plan
from actzoo_parity.adapters import Subject
from actzoo_parity.adapters._flax import Nnx

C = 8
MODULES: dict[str, tuple[str, dict[str, Any]]] = {
    "mish": ("mish", {}),
    "swish-learnable": ("swish", {"learnable": True}),
    "prelu": ("prelu", {"num_parameters": C}),
    "acon_c": ("acon_c", {"channels": C}),
    "dyrelu_b": ("dyrelu_b", {"channels": C}),
    "dyrelu_c-notebook": ("dyrelu_c", {"channels": C, "softmax_over": "last_axis", "attend": "residual"}),
    "squeeze_excite": ("squeeze_excite", {"channels": C, "rd_channels": 3}),
}
KINDS = {"flax": FlaxModule, "linen": LinenModule}
SHAPE = (2, C, 3, 4)


def run_of(kind: str, case: str, dtype: Any = np.float64) -> Any:
    """A module of given weights as a function of its input, channels first."""
    name, options = MODULES[case]
    made = KINDS[kind](name, options, random_state(name, options, dtype=dtype), False)
    return functools.partial(made.run, {})


def assert_rounded_alike(a: Any, b: Any) -> None:
    """Two evaluations of one graph, fused or batched differently: fewer than 64 roundings of terms no larger than the
    largest of the results."""
    a, b = np.asarray(a), np.asarray(b)
    assert a.dtype == b.dtype
    np.testing.assert_allclose(a, b, rtol=0, atol=64 * np.finfo(a.dtype).eps * max(1.0, np.abs(b).max()))


@pytest.mark.parametrize("case", MODULES)
@pytest.mark.parametrize("kind", KINDS)
def test_jit_is_eager(kind: str, case: str) -> None:
    with x64():
        run, x = run_of(kind, case), jnp.asarray(random(*SHAPE))
        assert_rounded_alike(jax.jit(run)(x), run(x))


@pytest.mark.parametrize("case", MODULES)
@pytest.mark.parametrize("kind", KINDS)
def test_forward_mode_is_reverse_mode_s_transpose(kind: str, case: str) -> None:
    """u (J v) is (u J) v."""
    with x64():
        run = run_of(kind, case)
        x, v, u = (jnp.asarray(random(*SHAPE, seed=s)) for s in (0, 5, 6))
        _, along = jax.jit(lambda x, v: jax.jvp(run, (x,), (v,)))(x, v)
        (back,) = jax.jit(lambda x, u: jax.vjp(run, x)[1](u))(x, u)
        terms = float(jnp.abs(u * along).sum() + jnp.abs(back * v).sum())
        assert abs(float((u * along).sum() - (back * v).sum())) <= (u.size + 64) * np.finfo(np.float64).eps * terms


@pytest.mark.parametrize("case", MODULES)
@pytest.mark.parametrize("kind", KINDS)
def test_vmap_is_a_loop(kind: str, case: str) -> None:
    with x64():
        run, x = jax.jit(run_of(kind, case)), jnp.asarray(random(3, *SHAPE))
        assert_rounded_alike(jax.jit(jax.vmap(run))(x), jnp.stack([run(each) for each in x]))


@pytest.mark.parametrize("name", PARAMETER_FREE)
def test_scan(name: str) -> None:
    """Inside `lax.scan`, with gradients: n times the function."""
    f = function("flax", name)

    @jax.jit
    @jax.grad
    def three_times(x: Any) -> Any:
        y, _ = jax.lax.scan(lambda carry, _: (f(carry), None), x, None, length=3)
        return y

    @jax.jit
    @jax.grad
    def written_out(x: Any) -> Any:
        return f(f(f(x)))

    assert_rounded_alike(three_times(jnp.float32(0.7)), written_out(jnp.float32(0.7)))


@pytest.mark.parametrize("name", PARAMETER_FREE)
def test_hessian_vector_products(name: str) -> None:
    """Forward over reverse and reverse over reverse agree, at every point."""
    f = function("flax", name)
    with x64():
        x = jnp.asarray([-4.1, -1.7, -0.6, 0.4, 1.3, 2.2, 5.0])
        gradient = jax.grad(lambda v: f(v).sum())
        forward = jax.jvp(gradient, (x,), (jnp.ones_like(x),))[1]
        reverse = jax.grad(lambda v: gradient(v).sum())(x)
        assert_rounded_alike(forward, reverse)


# memory


def residuals(capsys: pytest.CaptureFixture[str], f: Any, *arguments: Any) -> list[int]:
    """The sizes of what reverse mode keeps, but for the arguments themselves and constants, as JAX prints them:
    `f32[4,5] output of tanh from ...`."""
    capsys.readouterr()
    print_saved_residuals(f, *arguments)
    lines = [line for line in capsys.readouterr().out.splitlines() if line.strip()]
    assert lines, "JAX prints a line for each"
    computed = [line for line in lines if "from the argument" not in line and "from a constant" not in line]
    shapes = [re.match(r"\w+\[([\d,]*)\]", line) for line in computed]
    assert all(shapes)
    return [math.prod(int(n) for n in found[1].split(",") if n) for found in shapes if found]


@pytest.mark.parametrize("jitted", [False, True], ids=["eager", "jit"])
@pytest.mark.parametrize("name", PARAMETER_FREE)
def test_only_the_input_is_kept(name: str, jitted: bool, capsys: pytest.CaptureFixture[str]) -> None:
    f = function("flax", name)
    x = jnp.ones((4, 5), jnp.float32)
    found = residuals(capsys, jax.jit(f) if jitted else f, x)
    assert max(found, default=0) < x.size


def test_residuals_are_seen(capsys: pytest.CaptureFixture[str]) -> None:
    """The measure measures: written out, mish keeps several arrays of its input's size."""
    found = residuals(capsys, lambda x: x * jnp.tanh(jnp.logaddexp(x, 0)), jnp.ones((4, 5), jnp.float32))
    assert sum(size >= 20 for size in found) >= 2


@pytest.mark.parametrize("kind", KINDS)
def test_dyrelu_keeps_its_input_and_coefficients(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    """One array of x's size, which is x with its channels last, and some of the batch's coefficients."""
    run = run_of(kind, "dyrelu_b", np.float32)
    x = jnp.ones((2, C, 32, 32), jnp.float32)
    found = residuals(capsys, run, x)
    coefficients = 2 * C * 4
    assert sum(found) <= x.size + 16 * coefficients


# dtypes


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32"])
@pytest.mark.parametrize("name", PARAMETER_FREE)
def test_dtype_stays(name: str, dtype: str) -> None:
    x = jnp.ones((2, 3), dtype)
    y, pull = jax.vjp(function("flax", name), x)
    assert (y.dtype, pull(y)[0].dtype) == (x.dtype, x.dtype)


@pytest.mark.parametrize("name", ["relu", "mish"])
def test_a_numpy_array_is_taken(name: str) -> None:
    x = random(2, 3).astype(np.float32)
    np.testing.assert_array_equal(function("flax", name)(x), function("flax", name)(jnp.asarray(x)))


# NNX


@pytest.mark.parametrize("case", MODULES)
def test_nnx_jit_and_grad(case: str) -> None:
    """With NNX's own transformations, on the module itself."""
    name, options = MODULES[case]
    made = new("flax", name, **options)
    x = jnp.asarray(np.moveaxis(random(*SHAPE), 1, -1), jnp.float32)

    @nnx.jit
    def loss(module: Any, x: Any) -> Any:
        return (module(x) ** 2).sum()

    gradients = nnx.grad(loss)(made, x)
    leaves = jax.tree.leaves(gradients)
    assert len(leaves) == len(jax.tree.leaves(nnx.state(made, nnx.Param)))
    assert all(bool(jnp.isfinite(leaf).all()) for leaf in leaves)


@pytest.mark.parametrize("name", ["dyrelu_a", "dyrelu_b", "dyrelu_c"])
def test_buffers_are_no_parameters(name: str) -> None:
    made = new("flax", name, channels=C)
    learnt = {path[0] for path, _ in nnx.to_flat_state(nnx.state(made, nnx.Param))}
    assert learnt.isdisjoint({"lambdas", "init_v"})
    variables = new("linen", name, channels=C).init(jax.random.key(0), jnp.ones((1, 2, 2, C)))
    assert set(variables["buffers"]) == {"lambdas", "init_v"}
    assert set(variables["params"]).isdisjoint({"lambdas", "init_v"})


@pytest.mark.parametrize("at", [-math.inf, -3e38, -3e30, 3e30, 3e38, math.inf])
@pytest.mark.parametrize("jitted", [False, True], ids=["eager", "jit"])
def test_second_derivatives_far_out_beside_what_is_learnt(jitted: bool, at: float) -> None:
    """Swish bends no more there; its slope by beta, which is not asked for, has no derivative in float32."""
    swish, beta = function("flax", "swish"), jnp.float32(0.7)

    def second(x: Any) -> Any:
        return jax.jvp(jax.grad(lambda x: swish(x, beta)), (x,), (jnp.float32(1),))[1]

    assert (jax.jit(second) if jitted else second)(jnp.float32(at)) == 0


def test_seeds_share_what_is_compiled() -> None:
    adapter = Nnx()
    for seed in range(3):
        made = case(Plan("dyrelu_b", "random", seed=seed), find("dyrelu_b"))
        list(adapter.run([Subject(made, cls=actzoo_flax.DyReLUB)], "jit", "cpu", [frozenset({"gradients"})]))
    ((_, compiled),) = adapter.kept.values()
    assert compiled._cache_size() == 1
