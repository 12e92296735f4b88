"""The first layer in which two sides part: calls paired by name or by order, each judged by its own bound."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, final

import numpy as np

from actzoo.weights._layers import CLASSES

from ._carry import renamed
from ._sides import Call, Run
from ._sides._side import Array

KINDS = {name: kind for table in CLASSES.values() for name, kind in table.items()}
"""Layers of several frameworks by what they are."""


@final
@dataclass(frozen=True)
class Pair:
    """A call of each side that should be the same; by the place of both among the calls."""

    here: int
    there: int


def numbers_of_calls(run: Run) -> dict[str, Array]:
    """What goes into each call and what comes out, by its place."""
    found: dict[str, Array] = {}
    for i, call in enumerate(run.calls):
        found |= {f"{i} in {j}": each for j, each in enumerate(call.inputs)}
        found |= {f"{i} out {j}": each for j, each in enumerate(call.outputs)}
    return found


def pair_off(here: Sequence[Call], there: Sequence[Call], layers: Mapping[str, str]) -> list[Pair]:
    """Calls of layers of one path; of the rest, those of one kind and shape that follow each other in one order."""
    places: dict[tuple[str, int], int] = {}
    for i, (path, count) in enumerate(_counted([c.path for c in there])):
        places[path, count] = i
    found = {}
    for i, (path, count) in enumerate(_counted([c.path for c in here])):
        if (place := places.get((renamed(path, layers), count))) is not None:
            found[i] = place
    left = [[i for i in range(len(here)) if i not in found], [i for i in range(len(there)) if i not in found.values()]]
    shapes = [[_look(calls[i]) for i in rest] for calls, rest in zip((here, there), left, strict=True)]
    for block in SequenceMatcher(None, shapes[0], shapes[1], autojunk=False).get_matching_blocks():
        for k in range(block.size):
            found[left[0][block.a + k]] = left[1][block.b + k]
    return [Pair(i, found[i]) for i in sorted(found)]


def locate(
    here: tuple[str, Sequence[Call]],
    there: tuple[str, Sequence[Call]],
    layers: Mapping[str, str],
    bounds: Mapping[str, Array],
) -> list[str]:
    """The first layer that differs, in words; `bounds` are by the names of `numbers_of_calls`."""
    (mine, calls), (theirs, others) = here, there
    if not calls or not others:
        return []
    pairs = pair_off(calls, others, layers)
    if not pairs:
        return [f"no layer of {mine} has a twin in {theirs}: neither by name, nor by kind and shape"]
    held, worst = "", 0.0
    for pair in pairs:
        a, b = calls[pair.here], others[pair.there]
        ratio = _ratio(a.outputs, b.outputs, [bounds[f"{pair.here} out {j}"] for j in range(len(a.outputs))])
        if ratio > 1:
            taken = _ratio(a.inputs, b.inputs, [bounds[f"{pair.here} in {j}"] for j in range(len(a.inputs))])
            return [*_told(mine, a, theirs, b, ratio, taken, held), *_settings(mine, a, theirs, b)]
        held, worst = a.path, max(worst, ratio)
    lines = [f"no layer differs: {len(pairs)} outputs of layers hold, the worst at {worst:.3g} of its bound"]
    for pair in pairs:
        lines += _settings(mine, calls[pair.here], theirs, others[pair.there])
    order = [pair.there for pair in pairs]
    turned = next((i for i in range(1, len(order)) if order[i] < order[i - 1]), None)
    if turned is not None:
        first, second = calls[pairs[turned - 1].here].path, calls[pairs[turned].here].path
        lines.append(f"{mine} calls '{first}' before '{second}', {theirs} after it")
    return lines


def _told(mine: str, a: Call, theirs: str, b: Call, ratio: float, taken: float, held: str) -> list[str]:
    """The layer, by how much it differs, and whether that is its own doing."""
    called = _name(a) + (f", {_name(b, False)} there" if b.path != a.path else "")
    after = f"'{held}' before it holds" if held else "it is the first"
    if not math.isfinite(ratio) and _shapes(a.outputs) != _shapes(b.outputs):
        how = f"it gives {_shapes(a.outputs)} in {mine} and {_shapes(b.outputs)} in {theirs}"
    else:
        how = f"{ratio:.3g} times its bound"
    if taken <= 1:
        cause = "what goes into it holds"
    elif not math.isfinite(taken) and _shapes(a.inputs) != _shapes(b.inputs):
        cause = f"it takes {_shapes(a.inputs)} in {mine} and {_shapes(b.inputs)} in {theirs}"
    else:
        cause = f"what goes into it differs already, by {taken:.3g} times its bound"
    return [f"first layer that differs: {called}: {how}; {cause} ({after})"]


def _ratio(expected: Sequence[Array], actual: Sequence[Array], bounds: Sequence[Array]) -> float:
    """The worst error over its bound; infinite if there is something else than what is expected."""
    if len(expected) != len(actual):
        return math.inf
    worst = 0.0
    for x, y, bound in zip(expected, actual, bounds, strict=True):
        laid = _laid(y, x.shape)
        worst = math.inf if laid is None else max(worst, _worst(x, laid, bound))
    return worst


def _settings(mine: str, a: Call, theirs: str, b: Call) -> list[str]:
    """Settings that differ: a cause, or on the way to one."""
    return [
        f"{_name(a, False)}: {name} is {value} in {mine} and {b.settings[name]} in {theirs}"
        for name, value in a.settings.items()
        if name in b.settings and b.settings[name] != value
    ]


def _worst(expected: Array, actual: Array, bound: Array) -> float:
    a, b = expected.astype(np.float64), actual.astype(np.float64)
    with np.errstate(all="ignore"):
        apart = np.abs(a - b)
        same = (a == b) | (np.isnan(a) & np.isnan(b))
        ratio = np.where(same, 0.0, apart / bound)
    return float(np.nan_to_num(ratio, nan=np.inf).max(initial=0.0))


def _laid(array: Array, shape: tuple[int, ...]) -> Array | None:
    """The array in that shape, by moving its channels if need be."""
    if array.shape == shape:
        return array
    for source, target in ((-1, 1), (1, -1)) if array.ndim > 2 else ():
        moved = np.moveaxis(array, source, target)
        if moved.shape == shape:
            return moved
    return None


def _counted(paths: Sequence[str]) -> list[tuple[str, int]]:
    """Each path with the number of calls before it."""
    seen: dict[str, int] = {}
    counted = []
    for path in paths:
        counted.append((path, seen.get(path, 0)))
        seen[path] = seen.get(path, 0) + 1
    return counted


def _look(call: Call) -> Any:
    """Kind and shape, whichever way channels lie."""
    kind = KINDS.get(call.class_name, call.class_name.lower())
    return kind, tuple(tuple(sorted(out.shape)) for out in call.outputs)


def _name(call: Call, with_class: bool = True) -> str:
    name = f"'{call.path}'" if call.path else "the module itself"
    return f"{name} ({call.class_name})" if with_class else name


def _shapes(arrays: Sequence[Array]) -> str:
    return ", ".join(str(each.shape) for each in arrays) or "nothing"
