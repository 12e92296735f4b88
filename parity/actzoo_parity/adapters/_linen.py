"""Flax Linen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import jax
import numpy as np
from jax import numpy as jnp

from ._jax import Jax, Pure, State, of_function
from ._places import Place, places
from ._subject import Array, Subject


class Linen(Jax):
    def pure(self, subject: Subject) -> Pure:
        if subject.function is not None:
            return of_function(subject, places(subject.case.parameters, "linen"))
        case = subject.case
        where = places(case.parameters, "linen")
        train = {"train": case.training} if case.spec.trains else {}
        module = subject.cls(**subject.arguments)

        def forward(state: State, noise: Sequence[Any], x: Any) -> tuple[Any, State]:
            variables = nested(state, where)
            given = dict(zip(["noise"], noise, strict=False))
            y, after = module.apply(variables, x, **train, **given, mutable=["batch_stats"])
            statistics = {k: w for k, w in where.items() if w.collection == "batch_stats"}
            return y, {key: at(after, place) for key, place in statistics.items()}

        return Pure(forward, where)

    def initial(self, subject: Subject) -> dict[str, Array]:
        if subject.function is not None:
            return {}
        case = subject.case
        train = {"train": False} if case.spec.trains else {}
        space = (1,) if case.spec.element_wise else case.x.shape[2:]  # there may be very many channels
        x = jax.ShapeDtypeStruct((1, *space, subject.fresh.get("channels", case.x.shape[1])), jnp.float32)
        key = jax.random.key(case.plan.seed)
        variables = subject.cls(**subject.fresh).lazy_init({"params": key, "noise": key}, x, **train)
        found = places(case.parameters_of_fresh, "linen").items()
        return {key: place.back(np.asarray(at(variables, place))) for key, place in found}


def path(place: Place) -> list[str]:
    """Groups, a layer in them and its tensor; an own tensor by itself."""
    return place.name.split(".")


def nested(state: State, where: Mapping[str, Place]) -> dict[str, Any]:
    """A state as Linen's variables: collections of trees."""
    variables: dict[str, Any] = {}
    for key, value in state.items():
        *layer, tensor = path(where[key])
        level = variables.setdefault(where[key].collection, {})
        for step in layer:
            level = level.setdefault(step, {})
        level[tensor] = value
    return variables


def at(variables: Mapping[str, Any], place: Place) -> Any:
    level: Any = variables[place.collection]
    for step in path(place):
        level = level[step]
    return level


ADAPTER = Linen()
