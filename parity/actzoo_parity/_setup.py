"""What a check is about, made ready to be asked: inputs and weights in any dtype, cotangents. Judges nothing."""

from __future__ import annotations

import inspect
import sys
import zlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, final

import numpy as np

from ._carry import Carried, Weights, carry, layers_of, renamed
from ._registry import references
from ._sides import Inputs, Question, Run, make_sides
from ._sides._side import Array, Shape, Side, SideError
from .arithmetic import format_of

Reference = str | Callable[..., Any]
REFERENCE = "the reference"


def fits(name: str, pattern: str) -> bool:
    """Whether an output is meant: the brackets of `value[0]` are no pattern."""
    return fnmatchcase(name, pattern.replace("[", "[[]"))


@final
@dataclass(frozen=True)
class Options:
    """The arguments of `check` besides sides and inputs."""

    weights: Weights = None
    reference: Reference | None = None
    reference_options: Mapping[str, Any] = field(default_factory=dict)
    dtype: str | None = None
    gradients: bool = True
    cotangent: Array | Mapping[str, Array] | None = None
    seed: int = 0
    samples: int = 16
    names: Sequence[str] | None = None
    channels_last: Sequence[str] | None = None
    flatten: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    keywords: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    output: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)
    ignore: str | Sequence[str] = ()

    @property
    def patterns(self) -> tuple[str, ...]:
        """What is not judged: one pattern, or several."""
        return (self.ignore,) if isinstance(self.ignore, str) else tuple(self.ignore)


