"""The renderers: a spec to the source of each framework. Imports no framework."""

from __future__ import annotations

from collections.abc import Mapping

from actzoo.language import Spec
from actzoo.render._table import Target
from actzoo.render.to_flax import FLAX
from actzoo.render.to_linen import LINEN
from actzoo.render.to_paddle import PADDLE
from actzoo.render.to_torch import TORCH

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
    from actzoo.zoo import ZOO

    return {path: text for target in TARGETS.values() for path, text in package_files(target, ZOO).items()}
