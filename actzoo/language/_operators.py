"""The names a spec's body may call, as data. Knows neither their derivatives nor any framework.

A name here can be imported into a file of specs, so that editors and linters know it; it is read from the
syntax tree and never run.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NoReturn


@dataclass(frozen=True)
class Operator:
    """A name of the language. Calling it outside a spec is a mistake, and says so."""

    name: str
    arity: int
    meaning: str

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise TypeError(f"'{self.name}' is a word of the spec language: use it in the body of an @activation function")


@dataclass(frozen=True)
class Primitive(Operator):
    """Element by element; has a derivative rule and a row in every renderer."""


@dataclass(frozen=True)
class Structure(Operator):
    """Pooling, reduction, reshaping: the framework's own. `constant`: nothing is differentiated through it."""

    options: tuple[str, ...] = ()
    constant: bool = False


class Symbol:
    """A name that the spec language gives a meaning: see `C` and `training`."""


C: Any = Symbol()
"""The number of channels; `channels` in the rendered class."""

training: Any = Symbol()
"""Whether the module trains."""

PRIMITIVES = {
    p.name: p
    for p in (
        Primitive("exp", 1, "e to the power of x; bound its argument"),
        Primitive("expm1", 1, "exp(x) - 1, accurate near 0"),
        Primitive("log1p", 1, "log(1 + x), accurate near 0"),
        Primitive("tanh", 1, "hyperbolic tangent"),
        Primitive("sigmoid", 1, "1 / (1 + exp(-x))"),
        Primitive("softplus", 1, "log(1 + exp(x))"),
        Primitive("erfc", 1, "1 - erf(x), accurate in its tail"),
        Primitive("normal_cdf", 1, "Phi(x), the normal distribution function, accurate in its tail"),
        Primitive("sech2", 1, "1 - tanh(x)^2, accurate in its tails"),
        Primitive("where", 3, "where(condition, a, b): a where it holds, b elsewhere"),
        Primitive("maximum", 2, "the larger; the first wins a tie and gets all the gradient"),
        Primitive("minimum", 2, "the smaller; the first wins a tie and gets all the gradient"),
        Primitive("clip", 3, "clip(x, low, high): x held in [low, high]; the gradient is 0 at both ends"),
        Primitive("exp_gated", 2, "exp_gated(x, u) = x exp(u), accurate where exp(u) alone underflows; bound u"),
        Primitive("sigmoid_gated", 2, "sigmoid_gated(x, u) = x sigmoid(u), accurate where sigmoid(u) alone underflows"),
        Primitive("normal_gated", 2, "normal_gated(x, u) = x Phi(u), by the normal distribution function; bound u"),
        Primitive("gated", 2, "gated(x, gate) = x * gate, and 0 where the gate is 0, even for infinite x"),
    )
}

STRUCTURES = {
    s.name: s
    for s in (
        Structure("spatial_mean", 1, "mean over the spatial axes, which stay with size 1"),
        Structure("spatial_max", 1, "maximum over the spatial axes, which stay; ties share the gradient"),
        Structure("pooled", 1, "mean over the spatial axes, which go: (N, C)"),
        Structure("per_sample", 3, "per_sample(theta, k, layout): (N, 2k) to (2k, N, 1, ...)", ("k", "layout")),
        Structure("per_channel", 3, "per_channel(theta, k, layout): (N, 2kC) to (2k, N, C, 1, ...)", ("k", "layout")),
        Structure("channelwise", 1, "a vector of C values, or of one, along the channel axis of x"),
        Structure("softmax", 2, "softmax(x, over): over 'positions' or the 'last_axis' of space", ("over",)),
        Structure("positions", 1, "the number of spatial positions", (), True),
        Structure(
            "average_pool",
            2,
            "average_pool(x, extent): window 2 extent - 1, stride extent, padding not counted",
            ("extent",),
        ),
        Structure(
            "max_pool",
            2,
            "max_pool(x, extent): the same windows; the first of equals gets the gradient",
            ("extent",),
        ),
        Structure("resize_nearest", 2, "resize_nearest(y, x): y at x's spatial size, index floor(i * in / out)"),
    )
}
