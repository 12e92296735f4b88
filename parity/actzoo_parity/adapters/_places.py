"""Where each tensor of a case's state lies in a framework, by the table of `actzoo.weights`. Knows no framework."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from actzoo.language import Parameter
from actzoo.weights import framework_key

from .._cases import Array


@dataclass(frozen=True)
class Place:
    """A tensor's name in a framework, the transpose that leads there from torch's layout, its Linen collection."""

    name: str
    axes: tuple[int, ...]
    collection: str

    def there(self, array: Array) -> Array:
        return array.transpose(self.axes)

    def back(self, array: Array) -> Array:
        return array.transpose(tuple(np.argsort(self.axes)))


def place(p: Parameter, framework: str) -> Place:
    """The place of one tensor of a state."""
    if p.kind == "own":
        return Place(p.key, tuple(range(len(p.shape))), "params" if p.learnt else "buffers")
    key = framework_key(p.kind, p.part, framework)
    return Place(p.key.removesuffix(p.part) + key.name, key.permutation(len(p.shape)), key.collection)


def places(parameters: list[Parameter], framework: str) -> dict[str, Place]:
    """The places of a state by torch's keys."""
    return {p.key: place(p, framework) for p in parameters}
