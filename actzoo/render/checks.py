"""What constructors check, in every framework alike: this file is copied into each rendered package."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def check_whole(owner: str, least: int = 1, **values: Any) -> None:
    for name, value in values.items():
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise ValueError(f"{owner}: {name} is a whole number from {least} up, got {value!r}")


def check_number(owner: str, **values: Any) -> None:
    for name, value in values.items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise TypeError(f"{owner}: {name} is a number, got {value!r}")


def check_choice(owner: str, name: str, value: Any, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise ValueError(f"{owner}: {name} is one of {', '.join(map(repr, choices))}; got {value!r}")


def numbers(owner: str, name: str, values: Sequence[float] | None, default: list[float]) -> list[float]:
    """A constructor's list of numbers, or its default, whose length it must have."""
    given = default if values is None else [float(v) for v in values]
    if len(given) != len(default):
        raise ValueError(f"{owner}: {name} has {len(default)} values, got {len(given)}: {given}")
    return given
