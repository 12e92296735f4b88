"""Paddle, layer by layer: errors put into what each takes and gives, forward and backward. Knows no model."""

from __future__ import annotations

import math
from typing import Any, final

import numpy as np
import paddle

from actzoo.weights._outline import site_of

from ._noise import Kind, Noise, are_equal, most_terms
from ._side import Array

STATISTICS = {"batch_norm": (0, 2, 3, 4), "instance_norm": (2, 3, 4), "group_norm": (2,), "layer_norm": (-1,)}
"""The axes of what a norm takes statistics of, by its kind: those that there are; of groups in a row the last."""


@final
class Errors:
    """The errors of one layer, by what it may sum over."""

    def __init__(self, layer: Any, noise: Noise, draw: np.random.Generator) -> None:
        self._own = layer.parameters(include_sublayers=False)
        self._noise, self._draw = noise, draw
        self._terms = 1
        self._slopes: list[Array] = []
        kind = site_of(layer, "paddle").kind
        still = kind == "batch_norm" and not layer.training
        self._axes = () if still else STATISTICS.get(kind, ())
        self._groups = int(layer._num_groups) if kind == "group_norm" else 0

    def before(self, layer: Any, inputs: Any) -> Any:
        """Disturb what a layer is given; of a norm, what flows back through it by the size of its terms too."""
        shapes = [tuple(x.shape) for x in inputs if isinstance(x, paddle.Tensor) and x.is_floating_point()]
        self._terms = most_terms([*shapes, *(tuple(p.shape) for p in self._own)])
        made = tuple(self._disturbed(x, self._noise.of_operands(Kind.SUM, self._terms)) for x in inputs)
        self._given = made[0] if made and self._axes else None
        return made

    def after(self, layer: Any, inputs: Any, out: Any) -> Any:
        """Disturb what a layer gives, and keep what flows back into it."""
        if isinstance(out, paddle.Tensor) and not out.stop_gradient:
            if self._given is not None and not self._given.stop_gradient:
                gain = float(np.std(out.numpy())) / max(float(np.std(self._given.numpy())), 1e-300)
                self._given.register_hook(lambda slope: self._of_terms(slope, gain))
            out.register_hook(lambda slope: self._slopes.append(np.array(slope.numpy())))
        size = max(self._noise.of_result(Kind.SUM, self._terms), self._noise.of_result(Kind.FUNCTION))
        return self._nested(out, size)

    def owns(self, parameter: Any) -> bool:
        """Whether a parameter is one of the layer's own."""
        return any(parameter is own for own in self._own)

    def of_slope(self, slope: Array) -> Array:
        """The slope of a parameter with the error of the sum that it is: of a vector a plain one."""
        if not self._slopes or self._noise.plain:
            return slope
        channels = slope.shape[-1] if slope.ndim == 1 else max(slope.shape)
        terms = max(sum(each.size for each in self._slopes) // channels, 1)
        equal = slope.ndim == 1 and any(map(are_equal, self._slopes))
        return self._noise.disturbed(slope, self._noise.of_sum(terms, equal), self._draw)

    def _of_terms(self, slope: Any, gain: float) -> Any:
        """What flows out of a norm is gain (g - mean g), which may be 0: off by roundings of g, and of its mean."""
        g = np.abs(self._slopes[-1])
        g = g.reshape(g.shape[0], self._groups, -1) if self._groups else g
        axes = tuple(axis for axis in self._axes if axis < g.ndim)
        terms = math.prod(g.shape[axis] for axis in axes)
        mean = g.mean(axes, keepdims=True) * (math.sqrt(terms) if are_equal(g, axes) else 1.0)
        size = gain * self._noise.of_result(Kind.SUM, self._terms)
        error = size * (self._draw.uniform(-1, 1, g.shape) * g + self._draw.uniform(-1, 1, mean.shape) * mean)
        return slope + paddle.to_tensor(error.reshape(slope.shape)).astype(slope.dtype)

    def _nested(self, out: Any, size: float) -> Any:
        if isinstance(out, list | tuple):
            return type(out)(self._nested(each, size) for each in out)
        return self._disturbed(out, size)

    def _disturbed(self, value: Any, size: float) -> Any:
        """The value times 1 + one error; what flows back, times 1 + another."""
        if not size or not isinstance(value, paddle.Tensor) or not value.is_floating_point():
            return value
        ahead, back = (paddle.to_tensor(self._draw.uniform(-size, size, value.shape)) for _ in range(2))
        ahead, back = ahead.astype(value.dtype), back.astype(value.dtype)
        plain = value.detach()
        lost = paddle.where(paddle.isfinite(plain), plain * (ahead - back), paddle.zeros_like(plain))
        return value * (1 + back) + lost
