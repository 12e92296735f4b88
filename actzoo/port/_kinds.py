"""What is known of a value without running anything: a set of what it may be. Knows no syntax, and no rule.

The empty set is "nothing yet". `Plain` is what has nothing to port: numbers, text, dicts, other people's objects.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import final


@final
@dataclass(frozen=True)
class Api:
    """Something of a module by its full name: `paddle.nn.Conv2D`, `numpy`; `held` if a variable has it."""

    name: str
    held: bool = False


@final
@dataclass(frozen=True)
class Function:
    """A function of the source, and whether it is called on an object."""

    name: str
    bound: bool = False


@final
@dataclass(frozen=True)
class Class:
    """A class of the source."""

    name: str


@final
@dataclass(frozen=True)
class Object:
    """An object of a class of the source."""

    of: str


@final
@dataclass(frozen=True)
class Many:
    """A container: what each of its places holds if these are known, else what any holds."""

    any: Kind
    places: tuple[Kind, ...] | None = None


@final
@dataclass(frozen=True)
class Instance:
    """An object of a class of Paddle by its full name, the family that its methods go by, and what layers it holds."""

    of: str
    family: str = "Layer"
    items: Kind = frozenset()


Atom = str | Api | Function | Class | Object | Many | Instance
Kind = frozenset[Atom]

NOTHING: Kind = frozenset()
TENSOR: Kind = frozenset({"Tensor"})
ARRAY: Kind = frozenset({"Array"})
PLAIN: Kind = frozenset({"Plain"})
UNKNOWN: Kind = frozenset({"Unknown"})
LAYER: Kind = frozenset({"Layer"})
PARAMETER: Kind = frozenset({"Tensor", "Parameter"})
"""A parameter of who knows which layer, as torch lays it: a linear layer's is transposed."""
TENSORS: Kind = frozenset({Many(TENSOR)})
DEPTH = 3
"""Of containers in containers: a list that is put into itself would have no end."""


def join(*kinds: Kind) -> Kind:
    """What is one of these; containers are put together."""
    whole: Kind = reduce(frozenset.union, kinds, NOTHING)
    many = [atom for atom in whole if isinstance(atom, Many)]
    if len(many) < 2:
        return whole
    held = join(*(m.any for m in many))
    lengths = {None if m.places is None else len(m.places) for m in many}
    places = None
    if len(lengths) == 1 and None not in lengths:
        places = tuple(join(*each) for each in zip(*(m.places or () for m in many), strict=True))
    return frozenset({*(whole - set(many)), limited(Many(held, places))})


def limited(many: Many) -> Many:
    """The same, not deeper than `DEPTH`."""
    return many if _depth(many) <= DEPTH else Many(UNKNOWN)


def _depth(atom: Many | Instance) -> int:
    kinds = (atom.items,) if isinstance(atom, Instance) else (atom.any, *(atom.places or ()))
    return 1 + max((_depth(a) for k in kinds for a in k if isinstance(a, Many | Instance)), default=0)


def instance(of: str, family: str = "Layer", items: Kind = NOTHING) -> Kind:
    """An object of a class of Paddle; what it holds is forgotten where it is deeper than `DEPTH`."""
    made = Instance(of, family, items)
    return frozenset({made if _depth(made) <= 2 * DEPTH else Instance(of, family)})


def many_of(*places: Kind) -> Kind:
    """A container with known places."""
    return frozenset({limited(Many(join(*places), places))})


def held(kind: Kind) -> Kind:
    """The same, in a variable."""
    return frozenset(Api(atom.name, held=True) if isinstance(atom, Api) else atom for atom in kind)


def element(kind: Kind, index: int | None = None) -> Kind:
    """What iterating over it, or indexing it, gives."""
    found = []
    for atom in kind:
        if isinstance(atom, Many):
            places = atom.places
            inside = index is not None and places is not None and -len(places) <= index < len(places)
            found.append(places[index] if inside and places is not None and index is not None else atom.any)
        elif isinstance(atom, Instance):
            found.append(element(atom.items, index) or frozenset({atom.family}))
        elif atom in ("Tensor", "Parameter", "Array", "Plain", "Layer"):
            found.append(frozenset({atom}))
        elif atom == "Loader":
            found.append(TENSORS)
        else:
            found.append(UNKNOWN)
    return join(*found) or (UNKNOWN if kind else NOTHING)


def combined(*kinds: Kind) -> Kind:
    """What arithmetic on these gives."""
    whole = join(*kinds)
    if "Tensor" in whole:
        return TENSOR
    for kind in (UNKNOWN, ARRAY):
        if kind <= whole:
            return kind
    many = [atom for atom in whole if isinstance(atom, Many)]
    return frozenset(many) if many else PLAIN


def is_tensor(kind: Kind) -> bool:
    """Whether what has methods of a tensor in it is one: it may be a number too, which has none."""
    return "Tensor" in kind and kind <= {"Tensor", "Parameter", "Plain"}


def is_open(kind: Kind) -> bool:
    """Whether it is not settled if what this is has methods of a tensor."""
    return not kind or "Unknown" in kind or ("Tensor" in kind and not is_tensor(kind))
