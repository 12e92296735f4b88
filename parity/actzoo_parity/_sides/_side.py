"""What a side of a check is asked and what it answers, as NumPy arrays. Imports no framework."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, is_dataclass
from typing import Any, Protocol, final

import numpy as np
from numpy.typing import NDArray

from actzoo.weights._outline import Outline

from ._noise import Noise

Array = NDArray[Any]
Shape = tuple[int, ...]
Cotangent = Callable[[str, Shape, str], Array]
"""The adjoint of an output, from its name, shape and dtype."""


class SideError(ValueError):
    """A side cannot be run, or what it gives cannot be compared; the message names the side."""

    __module__ = "actzoo_parity"


@final
@dataclass(frozen=True)
class Inputs:
    """The arrays by name, in order; given by position or by keyword."""

    arrays: Mapping[str, Array]
    positional: bool = True

    def call(self, made: Mapping[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The positional and keyword arguments, of what was made of each array."""
        if self.positional:
            return tuple(made[name] for name in self.arrays), {}
        return (), {name: made[name] for name in self.arrays}

    def replaced(self, arrays: Mapping[str, Array]) -> Inputs:
        """The same inputs with other numbers."""
        return Inputs(arrays, self.positional)


@final
@dataclass(frozen=True)
class Question:
    """One run: inputs and state in `dtype`; without a cotangent no gradients, without noise none.

    `watch` asks for what layers take and give. With `widen`, which goes with float64, a cast to float32
    that the code makes is one to float64: many a norm computes in float32 whatever it is given. `biased` are
    running variances that are wanted as the mean of n squares, where the framework keeps n / (n - 1) times that.
    """

    inputs: Inputs
    state: Mapping[str, Array]
    dtype: str
    cotangent: Cotangent | None = None
    noise: Noise | None = None
    watch: bool = False
    widen: bool = False
    biased: frozenset[str] = frozenset()


@final
@dataclass(frozen=True)
class Call:
    """A call of a layer, in the order in which they return: its path, class, settings, what went in and came out."""

    path: str
    class_name: str
    inputs: tuple[Array, ...]
    outputs: tuple[Array, ...]
    settings: Mapping[str, Any] = field(default_factory=dict)


@final
@dataclass(frozen=True)
class Run:
    """An answer. Gradients by an input's name or a weight's key; `updated` has the buffers that changed.

    `narrowed` says which narrower floats the values passed through, and where, if any.
    """

    outputs: Mapping[str, Array]
    gradients: Mapping[str, Array] = field(default_factory=dict)
    updated: Mapping[str, Array] = field(default_factory=dict)
    calls: tuple[Call, ...] = ()
    narrowed: Mapping[str, str] = field(default_factory=dict)

    def named(self) -> dict[str, Array]:
        """Everything under the names of a record's outputs."""
        gradients = {f"gradient of {key}": each for key, each in self.gradients.items()}
        return {**self.outputs, **gradients, **{f"updated {key}": each for key, each in self.updated.items()}}


@final
@dataclass(frozen=True)
class Quirks:
    """What a framework does otherwise than others, and documents.

    unbiased   batch norms keep n / (n - 1) times the variance of a batch; `Question.biased` asks for the other
    momenta    of running statistics whose momentum is rounded to float32: the share of the new in them
    remark     why there are no gradients, where that is not plain
    """

    unbiased: bool = False
    momenta: Mapping[str, float] = field(default_factory=dict)
    remark: str = ""


class Side(Protocol):
    """One of the things that are compared."""

    @property
    def name(self) -> str:
        """What the report calls it."""
        ...

    @property
    def framework(self) -> str:
        """torch, paddle, flax, linen, jax or numpy."""
        ...

    @property
    def device(self) -> str:
        """cpu or cuda."""
        ...

    @property
    def differentiable(self) -> bool:
        """Whether it can be asked for gradients."""
        ...

    @property
    def granular(self) -> bool:
        """Whether noise reaches every operation, and not the layers only."""
        ...

    @property
    def quirks(self) -> Quirks:
        """What it does otherwise than others."""
        ...

    def outline(self, inputs: Inputs) -> Outline | None:
        """The layers of a module; None of a function."""
        ...

    def state(self) -> Mapping[str, Array] | None:
        """Its weights and buffers by canonical key, in torch's layout; None if it was given without."""
        ...

    def shapes(self, inputs: Inputs) -> Mapping[str, Shape]:
        """The canonical keys that a state must have, with their shapes."""
        ...

    def learnt(self) -> frozenset[str]:
        """The keys that have a gradient."""
        ...

    def run(self, question: Question) -> Run:
        """Compute. Leaves what the user gave as it was."""
        ...


def leaves(tree: Any, is_array: Callable[[Any], bool], name: str = "value") -> Iterator[tuple[str, Any]]:
    """The arrays of a nested output by name: `value[0]`, `value['logits']`. None is passed over.

    Of a tuple with a single array in it, that is `value`.
    """
    if is_array(tree):
        yield name, tree
    elif isinstance(tree, bool | int | float | np.generic):
        yield name, np.asarray(tree)
    elif isinstance(tree, Mapping):
        for key, each in tree.items():
            yield from leaves(each, is_array, f"{name}[{key!r}]")
    elif isinstance(tree, list | tuple):
        held = [(i, each) for i, each in enumerate(tree) if each is not None]
        for i, each in held:
            yield from leaves(each, is_array, name if len(held) == 1 else f"{name}[{i}]")
    elif is_dataclass(tree):
        yield from leaves(vars(tree), is_array, name)
    elif tree is not None:
        raise SideError(f"{name} is a {type(tree).__name__}: no array, tuple or dict of them")
