"""Flax NNX: a module as a side."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any, final

import jax
from flax import nnx

from actzoo.weights._outline import Outline

from ._jax import Arrays, JaxSide, Native, Trace, to_numpy
from ._side import Array, Inputs, Shape
from ._state import Flatten, States


@final
class NnxSide(JaxSide):
    """Merges the module anew in each run, in the mode that it is in."""

    framework = "flax"

    def __init__(
        self, name: str, target: Any, keywords: Mapping[str, Any], output: Callable[[Any], Any], flatten: Flatten
    ) -> None:
        super().__init__(name, keywords, output)
        self._module = target
        self._states = States("flax", target, flatten)
        self._paths = {path: ".".join(site) for site, path in _sites(target, self._states)}

    def outline(self, inputs: Inputs) -> Outline | None:
        return self._states.outline

    def state(self) -> Mapping[str, Array] | None:
        variables = dict(nnx.to_flat_state(nnx.state(self._module)))
        if any(isinstance(v.get_value(), jax.ShapeDtypeStruct) for v in variables.values()):
            return None
        return self._states.canonical({e.native: to_numpy(variables[e.native][...]) for e in self._states.entries})

    def shapes(self, inputs: Inputs) -> Mapping[str, Shape]:
        return self._states.shapes()

    def learnt(self) -> frozenset[str]:
        return frozenset(e.key for e in self._states.entries if e.collection == "params")

    def native(self, state: Mapping[str, Array], inputs: Inputs) -> Arrays:
        return dict(self._states.native(state))

    def canonical(self, arrays: Mapping[Native, Array]) -> dict[str, Array]:
        return self._states.canonical(arrays)

    def is_learnt(self, path: Native) -> bool:
        return any(e.native == path and e.collection == "params" for e in self._states.entries)

    def forward(self, arrays: Arrays, args: Any, kwargs: Any, trace: Trace | None) -> tuple[Any, Arrays]:
        graph, state = nnx.split(self._module)
        flat = [
            (path, variable.replace(arrays[path]) if path in arrays else variable.replace(variable.get_value()))
            for path, variable in nnx.to_flat_state(state)
        ]
        module = nnx.merge(graph, nnx.from_flat_state(flat))
        if trace is not None:
            for path, layer in list(nnx.iter_modules(module)):
                _watch(layer, self._paths.get(path, ".".join(map(str, path))), trace)
        out = module(*args, **kwargs, **self.keywords)
        after = dict(nnx.to_flat_state(nnx.state(module)))
        buffers = [e.native for e in self._states.entries if e.collection != "params"]
        return out, {path: after[path].get_value() for path in buffers}


def _sites(model: Any, states: States) -> list[tuple[tuple[str, ...], tuple[Any, ...]]]:
    """Canonical and native paths of the modules; the level `layers` of a Sequential has no canonical one."""
    sites = set(states.outline.sites)
    found = []
    for path, _ in nnx.iter_modules(model):
        names = tuple(map(str, path))
        shorter = tuple(name for name in names if name != "layers")
        found.append((names if names in sites else shorter, path))
    return found


def _watch(layer: Any, path: str, trace: Trace) -> None:
    """Give this one object, which is ours, a class that tells of its calls."""
    cls: Any = type(layer)
    layer.__class__ = _watched(cls)
    object.__setattr__(layer, "_told_to", (path, trace))


@functools.cache
def _watched(cls: Any) -> Any:
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        out = cls.__call__(self, *args, **kwargs)
        path, trace = self._told_to
        trace.keep(path, self, cls.__name__, args, out)
        return out

    return type(cls.__name__, (cls,), {"__call__": call})
