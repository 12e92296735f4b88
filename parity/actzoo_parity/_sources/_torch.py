"""A model that a text builds in torch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, final

import numpy as np
import torch

from .._sides._side import Array
from .._sides._state import States
from .._sides._torch import default_dtype, to_numpy, to_torch
from .._sides._torch_noise import Widened
from ._model import Failed, Framework, Model


@final
class TorchModel(Model):
    """A module of torch."""

    framework = Framework(
        torch.nn.Module, torch.Tensor, to_torch, to_numpy, torch.no_grad, torch.nn.Module.load_state_dict
    )

    def __init__(self, text: str, variable: str, loss: str | None, folders: Sequence[str]) -> None:
        super().__init__(text, variable, loss, folders)
        _round_momenta(self.model)

    def seed(self, number: int) -> None:
        torch.manual_seed(number)
        np.random.seed(number)

    def layers_of(self, model: Any) -> Iterable[Any]:
        found: Iterable[Any] = model.modules()
        return found

    @contextmanager
    def wide(self) -> Iterator[None]:
        with default_dtype(torch.float64), Widened():
            yield

    def take(self, model: Any, state: Mapping[str, Array]) -> None:
        _round_momenta(model)
        tensors = model.state_dict()
        with torch.no_grad():
            for path, array in States("torch", model, {}).native(state).items():
                tensors[".".join(map(str, path))].copy_(to_torch(array))

    def kept(self, model: Any) -> Mapping[str, Array]:
        tensors, states = model.state_dict(), States("torch", model, {})
        return states.canonical({e.native: to_numpy(tensors[".".join(map(str, e.native))]) for e in states.entries})

    def learnt(self) -> int:
        return sum(p.numel() for p in self.model.parameters() if p.requires_grad)

    def holds(self) -> dict[str, list[int]]:
        raise Failed("what a checkpoint has to hold is asked of the original")

    def load(self, path: str) -> None:
        from safetensors.torch import load_file

        made = torch.load(path, weights_only=True) if path.endswith(".pt") else load_file(path)
        missing, left = self.model.load_state_dict(made, strict=False)
        wrong = [key for key in missing if not key.endswith("num_batches_tracked")] + list(left)
        if wrong:
            raise Failed(f"the ported weights do not fit the ported model: {', '.join(wrong)}")

    def inputs(self, entered: Mapping[str, str | None]) -> list[list[Any] | None]:
        raise Failed("what a model takes is asked of the original")


def _round_momenta(model: torch.nn.Module) -> None:
    """Paddle keeps them in float32, also where it computes in float64."""
    for layer in model.modules():
        momentum = getattr(layer, "momentum", None)
        if isinstance(momentum, float):
            layer.momentum = 1 - float(np.float32(1 - momentum))
