"""The mathematics that a reference takes as its first argument. Does not know what a number is.

An arithmetic supplies the primitives at the end; the rest is written in them, once. Numbers are
arrays, or behave like them: operators, comparisons, `shape`, `ndim`, `reshape`, `sum` and basic
indexing are used directly. Spatial data is channels-first: (N, C, *S), for any number of axes S.
"""

from __future__ import annotations

import abc
import math
from collections.abc import Sequence
from dataclasses import dataclass
from string import ascii_lowercase
from typing import Any

import numpy as np

Number = Any


@dataclass(frozen=True)
class Layer:
    """The parameters of one layer, in torch's shapes; what the layer does not have is None."""

    weight: Number
    bias: Number = None
    running_mean: Number = None
    running_var: Number = None


class Mathematics(abc.ABC):
    """What references are written in."""

    @property
    def pi(self) -> Number:
        return math.pi

    # Element by element.

    def exp(self, x: Number) -> Number:
        return self._function("exp", x)

    def expm1(self, x: Number) -> Number:
        return self._function("expm1", x)

    def log(self, x: Number) -> Number:
        return self._function("log", x)

    def log1p(self, x: Number) -> Number:
        return self._function("log1p", x)

    def sin(self, x: Number) -> Number:
        return self._function("sin", x)

    def cos(self, x: Number) -> Number:
        return self._function("cos", x)

    def sqrt(self, x: Number) -> Number:
        return self._function("sqrt", x)

    def tanh(self, x: Number) -> Number:
        return self._function("tanh", x)

    def tanh_rest(self, x: Number) -> Number:
        """x - tanh(x), accurate near 0."""
        return self._function("tanh_rest", x)

    def sech2(self, x: Number) -> Number:
        """The derivative of tanh, 1 / cosh(x)**2."""
        return self._function("sech2", x)

    def sigmoid(self, x: Number) -> Number:
        return self._function("sigmoid", x)

    def softplus(self, x: Number) -> Number:
        """log(1 + exp(x)), without a threshold."""
        return self._function("softplus", x)

    def erf(self, x: Number) -> Number:
        return self._function("erf", x)

    def erfc(self, x: Number) -> Number:
        return self._function("erfc", x)

    def maximum(self, *values: Number) -> Number:
        """The largest; of equal ones the first, which then has the whole gradient."""
        largest, *rest = values
        for value in rest:
            largest = self._larger(largest, value)
        return largest

    def minimum(self, *values: Number) -> Number:
        """The smallest; of equal ones the first, which then has the whole gradient."""
        return -self.maximum(*(-value for value in values))

    def clip(self, x: Number, low: Number, high: Number) -> Number:
        """x held between two limits; at a limit, the limit wins and the gradient is 0."""
        return self.minimum(high, self.maximum(low, x))

    # Over channels and space.

    def channelwise(self, vector: Number, x: Number) -> Number:
        """A vector of one value, or one per channel, in a shape that goes with x; a number as it is."""
        if not getattr(vector, "shape", ()):
            return vector
        if math.prod(vector.shape) == 1:
            return vector.reshape((1,) * x.ndim)
        return vector.reshape((1, -1) + (1,) * (x.ndim - 2))

    def spatial_mean(self, x: Number, keepdims: bool = False) -> Number:
        """Mean over all positions."""
        return x.sum(axis=tuple(range(2, x.ndim)), keepdims=keepdims) / math.prod(x.shape[2:])

    def spatial_max(self, x: Number, keepdims: bool = False) -> Number:
        """Largest over all positions; equal ones share the gradient evenly."""
        peak = self._peak(x.reshape((*x.shape[:2], math.prod(x.shape[2:]))), share=True)
        return peak.reshape((*x.shape[:2], *(1,) * (x.ndim - 2))) if keepdims else peak

    def dense(self, x: Number, layer: Layer) -> Number:
        """x W' + b for x (N, C), W (O, C)."""
        y = self._contract("nc,oc->no", x, layer.weight)
        return y if layer.bias is None else y + layer.bias

    def conv(
        self,
        x: Number,
        layer: Layer,
        stride: int = 1,
        padding: int | Sequence[int] = 0,
        groups: int = 1,
    ) -> Number:
        """Cross-correlation with a kernel (O, C / groups, *K), as every framework calls it."""
        outputs, kernel = layer.weight.shape[0], layer.weight.shape[2:]
        windows = self._windows_of(x, kernel, stride, padding, 0.0)
        weight = layer.weight
        space = ascii_lowercase[: len(kernel)]
        taps = ascii_lowercase[len(kernel) : 2 * len(kernel)]
        if groups == 1:
            y = self._contract(f"ny{space}{taps},zy{taps}->nz{space}", windows, weight)
        else:
            y = self._contract(
                f"nxy{space}{taps},xzy{taps}->nxz{space}",
                windows.reshape((windows.shape[0], groups, x.shape[1] // groups, *windows.shape[2:])),
                weight.reshape((groups, outputs // groups, *weight.shape[1:])),
            )
            y = y.reshape((y.shape[0], outputs, *y.shape[3:]))
        return y if layer.bias is None else y + self.channelwise(layer.bias, y)

    def batch_norm(self, x: Number, layer: Layer, training: bool, eps: float = 1e-5) -> Number:
        """Per channel; in training by the batch's own mean and biased variance."""
        weight, bias = (self.channelwise(p, x) for p in (layer.weight, layer.bias))
        if training:
            axes = (0, *range(2, x.ndim))
            centred, mean, variance = self._moments(x, axes)
            self._observe(layer, mean, variance, math.prod(x.shape[axis] for axis in axes))
            return centred / self.sqrt(variance + eps) * weight + bias
        mean, variance = (self.channelwise(p, x) for p in (layer.running_mean, layer.running_var))
        # One scale and one offset, as frameworks do it: that order has the larger rounding errors
        # where the mean is large beside the deviation, so the bound covers the other one too.
        scale = weight / self.sqrt(variance + eps)
        return x * scale + (bias - mean * scale)

    def group_norm(self, x: Number, layer: Layer, groups: int, eps: float = 1e-5) -> Number:
        """Per sample and group of channels, with one weight and bias a channel."""
        grouped = x.reshape((x.shape[0], groups, math.prod(x.shape[1:]) // groups))
        centred, _, variance = self._moments(grouped, (2,))
        y = (centred / self.sqrt(variance + eps)).reshape(x.shape)
        return y * self.channelwise(layer.weight, x) + self.channelwise(layer.bias, x)

    def normalise(self, x: Number, layer: Layer | None, name: str | None, training: bool) -> Number:
        """The normalisation an activation's `norm_layer` names; None is none."""
        if name is None:
            return x
        if layer is None:
            raise ValueError(f"norm_layer is {name!r}, but its part was not given; pass its state")
        if name == "batch_norm":
            return self.batch_norm(x, layer, training)
        groups = {"group_norm": 1, "instance_norm": x.shape[1]}
        if name not in groups:
            raise ValueError(f"no normalisation {name!r}; known are batch_norm, {', '.join(groups)} and None")
        return self.group_norm(x, layer, groups[name])

    def average_pool(self, x: Number, window: int, stride: int, padding: int) -> Number:
        """Mean over square windows; padding is not counted."""
        kernel = (window,) * (x.ndim - 2)
        windows = self._windows_of(x, kernel, stride, padding, 0.0)
        ones = np.pad(np.ones(x.shape[2:]), padding)
        counted = np.lib.stride_tricks.sliding_window_view(ones, kernel)
        counts = counted[(slice(None, None, stride),) * len(kernel)].sum(
            axis=tuple(range(len(kernel), 2 * len(kernel)))
        )
        return windows.sum(axis=tuple(range(x.ndim, windows.ndim))) / counts

    def max_pool(self, x: Number, window: int, stride: int, padding: int) -> Number:
        """Largest of square windows; of equal ones the first in row order has the gradient."""
        kernel = (window,) * (x.ndim - 2)
        windows = self._windows_of(x, kernel, stride, padding, -math.inf)
        return self._peak(windows.reshape((*windows.shape[: x.ndim], window ** len(kernel))), share=False)

    def softmax(self, x: Number, axes: Sequence[int]) -> Number:
        """exp(x) / sum exp(x) over the axes, shifted by the largest, which changes nothing."""
        axes = tuple(axes)
        weights = self.exp(x - self._shift(x, axes))
        return weights / weights.sum(axis=axes, keepdims=True)

    def resize_nearest(self, x: Number, size: Sequence[int]) -> Number:
        """Each position takes the one at floor(i * in / out)."""
        for axis, (new, old) in enumerate(zip(size, x.shape[2:], strict=True), start=2):
            if new != old:
                x = self._take(x, np.arange(new) * old // new, axis)
        return x

    def _moments(self, x: Number, axes: tuple[int, ...]) -> tuple[Number, Number, Number]:
        """x less its mean, the mean, and the biased variance."""
        count = math.prod(x.shape[axis] for axis in axes)
        mean = x.sum(axis=axes, keepdims=True) / count
        # One value is its own mean: what it is off by, the mean is off by too.
        centred = x - mean if count > 1 else 0 * x
        return centred, mean, (centred * centred).sum(axis=axes, keepdims=True) / count

    def _windows_of(
        self,
        x: Number,
        kernel: tuple[int, ...],
        stride: int,
        padding: int | Sequence[int],
        outside: float,
    ) -> Number:
        widths = [padding] * len(kernel) if isinstance(padding, int) else list(padding)
        if any(widths):
            x = self._pad(x, ((0, 0), (0, 0), *((width, width) for width in widths)), outside)
        return self._windows(x, kernel, stride)

    def _observe(self, layer: Layer, mean: Number, variance: Number, count: int) -> None:  # noqa: B027
        """Told of each batch that is normalised: its biased variance, and how many values a channel has."""

    # What an arithmetic supplies.

    @abc.abstractmethod
    def _function(self, name: str, x: Number) -> Number:
        """A row of the table of functions."""

    @abc.abstractmethod
    def abs(self, x: Number) -> Number:
        """|x|, of derivative 0 at 0."""

    @abc.abstractmethod
    def where(self, condition: Any, yes: Number, no: Number) -> Number:
        """`yes` where the condition holds, else `no`; the other branch has no gradient."""

    @abc.abstractmethod
    def _larger(self, a: Number, b: Number) -> Number:
        """The larger of two, a if they are equal."""

    @abc.abstractmethod
    def _peak(self, x: Number, *, share: bool) -> Number:
        """Largest over the last axis; equal ones share the gradient, or the first has it."""

    @abc.abstractmethod
    def _shift(self, x: Number, axes: tuple[int, ...]) -> Number:
        """Largest over the axes, kept; as a constant."""

    @abc.abstractmethod
    def _contract(self, spec: str, a: Number, b: Number) -> Number:
        """A sum of products, as `numpy.einsum` writes it."""

    @abc.abstractmethod
    def _pad(self, x: Number, widths: Sequence[tuple[int, int]], value: float) -> Number:
        """x in a frame of a constant."""

    @abc.abstractmethod
    def _windows(self, x: Number, kernel: tuple[int, ...], stride: int) -> Number:
        """All windows of (N, C, *S): (N, C, *positions, *kernel)."""

    @abc.abstractmethod
    def _take(self, x: Number, index: np.ndarray[Any, Any], axis: int) -> Number:
        """Entries of one axis, by index."""
