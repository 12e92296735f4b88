"""Hand-written references by name. Knows none of them until one is looked up."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, TypeVar, overload

Reference = Callable[..., Any]
F = TypeVar("F", bound=Reference)

_references: dict[str, Reference] = {}


@overload
def reference(name: str) -> Callable[[F], F]: ...
@overload
def reference(name: F) -> F: ...
def reference(name: str | Reference) -> Any:
    """Register a function as the reference of an activation, under a name or its own.

    The function takes the mathematics, x (N, C, *S), the parts by name (None if absent) and, after
    `*`, those options that matter to it; see `Mathematics` for what it may be written in.

        @reference("hard_mish")
        def hard_mish(m, x):
            return x * m.clip(x + 2, 0, 2) / 2

    The same definition may be registered again, as when a notebook cell is rerun. Another one under
    a known name is a ValueError.
    """
    if not isinstance(name, str):
        return reference(name.__name__)(name)

    def register(function: F) -> F:
        known = _references.get(name) if _is_ours(function) else find_reference(name)
        if known is not None and _origin(known) != _origin(function):
            raise ValueError(f"{name!r} has a reference, {'.'.join(_origin(known))}; choose another name")
        _references[name] = function
        return function

    return register


def find_reference(name: str) -> Reference | None:
    """The reference of this name, or None: the activation can only be compared with itself."""
    return references().get(name)


def references() -> Mapping[str, Reference]:
    """All references, ours and those registered so far."""
    importlib.import_module(f"{__package__}.formulas")
    return MappingProxyType(_references)


def elementwise(name: str) -> Reference:
    """The reference an `act_layer` or `gate_layer` names."""
    found = find_reference(name)
    if found is None:
        raise ValueError(f"no reference for the activation {name!r}; register one, @reference({name!r})")
    return found


def _origin(function: Reference) -> tuple[str, str]:
    return function.__module__, function.__qualname__


def _is_ours(function: Reference) -> bool:
    return function.__module__.startswith(f"{__package__}.")
