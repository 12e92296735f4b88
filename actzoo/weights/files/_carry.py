"""Brings what a Paddle file holds into torch's or Flax's names and axes, by the table of layers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

from .._bits import Bits
from .._layers import COLUMN
from .._layout import LayoutError, relayout
from ._contents import Contents
from ._kinds import KINDS, is_told, kind_of, part_of

_CELL = re.compile(r"\.\d+\.cell(_fw|_bw)?\.")
_STATISTIC = re.compile(r".*\.([wb]_\d+)_(?:moment\d?|velocity|mean_square|mean_grad|momentum|inf_norm)_0")


@final
@dataclass(frozen=True)
class Carried:
    """Arrays in the target's names; every key of the file that is not among them is in one of the lists."""

    arrays: Mapping[str, Bits]
    keys: Mapping[str, str]
    repeated: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    misfits: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether the layout of every array was told."""
        return not (self.unknown or self.misfits)


def carry(contents: Contents, to: str = "torch", kinds: Mapping[str, str] = KINDS) -> Carried:
    """Rename and turn every array; one whose layout nothing tells is carried as it is, and listed as unknown."""
    arrays: dict[str, Bits] = {}
    keys: dict[str, str] = {}
    repeated, unknown, misfits = [], [], []
    for key, bits in contents.arrays.items():
        if _CELL.search(key):
            repeated.append(key)
            continue
        name = contents.names.get(key, key)
        owner, dot, leaf = key.rpartition(".")
        if name == key and (match := _STATISTIC.fullmatch(key)):  # of an optimiser, laid as its parameter is
            leaf = match[1]
        kind = kind_of(name, kinds)
        part = part_of(kind, leaf)
        if not is_told(kind, leaf, bits.array.ndim):
            unknown.append(key)
        new, made = key, bits
        if part is not None:
            source, target = part.places["paddle"], part.places[COLUMN[to]]
            if source is None or target is None:
                misfits.append(f"{key}: {to} has no twin")
                continue
            try:
                made = Bits(relayout(bits.array, source.layout, target.layout), bits.dtype)
            except LayoutError as error:
                misfits.append(f"{key}: {error}")
                continue
            new = key if name == key else f"{owner}{dot}{target.name}"
        arrays[new], keys[key] = made.fresh(), new
    return Carried(arrays, keys, tuple(repeated), tuple(unknown), tuple(misfits))
