"""JAX: what its three kinds of side share, and a function as a side, with or without parameters."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from typing import Any, final

import jax
import jax.extend
import ml_dtypes
import numpy as np

from actzoo.weights._outline import Outline

from ._jax_noise import Interpreter, narrowed
from ._settings import settings
from ._side import Array, Call, Inputs, Question, Quirks, Run, Shape, leaves

Native = tuple[str | int, ...]
Arrays = dict[Native, Any]


@final
@dataclass
class Trace:
    """What a trace leaves behind besides numbers: names, and the calls of layers."""

    outputs: list[str] = field(default_factory=list)
    updated: list[Native] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    sizes: list[tuple[int, int]] = field(default_factory=list)
    watched: list[Any] = field(default_factory=list)

    def keep(self, path: str, layer: Any, class_name: str, inputs: Sequence[Any], out: Any) -> None:
        """Take down a call of a layer; what goes in and comes out are numbers only when the computation is run."""
        taken, given = [x for x in inputs if is_array(x)], [y for _, y in leaves(out, is_array)]
        self.calls.append(Call(path, class_name, (), (), settings(layer, "flax")))
        self.sizes.append((len(taken), len(given)))
        self.watched += [*taken, *given]


class JaxSide(ABC):
    """A side whose computation can be traced: from learnt arrays, others and inputs to a nested output."""

    differentiable = True
    granular = True
    quirks = Quirks()
    framework: str

    def __init__(self, name: str, keywords: Mapping[str, Any], output: Callable[[Any], Any]) -> None:
        self.name = name
        self.keywords, self.output = dict(keywords), output
        self._traced: dict[Any, tuple[Any, Callable[..., Any], Trace, Any]] = {}

    @property
    def device(self) -> str:
        backend = jax.default_backend()
        return "cuda" if backend == "gpu" else str(backend)

    @abstractmethod
    def state(self) -> Mapping[str, Array] | None: ...

    @abstractmethod
    def shapes(self, inputs: Inputs) -> Mapping[str, Shape]: ...

    @abstractmethod
    def learnt(self) -> frozenset[str]: ...

    @abstractmethod
    def outline(self, inputs: Inputs) -> Outline | None: ...

    @abstractmethod
    def native(self, state: Mapping[str, Array], inputs: Inputs) -> Arrays:
        """The arrays by native path."""

    @abstractmethod
    def canonical(self, arrays: Mapping[Native, Array]) -> dict[str, Array]:
        """The arrays by key."""

    @abstractmethod
    def is_learnt(self, path: Native) -> bool:
        """Whether an array has a gradient."""

    @abstractmethod
    def forward(self, arrays: Arrays, args: Any, kwargs: Any, trace: Trace | None) -> tuple[Any, Arrays]:
        """The output, and the arrays that a call may change. Into the trace, if one is given, the calls of layers."""

    def run(self, question: Question) -> Run:
        with precision(question.dtype):
            arrays = self.native(question.state, question.inputs)
            learnt = {p: to_jax(a) for p, a in arrays.items() if self.is_learnt(p) and _floating(a)}
            rest = {p: to_jax(a) for p, a in arrays.items() if p not in learnt}
            inputs = {name: to_jax(a) for name, a in question.inputs.arrays.items()}
            floats = {name: a for name, a in inputs.items() if _floating(a)}
            others = {name: a for name, a in inputs.items() if name not in floats}
            adjoints = self._adjoints(question, learnt, rest, floats, others)
            numbers = (list(learnt.values()), list(rest.values()), floats, others, adjoints)
            closed, compiled, trace, shape = self._trace(question, (list(learnt), list(rest)), numbers)
            flat = jax.tree.leaves(numbers)
            narrow = narrowed(closed) if question.dtype == "float64" else {}
            widen = question.widen and narrow.pop("float32", None) is not None
            if question.noise is not None or widen:
                results = Interpreter(question.noise, widen).run(closed, flat)
            else:
                results = compiled(*flat)
            tree = jax.tree.unflatten(jax.tree.structure(shape), [to_numpy(r) for r in results])
        outputs, gradients, input_gradients, updated, watched = tree
        changed = dict(zip(trace.updated, updated, strict=True))
        before = {p: to_numpy(rest[p]) for p in changed if p in rest}
        changed = {p: a for p, a in changed.items() if p in before and not np.array_equal(a, before[p], equal_nan=True)}
        return Run(
            outputs=dict(zip(trace.outputs, outputs, strict=True)),
            gradients={**input_gradients, **self.canonical(dict(zip(learnt, gradients, strict=False)))},
            updated=self.canonical(changed),
            calls=tuple(_calls(trace, watched)),
            narrowed=narrow,
        )

    def _adjoints(self, question: Question, learnt: Arrays, rest: Arrays, floats: Any, others: Any) -> list[Any] | None:
        if question.cotangent is None:
            return None
        trace = Trace()
        ends = jax.eval_shape(lambda *a: self._outputs(question, trace, *a)[0], learnt, rest, floats, others)
        names = [n for n, y in zip(trace.outputs, ends, strict=True) if _floating(y)]
        given = [y for y in ends if _floating(y)]
        return [to_jax(question.cotangent(n, y.shape, y.dtype.name)) for n, y in zip(names, given, strict=True)]

    def _outputs(
        self, question: Question, trace: Trace, learnt: Arrays, rest: Arrays, floats: Any, others: Any
    ) -> tuple[list[Any], list[Any], list[Any]]:
        """Run the forward pass: what comes out, what changed, and what the layers gave."""
        args, kwargs = question.inputs.call({**floats, **others})
        for kept in (trace.calls, trace.sizes, trace.watched):
            kept.clear()
        out, updated = self.forward({**learnt, **rest}, args, kwargs, trace if question.watch else None)
        named = dict(leaves(self.output(out), is_array))
        trace.outputs[:], trace.updated[:] = named, updated
        return [jax.numpy.asarray(y) for y in named.values()], list(updated.values()), list(trace.watched)

    def _trace(
        self, question: Question, paths: tuple[list[Native], list[Native]], numbers: Any
    ) -> tuple[Any, Callable[..., Any], Trace, Any]:
        """The computation with its gradients, traced and compiled once for each dtype."""
        key = (question.dtype, question.watch, question.cotangent is not None)
        if key not in self._traced:
            trace = Trace()

            def whole(learnt: Any, rest: Any, floats: Any, others: Any, adjoints: Any) -> Any:
                def ahead(learnt: Any, floats: Any) -> Any:
                    named = dict(zip(paths[0], learnt, strict=True)), dict(zip(paths[1], rest, strict=True))
                    outputs, updated, watched = self._outputs(question, trace, *named, floats, others)
                    return [y for y in outputs if _floating(y)], (outputs, updated, watched)

                if adjoints is None:
                    _, (outputs, updated, watched) = ahead(learnt, floats)
                    return outputs, [], {}, updated, watched
                _, back, (outputs, updated, watched) = jax.vjp(ahead, learnt, floats, has_aux=True)
                return outputs, *back(adjoints), updated, watched

            made, shape = jax.make_jaxpr(whole, return_shape=True)(*numbers)
            self._traced[key] = (made, jax.jit(jax.extend.core.jaxpr_as_fun(made)), trace, shape)
        return self._traced[key]


@final
class FunctionSide(JaxSide):
    """A function of arrays; or of parameters, in any nesting, and arrays."""

    framework = "jax"

    def __init__(self, name: str, target: Any, keywords: Mapping[str, Any], output: Callable[[Any], Any]) -> None:
        super().__init__(name, keywords, output)
        self._function, self._parameters = target if isinstance(target, tuple) else (target, None)

    def outline(self, inputs: Inputs) -> None:
        return None

    def _leaves(self) -> Arrays:
        return {
            tuple(str(getattr(k, "key", getattr(k, "idx", getattr(k, "name", k)))) for k in path): leaf
            for path, leaf in jax.tree.leaves_with_path(self._parameters)
        }

    def state(self) -> Mapping[str, Array]:
        return self.canonical({path: to_numpy(leaf) for path, leaf in self._leaves().items()})

    def shapes(self, inputs: Inputs) -> Mapping[str, Shape]:
        return {".".join(map(str, path)): tuple(leaf.shape) for path, leaf in self._leaves().items()}

    def learnt(self) -> frozenset[str]:
        return frozenset(".".join(map(str, path)) for path, leaf in self._leaves().items() if _floating(leaf))

    def native(self, state: Mapping[str, Array], inputs: Inputs) -> Arrays:
        return {path: state[".".join(map(str, path))] for path in self._leaves()}

    def canonical(self, arrays: Mapping[Native, Array]) -> dict[str, Array]:
        return {".".join(map(str, path)): array for path, array in arrays.items()}

    def is_learnt(self, path: Native) -> bool:
        return True

    def forward(self, arrays: Arrays, args: Any, kwargs: Any, trace: Trace | None) -> tuple[Any, Arrays]:
        if self._parameters is None:
            return self._function(*args, **kwargs, **self.keywords), {}
        structure = jax.tree.structure(self._parameters)
        parameters = jax.tree.unflatten(structure, [arrays[path] for path in self._leaves()])
        return self._function(parameters, *args, **kwargs, **self.keywords), {}


def precision(dtype: str) -> AbstractContextManager[Any]:
    """In float64, JAX's 64-bit mode."""
    made: AbstractContextManager[Any] = jax.enable_x64(True) if dtype == "float64" else nullcontext()
    return made


def to_jax(array: Any) -> Any:
    """An array on the default device; without the 64-bit mode, whole numbers of 32 bits."""
    array = np.asarray(array)
    if array.dtype.kind in "iu" and array.dtype.itemsize == 8 and not jax.config.jax_enable_x64:
        narrow = array.astype(np.int32 if array.dtype.kind == "i" else np.uint32)
        if not np.array_equal(narrow, array):
            raise OverflowError(f"{array.dtype} numbers beyond 32 bits; JAX needs jax_enable_x64 for them")
        array = narrow
    return jax.numpy.asarray(array)


def to_numpy(array: Any) -> Array:
    return np.array(array)


def is_array(value: Any) -> bool:
    return isinstance(value, jax.Array)


def _floating(array: Any) -> bool:
    return array.dtype == ml_dtypes.bfloat16 or np.issubdtype(array.dtype, np.floating)


def _calls(trace: Trace, watched: Sequence[Array]) -> list[Call]:
    left = iter(watched)

    def several(count: int) -> tuple[Array, ...]:
        return tuple(next(left) for _ in range(count))

    pairs = zip(trace.calls, trace.sizes, strict=True)
    return [replace(call, inputs=several(taken), outputs=several(given)) for call, (taken, given) in pairs]
