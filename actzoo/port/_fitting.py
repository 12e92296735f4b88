"""Keys of a file of weights beside those of a model: which prefix to take off, what is missing, what is left over."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import final

from actzoo.weights.files import Contents

SHOWN = 8
"""Keys of a kind that are listed."""


@final
@dataclass(frozen=True)
class Fit:
    """How the keys of a file fit a model."""

    missing: tuple[str, ...]
    left: tuple[str, ...]
    shapes: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether every key has its place."""
        return not (self.missing or self.left or self.shapes)

    def lines(self) -> Iterator[str]:
        """For a person."""
        for prefix in self.prefixes:
            yield f"its keys fit without '{prefix}': say --prefix {prefix}"
        yield from _listed("the file lacks", self.missing)
        yield from _listed("the model lacks", self.left)
        yield from _listed("of other shapes are", self.shapes)


def _listed(what: str, keys: Sequence[str]) -> Iterator[str]:
    if keys:
        more = f" and {len(keys) - SHOWN} more" if len(keys) > SHOWN else ""
        yield f"{what} {', '.join(keys[:SHOWN])}{more}"


def fit(own: Mapping[str, Sequence[int]], given: Mapping[str, Sequence[int]]) -> Fit:
    """How arrays of these shapes fit a model's."""
    missing = tuple(key for key in own if key not in given)
    left = tuple(key for key in given if key not in own)
    shapes = tuple(
        f"{key}, {list(given[key])} for {list(own[key])}"
        for key in own
        if key in given and [*given[key]] != [*own[key]]
    )
    return Fit(missing, left, shapes, tuple(prefixes(own, given)) if missing else ())


def prefixes(own: Mapping[str, Sequence[int]], given: Mapping[str, Sequence[int]]) -> Iterator[str]:
    """Those under which the file has everything that the model has, of the same shapes."""
    first = next(iter(own), None)
    if first is None:
        return
    for start in sorted(key.removesuffix(first) for key in given if key.endswith(first) and key != first):
        if all([*given.get(start + key, (-1,))] == [*shape] for key, shape in own.items()):
            yield start


def without_prefix(contents: Contents, prefix: str, name: str) -> Contents:
    """The arrays whose keys begin so, without it. ValueError if there are none."""
    if not prefix:
        return contents
    arrays = {key.removeprefix(prefix): each for key, each in contents.arrays.items() if key.startswith(prefix)}
    if not arrays:
        starts = ", ".join(repr(each) for each in _starts(contents.arrays))
        raise ValueError(f"no key of {name} begins with '{prefix}'; they begin with {starts}")
    names, rest = (
        {key.removeprefix(prefix): each for key, each in held.items() if key.startswith(prefix)}
        for held in (contents.names, contents.rest)
    )
    return replace(contents, arrays=arrays, names=names, rest=rest)


def _starts(keys: Iterable[str]) -> list[str]:
    return sorted({key.partition(".")[0] + "." if "." in key else key for key in keys})[:SHOWN]