@final
class Setup:
    """The sides, each with its weights, and one question that can be put to all of them."""

    def __init__(self, targets: Sequence[Any], given: Any, options: Options) -> None:
        self.options = options
        raw = _inputs(given)
        flatten = _under_both_names(options.flatten, options.weights)
        self.sides = make_sides(
            targets,
            options.names,
            raw,
            keywords=options.keywords,
            output=options.output,
            channels_last=options.channels_last,
            flatten=flatten,
        )
        self.first = self.sides[0]
        self.targets = {side.name: target for side, target in zip(self.sides, targets, strict=True)} | {REFERENCE: None}
        self._require_flatten(raw, flatten)
        others = [side.name for side in self.sides[1:]]
        self.carried = {self.first.name: self._own(raw)} | {
            side.name: carry(self.first, side, raw, options.weights, others) for side in self.sides[1:]
        }
        self.state = self.first.state() or {}
        self.biased = self._biased(raw)
        self.dtype = self._dtype(raw)
        self.inputs = raw.replaced({name: rounded(a, self.dtype) for name, a in raw.arrays.items()})

    def _own(self, raw: Inputs) -> Carried:
        self.first.shapes(raw)
        if self.first.state() is None:
            raise SideError(f"{self.first.name} comes first and has no weights: give (module, variables)")
        return Carried("its own", lambda state: state, dict, from_first=False)

    def _biased(self, raw: Inputs) -> dict[str, dict[str, str]]:
        """The running variances that other sides keep as the mean of n squares and this one does not, by its keys.

        Of the frameworks' own batch norms, which are of a documented kind; what a user's layer keeps is compared as
        it is.
        """
        held = {side.name: self._variances(side, raw) for side in self.sides}
        usual = {there for side in self.sides if not side.quirks.unbiased for there in held[side.name].values()}
        return {
            side.name: {key: there for key, there in held[side.name].items() if there in usual}
            for side in self.sides
            if side.quirks.unbiased
        }

    def _variances(self, side: Side, raw: Inputs) -> dict[str, str]:
        """The running variances of batch norms, by their keys: the first side's keys."""
        outline, shapes, back = side.outline(raw), side.shapes(raw), self.carried[side.name].back
        sites = {} if outline is None else outline.sites
        own = [".".join((*path, "running_var")) for path, site in sites.items() if site.kind == "batch_norm"]
        return {key: there for key in own if key in shapes for there in back({key: np.zeros(shapes[key])})}

    def quirks(self, outputs: Collection[str]) -> list[str]:
        """What the frameworks do otherwise and is not held against them, in words, where that is among the outputs."""
        usual = [side.name for side in self.sides if not side.quirks.unbiased]
        remarks = [f"gradients of {s.name} are not compared: {s.quirks.remark}" for s in self.sides if s.quirks.remark]
        return remarks + [
            f"the batch norms of {name} keep n / (n - 1) times the variance that those of {' and '.join(usual)} keep, "
            "as they are documented to: running variances are compared without that factor"
            for name, keys in self.biased.items()
            if any(f"updated {there}" in outputs for there in keys.values())
        ]

    def _require_flatten(self, raw: Inputs, flatten: Mapping[str, Any]) -> None:
        """Between channels first and last, a weight behind a flatten is reordered, and has to be known."""
        if not {"flax", "linen"} & {side.framework for side in self.sides}:
            return
        seen = [o.flattened for side in self.sides if (o := side.outline(raw)) is not None]
        behind = {".".join(path) for found in seen for path in found} - set(flatten)
        if behind and self.options.weights != "own":
            raise SideError(
                f"{', '.join(sorted(behind))} read a flattened map, whose order differs between channels first and "
                f"last; declare its shape: flatten={{{min(behind)!r}: (C, H, W)}}"
            )

    def _dtype(self, raw: Inputs) -> str:
        """What is judged."""
        if self.options.dtype is not None:
            return format_of(self.options.dtype).name
        given = dtypes(raw.arrays)
        held = dtypes(self.state) or {d for side in self.sides for d in dtypes(side.state() or {})}
        chosen = held or given
        if len(chosen) != 1:
            what = f"weights of {', '.join(sorted(chosen))}" if chosen else "neither inputs nor weights are floats"
            raise SideError(f"which dtype is to be judged? {what}; say it: dtype='float32'")
        if held and given - held - {"float64"}:
            raise SideError(f"inputs are {', '.join(sorted(given))}, weights {min(held)}; make them one dtype")
        return min(chosen)

    def weights_of(self, side: Side) -> str:
        """How a side has its weights, in words."""
        carried = self.carried[side.name]
        return f"{self.first.name}'s, {carried.words}" if carried.from_first else carried.words

    def question(self, side: Side, dtype: str, *, gradients: bool | None = None, watch: bool = False) -> Question:
        """What is asked of a side in some dtype, without noise."""
        carried = self.carried.get(side.name)
        state = carried.state(self.state_in(dtype)) if carried else {}
        wanted = (self.options.gradients if gradients is None else gradients) and side.differentiable
        return Question(
            inputs=self.inputs.replaced({n: rounded(a, dtype) for n, a in self.inputs.arrays.items()}),
            state={key: rounded(rounded(a, self.dtype), dtype) for key, a in state.items()},
            dtype=dtype,
            cotangent=self.cotangent if wanted else None,
            watch=watch,
            widen=dtype == "float64" and self.dtype != "float64",
            biased=frozenset(self.biased.get(side.name, {})),
        )

    def state_in(self, dtype: str) -> dict[str, Array]:
        """The first side's state, rounded to the judged dtype, in another."""
        return {key: rounded(rounded(a, self.dtype), dtype) for key, a in self.state.items()}

    def cotangent(self, name: str, shape: Shape, dtype: str) -> Array:
        """The adjoint of an output: what is given, or normal numbers of the judged dtype."""
        given = self.options.cotangent
        if isinstance(given, Mapping):
            if name not in given:
                raise SideError(f"no cotangent for {name}; there are {', '.join(given) or 'none'}")
            given = given[name]
        if given is None:
            draw = np.random.default_rng((self.options.seed, zlib.crc32(name.encode())))
            made = draw.standard_normal(shape)
        else:
            made = _array(given)
            if made.shape != shape:
                raise SideError(f"the cotangent of {name} has shape {made.shape}, the output {shape}")
        return rounded(rounded(made, self.dtype), dtype)

    def named(self, side: Side, run: Run) -> dict[str, Array]:
        """What a run gave, by the names of a report, under the first side's keys."""
        inputs = self.inputs.arrays
        carried = self.carried.get(side.name)
        learnt = {key: g for key, g in run.gradients.items() if key not in inputs}
        weights = carried.back(learnt) if carried else {}
        own = self.first.learnt()
        if self.state:  # what the first side does not learn has no gradient to compare
            weights = {key: g for key, g in weights.items() if key in own}
        gradients = {key: g for key, g in run.gradients.items() if key in inputs} | weights
        updated = carried.back(run.updated) if carried else {}
        return Run(run.outputs, gradients, updated).named()

    def reference_side(self) -> Side | None:
        """A NumPy function that is the reference, as a side."""
        function = self.options.reference
        if function is None or derives(function):
            return None
        assert not isinstance(function, str)
        from ._sides._numpy import NumpySide

        keywords = {}
        if self.state and "weights" in inspect.signature(function).parameters:
            keywords["weights"] = self.state_in("float64")
        return NumpySide(REFERENCE, function, keywords, lambda out: out)


