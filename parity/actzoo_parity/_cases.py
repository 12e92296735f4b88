"""The numbers of a plan: an input, weights, a cotangent, all from what the plan's name decides.

Everything is in torch's layout; no framework is known here.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import ml_dtypes
import numpy as np
from numpy.typing import NDArray

from actzoo.language import Parameter, Spec
from actzoo.language._declare import Param
from actzoo.language._evaluate import evaluate
from actzoo.language._policies import number

from ._floats import draws, sweep
from ._photographs import feature_maps, feature_sequences, feature_volumes, photographs, random_maps
from ._plan import Plan

Array = NDArray[Any]

NUMPY = {"bfloat16": np.dtype(ml_dtypes.bfloat16)}


def numpy_dtype(name: str) -> np.dtype[Any]:
    """NumPy's dtype of a format, bfloat16 included."""
    return NUMPY.get(name) or np.dtype(name)


MANY, VERY_MANY = 512, 2**19
"""Channels of a module whose initial values are looked at, and of an element-wise one, which has no layers: there is
more to see than in the case's own."""


@dataclass(frozen=True)
class Case:
    """A plan with its numbers.

    options    as the constructor takes them
    noise      uniform numbers, for an activation that draws them
    direction  a tangent of x
    state      by torch's keys, without `num_batches_tracked`
    directions tangents of what is learnt, by its key
    """

    plan: Plan
    spec: Spec
    options: Mapping[str, Any]
    channels: int | None
    x: Array
    noise: Array | None
    cotangent: Array
    direction: Array
    state: Mapping[str, Array]
    directions: Mapping[str, Array]

    @property
    def training(self) -> bool:
        return bool(self.plan.training)

    @property
    def constants(self) -> frozenset[str]:
        """What of the state is not learnt."""
        return frozenset(p.key for p in self.parameters if not p.learnt)

    @cached_property
    def parameters(self) -> list[Parameter]:
        given = {} if self.channels is None else {"channels": self.channels}
        return self.spec.parameters(**given, **constructor_options(self.spec, self.options))

    @property
    def many(self) -> dict[str, int]:
        """The channels, if any, of a module whose initial values are looked at."""
        return {} if self.channels is None else {"channels": VERY_MANY if self.spec.element_wise else MANY}

    @property
    def parameters_of_fresh(self) -> list[Parameter]:
        """Of that module."""
        return self.spec.parameters(**self.many, **constructor_options(self.spec, self.options))

    @property
    def prefixes(self) -> dict[str, str | list[str]]:
        """Which keys belong to which part."""
        given = {} if self.channels is None else {"channels": self.channels}
        values = self.spec.values(**given, **constructor_options(self.spec, self.options))
        found: dict[str, str | list[str]] = {}
        for name, part in self.spec.layers.items():
            keys = self.spec.keys(name, values)
            found[name] = keys if getattr(part, "count", None) else (keys or [name])[0]
        return found

    @property
    def given(self) -> dict[str, Any]:
        """Values of parameters that are plain numbers here."""
        return {n: p.init for n, p in self.spec.parts.items() if isinstance(p, Param) and p.given}

    @property
    def nan_slope(self) -> Any:
        """The derivative where x is NaN, as the spec declares it: a number, or an array that goes with x."""
        space = (1,) * (self.x.ndim - 2)
        learnt = {k: v.astype(np.float64).reshape(-1, *space) if v.ndim else v for k, v in self.state.items()}
        noise = {} if self.noise is None else {"noise": self.noise.astype(np.float64)}
        values = self.spec.values(self.channels, **constructor_options(self.spec, self.options))
        named = {"nan": math.nan, "training": self.training, **values, **self.given, **learnt, **noise}
        return evaluate(self.spec.policies.nan_slope, named)

    def arrays(self) -> dict[str, Array]:
        """All numbers by name, for a file."""
        named = {"x": self.x, "cotangent": self.cotangent, "direction": self.direction}
        noise = {} if self.noise is None else {"noise": self.noise}
        prefixed = {"state": self.state, "direction": self.directions}
        return named | noise | {f"{kind}/{key}": a for kind, some in prefixed.items() for key, a in some.items()}


