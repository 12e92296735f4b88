"""Which framework is meant: by the environment, by what is imported, by what is installed. Knows no activation."""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from collections.abc import Mapping
from types import ModuleType

VARIABLE = "ACTZOO_BACKEND"
PACKAGES: Mapping[str, str] = {
    "torch": "actzoo_torch",
    "paddle": "actzoo_paddle",
    "flax": "actzoo_flax",
    "linen": "actzoo_flax.linen",
}
"""The values of `ACTZOO_BACKEND`, and the package of each."""
FRAMEWORKS: Mapping[str, str] = {"torch": "torch", "paddle": "paddle", "flax": "flax", "linen": "flax"}


class BackendError(ImportError):
    """No backend can be picked, or the one picked is not installed; the message says what to do."""


def installed(backend: str) -> bool:
    return importlib.util.find_spec(FRAMEWORKS[backend]) is not None


def choose() -> str:
    """The backend's name. Raises `BackendError` where the choice is not clear, and lists the values."""
    values = f"{VARIABLE} is one of {', '.join(PACKAGES)}"
    if wanted := os.environ.get(VARIABLE):
        if wanted not in PACKAGES:
            raise BackendError(f"no backend '{wanted}': {values}")
        return wanted
    candidates = [b for b in PACKAGES if b != "linen"]
    imported = [b for b in candidates if FRAMEWORKS[b] in sys.modules]
    if len(imported) == 1:
        return imported[0]
    if imported:
        raise BackendError(f"{', '.join(imported)} are all imported, so say which is meant: {values}")
    found = [b for b in candidates if installed(b)]
    if len(found) == 1:
        return found[0]
    if found:
        raise BackendError(f"{', '.join(found)} are all installed, so say which is meant: {values}")
    raise BackendError(f"no framework is installed: pip install 'actzoo[torch]' (or paddle, flax); {values}")


def load(backend: str) -> ModuleType:
    """The rendered package of a backend. Raises `BackendError` if its framework is not installed."""
    if backend not in PACKAGES:
        raise BackendError(f"no backend '{backend}'; there are {', '.join(PACKAGES)}")
    if not installed(backend):
        framework = FRAMEWORKS[backend]
        raise BackendError(
            f"{framework} is not installed, and backend '{backend}' needs it: pip install 'actzoo[{framework}]'"
        )
    return importlib.import_module(PACKAGES[backend])
