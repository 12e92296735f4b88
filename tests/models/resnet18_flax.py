"""The CIFAR ResNet-18 of the Dynamic ReLU notebook in Flax NNX; is given its activation."""

from collections.abc import Callable
from functools import partial

import jax
from flax import nnx

# Not the fast variance, E[x^2] - E[x]^2, which cancels; momentum weighs the old statistics.
_BatchNorm = partial(nnx.BatchNorm, momentum=0.9, epsilon=1e-5, use_fast_variance=False)


class BasicBlock(nnx.Module):
    """Two 3x3 convolutions and a shortcut."""

    def __init__(
        self,
        inputs: int,
        channels: int,
        stride: int,
        activation: Callable[[int], nnx.Module],
        *,
        rngs: nnx.Rngs,
    ) -> None:
        conv = partial(nnx.Conv, use_bias=False, rngs=rngs)
        self.conv1 = conv(inputs, channels, (3, 3), strides=stride, padding=1)
        self.bn1 = _BatchNorm(channels, rngs=rngs)
        self.relu1 = activation(channels)
        self.conv2 = conv(channels, channels, (3, 3), padding=1)
        self.bn2 = _BatchNorm(channels, rngs=rngs)
        self.relu2 = activation(channels)
        if stride != 1 or inputs != channels:
            self.downsample = nnx.Sequential(
                conv(inputs, channels, (1, 1), strides=stride), _BatchNorm(channels, rngs=rngs)
            )
        else:
            self.downsample = None

    def __call__(self, x: jax.Array) -> jax.Array:
        out = self.relu1(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        shortcut = x if self.downsample is None else self.downsample(x)
        return self.relu2(out + shortcut)


class ResNet18(nnx.Module):
    """Images (N, H, W, 3) to logits (N, classes); `activation` makes a module of channels."""

    def __init__(self, activation: Callable[[int], nnx.Module], classes: int = 10, *, rngs: nnx.Rngs) -> None:
        self.conv1 = nnx.Conv(3, 64, (3, 3), padding=1, use_bias=False, rngs=rngs)
        self.bn1 = _BatchNorm(64, rngs=rngs)
        self.relu = activation(64)
        self.layer1 = self._stage(64, 64, 1, activation, rngs)
        self.layer2 = self._stage(64, 128, 2, activation, rngs)
        self.layer3 = self._stage(128, 256, 2, activation, rngs)
        self.layer4 = self._stage(256, 512, 2, activation, rngs)
        self.fc = nnx.Linear(512, classes, rngs=rngs)

    @staticmethod
    def _stage(
        inputs: int,
        channels: int,
        stride: int,
        activation: Callable[[int], nnx.Module],
        rngs: nnx.Rngs,
    ) -> nnx.Sequential:
        return nnx.Sequential(
            BasicBlock(inputs, channels, stride, activation, rngs=rngs),
            BasicBlock(channels, channels, 1, activation, rngs=rngs),
        )

    def __call__(self, x: jax.Array) -> jax.Array:
        x = self.relu(self.bn1(self.conv1(x)))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(x.mean(axis=(1, 2)))
