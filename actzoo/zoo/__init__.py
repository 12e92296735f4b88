"""The zoo: every spec, by name. A file of specs in this folder is all that a new activation needs here."""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from collections.abc import Mapping

from actzoo.language import Spec


def _collect() -> dict[str, Spec]:
    modules = [importlib.import_module(f"{__name__}.{m.name}") for m in pkgutil.iter_modules(__path__)]
    found = {s.name: s for m in modules for s in vars(m).values() if isinstance(s, Spec)}
    return dict(sorted(found.items()))


ZOO: Mapping[str, Spec] = _collect()


def find(name: str) -> Spec:
    """The spec of an activation, by its function's or its class's name. Raises `KeyError` with the nearest names."""
    for spec in ZOO.values():
        if name in (spec.name, spec.module):
            return spec
    known = [n for s in ZOO.values() for n in (s.name, s.module)]
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.4)
    hint = f"nearest: {', '.join(near)}; " if near else ""
    raise KeyError(f"no activation '{name}'; {hint}'actzoo list' lists all")
