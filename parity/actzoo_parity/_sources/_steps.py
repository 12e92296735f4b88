"""What the training loop of a cut text goes over: one batch, a few times; notes what the model holds after each.

Knows no framework but by its record. Compares nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, final

import numpy as np

from .._sides._side import Array

STEPS = "steps_of_the_loop"
DATA = "data_of_the_loop"

Layout = Any
"""A batch without its numbers, as JSON: lists, mappings, values, and the places of tensors and arrays."""


class Done(BaseException):
    """The loop has made its iterations. No `except Exception` of a source takes it."""


@final
class Missing:
    """Stands for data that are not read; its length is 1."""

    def __len__(self) -> int:
        return 1


@final
class Steps:
    """`over` is what the loop goes over, `ended` is called behind it.

    `first` is given what the source makes of its own, to take the first of it or to leave it; it returns the batch.
    """

    def __init__(
        self,
        first: Callable[[Callable[[], Any]], Callable[[int], Any]],
        begin: Callable[[], None],
        held: Callable[[], Mapping[str, Array]],
        iterations: int,
    ) -> None:
        self._first, self._begin, self._held, self._iterations = first, begin, held, iterations
        self.notes: list[Mapping[str, Array]] = []
        self._given = 0

    @property
    def reached(self) -> bool:
        """Whether the loop was reached."""
        return self._given > 0

    def over(self, own: Callable[[], Any]) -> Iterator[Any]:
        batch = self._first(own)
        self._begin()
        for number in range(self._iterations):
            self.note()
            self._given += 1
            yield batch(number)
        self.ended()

    def note(self) -> None:
        """Keep what the model holds after the last iteration, unless that is kept."""
        if len(self.notes) < self._given:
            self.notes.append(self._held())

    def ended(self) -> None:
        """The loop has ended, by itself or before: so do the steps."""
        self.note()
        raise Done


def taken(batch: Any, tensor: type[Any], to_array: Callable[[Any], Array], arrays: list[Array]) -> Layout:
    """The layout of a batch, whose numbers are put to the arrays. `TypeError` for what cannot be handed on."""
    if isinstance(batch, tensor | np.ndarray):
        kind = "tensor" if isinstance(batch, tensor) else "array"
        arrays.append(to_array(batch) if kind == "tensor" else np.asarray(batch))
        return {kind: len(arrays) - 1}
    if isinstance(batch, Mapping):
        return {"mapping": {str(key): taken(each, tensor, to_array, arrays) for key, each in batch.items()}}
    if isinstance(batch, list | tuple):
        return {type(batch).__name__: [taken(each, tensor, to_array, arrays) for each in batch]}
    if batch is None or isinstance(batch, bool | int | float | str):
        return {"value": batch}
    raise TypeError(f"a batch holds a {type(batch).__name__}")


def given(layout: Layout, arrays: Sequence[Array], to_tensor: Callable[[Array], Any]) -> Any:
    """The batch of a layout."""
    ((kind, held),) = layout.items()
    match kind:
        case "tensor":
            return to_tensor(arrays[held])
        case "array":
            return np.array(arrays[held])
        case "mapping":
            return {key: given(each, arrays, to_tensor) for key, each in held.items()}
        case "value":
            return held
    items = [given(each, arrays, to_tensor) for each in held]
    return items if kind == "list" else tuple(items)


def numbered(batch: Any, number: int) -> Any:
    """The batch of a later iteration, where `enumerate` counts them."""
    if isinstance(batch, tuple) and len(batch) == 2 and type(batch[0]) is int:
        return batch[0] + number, batch[1]
    return batch


def outline(layout: Layout, arrays: Sequence[Array]) -> Any:
    """What two frameworks' batches have in common: how they nest, and the shapes and kinds of their arrays."""
    ((kind, held),) = layout.items()
    if kind in ("tensor", "array"):
        return [kind, list(arrays[held].shape), arrays[held].dtype.kind]
    if kind == "mapping":
        return {key: outline(each, arrays) for key, each in held.items()}
    return type(held).__name__ if kind == "value" else [outline(each, arrays) for each in held]
