"""The zoo in one framework, picked when this module is imported.

`actzoo.use(...)` says which, else the variable `ACTZOO_BACKEND`, else `backend` in `~/.config/actzoo.toml`: torch,
paddle, flax or linen. Where nothing does, it is the one framework that is imported already (several are an error that
lists the choices), else the first of torch, paddle, flax that is installed, with a line that says so. The names are the
same in each: `nn.Mish()`, `nn.functional.mish(x)`.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

from actzoo._backend import choose, load

backend: str = choose()
"""The name of the backend that was picked."""

_package: ModuleType = load(backend)


__all__ = [n for n in dir(_package) if not n.startswith("_")]  # for `from actzoo.nn import *`


def __getattr__(name: str) -> Any:
    return getattr(_package, name)


def __dir__() -> list[str]:
    return ["backend", *(n for n in dir(_package) if not n.startswith("_"))]
