"""The CIFAR ResNet-18 of the Dynamic ReLU notebook in Flax Linen; is given its activation.

A module that only contains others is no level here: stage `layer1` is `layer1.0` and `layer1.1`.
"""

from collections.abc import Callable
from functools import partial

import jax
from flax import linen as nn

# Not the fast variance, E[x^2] - E[x]^2, which cancels; momentum weighs the old statistics.
_BatchNorm = partial(nn.BatchNorm, momentum=0.9, epsilon=1e-5, use_fast_variance=False)


class BasicBlock(nn.Module):
    """Two 3x3 convolutions and a shortcut."""

    channels: int
    stride: int
    activation: Callable[[int, str], nn.Module]

    @nn.compact
    def __call__(self, x: jax.Array, train: bool = False) -> jax.Array:
        conv = partial(nn.Conv, self.channels, use_bias=False)
        norm = partial(_BatchNorm, use_running_average=not train)
        out = norm(name="bn1")(conv((3, 3), self.stride, padding=1, name="conv1")(x))
        out = self.activation(self.channels, "relu1")(out)
        out = norm(name="bn2")(conv((3, 3), padding=1, name="conv2")(out))
        if self.stride != 1 or x.shape[-1] != self.channels:
            x = conv((1, 1), self.stride, name="downsample.0")(x)
            x = norm(name="downsample.1")(x)
        return self.activation(self.channels, "relu2")(out + x)


class ResNet18(nn.Module):
    """Images (N, H, W, 3) to logits (N, classes); `activation` takes channels and a name."""

    activation: Callable[[int, str], nn.Module]
    classes: int = 10

    @nn.compact
    def __call__(self, x: jax.Array, train: bool = False) -> jax.Array:
        x = nn.Conv(64, (3, 3), padding=1, use_bias=False, name="conv1")(x)
        x = _BatchNorm(use_running_average=not train, name="bn1")(x)
        x = self.activation(64, "relu")(x)
        for stage, (channels, stride) in enumerate(((64, 1), (128, 2), (256, 2), (512, 2)), 1):
            x = BasicBlock(channels, stride, self.activation, name=f"layer{stage}.0")(x, train)
            x = BasicBlock(channels, 1, self.activation, name=f"layer{stage}.1")(x, train)
        return nn.Dense(self.classes, name="fc")(x.mean(axis=(1, 2)))
