"""What a file of weights holds, whatever its format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, final

from .._bits import Bits


@final
@dataclass(frozen=True)
class Contents:
    """Arrays by key; `names` are Paddle's own names of them, which tell the layer's class; `rest` is no array."""

    format: str
    arrays: Mapping[str, Bits]
    names: Mapping[str, str] = field(default_factory=dict)
    rest: Mapping[str, Any] = field(default_factory=dict)
