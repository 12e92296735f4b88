"""Compares one model with its port, each in a process of its framework. Knows no framework, and runs nothing itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, final

import numpy as np

from actzoo.weights.files import read_weights, write_safetensors
from actzoo_parity import ParityError, check
from actzoo_parity._exchange import read, write
from actzoo_parity._process import Process
from actzoo_parity._sides import Elsewhere, SideError
from actzoo_parity._sides._elsewhere import Raised

from ._fitting import Fit, fit, without_prefix
from ._port import PortedWeights
from ._proof import Trial
from ._samples import Shapes
from ._slices import LOSS, SAMPLE, Subject
from ._training import Planned, Training

BATCH = 4
"""Tried beside the batch that the source names, and trained with.

Of two numbers, to which a small image may come down, a batch norm gives -1 and 1 and a gradient without digits.
"""

LARGEST = 32
"""Pixels of an image that is compared, if the model takes that."""

SIZES = (LARGEST, 64, 128, 224)
"""Tried for a model of which no size is said."""

SAMPLES = {False: 6, True: 16}
"""Of rounding, for the estimate of the bound, by whether gradients are compared: these jump at a kink, and 6 samples
in a row miss a jump once in 64 times.
"""

Array = np.ndarray[Any, np.dtype[Any]]


@final
@dataclass(frozen=True)
class Texts:
    """What builds a model and its port, and the folders that either may import from."""

    original: str
    port: str
    beside: Path
    folder: Path
    loops: tuple[Planned, ...] = ()


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
        self.fits: dict[Path, Fit] = {}
        self._files = count()

    def run(self, weights: Sequence[PortedWeights], shapes: Shapes | None) -> Iterator[Trial]:
        """Compare: the numbers that are learnt, outputs, and in training mode the loss and gradients."""
        try:
            yield self._learnt()
            loaded = self._load(weights)
            inputs = self._inputs(shapes)
            compared = False
            for size in dict.fromkeys([self.batch, BATCH]):
                for trial in self._at([each[:size] for each in inputs], size == BATCH, loaded):
                    compared = True
                    yield trial
            if not compared:
                tried = ", ".join(str(list(each.shape)) for each in inputs)
                raise Unverified(f"the original takes no input of shape {tried}, as noted; say another by --shape")
        except (Unverified, SideError, Raised) as error:
            yield Trial(self.what, "not verified", found=tuple(str(error).splitlines()))
            yield from (each.not_run(f"the model was not compared ({error})") for each in self.texts.loops)
            return
        yield from self._trained([each[:BATCH] for each in inputs])

    def _trained(self, inputs: list[Array]) -> Iterator[Trial]:
        """Run the source's own training loops, where it has some."""
        try:
            labels = self._labels(inputs) if self.texts.loops else None
        except (Unverified, SideError, Raised):
            labels = None
        training = Training(self.theirs, self.ours, inputs, labels)
        yield from (training.trial(each) for each in self.texts.loops)

    def _learnt(self) -> Trial:
        sides = [
            (self.theirs, self.texts.original, [self.texts.beside], "the original"),
            (self.ours, self.texts.port, [self.texts.folder, self.texts.beside], "the port"),
        ]
        numbers = []
        for process, text, folders, whose in sides:
            loss = self.subject.loss or (LOSS if self.subject.call else None)
            asked = {"text": text, "variable": self.subject.variable, "loss": loss}
            answer = process.request("open", **asked, folders=[str(folder.resolve()) for folder in folders])
            numbers.append(_value(answer, whose))
        other, mine = numbers
        what, found = f"{self.what}: learnt numbers", (f"{other:,} and {mine:,}",)
        return Trial(what, "held" if mine == other else "failed", found=found)

    def _load(self, weights: Sequence[PortedWeights]) -> bool:
        """Load the checkpoint that is this model's into both; what keeps others from it is kept in `fits`."""
        for each in weights:
            contents = without_prefix(read_weights(each.source), each.prefix, each.source.name)
            own = self._ask(self.theirs, "holds")
            found = fit(own, {key: bits.array.shape for key, bits in contents.arrays.items()})
            self.fits[each.source] = found
            if found.whole:
                path = self._file()
                write_safetensors(contents.arrays, path)
                self._ask(self.theirs, "load", path=str(path))
                self._ask(self.ours, "load", path=str(each.target.resolve()))
                self.notes.append(f"with the weights of {each.source.name}")
                return True
        return False

    def _inputs(self, shapes: Shapes | None) -> list[Array]:
        """Those of a sample call in the source; else numbers of the shapes that are said, or that the layers take that
        they enter first, a single image cut to `LARGEST`.
        """
        if not shapes and self.subject.shapes is None and (sample := self._sample()):
            return sample
        entered = dict(self.subject.entered)
        found = self._ask(self.theirs, "inputs", entered=entered)
        said = shapes or self.subject.shapes or ()
        takes = [each or [(), None] for each in found]
        if said and len(said) == len(takes):
            takes = [[shape, below] for shape, (_, below) in zip(said, takes, strict=True)]
        if unknown := [name for name, (shape, _) in zip(entered, takes, strict=True) if not shape]:
            raise Unverified(f"the shape of its input {', '.join(unknown)} is not known; say it by --shape")
        if len(takes) == 1 and len(takes[0][0]) > 3:
            whole = tuple(takes[0][0])
            takes = [[self._smaller(whole) if said else self._large_enough(whole), takes[0][1]]]
        self.batch = takes[0][0][0]
        rows = max(self.batch, BATCH)
        return [_numbers((rows, *shape[1:]), below, i) for i, (shape, below) in enumerate(takes)]

    def _sample(self) -> list[Array] | None:
        path = self._file()
        if self._ask(self.theirs, "sample", name=SAMPLE, file=str(path)) is None:
            return None
        held = read(path)
        arrays = [held[str(i)] for i in range(len(held))]
        if len({len(each) if each.ndim else 0 for each in arrays}) != 1 or not arrays[0].ndim:
            return None
        self.batch = len(arrays[0])
        self.notes.append(f"with the inputs of its sample call: {self.what}")
        return arrays if self.batch >= BATCH else [np.concatenate([a, np.roll(a, 1, axis=-1)]) for a in arrays]

    def _large_enough(self, guessed: tuple[int, ...]) -> tuple[int, ...]:
        """An image of which something is left in the end: Paddle goes on with a map of no pixels, torch does not."""
        shapes = [(*guessed[:2], *([size] * (len(guessed) - 2))) for size in SIZES]
        return next((shape for shape in shapes if self._taken(shape)), guessed)

    def _taken(self, shape: tuple[int, ...]) -> bool:
        """Whether the original and the port both take it."""
        given = [_numbers(shape, None)]
        return not any(isinstance(self._outputs(given, of), str) for of in (self.theirs, self.ours))

    def _smaller(self, whole: tuple[int, ...]) -> tuple[int, ...]:
        small = (*whole[:2], *(min(size, LARGEST) for size in whole[2:]))
        if small == whole or not self._taken(small):
            return whole
        self.notes.append(f"compared at {list(small)} instead of {list(whole)}")
        return small

    def _file(self, arrays: Sequence[Array] = ()) -> Path:
        path = self.theirs.folder / f"inputs-{next(self._files)}.safetensors"
        write(path, {str(i): each for i, each in enumerate(arrays)})
        return path

    def _outputs(self, inputs: Sequence[Array], of: Process | None = None) -> list[list[int]] | str:
        """The shapes that the original gives, or another, or what it raises."""
        answer = (of or self.theirs).request("ask", what="outputs", file=str(self._file(inputs)))
        failed: str | None = answer.get("failed")
        return failed if failed is not None else list(answer["value"])

    def _labels(self, inputs: Sequence[Array]) -> Array | None:
        path = self._file(inputs)
        return read(path)["0"] if self._ask(self.theirs, "labels", file=str(path)) else None

    def _at(self, inputs: list[Array], trains: bool, loaded: bool) -> Iterator[Trial]:
        """At one batch size, in evaluation mode, and with the last in training mode too."""
        outputs = self._outputs(inputs)
        if isinstance(outputs, str):  # the original's own mistake
            self.notes.append(f"the original itself fails at batch size {len(inputs[0])}: {self.what}: {outputs}")
            return
        yield self._compared(inputs, None, training=False, loaded=loaded)
        if trains:  # the loss of an untrained model in evaluation is beyond what Paddle's softmax holds
            labels = self._labels(inputs)
            if labels is None and (self.subject.loss or self.subject.call):
                self.notes.append(f"no labels were found that its loss takes: {self.what}")
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
                samples=SAMPLES[training],
            )
        except ParityError as error:
            if self._ask(self.theirs, "draws", file=str(self._file(inputs))):
                why = "the original draws numbers that are no weights: built again, it gives others"
                return Trial(what, "not verified", found=(why,))
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


def _numbers(shape: tuple[int, ...], below: int | None, seed: int = 0) -> Array:
    random = np.random.default_rng(seed)
    return random.integers(0, below, shape) if below else random.standard_normal(shape).astype(np.float32)


def _finite(ratio: float) -> float | None:
    return ratio if np.isfinite(ratio) else None
