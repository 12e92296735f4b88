"""The choice of a framework: by a call, the environment, a file, what is imported or installed. Knows no activation."""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

VARIABLE = "ACTZOO_BACKEND"
PACKAGES: Mapping[str, str] = {
    "torch": "actzoo_torch",
    "paddle": "actzoo_paddle",
    "flax": "actzoo_flax",
    "linen": "actzoo_flax.linen",
}
"""The names of the backends, in the order in which one that is installed is taken, and the package of each."""
FRAMEWORKS: Mapping[str, str] = {"torch": "torch", "paddle": "paddle", "flax": "flax", "linen": "flax"}
CANDIDATES = tuple(b for b in PACKAGES if b != "linen")
"""Those that are taken without being named."""

_used: str | None = None


class BackendError(ImportError):
    """No backend can be picked, or the one picked is not installed; the message says what to do."""


def use(backend: str) -> None:
    """Say which framework `actzoo.nn` is, before it is imported: "torch", "paddle", "flax" or "linen".

    It wins over `ACTZOO_BACKEND` and the configuration file. Raises `BackendError` for a name that is none of these, a
    framework that is not installed, and where `actzoo.nn` is another one already.
    """
    global _used
    _check(backend, "actzoo.use")
    _check_installed(backend)
    taken = getattr(sys.modules.get("actzoo.nn"), "backend", backend)
    if taken != backend:
        raise BackendError(f"actzoo.nn is {taken} already: call actzoo.use('{backend}') before it is imported")
    _used = backend


def configuration() -> Path:
    """The file in which a user may name a backend once: `backend = "torch"`."""
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "actzoo.toml"


def installed(backend: str) -> bool:
    return importlib.util.find_spec(FRAMEWORKS[backend]) is not None


def choose() -> str:
    """The backend's name: the one that was said, else the one framework imported, else the first that is installed.

    Raises `BackendError` where several are imported and none was said, and lists the values.
    """
    if said := _used or _by_variable() or _by_file():
        return said
    ways = f"say which: actzoo.use(...), {VARIABLE} or backend in {configuration()}; one of {', '.join(PACKAGES)}"
    imported = [b for b in CANDIDATES if FRAMEWORKS[b] in sys.modules]
    if len(imported) > 1:
        raise BackendError(f"{', '.join(imported)} are all imported; {ways}")
    if imported:
        return imported[0]
    found = [b for b in CANDIDATES if installed(b)]
    if not found:
        raise BackendError(f"no framework is installed: pip install 'actzoo[torch]' (or paddle, flax); {ways}")
    if len(found) > 1:
        print(f"actzoo takes {found[0]}, the first of {', '.join(found)} here; to {ways}", file=sys.stderr)
    return found[0]


def _by_variable() -> str | None:
    wanted = os.environ.get(VARIABLE)
    if wanted:
        _check(wanted, VARIABLE)
    return wanted


def _by_file() -> str | None:
    file = configuration()
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise BackendError(f"cannot read {file}: {error}") from None
    try:
        said = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BackendError(f'{file} is not TOML, such as backend = "torch": {error}') from None
    if unknown := sorted(said.keys() - {"backend"}):
        raise BackendError(f'{file} has {", ".join(unknown)}, and its one key is backend, as in backend = "torch"')
    wanted: str | None = said.get("backend")
    if wanted is not None:
        _check(wanted, f"backend in {file}")
    return wanted


def _check(wanted: object, where: str) -> None:
    if not isinstance(wanted, str) or wanted not in PACKAGES:
        raise BackendError(f"no backend '{wanted}': {where} is one of {', '.join(PACKAGES)}")


def _check_installed(backend: str) -> None:
    if not installed(backend):
        framework = FRAMEWORKS[backend]
        raise BackendError(
            f"{framework} is not installed, and backend '{backend}' needs it: pip install 'actzoo[{framework}]'"
        )


def load(backend: str) -> ModuleType:
    """The rendered package of a backend. Raises `BackendError` if its framework is not installed."""
    if backend not in PACKAGES:
        raise BackendError(f"no backend '{backend}'; there are {', '.join(PACKAGES)}")
    _check_installed(backend)
    return importlib.import_module(PACKAGES[backend])
