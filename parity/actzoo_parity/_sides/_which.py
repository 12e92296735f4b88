"""Which framework a side belongs to, without an import of any. Makes no side."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from types import CodeType, ModuleType
from typing import Any

from actzoo.weights._outline import framework_of

from ._side import SideError

ROOTS = {
    "torch": "torch",
    "torchvision": "torch",
    "timm": "torch",
    "actzoo_torch": "torch",
    "paddle": "paddle",
    "actzoo_paddle": "paddle",
    "jax": "jax",
    "jaxlib": "jax",
    "flax": "jax",
    "actzoo_flax": "jax",
    "numpy": "numpy",
    "scipy": "numpy",
}
"""The package that a function comes from or calls: the framework whose arrays it takes."""

FRAMEWORKS = ("torch", "paddle", "flax", "linen", "jax", "numpy")


def which(target: Any, name: str | None) -> str:
    """The framework of a side: of a module by its class, of a function by its name here, or by what it calls."""
    module = target[0] if isinstance(target, tuple) and len(target) == 2 else target
    found = framework_of(module)
    if found is not None:
        return found
    if not callable(module):
        raise SideError(
            f"{_called(target)} is no side: give a module, a function, or (function or Linen module, parameters)"
        )
    said = name.split()[0] if name else ""
    if said in FRAMEWORKS:
        return "jax" if said in ("flax", "linen") else said
    if isinstance(target, tuple):
        return "jax"
    roots = {ROOTS[root] for root in _packages(module) if root in ROOTS}
    chosen = roots - {"numpy"} or roots
    if len(chosen) != 1:
        why = f"it calls {' and '.join(sorted(chosen))}" if chosen else "nothing that it calls tells"
        raise SideError(f"which framework is {_called(module)} of? {why}; say it: names=('torch', 'numpy')")
    return chosen.pop()


def holds_module(function: Any) -> bool:
    """Whether a function, and no module, has a module in what it closes over."""
    code = getattr(function, "__code__", None)
    if code is None:
        return False
    values = {**getattr(function, "__globals__", {}), **_closure(function, code)}
    return any(framework_of(values.get(name)) is not None for name in _names(code))


def _packages(function: Any, depth: int = 3) -> Iterator[str]:
    """The packages that a callable comes from and names in its code; of own functions that it calls, theirs."""
    while isinstance(function, functools.partial):
        function = function.func
    owner = framework_of(getattr(function, "__self__", None))
    if owner is not None:
        yield "flax" if owner == "linen" else owner
    for origin in (getattr(function, "__module__", None), type(function).__module__):
        yield str(origin).partition(".")[0]
    function = inspect.unwrap(function)
    if not inspect.isfunction(function) and not inspect.ismethod(function):
        function = next((vars(c)["__call__"] for c in type(function).__mro__ if "__call__" in vars(c)), None)
    code: CodeType | None = getattr(function, "__code__", None)
    if function is None or code is None:
        return
    values = {**getattr(function, "__globals__", {}), **_closure(function, code)}
    for hint in getattr(function, "__annotations__", {}).values():
        yield (
            hint.partition(".")[0] if isinstance(hint, str) else str(getattr(hint, "__module__", "")).partition(".")[0]
        )
    for name in _names(code):
        value = values.get(name)
        if isinstance(value, ModuleType):
            yield value.__name__.partition(".")[0]
        elif (model := framework_of(value)) is not None:
            yield "flax" if model == "linen" else model
        elif callable(value) and depth:
            yield from _packages(value, depth - 1)


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    yield from code.co_freevars
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def _closure(function: Callable[..., Any], code: CodeType) -> dict[str, Any]:
    found = {}
    for name, cell in zip(code.co_freevars, getattr(function, "__closure__", None) or (), strict=False):
        try:
            found[name] = cell.cell_contents
        except ValueError:  # a name that is not bound yet
            continue
    return found


def _called(target: Any) -> str:
    name = getattr(target, "__qualname__", None) or type(target).__name__
    code = getattr(target, "__code__", None)
    return f"{name} ({code.co_filename}:{code.co_firstlineno})" if code else str(name)