def constructor_options(spec: Spec, options: Mapping[str, Any]) -> dict[str, Any]:
    """The options without the values of buffers and parameters, which a constructor takes too."""
    names = {o.name for o in spec.options}
    return {k: v for k, v in options.items() if k in names}


def case(plan: Plan, spec: Spec) -> Case:
    """A plan's numbers, drawn from random ones that its name decides."""
    words = f"{spec.name} {dict(plan.options)} {plan.data} {plan.seed}"
    rng = np.random.default_rng(zlib.crc32(words.encode()))
    dtype = numpy_dtype(plan.dtype)
    x = halved(data(plan, spec)).astype(dtype) if plan.data in HALVED else data(plan, spec).astype(dtype)
    if "size" in plan.options.values():
        x = np.ascontiguousarray(x[:, :, :9, :11])
    options, channels = resolved(plan, spec, x.shape)
    given = {} if channels is None else {"channels": channels}
    parameters = spec.parameters(**given, **constructor_options(spec, options))
    pointwise = plan.data == "sweep"
    whole = pointwise or (spec.element_wise and plan.data == "random")  # over which no sum is finite
    biases = [at for at, p in enumerate(parameters) if p.kind in LAYERS and p.part == "bias"]
    drawn = {
        p.key: altered(p, draw(p, rng, options), plan, at, last=at in biases[-1:]) for at, p in enumerate(parameters)
    }
    state = {key: weight.astype(dtype) for key, weight in drawn.items()}
    learnt = {} if whole else {p.key: state[p.key].shape for p in parameters if p.learnt}
    return Case(
        plan=plan,
        spec=spec,
        options=options,
        channels=channels,
        x=x,
        noise=rng.random(x.shape, np.float32).astype(dtype) if spec.noisy else None,
        cotangent=sized(plan, x, np.ones(x.shape, dtype) if pointwise else normal(rng, x.shape, dtype)),
        direction=sized(plan, x, np.ones(x.shape, dtype) if pointwise else normal(rng, x.shape, dtype), EACH // 2),
        state=state,
        directions={key: normal(rng, shape, dtype) for key, shape in learnt.items()},
    )


def loaded(plan: Plan, spec: Spec, arrays: Mapping[str, Array]) -> Case:
    """A plan with the numbers that `Case.arrays` wrote."""
    options, channels = resolved(plan, spec, arrays["x"].shape)

    def under(prefix: str) -> dict[str, Array]:
        return {name.removeprefix(prefix): a for name, a in arrays.items() if name.startswith(prefix)}

    return Case(
        plan=plan,
        spec=spec,
        options=options,
        channels=channels,
        x=arrays["x"],
        noise=arrays.get("noise"),
        cotangent=arrays["cotangent"],
        direction=arrays["direction"],
        state=under("state/"),
        directions=under("direction/"),
    )


def resolved(plan: Plan, spec: Spec, shape: tuple[int, ...]) -> tuple[dict[str, Any], int | None]:
    """The options as the constructor takes them for an input of this shape, and its channels where they matter."""
    channels = shape[1] if len(shape) > 1 else 1
    stand_ins = {"channels": channels, "size": tuple(shape[2:])}
    options: dict[str, Any] = {k: stand_ins[v] if v in ("channels", "size") else v for k, v in plan.options.items()}
    if any(o.name == "reduction" for o in spec.options) and options.get("reduction", 8) > channels:
        options["reduction"] = 1
    return options, channels if spec.uses_channels else None


# inputs

HALVED = ("pixels", "features")
"""Data whose left and right halves are samples of their own: a norm in training has little to go by in two."""

CHANNELS = 16
MAPS: Mapping[str, Callable[..., Array]] = {"1d": feature_sequences, "2d": feature_maps, "3d": feature_volumes}
SIZES = {"1d": (48,), "2d": (32, 40), "3d": (4, 8, 10)}
SMALL_SIZES = {"1d": (31,), "2d": (9, 11), "3d": (3, 5, 4)}
"""Of maps. Most data of modules, and all under options, is small, so that one function that XLA compiles serves it."""

DRAWS = 1000

SHAPES: Mapping[str, tuple[int, ...]] = {
    "shape-empty": (0, 4, 5, 6),
    "shape-0d": (),
    "shape-1": (1,),
    "shape-15": (15,),
    "shape-16": (16,),
    "shape-17": (17,),
    "shape-1d": (2, 4, 7),
    "shape-2d": (2, 4, 5, 6),
    "shape-3d": (2, 4, 2, 3, 5),
}
SPATIAL_SHAPES: Mapping[str, tuple[int, ...]] = {
    "shape-empty": (0, 8, 5, 6),
    "shape-one": (2, 8, 1, 1),
    "shape-15": (1, 8, 3, 5),
    "shape-17": (1, 8, 1, 17),
    "shape-odd": (3, 8, 7, 2),
}


def data(plan: Plan, spec: Spec) -> Array:
    """The input of a plan, before it is rounded to the dtype."""
    rank = plan.options.get("conv_type", "2d")
    maps = 4, CHANNELS, *SMALL_SIZES[rank]
    match plan.data:
        case "sweep":
            return arranged(sweep(plan.dtype, kinks(plan, spec)))
        case "pixels":
            return photographs()[:, :, ::4, ::4]
        case "features":
            *sides, last = (SMALL_SIZES if plan.options and not spec.element_wise else SIZES)[rank]
            return MAPS[rank](CHANNELS, (*sides, 2 * last))  # to be halved
        case "random" if spec.element_wise:
            return arranged(draws(plan.dtype, plan.seed, DRAWS))
        case "random":
            return random_maps(maps, plan.seed) * 4 + levels(maps, plan.seed)
        case "mixed":
            return mixed(random_maps(maps, plan.seed) * 4)
        case "single":
            return single(plan.seed)
        case "small":
            return small(random_maps((2, SWEPT, 32), plan.seed))
        case "ties":
            return ties(random_maps(maps, plan.seed))
        case "wide":
            return scaled(random_maps(maps, plan.seed) * 4, WIDE)
        case "nan":
            x = random_maps(maps, plan.seed) * 4
            x[0, 1].flat[2] = np.nan
            return x
        case shape:
            return random_maps((SHAPES if spec.element_wise else SPATIAL_SHAPES)[shape], plan.seed) * 4


def kinks(plan: Plan, spec: Spec) -> tuple[float, ...]:
    """Where a sweep looks closely."""
    options, channels = resolved(plan, spec, (2, 4, 1))
    values = spec.values(channels, **constructor_options(spec, options))
    return tuple(number(at, values) for at in spec.kinks)


def levels(shape: tuple[int, ...], seed: int) -> Array:
    """A number for each map, so that their means, which gates see, are of many sizes."""
    return 4 * random_maps((*shape[:2], *(1,) * (len(shape) - 2)), seed + 1)


def small(x: Array) -> Array:
    """Numbers from 1/2 to 2**-32, and 0: a sum of few, none of which hides another."""
    x = np.copysign(2.0 ** -np.arange(1.0, 1 + x.shape[-1]), x) * (1 + np.abs(x) % 1)
    x[0, :, -1], x[1, :, -1] = 0.0, -0.0
    return x.astype(np.float32)


def single(seed: int) -> Array:
    """A number for each of many channels, from 2**-20 to 2**7: what is learnt has a gradient of one term."""
    rng = np.random.default_rng(seed)
    sizes = 2.0 ** rng.uniform(-20, 7, DRAWS)
    return np.asarray(np.where(rng.random(DRAWS) < 0.5, -sizes, sizes), np.float32).reshape(1, DRAWS, 1)


def mixed(x: Array) -> Array:
    """Four samples: far out, in whole numbers that tie, mostly 0 beside tiny ones, and as they are."""
    sparse = np.rint(x[2] / 4) + np.where(np.rint(x[3]) == 1, 1e-8, 0.0)
    return np.stack([x[0] * 10, np.rint(x[1] / 2), sparse, x[3]])


TINY = (1e-8, -1e-8, 2.0**-103)


def ties(x: Array) -> Array:
    """Whole numbers, and here and there tiny ones: layers without weights give their bias, which is a whole number."""
    x = np.rint(2 * x)
    for start, tiny in enumerate(TINY):
        x.flat[start::17] = tiny
    return x


WIDE = (2.0**17, 2.0**-103, 1.0, 4.0)
"""What the samples of wide data are multiplied by."""

WIDE_DERIVATIVES = (1.0, 2.0**-103, 2.0**17, 1.0)
"""The same of cotangents and directions: where a sample is tiny, all is."""

LARGE, EACH, MODERATE = 2.0**14, 16, 2.0**20
"""In a sweep one cotangent of so many is large, as are those of a loss that is scaled; where x is not large too."""


def scaled(x: Array, sizes: Sequence[float]) -> Array:
    """Samples, each times its own number."""
    return np.asarray(x * np.array(sizes, x.dtype).reshape(-1, *(1,) * (x.ndim - 1)))


def sized(plan: Plan, x: Array, derivative: Array, start: int = 0) -> Array:
    """A cotangent, or a direction of x, of the sizes that go with the data."""
    if plan.data == "wide":
        return scaled(derivative, WIDE_DERIVATIVES)
    if plan.data == "sweep":
        large = (np.arange(x.size).reshape(x.shape) % EACH == start) & (np.abs(x.astype(np.float64)) < MODERATE)
        derivative[large] = LARGE
    return derivative


SWEPT = 4
"""Channels of a sweep."""


def arranged(numbers: Array) -> Array:
    """Numbers as (2, 4, n), the first of them again at the end to fill it up."""
    n = -(-numbers.size // (2 * SWEPT))
    return np.resize(numbers, 2 * SWEPT * n).reshape(2, SWEPT, n)


def halved(x: Array) -> Array:
    """Left and right halves as samples of their own."""
    half = x.shape[-1] // 2
    return np.concatenate([x[..., :half], x[..., half : 2 * half]])


# weights


def normal(rng: np.random.Generator, shape: tuple[int, ...], dtype: Any) -> Array:
    return rng.standard_normal(shape, np.float32).astype(dtype)


def draw(p: Parameter, rng: np.random.Generator, options: Mapping[str, Any]) -> Array:
    """Weights of the size that training leaves: variances are positive, buffers have their own values.

    A layer's first bias is positive, so that there is no hidden layer of ReLUs that are all 0.
    """
    if p.kind == "own" and not p.learnt:
        return np.asarray(options.get(p.key) or literal(p.init), np.float32)
    if p.part == "running_var":
        return rng.uniform(0.5, 1.5, p.shape).astype(np.float32)
    if p.kind.endswith("_norm"):
        centre = 1.0 if p.part == "weight" else 0.0
        return (centre + 0.2 * rng.standard_normal(p.shape)).astype(np.float32)
    fan_in = math.prod(p.shape[1:]) if p.kind in LAYERS and p.part == "weight" else 1
    weight = np.asarray(rng.standard_normal(p.shape) / np.sqrt(fan_in), np.float32)
    if p.kind in LAYERS and p.part == "bias":
        weight[0] = np.abs(weight[0])
    return weight


MUCH = 2.0**7
"""In a sweep a weight is so much larger than the others of its channel: what cancels then is seen."""


LAYERS = ("dense", "conv")


def altered(p: Parameter, weight: Array, plan: Plan, at: int, last: bool) -> Array:
    """A weight as the data ask for it; `at` is its place in the state, `last` whether it is the last layer's bias.

    mixed   multiples of 1/2, so that lines and branches meet exactly
    ties    those of layers 0, so that what they give is their bias, a whole number
    wide    the last layer's biases from 8 to 32, of either sign: all that follows is in its tails
    sweep   in a channel of its own much larger than those beside it
    """
    layer = p.kind in LAYERS
    if plan.data == "sweep" and p.learnt and weight.size >= SWEPT:
        weight.flat[SWEPT - 1 - at % (SWEPT - 1)] *= MUCH
    if plan.data == "wide" and last:
        return np.asarray(np.copysign(8 + 24 * np.abs(np.sin(8 * weight)), weight), np.float32)
    if plan.data == "ties":
        if p.part == "running_mean" or (layer and p.part == "weight"):
            return np.zeros_like(weight)
        return np.rint(2 * weight) if p.learnt and p.part == "bias" else weight
    if plan.data != "mixed" or not p.learnt:
        return weight
    return np.asarray(np.rint(weight * (8 if layer else 2)) / 2, np.float32)


def literal(text: str) -> list[float]:
    return [float(v) for v in text.strip("[]").split(",")]
