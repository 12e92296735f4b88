"""The zoo in one framework, picked when this module is imported.

`ACTZOO_BACKEND` (torch, paddle, flax, linen) says which; unset, it is the one framework that is imported already,
else the one that is installed, else an error that lists the choices. The names are the same in each: `nn.Mish()`,
`nn.functional.mish(x)`.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

from actzoo._backend import choose, load

backend: str = choose()
"""The name of the backend that was picked."""

_package: ModuleType = load(backend)


def __getattr__(name: str) -> Any:
    return getattr(_package, name)


def __dir__() -> list[str]:
    return ["backend", *(n for n in dir(_package) if not n.startswith("_"))]
