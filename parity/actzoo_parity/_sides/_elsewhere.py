"""A side in a process of its own: the same questions, which pass through files. Knows no framework."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any, Protocol, final

from actzoo.weights._outline import Outline

from .._exchange import read, write
from ._side import Array, Call, Inputs, Question, Quirks, Run, Shape, SideError


class Raised(Exception):
    """What a side raised in its process; the message begins with the kind of the error."""


class Asked(Protocol):
    """A process that answers requests; a request that could not be answered is a `SideError`."""

    framework: str
    folder: Path

    def request(self, do: str, **more: Any) -> dict[str, Any]:
        """The answer to a request."""
        ...


@final
@dataclass(frozen=True)
class Elsewhere:
    """A target that is no object here: the model that a process has opened, in one of its modes."""

    process: Asked
    training: bool
    with_loss: bool = False


@final
class ElsewhereSide:
    """Asks the process. What it raises is raised here as `Raised`."""

    quirks = Quirks()

    def __init__(self, name: str, target: Elsewhere) -> None:
        self.name, self.framework = name, target.process.framework
        self._process = target.process
        self._files = count()
        path = self._file("state")
        facts = self._process.request("side", training=target.training, with_loss=target.with_loss, file=str(path))
        held = read(path)
        self._shapes = {key: tuple(shape) for key, shape in facts["shapes"].items()}
        self._state = {key: held[key] for key in self._shapes if key in held}
        self._learnt = frozenset(facts["learnt"])
        self._made: dict[str, Mapping[str, Array]] = {}
        self.device, self.differentiable = facts["device"], facts["differentiable"]
        self.granular = facts["granular"]

    def _file(self, kind: str) -> Path:
        return self._process.folder / f"{self.framework}-{kind}-{next(self._files)}.safetensors"

    def outline(self, inputs: Inputs) -> Outline | None:
        return None

    def state(self) -> Mapping[str, Array]:
        return self._state

    def shapes(self, inputs: Inputs) -> Mapping[str, Shape]:
        return self._shapes

    def learnt(self) -> frozenset[str]:
        return self._learnt

    def run(self, question: Question) -> Run:
        arrays = {f"input/{name}": each for name, each in question.inputs.arrays.items()}
        arrays |= {f"state/{key}": each for key, each in question.state.items()}
        if question.cotangent is not None:
            for name, output in self._outputs(question).items():
                arrays[f"cotangent/{name}"] = question.cotangent(name, output.shape, output.dtype.name)
        asked, answered = self._file("question"), self._file("answer")
        write(asked, arrays)
        answer = self._process.request(
            "question",
            file=str(asked),
            answer=str(answered),
            inputs=list(question.inputs.arrays),
            positional=question.inputs.positional,
            gradients=question.cotangent is not None,
            dtype=question.dtype,
            noise=asdict(question.noise) if question.noise else None,
            watch=question.watch,
            widen=question.widen,
        )
        run = run_of(read(answered), answer)
        asked.unlink()
        answered.unlink()
        return run

    def _outputs(self, question: Question) -> Mapping[str, Array]:
        """What a cotangent is for: the floats that the side gives, computed once for a dtype."""
        if question.dtype not in self._made:
            outputs = self.run(replace(question, cotangent=None, noise=None, watch=False)).outputs
            self._made[question.dtype] = {n: y for n, y in outputs.items() if y.dtype.kind not in "iub"}
        return self._made[question.dtype]


def arrays_of_run(run: Run) -> dict[str, Array]:
    """The arrays of a run by names, for a file."""
    arrays = {f"output/{name}": each for name, each in run.outputs.items()}
    arrays |= {f"gradient/{name}": each for name, each in run.gradients.items()}
    arrays |= {f"updated/{name}": each for name, each in run.updated.items()}
    for i, call in enumerate(run.calls):
        arrays |= {f"taken/{i}/{j}": each for j, each in enumerate(call.inputs)}
        arrays |= {f"given/{i}/{j}": each for j, each in enumerate(call.outputs)}
    return arrays


def words_of_run(run: Run) -> dict[str, Any]:
    """What else there is of a run, for JSON."""
    return {
        "outputs": list(run.outputs),
        "gradients": list(run.gradients),
        "updated": list(run.updated),
        "calls": [[c.path, c.class_name, len(c.inputs), len(c.outputs), dict(c.settings)] for c in run.calls],
        "narrowed": dict(run.narrowed),
    }


def run_of(arrays: Mapping[str, Array], words: Mapping[str, Any]) -> Run:
    """The run that these two were made of."""
    held = asked_of(arrays)
    calls = [
        Call(
            path,
            class_name,
            tuple(held["taken"][f"{i}/{j}"] for j in range(taken)),
            tuple(held["given"][f"{i}/{j}"] for j in range(given)),
            settings,
        )
        for i, (path, class_name, taken, given, settings) in enumerate(words["calls"])
    ]
    return Run(
        outputs={name: held["output"][name] for name in words["outputs"]},
        gradients={name: held["gradient"][name] for name in words["gradients"]},
        updated={name: held["updated"][name] for name in words["updated"]},
        calls=tuple(calls),
        narrowed=words["narrowed"],
    )


def asked_of(arrays: Mapping[str, Array]) -> Mapping[str, dict[str, Array]]:
    """The arrays of a file by what they are, and then by their names."""
    found: dict[str, dict[str, Array]] = defaultdict(dict)
    for name, each in arrays.items():
        kind, _, rest = name.partition("/")
        found[kind][rest] = each
    return found


def refused(name: str, answer: Mapping[str, Any]) -> dict[str, Any]:
    """The answer, unless it says that there is none."""
    for kind, error in (("raised", Raised), ("refused", SideError), ("error", SideError), ("exchange", SideError)):
        if kind in answer:
            raise error(f"{answer[kind]}" if error is Raised else f"{name}: {answer[kind]}")
    return dict(answer)
