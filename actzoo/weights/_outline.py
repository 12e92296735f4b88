"""What a model is made of: its layers by canonical path, and their variables; knows no weights.

An adapter draws the outline, `_slots` reads it. No framework is imported.
"""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from inspect import isfunction
from typing import TypeVar, final

from ._layers import CLASSES, CONTAINERS, VARIANTS, WRAPPERS

T = TypeVar("T")
Path = tuple[str, ...]
OWN = "own"
UNRULED = "unruled"
_PACKAGES = {"torch": "torch", "paddle": "paddle", "flax": "flax", "linen": "flax"}
_LAYER_NAMESPACES = {
    "torch": ("torch.nn.",),
    "paddle": ("paddle.nn.",),
    "flax": ("flax.nnx.",),
    "linen": ("flax.linen.",),
}
_BASES = {
    "torch.nn.modules.module.Module": "torch",
    "paddle.nn.layer.layers.Layer": "paddle",
    "flax.nnx.module.Module": "flax",
    "flax.linen.module.Module": "linen",
}
_IGNORED = frozenset({"Rngs", "RngStream"})
"""Framework classes whose state is never a weight."""


@final
@dataclass(frozen=True)
class Site:
    """A module: its class, its layer kind (or `own`, `unruled`), and how it contains, if only that.

    `custom` classes are the user's. A `composite` has no rule for anything beneath it.
    """

    class_name: str
    kind: str = OWN
    container: str | None = None
    custom: bool = True
    composite: bool = False


@final
@dataclass(frozen=True)
class Variable:
    """An array: the canonical path of its module, its name and place in the model's framework.

    `full_shape` is the shape of torch where the framework stores it flattened.
    """

    owner: Path
    part: str
    native: tuple[str | int, ...]
    shape: tuple[int, ...]
    collection: str = "params"
    full_shape: tuple[int, ...] | None = None


@final
@dataclass(frozen=True)
class Outline:
    """The modules and variables of a model; `flattened` layers are seen to read a flattened map."""

    framework: str
    sites: Mapping[Path, Site]
    variables: tuple[Variable, ...]
    flattened: frozenset[Path] = field(default_factory=frozenset)


def framework_of(model: object) -> str | None:
    """Name the framework whose module `model` is, by its base classes; nothing is imported."""
    names = (f"{cls.__module__}.{cls.__qualname__}" for cls in type(model).__mro__)
    return next((_BASES[name] for name in names if name in _BASES), None)


def site_of(module: object, framework: str) -> Site:
    """Decide by class what a module is; a subclass counts as its first base of the framework."""
    cls = _class_of(module)
    package = _PACKAGES[framework] + "."
    theirs = [base for base in cls.__mro__ if f"{base.__module__}.".startswith(package)]
    custom = cls not in theirs
    first = theirs[0]
    for base in theirs:
        if base.__module__.startswith(_LAYER_NAMESPACES[framework]):
            kind = CLASSES[framework].get(base.__name__)
            if kind is not None:
                return Site(cls.__name__, _variant(module, framework, kind), custom=custom)
    if first.__name__ in CONTAINERS[framework]:
        return Site(cls.__name__, container=CONTAINERS[framework][first.__name__], custom=custom)
    if f"{first.__module__}.{first.__qualname__}" in _BASES or first.__name__ in _IGNORED:
        container = "group" if _only_contains(cls, theirs) else None
        return Site(cls.__name__, container=container, custom=custom)
    inside = first.__module__.startswith(_LAYER_NAMESPACES[framework])
    return Site(cls.__name__, UNRULED, custom=custom, composite=inside)


def wrapped(module: object, framework: str) -> str | None:
    """Name the child that a wrapper of the framework stands for, as `_orig_mod` of what `torch.compile` gives."""
    cls = type(module)
    theirs = cls.__module__.startswith(_PACKAGES[framework] + ".")
    return WRAPPERS[framework].get(cls.__name__) if theirs else None


def without_wrappers(path: Path, wrappers: Mapping[Path, str]) -> Path:
    """The path without the levels of wrappers, which `wrappers` has by their own paths."""
    return tuple(name for i, name in enumerate(path) if wrappers.get(path[:i]) != name)


def _class_of(module: object) -> type:
    """The class; of a module that torch has scripted or traced, that which it was made of."""
    cls = type(module)
    if not cls.__module__.startswith("torch.jit."):
        return cls
    name = module._c._type().qualified_name()  # type: ignore[attr-defined]  # nothing public has the class's module
    *packages, last = (part for part in name.split(".") if part != "__torch__" and "_torch_mangle_" not in part)
    found = getattr(sys.modules.get(".".join(packages)), last, cls)
    return found if isinstance(found, type) else cls


def _only_contains(cls: type, theirs: list[type]) -> bool:
    """Whether the user's part of a class has nothing that could be called but `__init__`."""
    return not any(
        isfunction(value) and (name == "__call__" or not name.startswith("__"))
        for base in cls.__mro__
        if base not in theirs
        for name, value in vars(base).items()
    )


def prefixes(path: tuple[T, ...]) -> Iterator[tuple[T, ...]]:
    """Yield the path and every path above it, the longest first, the model itself, `()`, last."""
    for length in range(len(path), -1, -1):
        yield path[:length]


def _variant(module: object, framework: str, kind: str) -> str:
    for variant in VARIANTS.get((framework, kind), ()):
        value = getattr(module, variant.attribute, None)  # a traced module keeps no attributes
        if value is not None and variant.unusual(value):
            return variant.kind
    return kind
