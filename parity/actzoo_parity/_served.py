"""In a worker: a model that a source text builds, asked as a side of a check by `_sides/_elsewhere.py`."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ._exchange import read, write
from ._sides import Inputs, Question, Run, SideError, make_side
from ._sides._elsewhere import arrays_of_run, asked_of, words_of_run
from ._sides._noise import Noise
from ._sides._side import Side
from ._sources import Failed, model_of
from ._sources._model import Model, Training, short

Request = Mapping[str, Any]
Answer = dict[str, Any]


class Served:
    """The model that was opened last, and a side made of it."""

    def __init__(self, framework: str) -> None:
        self.framework = framework
        self.model: Model | None = None
        self.side: Side | None = None

    def handlers(self) -> Mapping[str, Callable[[Request], Answer]]:
        return {name: _told(do) for name, do in (("open", self.open), ("ask", self.ask), ("side", self.make))} | {
            "question": _told(self.question),
            "twins": _told(self.twins),
            "observe": _told(self.observe),
            "batch": _told(self.batch),
            "train": _told(self.train),
        }

    def open(self, request: Request) -> Answer:
        """Build the model of a text."""
        self.model = model_of(self.framework)(*(request[key] for key in ("text", "variable", "loss", "folders")))
        return {"value": self.model.learnt()}

    def twins(self, request: Request) -> Answer:
        """Which classes of a source of torch are activations of the zoo."""
        from ._alike import twins

        return {"value": twins(request["text"], request["folders"])}

    def observe(self, request: Request) -> Answer:
        """Run a source, and note what some places hold."""
        from ._observed import observe

        places = [tuple(place) for place in request["places"]]
        with contextlib.suppress(SystemExit):  # its own end
            observe(request["text"], places, Path(request["path"]), Path(request["file"]), request["given"])
        return {"value": None}

    def batch(self, request: Request) -> Answer:
        """The first batch of a training loop: its layout; its arrays go into a file."""
        assert self.model is not None
        layout, arrays = self.model.batch(request["text"])
        write(Path(request["file"]), {str(i): each for i, each in enumerate(arrays)})
        return {"value": layout}

    def train(self, request: Request) -> Answer:
        """Run a few iterations of a training loop; what the model holds after each goes into a file."""
        assert self.model is not None
        held = asked_of(read(Path(request["file"])))
        arrays = [held["batch"][str(i)] for i in range(len(held["batch"]))]
        more = {key: request[key] for key in ("text", "iterations", "seed", "own")}
        found = self.model.trained(Training(state=held["state"], batch=(request["layout"], arrays), **more))
        notes = {f"{i}/{key}": each for i, note in enumerate(found.notes) for key, each in note.items()}
        write(Path(request["answer"]), notes)
        return {"value": [len(found.notes), found.raised, found.line, found.top]}

    def ask(self, request: Request) -> Answer:
        """Ask the model one of `load`, `holds`, `inputs`, `sample`, `outputs`, `labels`, `draws`; arrays are files."""
        assert self.model is not None
        match request["what"]:
            case "load":
                self.model.load(request["path"])
                return {"value": True}
            case "holds":
                return {"value": self.model.holds()}
            case "inputs":
                return {"value": self.model.inputs(request["entered"])}
            case "sample":
                found = self.model.sample(request["name"])
                write(Path(request["file"]), {str(i): each for i, each in enumerate(found or ())})
                return {"value": None if found is None else len(found)}
            case "outputs":
                return {"value": self.model.outputs(_arrays(request["file"]))}
            case "draws":
                return {"value": self.model.draws(_arrays(request["file"]))}
            case "labels":
                labels = self.model.labels(_arrays(request["file"]))
                write(Path(request["file"]), {} if labels is None else {"0": labels})
                return {"value": labels is not None}
        raise ValueError(f"nothing is known of {request['what']!r}")

    def make(self, request: Request) -> Answer:
        """Make a side of the model in one of its modes; what it holds goes into a file."""
        assert self.model is not None
        target = self.model.target(request["training"], request["with_loss"])
        self.side = make_side(self.framework, target)
        write(Path(request["file"]), dict(self.side.state() or {}))
        nothing = Inputs({})
        return {
            "device": self.side.device,
            "differentiable": self.side.differentiable,
            "granular": self.side.granular,
            "shapes": {key: list(shape) for key, shape in self.side.shapes(nothing).items()},
            "learnt": sorted(self.side.learnt()),
        }

    def question(self, request: Request) -> Answer:
        """Run the side once."""
        assert self.side is not None
        held = asked_of(read(Path(request["file"])))
        cotangents = held["cotangent"]
        run: Run = self.side.run(
            Question(
                inputs=Inputs({name: held["input"][name] for name in request["inputs"]}, request["positional"]),
                state=held["state"],
                dtype=request["dtype"],
                cotangent=(lambda name, shape, dtype: cotangents[name]) if request["gradients"] else None,
                noise=Noise(**request["noise"]) if request["noise"] else None,
                watch=request["watch"],
                widen=request["widen"],
            )
        )
        write(Path(request["answer"]), {name: np.asarray(each) for name, each in arrays_of_run(run).items()})
        return words_of_run(run)


def _arrays(file: str) -> list[Any]:
    """Those of a file in their order."""
    held = read(Path(file))
    return [held[str(i)] for i in range(len(held))]


def _told(do: Callable[[Request], Answer]) -> Callable[[Request], Answer]:
    """What cannot be done, as an answer: whatever other people's code raises is no end of the worker."""

    def told(request: Request) -> Answer:
        try:
            return do(request)
        except SideError as error:
            return {"refused": str(error)}
        except Failed as error:
            return {"failed": str(error)}
        except Exception as error:
            return {"raised": short(error)}

    return told
