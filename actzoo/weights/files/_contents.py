"""What a file of weights holds, whatever its format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, final

from .._bits import Bits
from ._roles import Role


@final
@dataclass(frozen=True)
class Contents:
    """Arrays by key; `names` are Paddle's own names of them, which tell the layer's class; `rest` is no array.

    `nest` begins every key where the file holds all arrays in one dict within others: `state_dict.`
    `roles` are what the program of an inference model does with the arrays, by key; without a program that names
    them, their names are empty. `beside` are other files that were read.
    """

    format: str
    arrays: Mapping[str, Bits]
    names: Mapping[str, str] = field(default_factory=dict)
    rest: Mapping[str, Any] = field(default_factory=dict)
    nest: str = ""
    roles: Mapping[str, Role] = field(default_factory=dict)
    beside: tuple[Path, ...] = ()
