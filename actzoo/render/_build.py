"""A spec at run time: its source rendered, and run as a module. Knows no framework.

What an own activation gets is what the zoo's have: a class, a function, their derivatives.
"""

from __future__ import annotations

import functools
import linecache
import sys
from types import ModuleType
from typing import Any

from actzoo._backend import choose, load
from actzoo.language import Spec


def native_class(spec: Spec, backend: str | None = None) -> Any:
    """An activation's class in a framework: "torch", "paddle", "flax" or "linen"; by default as `actzoo.nn` picks.

    Raises `BackendError` if the framework is not installed.
    """
    return getattr(_build(spec, backend or choose()), spec.module)


def native_function(spec: Spec, backend: str | None = None) -> Any:
    """An activation's function in a framework; see `native_class`. `TypeError` for one that has layers."""
    if not spec.functional:
        raise TypeError(f"{spec.module} has layers or buffers, so it is a class only: use native_class()")
    return getattr(_build(spec, backend or choose()), spec.name)


@functools.cache
def _build(spec: Spec, backend: str) -> ModuleType:
    """The rendered module of a spec; tracebacks show its lines."""
    from actzoo.render import render

    load(backend)  # a framework that is not there is told of before anything is rendered
    text = render(spec, backend)
    name = f"_actzoo_rendered_{backend}_{spec.name}"
    file = f"<actzoo render {spec.name} --to {backend}>"
    module = ModuleType(name, spec.doc)
    module.__file__ = file
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    sys.modules[name] = module  # Flax looks the module of a class up
    exec(compile(text, file, "exec"), module.__dict__)
    return module
