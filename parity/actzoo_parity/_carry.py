"""How the other sides' weights follow from the first side's, and their gradients back. Knows no framework.

What carries the weights may be anything that moves numbers: it is given their numbers in line first, and what
comes out says where each went.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, final

import numpy as np

from ._sides._side import Array, Inputs, Shape, Side, SideError

State = Mapping[str, Array]
Weights = str | Mapping[str, Any] | Callable[[State], State] | None


@final
@dataclass(frozen=True)
class Carried:
    """How one side has its weights: in words, its state from the first's, and gradients under the first's keys."""

    words: str
    state: Callable[[State], State]
    back: Callable[[State], dict[str, Array]]
    from_first: bool = True
    returns: bool = True
    """Whether every gradient has a way back."""
    layers: Mapping[str, str] = field(default_factory=dict)
    """The first side's layers that have another path here."""


def carry(first: Side, other: Side, inputs: Inputs, weights: Weights, others: Collection[str]) -> Carried:
    """What `weights` says of one side. `SideError` where it leaves a weight of either side without one.

    A mapping by the names of the other sides has something for each, or nothing for some.
    """
    if isinstance(weights, Mapping) and weights and set(weights) <= set(others):
        weights = weights.get(other.name)
    theirs, ours = other.shapes(inputs), first.shapes(inputs)
    given = other.state()
    if isinstance(weights, str) and weights != "own":
        raise SideError(f"weights={weights!r}; give 'own', a mapping from {first.name}'s keys, or a function")
    if weights == "own" or not theirs or not ours:
        if given is None:
            raise SideError(f"{other.name} has no weights: give (module, variables), or a first side that has some")
        same = ours.keys() & theirs.keys()
        words = "its own" if theirs else "none that could be carried"
        return Carried(words, lambda _: given, lambda g: {k: g[k] for k in g.keys() & same}, False, same == set(ours))
    places = _in_line(ours)
    if callable(weights):
        moved, words = dict(weights(places)), f"by the function {getattr(weights, '__name__', '')}"
    else:
        moved, words = (
            _renamed(first, other, places, theirs, _names(weights)),
            "by name" if not weights else "by the map",
        )
    _require(first, other, moved, theirs)
    total = sum(map(math.prod, ours.values()))
    if callable(weights) and not all(_are_places(a, total) for a in moved.values()):
        return Carried(words, weights, lambda _: {}, returns=False)  # it computes with the numbers
    move = _move(ours, theirs, {key: np.asarray(a).astype(np.int64) for key, a in moved.items()})
    layers = layers_of(weights) if isinstance(weights, Mapping) else {}
    return Carried(words, move.taken, move.returned, layers=layers)


def _names(weights: Weights) -> Mapping[str, Any]:
    return weights if isinstance(weights, Mapping) else {}


def _in_line(shapes: Mapping[str, Shape]) -> dict[str, Array]:
    """Arrays of these shapes that hold 0, 1, 2, ... in order."""
    placed, start = {}, 0
    for key, shape in shapes.items():
        size = math.prod(shape)
        placed[key] = np.arange(start, start + size, dtype=np.float64).reshape(shape)
        start += size
    return placed


def _renamed(
    first: Side, other: Side, arrays: State, theirs: Mapping[str, Shape], names: Mapping[str, Any]
) -> dict[str, Array]:
    """The arrays under the other side's keys; an entry of the map is a key, or a layer with all that is in it."""
    moved: dict[str, Array] = {}
    lost = []
    unknown = [e for e in names if not any(k == e or k.startswith(f"{e}.") for k in arrays)]
    if unknown:
        raise SideError(f"weights names {', '.join(unknown)}, which {first.name} has not; it has {', '.join(arrays)}")
    for key, array in arrays.items():
        entry = max((e for e in names if key == e or key.startswith(f"{e}.")), key=len, default=None)
        said = names[entry] if entry is not None else key
        if said is None:
            continue
        target, axes = said if isinstance(said, tuple) else (said, None)
        target += key[len(entry or key) :]
        if target not in theirs:
            lost.append(key if target == key else f"{key} as {target}")
            continue
        moved[target] = array if axes is None else np.transpose(array, axes)
    missing = [key for key in theirs if key not in moved]
    if lost or missing:
        raise SideError(
            f"the weights of {first.name} and {other.name} do not pair off by name; "
            + "; ".join(
                [f"{other.name} has none for {', '.join(lost)}"] * bool(lost)
                + [f"{first.name} has none for {', '.join(missing)}"] * bool(missing)
            )
            + f"; give weights={{{first.name}'s key or layer: {other.name}'s, ...}} (None: it has no twin), or a "
            "function; weights='own' if they are equal already"
        )
    return moved


