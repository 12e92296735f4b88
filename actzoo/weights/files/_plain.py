"""Makes the result of a pickle plain: its arrays finished, its nest bounded, nothing in it twice by detour."""

from __future__ import annotations

from typing import Any

from ._arrays import Array

DEPTH = 32
"""Of containers in containers; a state of an optimiser has three."""


def plain(value: Any, depth: int = 0, seen: dict[int, Any] | None = None) -> Any:
    """A copy with finished arrays. What contains itself, or is nested deeper than `DEPTH`, is a ValueError."""
    seen = {} if seen is None else seen
    if depth > DEPTH:
        raise ValueError(f"containers are nested deeper than {DEPTH}")
    if value is None or isinstance(value, str | bytes | bytearray | int | float):
        return value
    if id(value) not in seen:
        seen[id(value)] = _Unfinished
        seen[id(value)] = _made(value, depth + 1, seen)
    if seen[id(value)] is _Unfinished:
        raise ValueError("a container contains itself")
    return seen[id(value)]


class _Unfinished:
    """Stands for a container that is being copied."""


def _made(value: Any, depth: int, seen: dict[int, Any]) -> Any:
    if isinstance(value, Array):
        return value.bits()
    if isinstance(value, dict):
        return {key: plain(each, depth, seen) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return type(value)([plain(each, depth, seen) for each in value])
    raise TypeError(f"a {type(value).__name__.lower()} where data should be")
