"""NumPy: a function as a side, without gradients.

Inside a run with noise its arrays are of a subclass that sees every ufunc.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, final

import numpy as np

from ._noise import Kind, Noise, are_equal, most_terms, names
from ._side import Array, Inputs, Question, Quirks, Run, Shape, leaves

MOVED = names(
    """
    absolute conjugate copysign fabs fmax fmin maximum minimum negative positive sign
    """
)
BASIC = names(
    """
    add divide multiply reciprocal sqrt square subtract
    """
)
SUMS = (np.einsum, np.dot, np.vdot, np.inner, np.tensordot, np.convolve, np.correlate)


@final
class NumpySide:
    """Calls the function on arrays of the dtype that is asked for."""

    framework = "numpy"
    device = "cpu"
    differentiable = False
    granular = True
    quirks = Quirks()

    def __init__(self, name: str, target: Any, keywords: Mapping[str, Any], output: Callable[[Any], Any]) -> None:
        self.name = name
        self._target, self._keywords, self._output = target, keywords, output

    def outline(self, inputs: Inputs) -> None:
        return None

    def state(self) -> Mapping[str, Array]:
        return {}

    def shapes(self, inputs: Inputs) -> Mapping[str, Shape]:
        return {}

    def learnt(self) -> frozenset[str]:
        return frozenset()

    def run(self, question: Question) -> Run:
        watcher = _Watcher(question.noise)
        observed = question.noise is not None or question.dtype == "float64"
        made = {
            name: watcher.enter(array) if observed else np.array(array)
            for name, array in question.inputs.arrays.items()
        }
        args, kwargs = question.inputs.call(made)
        out = self._output(self._target(*args, **kwargs, **self._keywords))
        outputs = dict(leaves(out, lambda each: isinstance(each, np.ndarray | np.generic)))
        return Run({name: np.array(y) for name, y in outputs.items()}, narrowed=watcher.narrowed)


@final
class _Watcher:
    """The errors of a run, and the narrower floats in it."""

    def __init__(self, noise: Noise | None) -> None:
        self.noise = noise
        self.narrowed: dict[str, str] = {}
        self._draw = noise.generator() if noise else np.random.default_rng(0)

    def enter(self, array: Array) -> Array:
        seen = np.array(array).view(Seen)
        seen.watcher = self
        return seen

    def disturbed(self, array: Any, size: float) -> Any:
        array = np.asarray(array)
        return array if self.noise is None else self.noise.disturbed(array, size, self._draw)

    def sum(self, arrays: Any, equal: bool = False) -> tuple[list[Any], float]:
        """The operands of a sum, disturbed, and the size of the result's error; `equal` are the terms, or not."""
        if self.noise is None:
            return arrays, 0.0
        terms = most_terms(a.shape for a in arrays if isinstance(a, np.ndarray))
        size = self.noise.of_operands(Kind.SUM, terms)
        made = [self.disturbed(a, size) if isinstance(a, np.ndarray) else a for a in arrays]
        return made, self.noise.of_sum(terms, equal)

    def size(self, ufunc: Any) -> float:
        if self.noise is None or ufunc.__name__ in MOVED:
            return 0.0
        return self.noise.of_result(Kind.BASIC if ufunc.__name__ in BASIC else Kind.FUNCTION)


class Seen(np.ndarray[Any, Any]):
    """An array whose operations are watched."""

    watcher: _Watcher

    def __array_finalize__(self, parent: Any) -> None:
        if isinstance(parent, Seen) and getattr(parent, "watcher", None) is not None:
            self.watcher = parent.watcher
            if parent.dtype == np.float64 and self.dtype.kind == "f" and self.dtype != np.float64:
                self.watcher.narrowed.setdefault(self.dtype.name, "astype")

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        watcher = self._found(inputs)
        plain = [_plain(each) for each in inputs]
        outs = kwargs.pop("out", ())
        kwargs = {name: _plain(each) for name, each in kwargs.items()}
        if method != "__call__" or ufunc is np.matmul:
            equal = ufunc is np.add and method == "reduce" and are_equal(plain[0])
            plain, size = watcher.sum(plain, equal)
        else:
            size = watcher.size(ufunc)
        results = getattr(ufunc, method)(*plain, **kwargs)
        if results is None:
            return None
        several = isinstance(results, tuple)
        made = [watcher.enter(watcher.disturbed(each, size)) for each in (results if several else (results,))]
        for out, each in zip(outs, made, strict=False):
            if out is not None:
                np.asarray(out)[...] = np.asarray(each)
        made = [each if i >= len(outs) or outs[i] is None else outs[i] for i, each in enumerate(made)]
        return tuple(made) if several else made[0]

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        if func not in SUMS:
            return super().__array_function__(func, types, args, kwargs)
        watcher = self._found(args)
        plain, size = watcher.sum([_plain(each) for each in args])
        return watcher.enter(watcher.disturbed(func(*plain, **kwargs), size))

    def _found(self, inputs: Any) -> _Watcher:
        return next(each.watcher for each in (*inputs, self) if isinstance(each, Seen))


def _plain(value: Any) -> Any:
    return value.view(np.ndarray) if isinstance(value, Seen) else value
