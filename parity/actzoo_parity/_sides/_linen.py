"""Flax Linen: a module with its variables as a side."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, final

from flax import linen, traverse_util

from actzoo.weights._outline import Outline

from ._jax import Arrays, JaxSide, Native, Trace, to_jax, to_numpy
from ._side import Array, Inputs, Shape
from ._state import Flatten, States


@final
class LinenSide(JaxSide):
    """Applies the module: bound, or `(module, variables)`, or without variables if they come from the first side."""

    framework = "linen"

    def __init__(
        self, name: str, target: Any, keywords: Mapping[str, Any], output: Callable[[Any], Any], flatten: Flatten
    ) -> None:
        super().__init__(name, keywords, output)
        if isinstance(target, tuple):
            self._module, variables = target
        elif target.scope is not None:
            self._module, variables = target.unbind()
        else:
            self._module, variables = target, None
        self._variables = None if variables is None else _flat(variables)
        self._flatten = flatten
        self._known: States | None = None
        self._known_for: list[Shape] = []

    @property
    def _states(self) -> States:
        assert self._known is not None  # it is after `outline`, `shapes` and `native`
        return self._known

    def state(self) -> Mapping[str, Array] | None:
        if self._variables is None:
            return None
        return self._states.canonical({path[1:]: to_numpy(leaf) for path, leaf in self._variables.items()})

    def outline(self, inputs: Inputs) -> Outline | None:
        """A Linen module has layers when it is called: it is, abstractly, on these inputs."""
        shapes = [array.shape for array in inputs.arrays.values()]
        if self._known is None or self._known_for != shapes:
            args, kwargs = inputs.call({name: to_jax(array) for name, array in inputs.arrays.items()})
            example = self._by_position(args, {**kwargs, **self.keywords})
            self._known = States("linen", (self._module, *example), self._flatten)
            self._known_for = shapes
        return self._known.outline

    def shapes(self, inputs: Inputs) -> Mapping[str, Shape]:
        self.outline(inputs)
        return self._states.shapes()

    def _by_position(self, args: Any, kwargs: Mapping[str, Any]) -> tuple[Any, ...]:
        """The arguments as the outline takes them; what can only be given by keyword keeps its default."""
        signature = inspect.signature(type(self._module).__call__)
        given = {name: value for name, value in kwargs.items() if name in signature.parameters}
        return signature.bind(self._module, *args, **given).args[1:]

    def learnt(self) -> frozenset[str]:
        return frozenset(e.key for e in self._states.entries if e.collection == "params")

    def native(self, state: Mapping[str, Array], inputs: Inputs) -> Arrays:
        self.outline(inputs)
        return dict(self._states.native(state))

    def canonical(self, arrays: Mapping[Native, Array]) -> dict[str, Array]:
        return self._states.canonical(arrays)

    def is_learnt(self, path: Native) -> bool:
        return any(e.native == path and e.collection == "params" for e in self._states.entries)

    def forward(self, arrays: Arrays, args: Any, kwargs: Any, trace: Trace | None) -> tuple[Any, Arrays]:
        collections = {e.native: e.collection for e in self._states.entries}
        flat: dict[tuple[Any, ...], Any] = dict(self._variables or {})
        flat |= {(collections[path], *path): array for path, array in arrays.items()}
        variables: dict[str, Any] = traverse_util.unflatten_dict(flat)
        mutable = [name for name in variables if name != "params"]
        call = {**kwargs, "mutable": mutable, **self.keywords}
        if trace is None:
            out = self._module.apply(variables, *args, **call)
        else:
            with linen.intercept_methods(self._watch(trace)):
                out = self._module.apply(variables, *args, **call)
        out, updated = out if call["mutable"] is not False else (out, {})
        changed = {path[1:]: leaf for path, leaf in _flat(updated).items()}
        return out, {path: leaf for path, leaf in changed.items() if path in arrays}

    def _watch(self, trace: Trace) -> Callable[..., Any]:
        owners = {
            e.native[: len(e.native) - len(e.slot.variable.part.split("."))]: ".".join(e.slot.owner)
            for e in self._states.entries
            if e.slot.variable is not None
        }

        def watch(call: Any, args: Any, kwargs: Any, context: linen.module.InterceptorContext) -> Any:
            out = call(*args, **kwargs)
            path = context.module.path
            if context.method_name == "__call__":
                trace.keep(owners.get(path, ".".join(path)), context.module, type(context.module).__name__, args, out)
            return out

        return watch


def _flat(variables: Any) -> dict[tuple[str, ...], Any]:
    flat: dict[tuple[str, ...], Any] = traverse_util.flatten_dict(variables)
    return flat
