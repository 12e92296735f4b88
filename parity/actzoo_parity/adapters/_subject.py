"""What an adapter is asked to run, and what it gives back. Knows no framework."""

from __future__ import annotations

import abc
import functools
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from actzoo.language import Parameter

from .._cases import Case

Array = NDArray[Any]
Outputs = dict[str, Array]
"""Arrays in torch's layout by the names of `Expected.outputs`."""


@dataclass(frozen=True)
class Subject:
    """A case, and what computes it: a class of modules, or a function of x, and of learnt tensors by name."""

    case: Case
    cls: Any = None
    function: Callable[..., Any] | None = None

    @property
    def arguments(self) -> dict[str, Any]:
        """What the class is constructed with."""
        given = {} if self.case.channels is None else {"channels": self.case.channels}
        return {**given, **self.case.options}

    @property
    def fresh(self) -> dict[str, Any]:
        """What the class is constructed with to look at initial values."""
        return self.arguments | self.case.many

    @property
    def learnt(self) -> list[Parameter]:
        """The tensors that the function takes; those of a class are its own."""
        return [] if self.function is None else [p for p in self.case.parameters if p.learnt]

    def called(self, tensors: Mapping[str, Any]) -> Callable[..., Any]:
        """The function of x, and of noise, with its tensors."""
        assert self.function is not None
        function = self.function
        return lambda x, *noise: function(x, *noise, **tensors)


def of_function(case: Case, function: Callable[..., Any]) -> Subject:
    """A function of the zoo as the plan calls it: with the options that the plan has, else with its own defaults."""
    known = inspect.signature(function).parameters
    given: dict[str, Any] = {key: value for key, value in case.options.items() if key in known}
    if case.training and "training" in known:
        given["training"] = True
    return Subject(case, function=functools.partial(function, **given))


class Adapter(abc.ABC):
    """A framework: its facts, and cases run in it."""

    @abc.abstractmethod
    def facts(self) -> dict[str, str]:
        """Versions and settings, for the report."""

    @abc.abstractmethod
    def missing(self, device: str) -> str:
        """Why a device cannot be used here, or nothing."""

    @abc.abstractmethod
    def run(
        self, subjects: Sequence[Subject], mode: str, device: str, wanted: Sequence[frozenset[str]]
    ) -> Iterator[Outputs]:
        """The wanted outputs of each subject, beside its value. What the framework raises is raised."""


def last(array: Array) -> Array:
    """Channels last."""
    return np.ascontiguousarray(np.moveaxis(array, 1, -1)) if array.ndim > 1 else array


def first(array: Any) -> Array:
    """Channels first."""
    array = np.asarray(array)
    return np.moveaxis(array, -1, 1) if array.ndim > 1 else array
