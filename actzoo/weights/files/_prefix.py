"""What stands before every key: the dict that a checkpoint keeps its state in, and the wrappers of models."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from .._layers import WRAPPERS
from ._contents import Contents
from ._errors import WeightsFileError

_WRAPPERS = sorted({f"{child}." for children in WRAPPERS.values() for child in children.values()})
_SHOWN = 8


def wrapped_in(contents: Contents) -> str:
    """The part of every key that is no layer's: `state_dict.` of a nest, `module.` of a wrapper, or both."""
    prefix = contents.nest
    while found := next((each for each in _WRAPPERS if _all_begin(contents, prefix + each)), ""):
        prefix += found
    return prefix


def common_start(contents: Contents) -> str:
    """The first level of the keys where all have the same, as in `Student.`; empty if they have not, or none below."""
    start = next(iter(contents.arrays)).partition(".")[0] + "."
    return start if _all_begin(contents, start) else ""


def _all_begin(contents: Contents, start: str) -> bool:
    return all(key.startswith(start) and key != start for key in contents.arrays)


def without_prefix(contents: Contents, prefix: str, name: str) -> Contents:
    """What has keys that begin so, without it. `WeightsFileError`, with the file's name, if no array has.

    A prefix is whole levels of names: `Student` is `Student.`, and takes nothing of `Student2`.
    """

    def taken(held: Mapping[str, Any]) -> dict[str, Any]:
        return {key.removeprefix(prefix): each for key, each in held.items() if key.startswith(prefix)}

    if not prefix:
        return contents
    prefix = prefix if prefix.endswith(".") else f"{prefix}."
    arrays = taken(contents.arrays)
    if not arrays:
        starts = ", ".join(_starts(contents))
        raise WeightsFileError(f"no key of {name} begins with '{prefix}'; they begin with {starts}")
    names, roles, rest = taken(contents.names), taken(contents.roles), taken(contents.rest)
    return replace(contents, arrays=arrays, names=names, roles=roles, rest=rest, nest="")


def _starts(contents: Contents) -> list[str]:
    starts = dict.fromkeys(key.partition(".")[0] + "." if "." in key else key for key in contents.arrays)
    return [f"'{start}'" for start in starts][:_SHOWN]