def _under_both_names(flatten: Mapping[str, tuple[int, ...]], weights: Weights) -> dict[str, tuple[int, ...]]:
    """The flattened layers by the first side's names, and by those that the map gives them."""
    named = dict(flatten)
    maps = [weights, *weights.values()] if isinstance(weights, Mapping) else []
    for names in maps:
        if isinstance(names, Mapping):
            layers = layers_of(names)
            named |= {renamed(path, layers): shape for path, shape in flatten.items()}
    return named


def derives(reference: Reference) -> bool:
    """Whether it is a reference by name or by its first argument, the mathematics: its bound is derived."""
    if isinstance(reference, str) or reference in references().values():
        return True
    return next(iter(inspect.signature(reference).parameters), "") == "m"


def dtypes(arrays: Mapping[str, Array]) -> set[str]:
    """The floating dtypes among arrays."""
    return {a.dtype.name for a in arrays.values() if is_float(a)}


def is_float(array: Array) -> bool:
    return array.dtype.kind == "f" or array.dtype.name == "bfloat16"


def rounded(array: Array, dtype: str) -> Array:
    """Floats in a dtype; whole numbers as they are."""
    return array.astype(numpy_dtype(dtype)) if is_float(array) else array


def numpy_dtype(name: str) -> Any:
    """NumPy's dtype of a name, bfloat16 too."""
    import ml_dtypes

    return ml_dtypes.bfloat16 if name == "bfloat16" else np.dtype(name)


def _inputs(given: Any) -> Inputs:
    """Name the inputs: `x` if there is one, `x0`, `x1`, ... by position."""
    if isinstance(given, Mapping):
        return Inputs({str(name): _array(each) for name, each in given.items()}, positional=False)
    if isinstance(given, tuple | list):
        return Inputs({f"x{i}": _array(each) for i, each in enumerate(given)})
    return Inputs({"x": _array(given)})


CASTS: Mapping[str, str] = {"torch": "to", "paddle": "astype"}
"""How a tensor is cast, by the package of its class."""


def _array(given: Any) -> Array:
    """An array of what is given: tensors of the frameworks too, where they let NumPy see them."""
    package = next((root for c in type(given).__mro__ if (root := c.__module__.partition(".")[0]) in CASTS), None)
    narrow = package is not None and str(given.dtype).endswith(".bfloat16")
    try:
        if package is not None and narrow:
            # torch 2.13 does not show bfloat16 to NumPy, Paddle 3.3 shows its bits as whole numbers
            wide = getattr(given, CASTS[package])(sys.modules[package].float32)
            array = np.asarray(wide).astype(numpy_dtype("bfloat16"))
        else:
            array = np.asarray(given)
    except (TypeError, ValueError, RuntimeError) as error:
        raise SideError(f"an input, a {type(given).__name__}, is no NumPy array: {error}") from error
    if array.dtype.kind in "iub" or array.dtype.name in ("float16", "float32", "float64", "bfloat16"):
        return array
    raise SideError(f"inputs are arrays of numbers, or a tuple or dict of them; here is {array.dtype} of {given!r:.40}")
