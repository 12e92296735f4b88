"""Flax NNX."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

import jax
import numpy as np
from flax import nnx

from ._jax import Jax, Pure, State, of_function
from ._places import places
from ._subject import Array, Subject


class Nnx(Jax):
    def pure(self, subject: Subject) -> Pure:
        if subject.function is not None:
            return of_function(subject, places(subject.case.parameters, "flax"))
        case = subject.case
        where = places(case.parameters, "flax")
        made = nnx.eval_shape(lambda: built(subject, subject.arguments))  # drawing its numbers would be compiled too
        made.train() if case.training else made.eval()
        graph, variables = nnx.split(made)
        flat = {".".join(map(str, path)): (path, variable) for path, variable in nnx.to_flat_state(variables)}
        stored = {name for name, (_, v) in flat.items() if not isinstance(v, nnx.RngState)}
        if stored != {each.name for each in where.values()}:
            raise KeyError(
                f"the rendered module has {sorted(stored)}, its spec {sorted(w.name for w in where.values())}"
            )

        def forward(state: State, noise: Sequence[Any], x: Any) -> tuple[Any, State]:
            values = {where[key].name: value for key, value in state.items()}
            merged = nnx.merge(
                graph,
                nnx.from_flat_state(
                    [(path, v.replace(values[n]) if n in values else v) for n, (path, v) in flat.items()]
                ),
            )
            y = merged(x, *noise)
            after = {".".join(map(str, path)): v for path, v in nnx.to_flat_state(nnx.state(merged, nnx.BatchStat))}
            return y, {key: after[place.name][...] for key, place in where.items() if place.name in after}

        return Pure(forward, where)

    def initial(self, subject: Subject) -> dict[str, Array]:
        if subject.function is not None:
            return {}
        state = nnx.to_flat_state(nnx.state(built(subject, subject.fresh)))
        flat = {".".join(map(str, path)): np.asarray(v[...]) for path, v in state if not isinstance(v, nnx.RngState)}
        return {
            key: place.back(flat[place.name]) for key, place in places(subject.case.parameters_of_fresh, "flax").items()
        }


def built(subject: Subject, arguments: dict[str, Any]) -> Any:
    if "rngs" in inspect.signature(subject.cls.__init__).parameters:
        arguments["rngs"] = nnx.Rngs(subject.case.plan.seed)
    with jax.enable_x64(False):  # initial values as a user has them
        return subject.cls(**arguments)


ADAPTER = Nnx()
