"""The renderers: a spec to the source of each framework. Imports no framework."""

from __future__ import annotations

from collections.abc import Mapping

from actzoo.language import Spec
from actzoo.render._build import native_class as native_class
from actzoo.render._build import native_function as native_function
from actzoo.render._table import Target
from actzoo.render.to_flax import FLAX
from actzoo.render.to_linen import LINEN
from actzoo.render.to_paddle import PADDLE
from actzoo.render.to_torch import TORCH

MADE = "# Made by: actzoo render"
"""How a rendered file begins."""

TARGETS: Mapping[str, Target] = {t.name: t for t in (TORCH, PADDLE, FLAX, LINEN)}


def render(spec: Spec, to: str) -> str:
    """A spec's source in one framework, by itself: it imports the framework and nothing of ours.

    `to` is torch, paddle, flax (NNX) or linen; another name is a `ValueError` that lists them.
    """
    from actzoo.render._file import standalone
    from actzoo.zoo import ZOO

    if to not in TARGETS:
        raise ValueError(f"no renderer to '{to}'; there are {', '.join(TARGETS)}")
    return standalone(spec, TARGETS[to], ZOO)


def files() -> dict[str, str]:
    """Every committed rendered file, by its path under `backends/`."""
    from actzoo.render._file import package_files
    from actzoo.render._kernels import kernel_files
    from actzoo.zoo import ZOO

    found = {path: text for target in TARGETS.values() for path, text in package_files(target, ZOO).items()}
    return found | kernel_files(ZOO)


def stale(write: bool = False) -> dict[str, str]:
    """The committed rendered files that differ from the specs: path -> "changed", "missing" or "surplus".

    With `write` they are written, and those without a spec removed.
    """
    from actzoo.render._file import backends

    wanted = files()
    found: dict[str, str] = {}
    for path, text in wanted.items():
        file = backends() / path
        if not file.is_file():
            found[path] = "missing"
        elif file.read_text(encoding="utf-8") != text:
            found[path] = "changed"
        if write and path in found:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
    packages = sorted({path.rpartition("/")[0] for path in wanted})
    present = {
        f"{package}/{file.name}"
        for package in packages
        for file in (backends() / package).glob("*.py")
        if file.read_text(encoding="utf-8").startswith(MADE)
    }
    for path in sorted(present - set(wanted)):
        found[path] = "surplus"
        if write:
            (backends() / path).unlink()
    return found
