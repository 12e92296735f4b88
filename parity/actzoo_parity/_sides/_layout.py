"""A side whose channels stand last, seen as one whose channels stand after the batch. Knows no framework."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import final

import numpy as np

from actzoo.weights._outline import Outline

from ._side import Array, Inputs, Question, Run, Shape, Side


@final
class ChannelsLast:
    """Moves the channels of inputs of the given ranks, and of outputs of the same ranks."""

    def __init__(self, side: Side, ranks: frozenset[int]) -> None:
        self._side, self.ranks = side, ranks
        self.name, self.framework = side.name, side.framework
        self.device = side.device
        self.differentiable, self.granular, self.quirks = side.differentiable, side.granular, side.quirks

    def outline(self, inputs: Inputs) -> Outline | None:
        return self._side.outline(self._there(inputs))

    def state(self) -> Mapping[str, Array] | None:
        return self._side.state()

    def shapes(self, inputs: Inputs) -> Mapping[str, Shape]:
        return self._side.shapes(self._there(inputs))

    def learnt(self) -> frozenset[str]:
        return self._side.learnt()

    def run(self, question: Question) -> Run:
        given = question.cotangent

        def cotangent(name: str, shape: Shape, dtype: str) -> Array:
            assert given is not None
            moved = (shape[0], shape[-1], *shape[1:-1]) if len(shape) in self.ranks else shape
            return last(given(name, moved, dtype), self.ranks)

        asked = dataclasses.replace(
            question, inputs=self._there(question.inputs), cotangent=None if given is None else cotangent
        )
        run = self._side.run(asked)
        inputs = question.inputs.arrays
        return dataclasses.replace(
            run,
            outputs={name: first(each, self.ranks) for name, each in run.outputs.items()},
            gradients={
                name: first(each, self.ranks) if name in inputs else each for name, each in run.gradients.items()
            },
            calls=tuple(
                dataclasses.replace(
                    call,
                    inputs=tuple(first(each, self.ranks) for each in call.inputs),
                    outputs=tuple(first(each, self.ranks) for each in call.outputs),
                )
                for call in run.calls
            ),
        )

    def _there(self, inputs: Inputs) -> Inputs:
        return inputs.replaced({name: last(each, self.ranks) for name, each in inputs.arrays.items()})


def last(array: Array, ranks: frozenset[int]) -> Array:
    """Channels from the second axis to the last."""
    return np.ascontiguousarray(np.moveaxis(array, 1, -1)) if array.ndim in ranks else array


def first(array: Array, ranks: frozenset[int]) -> Array:
    """Channels from the last axis to the second."""
    return np.ascontiguousarray(np.moveaxis(array, -1, 1)) if array.ndim in ranks else array
