"""A module's weights under canonical keys, in torch's layout, and back. Computes nothing.

What a weight is follows from the type of its layer, by the table of `actzoo.weights`. Of a layer
that is not in the table the weights keep their name and their shape.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from actzoo.weights._adapters import ADAPTERS
from actzoo.weights._layout import relayout, reorder_flattened
from actzoo.weights._outline import Outline
from actzoo.weights._slots import Slot, slots_of

from ._side import Array, Shape

Native = tuple[str | int, ...]
Flatten = Mapping[str, tuple[int, ...]]


@final
@dataclass(frozen=True)
class Entry:
    """A weight: its canonical key and, in the model's framework, its path and collection."""

    key: str
    native: Native
    collection: str
    shape: Shape
    slot: Slot


@final
class States:
    """The state of one model, in its own form and in the canonical one."""

    def __init__(self, framework: str, model: Any, flatten: Flatten) -> None:
        self.framework = framework
        self.outline: Outline = ADAPTERS[framework].outline(model)
        self._flatten = flatten if ADAPTERS[framework].channels_last else {}
        self.entries = tuple(self._entries())

    def _entries(self) -> Iterator[Entry]:
        for slot in slots_of(self.outline):
            variable = slot.variable
            if variable is None or (slot.part is not None and slot.part.born is not None):
                continue  # a counter of torch, which no other framework has
            key = ".".join((*slot.owner, slot.name))
            yield Entry(key, variable.native, variable.collection, variable.shape, slot)

    def canonical(self, native: Mapping[Native, Array]) -> dict[str, Array]:
        """Arrays by native path to arrays by key; paths that are no weights are left out."""
        return {e.key: self._move(native[e.native], e, to=True) for e in self.entries if e.native in native}

    def native(self, canonical: Mapping[str, Array]) -> dict[Native, Array]:
        """Arrays by key to arrays by native path."""
        return {e.native: self._move(canonical[e.key], e, to=False) for e in self.entries if e.key in canonical}

    def shapes(self) -> dict[str, Shape]:
        """The canonical shape of every weight."""
        hollow = {e.native: np.broadcast_to(np.float32(0), e.shape) for e in self.entries}
        return {key: array.shape for key, array in self.canonical(hollow).items()}

    def _move(self, array: Array, entry: Entry, *, to: bool) -> Array:
        slot = entry.slot
        place = slot.place(self.framework)
        here = slot.layout if place is None else place.layout
        full = None if slot.variable is None else slot.variable.full_shape
        shape = self._flatten.get(".".join(slot.owner))
        axis = slot.feature_axis
        if to:
            array = relayout(array, here, slot.layout, full)
            if shape and axis is not None:
                array = reorder_flattened(array, axis, shape, to_channels_last=False)
            return array
        if shape and axis is not None:
            array = reorder_flattened(array, axis, shape, to_channels_last=True)
        return relayout(array, slot.layout, here)
