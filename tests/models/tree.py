"""A model with every way to contain modules and own arrays, per framework; no conversion.

It has a Sequential, a list, a dict, a bare module as a group, an own parameter, an own float buffer
and an int64 one.
"""

from typing import Any

import jax
import jax.numpy as jnp
import paddle
import torch
from flax import linen, nnx


class TorchTree(torch.nn.Module):
    """The model in torch."""

    def __init__(self) -> None:
        super().__init__()
        nn = torch.nn
        self.stem = nn.Sequential(nn.Conv2d(3, 4, 3, bias=False), nn.BatchNorm2d(4), nn.ReLU())
        self.blocks = nn.ModuleList([nn.Linear(4, 4), nn.Linear(4, 4)])
        self.heads = nn.ModuleDict({"a": nn.Embedding(4, 4)})
        self.gather = nn.Module()
        self.gather.conv1 = nn.Conv2d(4, 4, 1)
        self.beta = nn.Parameter(torch.ones(1, 4, 1, 1))
        self.register_buffer("lambdas", torch.ones(4))
        self.register_buffer("steps", torch.tensor(2**40 + 1))


class PaddleTree(paddle.nn.Layer):
    """The model in Paddle."""

    def __init__(self) -> None:
        super().__init__()
        nn = paddle.nn
        conv = nn.Conv2D(3, 4, 3, bias_attr=False)
        self.stem = nn.Sequential(conv, nn.BatchNorm2D(4), nn.ReLU())
        self.blocks = nn.LayerList([nn.Linear(4, 4), nn.Linear(4, 4)])
        self.heads = nn.LayerDict({"a": nn.Embedding(4, 4)})
        self.gather = nn.Layer()
        self.gather.conv1 = nn.Conv2D(4, 4, 1)
        self.beta = self.create_parameter([1, 4, 1, 1])
        self.register_buffer("lambdas", paddle.ones([4]))
        self.register_buffer("steps", paddle.to_tensor(2**40 + 1))


class Buffer(nnx.Variable[Any]):
    """An array that is kept and not trained."""


class Group(nnx.Module):
    """A module that only contains, as a user writes one in NNX."""

    def __init__(self, **children: nnx.Module) -> None:
        for name, child in children.items():
            setattr(self, name, child)


class FlaxTree(nnx.Module):
    """The model in Flax NNX, with a random generator."""

    def __init__(self) -> None:
        rngs = nnx.Rngs(0)
        self.stem = nnx.Sequential(
            nnx.Conv(3, 4, (3, 3), use_bias=False, rngs=rngs),
            nnx.BatchNorm(4, rngs=rngs),
            nnx.Dropout(0.5, rngs=rngs),
        )
        self.blocks = nnx.List([nnx.Linear(4, 4, rngs=rngs), nnx.Linear(4, 4, rngs=rngs)])
        self.heads = nnx.Dict(a=nnx.Embed(4, 4, rngs=rngs))
        self.gather = Group(conv1=nnx.Conv(4, 4, (1, 1), rngs=rngs))
        self.beta = nnx.Param(jnp.ones((1, 4, 1, 1)))
        self.lambdas = Buffer(jnp.ones(4))
        self.steps = Buffer(jnp.array(0))


class LinenGather(linen.Module):
    """A group of the model in Flax Linen: a level."""

    @linen.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        return linen.Conv(4, (1, 1), name="conv1")(x)


class LinenHeads(linen.Module):
    """The dict of the model in Flax Linen: a level."""

    @linen.compact
    def __call__(self) -> jax.Array:
        return linen.Embed(4, 4, name="a")(jnp.array(0))


class LinenTree(linen.Module):
    """The model in Flax Linen, whose lists are no levels."""

    @linen.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        x = linen.Conv(4, (3, 3), use_bias=False, name="stem.0")(x)
        x = linen.BatchNorm(use_running_average=True, name="stem.1")(x)
        x = linen.Dense(4, name="blocks.1")(linen.Dense(4, name="blocks.0")(x))
        x = LinenGather(name="gather")(x)
        x = x + LinenHeads(name="heads")()
        self.param("beta", linen.initializers.ones, (1, 4, 1, 1))
        self.variable("buffers", "lambdas", jnp.ones, 4)
        self.variable("buffers", "steps", jnp.zeros, ())
        return x


class LinenSetupTree(linen.Module):
    """The model in Flax Linen with lists and dicts in `setup`, named with underscores."""

    def setup(self) -> None:
        norm = linen.BatchNorm(use_running_average=True)
        self.stem = linen.Sequential([linen.Conv(4, (3, 3), use_bias=False), norm])
        self.blocks = [linen.Dense(4), linen.Dense(4)]
        self.heads = {"a": linen.Embed(4, 4)}
        self.gather = {"conv1": linen.Conv(4, (1, 1))}
        self.beta = self.param("beta", linen.initializers.ones, (1, 4, 1, 1))
        self.lambdas = self.variable("buffers", "lambdas", jnp.ones, 4)
        self.steps = self.variable("buffers", "steps", jnp.zeros, ())

    def __call__(self, x: jax.Array) -> jax.Array:
        for layer in (self.stem, *self.blocks, *self.gather.values()):
            x = layer(x)
        return x + self.heads["a"](jnp.array(0))


_IMAGE = jnp.zeros((1, 5, 5, 3))
TREES = {
    "torch": TorchTree,
    "paddle": PaddleTree,
    "flax": FlaxTree,
    "linen": lambda: (LinenTree(), _IMAGE),
    "linen-setup": lambda: (LinenSetupTree(), _IMAGE),
}
