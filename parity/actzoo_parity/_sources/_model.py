"""What is asked of a model that a source text builds, whichever framework it is of. Compares nothing."""

from __future__ import annotations

import contextlib
import math
import sys
import traceback
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from .._sides._side import Array
from ._steps import DATA, STEPS, Done, Layout, Missing, Steps, given, numbered, outline, taken


class Failed(Exception):
    """The text cannot be run, or what it builds cannot be loaded or run; the message says why."""


@final
@dataclass(frozen=True)
class Framework:
    """What of a framework is the same by another name: the base of modules, tensors, to and from arrays."""

    module: type[Any]
    tensor: type[Any]
    given: Callable[[Array], Any]
    taken: Callable[[Any], Array]
    no_grad: Callable[[], AbstractContextManager[Any]]
    load: Callable[[Any, Any], Any]


@final
@dataclass(frozen=True)
class Training:
    """A text that runs a training loop, the weights to begin with, and its batch: without one, the text's own.

    `own` says that the text makes batches of its own, as the one that is given was made.
    """

    text: str
    state: Mapping[str, Array]
    batch: tuple[Layout, Sequence[Array]]
    iterations: int
    seed: int
    own: bool


@final
@dataclass(frozen=True)
class Trained:
    """What the model holds after each iteration; what was raised, if something was, and in which line of the text.

    `top` is the line outside of functions that led there.
    """

    notes: Sequence[Mapping[str, Array]]
    raised: str = ""
    line: int = 0
    top: int = 0


