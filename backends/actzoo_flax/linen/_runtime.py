"""What rendered Linen code has of its own: layers and own tensors. The rest is the NNX runtime's."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import jax
from flax import linen as nn
from jax import Array
from jax import numpy as jnp

from actzoo_flax._checks import check_choice
from actzoo_flax._runtime import fan_in_uniform


def own_param(module: nn.Module, name: str, shape: tuple[int, ...], value: float) -> Array:
    """A learnt tensor of the module; through its scope, since a field of the module may have its name."""
    return _scope(module).param(name, lambda key: jnp.full(shape, value, jnp.float32))


def own_normal(module: nn.Module, name: str, shape: tuple[int, ...], scale: float) -> Array:
    """A learnt tensor of the module, of normal initial values."""
    return _scope(module).param(name, lambda key: jax.random.normal(key, shape) * scale)


def own_buffer(module: nn.Module, name: str, values: list[float]) -> Array:
    """A tensor that is saved and not learnt, in the collection "buffers"."""
    return _scope(module).variable("buffers", name, lambda: jnp.asarray(values, jnp.float32)).value


def _scope(module: nn.Module) -> Any:
    assert module.scope is not None
    return module.scope


def placed(module: nn.Module, name: str) -> dict[str, Any]:
    """Where a layer of the module stands: under its name, or, for `mlp.fc1`, in a group of that name.

    A name with dots in it would not survive flattening and unflattening of a tree of variables.
    """
    *groups, leaf = name.split(".")
    if not groups:
        return {"name": name}
    scope = _scope(module)
    for group in (*groups, leaf):
        scope = scope.push(group, reuse=True)
    return {"parent": scope}


def new_dense(module: nn.Module, inputs: int, outputs: int, name: str) -> nn.Dense:
    init = fan_in_uniform(inputs)
    return nn.Dense(outputs, kernel_init=init, bias_init=init, **placed(module, name))


def new_conv(
    module: nn.Module,
    rank: str,
    inputs: int,
    outputs: int,
    kernel: Any,
    stride: int = 1,
    padding: Any = 0,
    groups: int = 1,
    bias: bool = True,
    *,
    name: str,
) -> nn.Conv:
    """A convolution; padding "half" is (kernel - 1) // 2 on every side."""
    size = tuple(kernel) if isinstance(kernel, Sequence) else (kernel,) * int(rank[0])
    sides = tuple(((k - 1) // 2 if padding == "half" else padding,) * 2 for k in size)
    init: Callable[..., Array] = fan_in_uniform(inputs // groups * math.prod(size))
    return nn.Conv(
        outputs,
        size,
        stride,
        padding=sides,
        feature_group_count=groups,
        use_bias=bias,
        kernel_init=init,
        bias_init=init,
        **placed(module, name),
    )


def new_norm(module: nn.Module, kind: str, features: int, rank: str, name: str) -> nn.BatchNorm | nn.GroupNorm:
    """A normalisation by name. The fast variance loses all digits where the mean is large."""
    check_choice("norm_layer", "the name", kind, ("batch_norm", "group_norm", "instance_norm"))
    if kind == "batch_norm":
        return nn.BatchNorm(momentum=0.9, epsilon=1e-5, use_fast_variance=False, **placed(module, name))
    groups = 1 if kind == "group_norm" else features
    return nn.GroupNorm(groups, epsilon=1e-5, use_fast_variance=False, **placed(module, name))


def normalise(layer: Any, x: Array, train: bool) -> Array:
    """A norm applied. Statistics of one value are refused, as in every framework of the zoo."""
    if not isinstance(layer, nn.BatchNorm):
        if math.prod(x.shape[1:]) == layer.num_groups:
            raise ValueError(
                f"instance_norm and group_norm need more than one value per channel or group, got {x.shape}"
            )
        return layer(x)
    if train and x.size == x.shape[-1]:
        raise ValueError(f"batch_norm needs more than one value per channel in training, got {x.shape}")
    held = {name: value.dtype for name, value in layer.variables.get("batch_stats", {}).items()}
    y = layer(x, use_running_average=not train)
    for name, dtype in held.items() if train else ():  # Linen makes statistics of halves float32 (Flax 0.12)
        layer.put_variable("batch_stats", name, layer.get_variable("batch_stats", name).astype(dtype))
    return y
