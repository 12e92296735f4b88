"""One adapter a framework: a module or a function, as something that takes and gives NumPy arrays.

No framework is imported but that of a side that is given.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ._elsewhere import Elsewhere as Elsewhere
from ._elsewhere import ElsewhereSide
from ._layout import ChannelsLast
from ._noise import Kind as Kind
from ._noise import Noise as Noise
from ._side import Call as Call
from ._side import Inputs as Inputs
from ._side import Question as Question
from ._side import Run as Run
from ._side import Side
from ._side import SideError as SideError
from ._which import which

SIDES = {
    "torch": ("._torch", "TorchSide"),
    "paddle": ("._paddle", "PaddleSide"),
    "flax": ("._nnx", "NnxSide"),
    "linen": ("._linen", "LinenSide"),
    "jax": ("._jax", "FunctionSide"),
    "numpy": ("._numpy", "NumpySide"),
}
MAPS = frozenset(("conv", "conv_transpose", "batch_norm", "instance_norm", "group_norm"))
"""Layers that tell that an input of rank 3 is a map, and no sequence of features."""


def make_sides(
    targets: Sequence[Any],
    names: Sequence[str] | None,
    inputs: Inputs,
    *,
    keywords: Mapping[str, Mapping[str, Any]],
    output: Mapping[str, Callable[[Any], Any]],
    channels_last: Sequence[str] | None,
    flatten: Mapping[str, tuple[int, ...]],
) -> list[Side]:
    """The sides by their names, which are those of their frameworks unless `names` has others."""
    if not 2 <= len(targets) <= 3:
        raise SideError(f"{len(targets)} sides; give two or three, and then the inputs")
    if names is not None and len(names) != len(targets):
        raise SideError(f"{len(names)} names for {len(targets)} sides")
    frameworks = [
        t.process.framework if isinstance(t, Elsewhere) else which(t, names[i] if names else None)
        for i, t in enumerate(targets)
    ]
    called = list(names) if names else _numbered(frameworks)
    if len(set(called)) < len(called):
        raise SideError(f"two sides are called {', '.join(called)}; give each a name of its own")
    for argument, given in (("keywords", keywords), ("output", output), ("channels_last", channels_last or ())):
        if unknown := [name for name in given if name not in called]:
            raise SideError(f"{argument} names {', '.join(unknown)}; the sides are {', '.join(called)}")
    return [
        _laid_out(
            _made(name, framework, target, keywords.get(name, {}), output.get(name, _itself), flatten),
            inputs,
            channels_last,
        )
        for name, framework, target in zip(called, frameworks, targets, strict=True)
    ]


def make_side(framework: str, target: Any) -> Side:
    """One side, named after its framework, for whoever compares elsewhere."""
    return _made(framework, framework, target, {}, _itself, {})


def _made(
    name: str, framework: str, target: Any, keywords: Any, output: Any, flatten: Mapping[str, tuple[int, ...]]
) -> Side:
    if isinstance(target, Elsewhere):
        if keywords or output is not _itself:
            raise SideError(f"{name} is in another process, which takes neither keywords nor output")
        return ElsewhereSide(name, target)
    file, cls = SIDES[framework]
    make = getattr(importlib.import_module(file, __package__), cls)
    more = () if framework in ("jax", "numpy") else (flatten,)
    try:
        side: Side = make(name, target, keywords, output, *more)
    except ValueError as error:
        raise SideError(f"{name}: {error}") from error
    return side


def _laid_out(side: Side, inputs: Inputs, channels_last: Sequence[str] | None) -> Side:
    ranks = {
        array.ndim for array in inputs.arrays.values() if array.ndim in (3, 4, 5) and array.dtype.kind not in "iub"
    }
    if channels_last is not None:
        ranks = ranks if side.name in channels_last else set()
    elif side.framework not in ("flax", "linen"):
        ranks = set()
    elif 3 in ranks and not _has_maps(side, inputs):
        ranks.discard(3)
    return ChannelsLast(side, frozenset(ranks)) if ranks else side


def _has_maps(side: Side, inputs: Inputs) -> bool:
    """Whether the module has layers that read maps."""
    outline = side.outline(inputs)
    return outline is not None and any(site.kind in MAPS for site in outline.sites.values())


def _numbered(frameworks: Sequence[str]) -> list[str]:
    return [
        name if frameworks.count(name) == 1 else f"{name} {frameworks[: i + 1].count(name)}"
        for i, name in enumerate(frameworks)
    ]


def _itself(out: Any) -> Any:
    return out