class Model(ABC):
    """A model and its loss, as a text has built them."""

    framework: Framework

    def __init__(self, text: str, variable: str, loss: str | None, folders: Sequence[str]) -> None:
        sys.path[:0] = [folder for folder in folders if folder not in sys.path]
        self.text, self.variable = text, variable
        self.seed(0)
        self.names = self._run()
        self.model = self.names[variable]
        self.loss: Any = self.names.get(loss) if loss else None

    def _run(self) -> dict[str, Any]:
        """The names that the text gives a meaning."""
        names: dict[str, Any] = {"__name__": "verified"}
        try:
            exec(compile(self.text, "<source>", "exec"), names)
        except Exception as error:  # whatever other people's code raises
            raise Failed(f"it cannot be built: {short(error)}") from error
        return names

    @abstractmethod
    def seed(self, number: int) -> None:
        """Have random numbers begin there."""

    @abstractmethod
    def layers_of(self, model: Any) -> Iterable[Any]:
        """All of them, the model too."""

    @abstractmethod
    def learnt(self) -> int:
        """How many numbers it learns."""

    @abstractmethod
    def holds(self) -> dict[str, list[int]]:
        """The shapes that its state has, by key."""

    @abstractmethod
    def load(self, path: str) -> None:
        """Load arrays that have the keys and shapes of its state."""

    @abstractmethod
    def inputs(self, entered: Mapping[str, str | None]) -> list[list[Any] | None]:
        """What each parameter of `forward` takes, by the path of the layer that it enters first: a shape and, if it
        is of whole numbers, how many of these there are; None where nothing tells.
        """

    def sample(self, name: str) -> list[Array] | None:
        """The tensors or arrays that the text calls so."""
        tensor, taken = self.framework.tensor, self.framework.taken
        arrays = [taken(each) if isinstance(each, tensor) else each for each in self.names.get(name, ())]
        return arrays if arrays and all(isinstance(each, np.ndarray) for each in arrays) else None

    def outputs(self, inputs: Sequence[Array]) -> list[list[int]]:
        """The shapes of what the model gives in evaluation mode. `Failed` if it raises."""
        try:
            self.model.eval()
            with self.framework.no_grad():  # what a layer keeps of its last call has to be copied
                found = self.model(*map(self.framework.given, inputs))
        except Exception as error:  # whatever other people's code raises
            raise Failed(short(error)) from error
        every = found if isinstance(found, list | tuple) else [found]
        return [list(each.shape) for each in every if isinstance(each, self.framework.tensor)]

    def draws(self, inputs: Sequence[Array]) -> bool:
        """Whether it holds random numbers that are in no state: built again, with its weights, it gives others."""
        self.seed(1)
        again = self._run()[self.variable]
        self.framework.load(again, self.model.state_dict())
        values = []
        with self.framework.no_grad():
            for model in (self.model, again):
                model.eval()
                found = model(*map(self.framework.given, inputs))
                every = found if isinstance(found, list | tuple) else [found]
                values.append([self.framework.taken(each) for each in every if isinstance(each, self.framework.tensor)])
        return any(not np.array_equal(a, b, equal_nan=True) for a, b in zip(*values, strict=True))

    def labels(self, inputs: Sequence[Array]) -> Array | None:
        """Labels that the loss takes: classes of the last or the second axis, or numbers like the output's."""
        with self.framework.no_grad():
            y = self.model(*map(self.framework.given, inputs))
            if self.loss is None or not isinstance(y, self.framework.tensor):
                return None
            for labels in _labels_for(tuple(y.shape)):
                with contextlib.suppress(Exception):  # these are not what it takes
                    if np.isfinite(self.framework.taken(self.loss(y, self.framework.given(labels)))).all():
                        return labels
        return None

    @abstractmethod
    def wide(self) -> AbstractContextManager[Any]:
        """Have what is made and cast to float32 be in float64."""

    @abstractmethod
    def take(self, model: Any, state: Mapping[str, Array]) -> None:
        """Put weights, by their canonical keys, into a model in place."""

    @abstractmethod
    def kept(self, model: Any) -> Mapping[str, Array]:
        """The weights of a model by their canonical keys."""

    def batch(self, text: str) -> tuple[Layout, list[Array]]:
        """The first batch that a training loop of a text is given. `Failed` if there is none."""
        arrays: list[Array] = []
        found: list[Layout] = []

        def first(own: Callable[[], Any]) -> Callable[[int], Any]:
            found.append(self._taken(own, arrays))
            raise Done

        raised = self._train(text, Steps(first, lambda: None, dict, 1), 0)
        if not found:
            raise Failed(raised.raised or "the loop is not reached")
        return found[0], arrays

    def trained(self, asked: Training) -> Trained:
        """What a few iterations of a training loop make of the model. Dropout is left out."""
        layout, arrays = asked.batch

        def first(own: Callable[[], Any]) -> Callable[[int], Any]:
            if asked.own:
                other: list[Array] = []
                made = outline(self._taken(own, other), other)
                if made != outline(layout, arrays):
                    raise ValueError(f"its batch is {made}, the original's {outline(layout, arrays)}")
            return lambda number: numbered(given(layout, arrays, self.framework.given), number)

        def begin() -> None:
            model = names[self.variable]
            for layer in self.layers_of(model):
                if "Dropout" in type(layer).__name__:
                    layer.p = 0.0
            self.take(model, asked.state)
            self.seed(asked.seed)

        steps = Steps(first, begin, lambda: self.kept(names[self.variable]), asked.iterations)
        names: dict[str, Any] = {}
        return self._train(asked.text, steps, 0, names)

    def _taken(self, own: Callable[[], Any], arrays: list[Array]) -> Layout:
        return taken(next(iter(own())), self.framework.tensor, self.framework.taken, arrays)

    def _train(self, text: str, steps: Steps, seed: int, names: dict[str, Any] | None = None) -> Trained:
        self.seed(seed)
        names = {} if names is None else names
        names |= {"__name__": "verified", STEPS: steps, DATA: Missing()}
        try:
            with self.wide():
                exec(compile(text, "<source>", "exec"), names)
        except Done:
            return Trained(steps.notes)
        except (Exception, SystemExit) as error:  # whatever other people's code raises
            lines = [f.lineno or 0 for f in traceback.extract_tb(error.__traceback__) if f.filename == "<source>"]
            return Trained(steps.notes, short(error), *((lines[-1], lines[0]) if lines else ()))
        return Trained(steps.notes, "" if steps.reached else "the loop is not reached")

    def target(self, training: bool, with_loss: bool) -> Any:
        """The module to be compared, in its mode. Dropout is left out: two frameworks draw other numbers.

        With a loss it takes labels last, and gives the output and the loss.
        """
        if training:
            self.model.train()
        else:
            self.model.eval()
        for layer in self.layers_of(self.model):
            if "Dropout" in type(layer).__name__:
                layer.eval()
        return self._with_loss() if with_loss else self.model

    def _with_loss(self) -> Any:
        model, loss = self.model, self.loss
        base: Any = self.framework.module

        class WithLoss(base):  # type: ignore[misc]
            def __init__(self) -> None:
                super().__init__()
                self.model, self.loss = model, loss

            def forward(self, *inputs: Any) -> Any:
                *given, labels = inputs
                y = self.model(*given)
                return y, self.loss(y, labels)

        return WithLoss()


def _labels_for(shape: tuple[int, ...]) -> Iterator[Array]:
    for axis in dict.fromkeys((len(shape) - 1, 1)) if len(shape) > 1 else ():
        rest = (*shape[:axis], *shape[axis + 1 :])
        classes = np.arange(math.prod(rest)).reshape(rest) % shape[axis]
        yield from (classes, classes[..., None])
    yield np.random.default_rng(1).uniform(0.1, 0.9, shape).astype(np.float32)


def short(error: BaseException) -> str:
    """An error in a line."""
    return f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
