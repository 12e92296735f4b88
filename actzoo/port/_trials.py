"""Compares one model with its port, each in a process of its framework. Knows no framework, and runs nothing itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, final

import numpy as np

from actzoo_parity import ParityError, check
from actzoo_parity._exchange import write
from actzoo_parity._process import Process
from actzoo_parity._sides import Elsewhere, SideError
from actzoo_parity._sides._elsewhere import Raised

from ._proof import Trial
from ._slices import Subject

BATCH = 2
"""Tried beside the batch that the source names, and trained with."""

LARGEST = 32
"""Pixels of an image that is compared."""

SAMPLES = 6
"""Of rounding, for the estimate of the bound."""

Array = np.ndarray[Any, np.dtype[Any]]


@final
@dataclass(frozen=True)
class Texts:
    """What builds a model and its port, and the folders that either may import from."""

    original: str
    port: str
    beside: Path
    folder: Path


class Unverified(Exception):
    """A model that cannot be compared, and why."""


@final
class Trials:
    """The trials of one model."""

    def __init__(self, theirs: Process, ours: Process, subject: Subject, texts: Texts) -> None:
        self.theirs, self.ours, self.subject, self.texts = theirs, ours, subject, texts
        self.what = subject.text.splitlines()[0]
        self.notes: list[str] = []
        self.batch = BATCH
        self._files = count()

    def run(self, weights: Sequence[tuple[Path, Path]], shape: tuple[int, ...] | None) -> Iterator[Trial]:
        """Compare: the numbers that are learnt, outputs, and in training mode the loss and gradients."""
        try:
            yield self._learnt()
            loaded = self._load(weights)
            inputs = self._inputs(shape)
            for size in dict.fromkeys([self.batch, BATCH]):
                yield from self._at([each[:size] for each in inputs], size == BATCH, loaded)
        except (Unverified, SideError, Raised) as error:
            yield Trial(self.what, "not verified", found=tuple(str(error).splitlines()))

    def _learnt(self) -> Trial:
        sides = [
            (self.theirs, self.texts.original, [self.texts.beside], "the original"),
            (self.ours, self.texts.port, [self.texts.folder, self.texts.beside], "the port"),
        ]
        numbers = []
        for process, text, folders, whose in sides:
            asked = {"text": text, "variable": self.subject.variable, "loss": self.subject.loss}
            answer = process.request("open", **asked, folders=[str(folder.resolve()) for folder in folders])
            numbers.append(_value(answer, whose))
        other, mine = numbers
        what, found = f"{self.what}: learnt numbers", (f"{other:,} and {mine:,}",)
        return Trial(what, "held" if mine == other else "failed", found=found)

    def _load(self, weights: Sequence[tuple[Path, Path]]) -> bool:
        """Load the checkpoint that is this model's into both, each from its own file."""
        for source, target in weights:
            said = self._ask(self.theirs, "load", path=str(source.resolve()))
            if said:
                self.notes.append(f"{source.name} {said}")
            elif said is not None:
                self._ask(self.ours, "load", path=str(target.resolve()))
                self.notes.append(f"with the weights of {source.name}")
                return True
        return False

    def _inputs(self, shape: tuple[int, ...] | None) -> list[Array]:
        """Numbers of the shape that is said, or of that which the first layer takes; images cut to `LARGEST`."""
        (found,) = self._ask(self.theirs, "inputs", entered={"x": None})
        guessed, below = found or ((), None)
        whole = tuple(shape or self.subject.shape or guessed)
        if not whole:
            raise Unverified("the shape of its input is not known; say it by --shape")
        small = (*whole[:2], *(min(size, LARGEST) for size in whole[2:]))
        if small != whole and len(whole) > 3 and not isinstance(self._outputs([_numbers(small, below)]), str):
            self.notes.append(f"compared at {list(small)} instead of {list(whole)}")
            whole = small
        self.batch = whole[0]
        return [_numbers((max(self.batch, BATCH), *whole[1:]), below)]

    def _outputs(self, inputs: Sequence[Array]) -> list[list[int]] | str:
        """The shapes that the original gives, or what it raises."""
        path = self.theirs.folder / f"inputs-{next(self._files)}.safetensors"
        write(path, {str(i): each for i, each in enumerate(inputs)})
        answer = self.theirs.request("ask", what="outputs", file=str(path))
        failed: str | None = answer.get("failed")
        return failed if failed is not None else list(answer["value"])

    def _at(self, inputs: list[Array], trains: bool, loaded: bool) -> Iterator[Trial]:
        """At one batch size, in evaluation mode, and with the last in training mode too."""
        outputs = self._outputs(inputs)
        if isinstance(outputs, str):  # the original's own mistake
            self.notes.append(f"the original itself fails at batch size {len(inputs[0])}: {self.what}: {outputs}")
            return
        yield self._compared(inputs, None, training=False, loaded=loaded)
        if trains:  # the loss of an untrained model in evaluation is beyond what Paddle's softmax holds
            labels = np.arange(outputs[0][0]) % outputs[0][-1] if self.subject.loss and len(outputs) == 1 else None
            yield self._compared(inputs, labels, training=True, loaded=loaded)

    def _compared(self, inputs: list[Array], labels: Array | None, *, training: bool, loaded: bool) -> Trial:
        sides = [Elsewhere(process, training, labels is not None) for process in (self.theirs, self.ours)]
        given = [*inputs, *([] if labels is None else [labels])]
        shapes = ", ".join(str(list(each.shape)) for each in inputs)
        compared = ["output", *(["loss"] if labels is not None else []), *(["gradients"] if training else [])]
        mode = "training" if training else "evaluation"
        what = f"{self.what}, {shapes}, {mode}: {', '.join(compared)}"
        try:
            report = check(
                *sides,
                inputs=given[0] if len(given) == 1 else tuple(given),
                weights="own" if loaded else None,
                names=("paddle", "torch"),
                gradients=training,
                samples=SAMPLES,
            )
        except ParityError as error:
            return Trial(what, "failed", _finite(error.report.ratio), tuple(str(error).splitlines()))
        except SideError as error:
            return Trial(what, "not verified", found=tuple(str(error).splitlines()))
        return Trial(what, "held", _finite(report.ratio))

    def _ask(self, process: Process, what: str, **more: Any) -> Any:
        return _value(process.request("ask", what=what, **more), process.framework)


def _value(answer: Mapping[str, Any], whose: str) -> Any:
    if "failed" in answer:
        raise Unverified(f"{whose}: {answer['failed']}")
    return answer["value"]


def _numbers(shape: tuple[int, ...], below: int | None) -> Array:
    random = np.random.default_rng(0)
    return random.integers(0, below, shape) if below else random.standard_normal(shape).astype(np.float32)


def _finite(ratio: float) -> float | None:
    return ratio if np.isfinite(ratio) else None