def _require(first: Side, other: Side, moved: State, theirs: Mapping[str, Shape]) -> None:
    """Every weight of the other side is there, in its shape."""
    wrong = [f"{key} is missing" for key in theirs if key not in moved]
    wrong += [f"{key} is unknown to it" for key in moved if key not in theirs]
    wrong += [
        f"{key} has shape {np.shape(a)} there, and {theirs[key]} here"
        for key, a in moved.items()
        if key in theirs and np.shape(a) != theirs[key]
    ]
    if wrong:
        raise SideError(
            f"the weights of {first.name} do not fit {other.name} (in torch's layout): {'; '.join(wrong)}; "
            "a transpose is written (key, (1, 0)) in the map"
        )


@final
@dataclass(frozen=True)
class _Move:
    """Where each number of the other side stands in the first side's, all in line."""

    ours: Mapping[str, Shape]
    theirs: Mapping[str, Shape]
    where: State
    starts: Mapping[str, int]
    whole: Mapping[str, str]
    """The first side's key of those that are one of its arrays as it is."""

    def taken(self, state: State) -> dict[str, Array]:
        """The other side's state."""
        taken = {}
        for key, places in self.where.items():
            if key in self.whole:
                taken[key] = state[self.whole[key]]
                continue
            held = [k for k in self.ours if self._within(places, k)]
            if len(held) == 1:  # whole numbers stay whole, which they would not be beside floats
                taken[key] = np.ravel(state[held[0]])[places - self.starts[held[0]]]
            else:
                taken[key] = np.concatenate([np.ravel(state[k]) for k in self.ours])[places]
        return {key: np.reshape(array, self.theirs[key]) for key, array in taken.items()}

    def _within(self, places: Array, key: str) -> bool:
        start, size = self.starts[key], math.prod(self.ours[key])
        return places.size > 0 and bool(start <= places.min() and places.max() < start + size)

    def returned(self, gradients: State) -> dict[str, Array]:
        """Under the first side's keys; what went to several places is summed, and a key that went nowhere left out."""
        returned = {self.whole[k]: a for k, a in gradients.items() if k in self.whole}
        rest = {key: a for key, a in gradients.items() if key in self.where and key not in self.whole}
        if not rest:
            return returned
        total = sum(map(math.prod, self.ours.values()))
        summed, reached = np.zeros(total, next(iter(rest.values())).dtype), np.zeros(total, np.bool_)
        for key, array in rest.items():
            np.add.at(summed, np.ravel(self.where[key]), np.ravel(array))
            reached[np.ravel(self.where[key])] = True
        for key, shape in self.ours.items():
            part = slice(self.starts[key], self.starts[key] + math.prod(shape))
            if reached[part].any() and reached[part].all():
                returned[key] = summed[part].reshape(shape)
        return returned


def _move(ours: Mapping[str, Shape], theirs: Mapping[str, Shape], where: State) -> _Move:
    starts = {k: int(n) for k, n in zip(ours, np.cumsum([0, *(math.prod(s) for s in ours.values())]), strict=False)}
    at = {start: key for key, start in starts.items() if math.prod(ours[key])}
    whole: dict[str, str] = {}
    for key, places in where.items():
        line = np.ravel(places)
        key_here = at.get(int(line[0])) if line.size else None
        if key_here is None or key_here in whole.values() or line.size != math.prod(ours[key_here]):
            continue
        if ours[key_here] == theirs[key] and np.array_equal(line, np.arange(line[0], line[0] + line.size)):
            whole[key] = key_here
    # an array that is used in a second place is summed, which those that are whole are not
    spans = [(int(w.min()), int(w.max())) for w in where.values() if w.size]

    def used(key: str) -> int:
        start, stop = starts[key], starts[key] + math.prod(ours[key])
        return sum(low < stop and high >= start for low, high in spans)

    return _Move(ours, theirs, where, starts, {k: v for k, v in whole.items() if used(v) == 1})


def _are_places(array: Array, total: int) -> bool:
    flat = np.ravel(array)
    return bool(np.all((flat >= 0) & (flat < total) & (flat == np.rint(flat))))


def layers_of(names: Mapping[str, Any]) -> dict[str, str]:
    """The layers that the map names, themselves or by one of their weights."""
    layers = {}
    for here, said in names.items():
        there = said[0] if isinstance(said, tuple) else said
        if isinstance(there, str):
            layers[here] = there
            if "." in here and "." in there:
                layers.setdefault(here.rpartition(".")[0], there.rpartition(".")[0])
    return layers


def renamed(path: str, layers: Mapping[str, str]) -> str:
    """A layer's path on the other side."""
    entry = max((e for e in layers if path == e or path.startswith(f"{e}.")), key=len, default=None)
    return path if entry is None else layers[entry] + path[len(entry) :]
