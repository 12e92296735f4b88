"""What Flax's two interfaces share: a subject as a pure function, compiled with many others or run by itself."""

from __future__ import annotations

import abc
import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import flax
import jax
import numpy as np
from jax import numpy as jnp

from .._cases import Case
from ._places import Place
from ._subject import Adapter, Array, Outputs, Subject, first, last

jax.config.update("jax_default_matmul_precision", "highest")

State = Mapping[str, Any]


@dataclass(frozen=True)
class Pure:
    """A subject as a function of what is learnt, by torch's keys in the framework's layout, and x.

    It gives the value and the running statistics after the call.
    """

    forward: Callable[[State, Any], tuple[Any, State]]
    learnt: State
    places: Mapping[str, Place]


class Jax(Adapter):
    """An interface of Flax: `pure` and `initial` are what differs."""

    @abc.abstractmethod
    def pure(self, subject: Subject) -> Pure:
        """A subject with its weights."""

    @abc.abstractmethod
    def initial(self, subject: Subject) -> dict[str, Array]:
        """The state of a fresh module, by torch's keys in torch's layout."""

    def facts(self) -> dict[str, str]:
        return {
            "jax": jax.__version__,
            "flax": flax.__version__,
            "jax devices": ", ".join(d.device_kind for d in jax.devices()),
        }

    def missing(self, device: str) -> str:
        try:
            jax.devices(device)
        except RuntimeError:
            return f"jax has no {device} device here"
        return ""

    def run(
        self, subjects: Sequence[Subject], mode: str, device: str, wanted: Sequence[frozenset[str]]
    ) -> Iterator[Outputs]:
        double = any(s.case.plan.dtype == "float64" for s in subjects)
        with jax.enable_x64(True) if double else contextlib.nullcontext(), jax.default_device(jax.devices(device)[0]):
            made = [self.pure(subject) for subject in subjects]
            given = [numbers(pure, subject.case) for pure, subject in zip(made, subjects, strict=True)]

            def everything(given: Any) -> list[dict[str, Any]]:
                """All outputs of all subjects: compiled together, since each compilation has its price."""
                return [
                    outputs(pure, kinds, mode, numbers)
                    for pure, kinds, numbers in zip(made, wanted, given, strict=True)
                ]

            results = everything(given) if mode == "eager" else jax.jit(everything)(given)
            for subject, pure, kinds, found in zip(subjects, made, wanted, results, strict=True):
                yield self.canonical(subject, pure, kinds, found)

    def canonical(self, subject: Subject, pure: Pure, kinds: frozenset[str], found: Mapping[str, Any]) -> Outputs:
        """The arrays in torch's layout."""
        result: Outputs = {}
        for name, value in found.items():
            key = name.removeprefix("gradient of ").removeprefix("updated ")
            result[name] = pure.places[key].back(np.asarray(value)) if key in pure.places else first(value)
        if "initial" in kinds:
            result |= {f"initial {key}": value for key, value in self.initial(subject).items()}
        return result


def numbers(pure: Pure, case: Case) -> tuple[State, Any, Any, Any, State]:
    directions = {k: jnp.asarray(pure.places[k].there(d)) for k, d in case.directions.items() if k in pure.learnt}
    directions |= {k: jnp.zeros_like(v) for k, v in pure.learnt.items() if k not in directions}
    return (pure.learnt, *(jnp.asarray(last(a)) for a in (case.x, case.cotangent, case.direction)), directions)


def outputs(pure: Pure, kinds: frozenset[str], mode: str, given: tuple[State, Any, Any, Any, State]) -> dict[str, Any]:
    """The wanted outputs of one subject."""
    learnt, x, cotangent, direction, directions = given

    def forward(learnt: State, x: Any) -> tuple[Any, State]:
        if mode != "vmap":
            return pure.forward(learnt, x)
        return jax.vmap(lambda one: pure.forward(learnt, one[None])[0][0])(x), {}

    def gradient(x: Any) -> Any:
        return jax.vjp(lambda a: forward(learnt, a)[0], x)[1](cotangent)[0]

    value, vjp, updates = jax.vjp(forward, learnt, x, has_aux=True)
    gradients, gradient_of_x = vjp(cotangent)
    found = {"value": value, "gradient of x": gradient_of_x}
    if "gradients" in kinds:
        found |= {f"gradient of {key}": g for key, g in gradients.items()}
    if "updates" in kinds:
        found |= {f"updated {key}": v for key, v in updates.items()}
    if "second" in kinds:
        found["second derivative"] = jax.jvp(gradient, (x,), (direction,))[1]
    if "tangent" in kinds:
        found["tangent"] = jax.jvp(lambda s, a: forward(s, a)[0], (learnt, x), (directions, direction))[1]
    return found


def of_function(subject: Subject, where: Mapping[str, Place]) -> Pure:
    """A function of x, and of learnt tensors by name."""
    learnt = {p.key: jnp.asarray(subject.case.state[p.key]) for p in subject.learnt}
    return Pure(lambda learnt, x: (subject.called(learnt)(x), {}), learnt, where)
