"""Where an array goes in another framework: its name there, and its axes. Certain, or none; knows no file.

A layer's name tells, or its use in a program. Where nothing does, every layer that could own such an array is asked,
and a user's own module, which is the same everywhere: if all agree, it is certain too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

import numpy as np

from .._layers import COLUMN, LAYERS, Part
from .._layout import LayoutError, relayout
from ._kinds import part_of

_SPECIAL = frozenset({"layer_norm_nd", "conv_transpose_kernel", "grouped_conv_transpose"})
"""Kinds that a layer has only by its options, with parts as the plain kind has."""


@final
@dataclass(frozen=True, eq=False)
class Placed:
    """An array as the other framework has it, and the name of the variable in its layer there; None for the same."""

    array: np.ndarray
    leaf: str | None = None

    @property
    def told(self) -> tuple[object, ...]:
        """What makes two answers one: no value is copied or compared."""
        return self.leaf, self.array.shape, self.array.strides


class NoTwin(ValueError):
    """The other framework has no place for the array."""


def by_layer(array: np.ndarray, kind: str, leaf: str, to: str) -> Placed | None:
    """The place that the table of layers gives; None if the layer has no such variable. `NoTwin` if it has no twin."""
    if COLUMN[to] not in LAYERS[kind].columns:
        raise NoTwin(f"{to} has no twin of the layer '{kind}'")
    if not LAYERS[kind].parts:
        return Placed(array)
    part = part_of(kind, leaf)
    return None if part is None else _moved(array, part, to)


def by_every_layer(array: np.ndarray, leaf: str | None, to: str, own: bool = True) -> Placed | None:
    """The place on which all layers agree that have a variable of that name (None: of any name), and `own` modules."""
    found = {placed.told: placed for placed in _candidates(array, leaf, to)}
    if own or not found:
        kept = Placed(array)
        found |= {kept.told: kept}
    return next(iter(found.values())) if len(found) == 1 else None


def _candidates(array: np.ndarray, leaf: str | None, to: str) -> Iterator[Placed]:
    for kind, layer in LAYERS.items():
        for part in layer.parts if kind not in _SPECIAL else ():
            place = part.places["paddle"]
            if place is not None and leaf in (None, place.name):
                try:
                    placed = _moved(array, part, to)
                except (LayoutError, NoTwin):
                    continue  # not of this layer, or nothing that could be made of it
                yield Placed(placed.array) if leaf in (None, placed.leaf) else placed


def _moved(array: np.ndarray, part: Part, to: str) -> Placed:
    source, target = part.places["paddle"], part.places[COLUMN[to]]
    if source is None or target is None:
        raise NoTwin(f"{to} has no twin")
    return Placed(relayout(array, source.layout, target.layout), target.name)
