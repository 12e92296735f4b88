"""Keys of a file of weights beside those of a model: which prefix to take off, what is missing, what is left over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import final

from actzoo.weights.files import without_prefix as without_prefix

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
