"""A model that a text builds in Paddle."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, final

import numpy as np
import paddle

from .._exchange import read
from .._sides._paddle import default_dtype, to_numpy, to_paddle, widened
from .._sides._side import Array
from .._sides._state import States
from ._model import Framework, Model

SIZE = 32
"""Of an image, and half of it of a sequence, where nothing tells."""

BATCH = 4


@final
class PaddleModel(Model):
    """A Paddle layer."""

    framework = Framework(
        paddle.nn.Layer, paddle.Tensor, to_paddle, to_numpy, paddle.no_grad, paddle.nn.Layer.set_state_dict
    )

    def seed(self, number: int) -> None:
        paddle.seed(number)
        np.random.seed(number)

    def layers_of(self, model: Any) -> Iterable[Any]:
        found: Iterable[Any] = model.sublayers(include_self=True)
        return found

    @contextmanager
    def wide(self) -> Iterator[None]:
        with default_dtype("float64"), widened():
            yield

    def take(self, model: Any, state: Mapping[str, Array]) -> None:
        tensors = model.state_dict()
        for path, array in States("paddle", model, {}).native(state).items():
            tensor = tensors[".".join(map(str, path))]
            tensor.set_value(to_paddle(array).astype(tensor.dtype))

    def kept(self, model: Any) -> Mapping[str, Array]:
        tensors, states = model.state_dict(), States("paddle", model, {})
        return states.canonical({e.native: to_numpy(tensors[".".join(map(str, e.native))]) for e in states.entries})

    def learnt(self) -> int:
        return sum(int(p.size) for p in self.model.parameters() if not p.stop_gradient)

    def holds(self) -> dict[str, list[int]]:
        return {key: list(each.shape) for key, each in self.model.state_dict().items()}

    def load(self, path: str) -> None:
        self.model.set_state_dict({key: to_paddle(each) for key, each in read(Path(path)).items()})

    def inputs(self, entered: Mapping[str, str | None]) -> list[list[Any] | None]:
        return [self._entering(path, alone=len(entered) == 1) for path in entered.values()]

    def _entering(self, path: str | None, *, alone: bool) -> list[Any] | None:
        """By the layer of that path; of the only input else by the model's first layer with weights."""
        layer = self.model
        for name in path.split(".") if path else ():
            layer = getattr(layer, name, None)
        for each in (layer, self.model if alone else None):
            if each is self.model and not alone:
                continue
            within = each.sublayers(include_self=True) if isinstance(each, paddle.nn.Layer) else ()
            found = next((found for inner in within if (found := _taken(inner))), None)
            if found:
                return found
        return None


def _taken(layer: Any) -> list[Any] | None:
    """The shape that a layer with weights takes, and of whole numbers how many there are."""
    name = type(layer).__name__
    if name in ("Conv1D", "Conv2D", "Conv3D"):
        return [[BATCH, layer._in_channels, *([SIZE] * int(name[4]))], None]
    if name == "Linear":
        return [[BATCH, layer.weight.shape[0]], None]
    if name == "Embedding":
        return [[BATCH, SIZE // 2], layer.weight.shape[0]]
    if name in ("LSTM", "GRU", "SimpleRNN"):
        return [[BATCH, SIZE // 2, layer.input_size], None]
    return None
