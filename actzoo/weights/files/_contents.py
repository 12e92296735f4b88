"""What a file of weights holds, whatever its format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, final

from .._bits import Bits


@final
@dataclass(frozen=True)
class Contents:
    """Arrays by key; `names` are Paddle's own names of them, which tell the layer's class; `rest` is no array.

    `nest` begins every key where the file holds all arrays in one dict within others: `state_dict.`
    `beside` are other files that were read.
    """

    format: str
    arrays: Mapping[str, Bits]
    names: Mapping[str, str] = field(default_factory=dict)
    rest: Mapping[str, Any] = field(default_factory=dict)
    nest: str = ""
    beside: tuple[Path, ...] = ()
