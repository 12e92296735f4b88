"""The layer that an array belongs to, told by the name that Paddle gave it; never by its shape.

Paddle names a parameter after the class of its layer: `conv2d_transpose_0.w_0`. What a user's class made is named
after that class, and what a user named tells nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from .._layers import CLASSES, LAYERS, Part

_NAME = re.compile(r"(?:.*\.)?(\w+?)_\d+\.[wb]_\d+(?:_\w+)?")
_MORE = {
    **{f"BatchNorm{rank}D": "batch_norm" for rank in (1, 2, 3)},
    **{f"InstanceNorm{rank}D": "instance_norm" for rank in (1, 2, 3)},
    "SyncBatchNorm": "batch_norm",
}


def snake(name: str) -> str:
    """As Paddle spells a class in names: `PReLU` is `p_re_lu`, `Conv2DTranspose` is `conv2d_transpose`."""
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)).lower()


KINDS: Mapping[str, str] = {snake(cls): kind for cls, kind in {**CLASSES["paddle"], **_MORE}.items()}


def class_of(name: str) -> str | None:
    """The class in a name that Paddle gave, as `linear` in `linear_0.w_0`; None for a name that a user gave."""
    match = _NAME.fullmatch(name)
    return match[1] if match else None


def kind_of(name: str | None, kinds: Mapping[str, str] = KINDS) -> str | None:
    """The layer kind, as in `actzoo/weights/_layers.py`; None for a user's class, and for no name."""
    return kinds.get(class_of(name or "") or "")


def part_of(kind: str | None, leaf: str) -> Part | None:
    """The row of the table for an array that Paddle calls `leaf` in a layer of that kind: `weight`, or `w_0`."""
    if kind is None:
        return None
    parts = {place.name: part for part in LAYERS[kind].parts if (place := part.places["paddle"])}
    counted = (part for called, part in parts.items() if called != "bias")
    numbered = {f"w_{number}": part for number, part in enumerate(counted)}
    return (parts | numbered | ({"b_0": parts["bias"]} if "bias" in parts else {})).get(leaf)
