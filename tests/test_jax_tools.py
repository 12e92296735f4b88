"""JAX's and Flax's tools and settings on every activation: static graph definitions, promotion, trees of variables."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import jax
import pytest
from classes import classes
from flax import linen as nn
from flax import nnx
from flax.traverse_util import flatten_dict, unflatten_dict
from jax import Array
from jax import numpy as jnp

import actzoo_flax
from actzoo import convert
from actzoo.zoo import ZOO
from actzoo_flax import linen

CHANNELS, SIZE = 8, 9
SHAPE = (2, SIZE, SIZE, CHANNELS)
KEY = jax.random.key(0)


OPTIONS = [
    pytest.param(ZOO[name], told, id=label)
    for label, (name, told) in classes(CHANNELS, SIZE).items()
    if told.get("conv_type", "2d") == "2d"
]
DEFAULTS = [p for p in OPTIONS if "=" not in str(p.id)]


def nnx_module(spec: Any, told: dict[str, Any]) -> Any:
    cls = getattr(actzoo_flax, spec.module)
    draws = "rngs" in inspect.signature(cls.__init__).parameters
    return cls(**told, **({"rngs": nnx.Rngs(0)} if draws else {}))


def linen_module(spec: Any, told: dict[str, Any]) -> Any:
    return getattr(linen, spec.module)(**told)


def traced(function: Callable[[Array], Array], dtype: str) -> tuple[str, str]:
    """The dtypes of a value and of a gradient. Nothing is computed: promotion is decided while a function is traced."""

    def both(x: Array) -> tuple[Array, Array]:
        y, pull = jax.vjp(function, x)
        return y, pull(y)[0]

    y, grad = jax.eval_shape(both, jax.ShapeDtypeStruct(SHAPE, dtype))
    return str(y.dtype), str(grad.dtype)


@pytest.mark.parametrize(("spec", "told"), OPTIONS)
def test_a_graph_definition_is_a_static_argument(spec: Any, told: dict[str, Any]) -> None:
    definition, state = nnx.split(nnx_module(spec, told))
    assert definition == nnx.graphdef(nnx_module(spec, told))
    compiled = jax.jit(lambda d, s, x: nnx.merge(d, s)(x), static_argnums=0)
    assert jax.eval_shape(lambda s, x: compiled(definition, s, x), state, jnp.ones(SHAPE)).shape == SHAPE


@pytest.mark.parametrize(("spec", "told"), OPTIONS)
def test_ranks_are_never_promoted(spec: Any, told: dict[str, Any]) -> None:
    module = nnx_module(spec, told)
    module.eval()
    layer = linen_module(spec, told)
    variables = layer.init(KEY, jnp.ones(SHAPE))
    with jax.numpy_rank_promotion("raise"):
        traced(module, "float32")
        traced(lambda x: layer.apply(variables, x), "float32")


@pytest.mark.parametrize("held", ["float32", "float64", "bfloat16"])
@pytest.mark.parametrize(("spec", "told"), DEFAULTS)
def test_the_inputs_dtype_is_the_results(spec: Any, told: dict[str, Any], held: str) -> None:
    def cast(tree: Any) -> Any:
        return jax.tree.map(lambda a: a.astype(held) if jnp.issubdtype(a.dtype, jnp.floating) else a, tree)

    with jax.enable_x64(True):
        module = nnx_module(spec, told)
        module.eval()
        definition, state = nnx.split(module)
        module = nnx.merge(definition, cast(state))
        layer = linen_module(spec, told)
        variables = cast(layer.init(KEY, jnp.ones(SHAPE)))
        for dtype in ("float32", "float64", "bfloat16", "float16"):
            assert traced(module, dtype) == (dtype, dtype)
            assert traced(lambda x: layer.apply(variables, x), dtype) == (dtype, dtype)


@pytest.mark.parametrize(("spec", "told"), OPTIONS)
def test_variables_survive_flattening(spec: Any, told: dict[str, Any]) -> None:
    layer = linen_module(spec, told)
    variables = layer.init(KEY, jnp.ones(SHAPE))
    again = unflatten_dict(flatten_dict(variables, sep="."), sep=".")
    assert jax.tree.structure(again) == jax.tree.structure(variables)


def test_variables_under_names_with_dots_still_load() -> None:
    """As modules with groups of layers had them at first: one flattening makes today's tree."""
    layer, x = linen.GatherExcite(CHANNELS), jax.random.normal(KEY, SHAPE)
    variables = layer.init(KEY, x)
    groups = variables["params"]
    before = {"params": {f"{group}.{leaf}": held for group in groups for leaf, held in groups[group].items()}}
    assert list(before["params"]) == ["mlp.fc1", "mlp.fc2"]
    loaded = unflatten_dict(flatten_dict(before, sep="."), sep=".")
    assert (layer.apply(loaded, x) == layer.apply(variables, x)).all()
    converted = convert(before, source="linen", target="linen", model=(layer, x))
    assert (layer.apply(converted, x) == layer.apply(variables, x)).all()


def test_groups_in_modules_that_are_used_twice_and_in_lifted_ones() -> None:
    class Twice(nn.Module):
        @nn.compact
        def __call__(self, x: Array) -> Array:
            layer = nn.remat(linen.GatherExcite)(CHANNELS, name="excite")
            return layer(layer(x))

    x = jnp.ones(SHAPE)
    variables = Twice().init(KEY, x)
    assert list(variables["params"]) == ["excite"]
    assert sorted(variables["params"]["excite"]["mlp"]) == ["fc1", "fc2"]
    assert Twice().apply(variables, x).shape == SHAPE
