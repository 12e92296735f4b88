"""The arrays that an outline says are to be carried, and their keys anywhere; moves no array."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

from ._errors import ConversionError
from ._layers import COLUMN, LAYERS, Part, Place
from ._layout import ANY
from ._names import NAMES, Native
from ._outline import OWN, UNRULED, Outline, Path, Site, Variable, prefixes


@final
@dataclass(frozen=True)
class Slot:
    """An array to carry; without `part` the same everywhere, without `variable` not the model's."""

    owner: Path
    name: str
    part: Part | None
    variable: Variable | None
    kind: str = OWN

    def place(self, framework: str) -> Place | None:
        """Its name and layout in a framework, or none if it has no twin there."""
        return Place(self.name, ANY) if self.part is None else self.part.places[COLUMN[framework]]

    @property
    def layout(self) -> str:
        """The canonical layout."""
        place = self.place("torch")
        return ANY if place is None else place.layout

    @property
    def collection(self) -> str:
        """The Linen collection."""
        if self.part is not None:
            return self.part.collection
        return "params" if self.variable is None else self.variable.collection

    @property
    def feature_axis(self) -> int | None:
        """The axis whose order a flatten before the layer decides."""
        features = LAYERS[self.kind].features if self.kind in LAYERS else None
        return None if features is None or features not in self.layout else self.layout.index(features)

    @property
    def born(self) -> int | None:
        """The value to have where it comes from a framework without it."""
        return None if self.part is None else self.part.born


def slots_of(outline: Outline) -> tuple[Slot, ...]:
    """Pair every variable with its row; add the parts that only another framework has."""
    slots = [_slot(outline, variable) for variable in outline.variables]
    parts: dict[Path, list[Part]] = {}
    for slot in slots:
        if slot.part is not None:
            parts.setdefault(slot.owner, []).append(slot.part)
    for owner, held in parts.items():
        site = outline.sites[owner]
        counts = any(part.collection == "batch_stats" for part in held)
        for part in LAYERS[site.kind].parts:
            if part.born is not None and part not in held and counts:
                slots.append(Slot(owner, part.name, part, None, site.kind))
    return tuple(slots)


def key_of(slot: Slot, place: Place, framework: str, outline: Outline) -> Native:
    """Its key in a framework, as the path of a nested state."""
    if slot.variable is not None and framework == outline.framework:
        return slot.variable.native
    return NAMES[framework]((*slot.owner, *place.name.split(".")), outline.sites)


def repeat_of(slot: Slot, framework: str, outline: Outline, slots: tuple[Slot, ...]) -> Native | None:
    """Tell the second key under which a framework's state holds the same array, or none."""
    repeats = LAYERS[slot.kind].repeats if slot.kind in LAYERS else {}
    if COLUMN[framework] not in repeats:
        return None
    parts = frozenset(each.name for each in slots if each.owner == slot.owner)
    name = repeats[COLUMN[framework]](slot.name, parts)
    return NAMES[framework]((*slot.owner, *name.split(".")), outline.sites)


def require_rules(outline: Outline, source: str, target: str) -> None:
    """Refuse a model with layers that the table or one side does not know; name them all."""
    problems = dict.fromkeys(
        problem for variable in outline.variables for problem in _unruled(outline, variable, source, target)
    )
    if problems:
        raise ConversionError(
            "; ".join(problems) + "; convert these by hand, or add a row to the table in actzoo/weights/_layers.py"
        )


def _unruled(outline: Outline, variable: Variable, source: str, target: str) -> Iterator[str]:
    for path in reversed(tuple(prefixes(variable.owner))):
        site = outline.sites.get(path)
        if site is not None and site.kind == UNRULED and (site.composite or path == variable.owner):
            yield f"no rule for layer type {site.class_name} at '{'.'.join(path)}'"
            return
    site = outline.sites[variable.owner]
    where = f"{site.class_name} at '{'.'.join(variable.owner)}'"
    if site.kind == OWN:
        return
    row = LAYERS[site.kind]
    for framework in dict.fromkeys((source, target)):
        if COLUMN[framework] not in row.columns:
            yield f"no rule for layer type {where} in {framework} (kind '{row.kind}')"
    if row.parts and not site.custom and _part(site, variable, outline.framework) is None:
        yield f"no rule for '{variable.part}' of layer type {where}"


def _slot(outline: Outline, variable: Variable) -> Slot:
    site = outline.sites[variable.owner]
    part = _part(site, variable, outline.framework)
    name = variable.part if part is None else part.name
    return Slot(variable.owner, name, part, variable, site.kind)


def _part(site: Site, variable: Variable, framework: str) -> Part | None:
    if site.kind not in LAYERS:
        return None
    for part in LAYERS[site.kind].parts:
        place = part.places[COLUMN[framework]]
        if place is not None and place.name == variable.part:
            return part
    return None
