"""What Flax's two interfaces share: a subject as a pure function, compiled once for all that are like it."""

from __future__ import annotations

import abc
import contextlib
import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import flax
import jax
import numpy as np
from jax import numpy as jnp

from .._verdicts import kind
from ._places import Place
from ._subject import Adapter, Array, Outputs, Subject, first, last

jax.config.update("jax_default_matmul_precision", "highest")

State = Mapping[str, Any]

STEPWISE = "stepwise"
"""A mode that compiles single operations only, for modules that are run but once."""

KEPT = 64
"""How many compiled functions are kept, for the next data of their shape and the next seed."""


@dataclass(frozen=True)
class Pure:
    """A subject without its numbers: a function of its state, by torch's keys in the framework's layout, noise and x.

    It gives the value and the running statistics after the call.
    """

    forward: Callable[[State, Sequence[Any], Any], tuple[Any, State]]
    places: Mapping[str, Place]


class Jax(Adapter):
    """An interface of Flax: `pure` and `initial` are what differs."""

    def __init__(self) -> None:
        self.kept: dict[Any, tuple[Pure, Any]] = {}

    @abc.abstractmethod
    def pure(self, subject: Subject) -> Pure:
        """A subject as a function."""

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
            every = [alike(subject, mode, device) for subject in subjects]
            kinds_of: dict[Any, frozenset[str]] = {}
            for key, kinds in zip(every, wanted, strict=True):
                kinds_of[key] = kinds_of.get(key, frozenset()) | kinds
            for subject, key, kinds in zip(subjects, every, wanted, strict=True):
                pure, computed = self.function((key, kinds_of[key]), subject, mode)
                yield self.canonical(subject, pure, kinds, computed(numbers(pure, subject)))

    def function(self, key: Any, subject: Subject, mode: str) -> tuple[Pure, Callable[[Numbers], dict[str, Any]]]:
        """All outputs that subjects alike are asked for, compiled once, since compiling is what takes the time."""
        if key in self.kept:
            self.kept[key] = self.kept.pop(key)  # the last used is the last to go
            return self.kept[key]
        pure = self.pure(subject)
        computed = functools.partial(outputs, pure, key[-1], mode)
        if mode == STEPWISE:
            return pure, jax.disable_jit()(computed)
        self.kept[key] = pure, computed if mode == "eager" else jax.jit(computed)
        if len(self.kept) > KEPT:
            del self.kept[next(iter(self.kept))]
        return self.kept[key]

    def canonical(self, subject: Subject, pure: Pure, kinds: frozenset[str], found: Mapping[str, Any]) -> Outputs:
        """The arrays that are wanted, in torch's layout."""
        result: Outputs = {}
        for name, value in found.items():
            if kind(name) not in kinds:
                continue
            key = name.removeprefix("gradient of ").removeprefix("updated ")
            result[name] = pure.places[key].back(np.asarray(value)) if key in pure.places else first(value)
        if "initial" in kinds:
            result |= {f"initial {key}": value for key, value in self.initial(subject).items()}
        return result


@dataclass(frozen=True)
class Numbers:
    """What a subject is run on, in the framework's layout."""

    state: State
    learnt: State
    noise: Sequence[Any]
    x: Any
    cotangent: Any
    direction: Any
    directions: State


jax.tree_util.register_dataclass(Numbers)


def alike(subject: Subject, mode: str, device: str) -> Any:
    """What a compiled function depends on, beside the outputs: not on the numbers."""
    plan = replace(subject.case.plan, data="", seed=0, outputs=())
    return repr(plan), subject.case.x.shape, subject.cls, subject.function, mode, device


def numbers(pure: Pure, subject: Subject) -> Numbers:
    case = subject.case
    state = {p.key: jnp.asarray(pure.places[p.key].there(case.state[p.key])) for p in case.parameters}
    learnt = {p.key: state[p.key] for p in (subject.learnt if subject.function else case.parameters) if p.learnt}
    directions = {k: jnp.asarray(pure.places[k].there(d)) for k, d in case.directions.items() if k in learnt}
    directions |= {k: jnp.zeros_like(v) for k, v in learnt.items() if k not in directions}
    noise = () if case.noise is None else (jnp.asarray(last(case.noise)),)
    x, cotangent, direction = (jnp.asarray(last(a)) for a in (case.x, case.cotangent, case.direction))
    return Numbers(state, learnt, noise, x, cotangent, direction, directions)


def outputs(pure: Pure, kinds: frozenset[str], mode: str, given: Numbers) -> dict[str, Any]:
    """The wanted outputs of one subject."""
    learnt, x, cotangent, direction = given.learnt, given.x, given.cotangent, given.direction

    def forward(learnt: State, x: Any) -> tuple[Any, State]:
        state = {**given.state, **learnt}
        if mode != "vmap":
            return pure.forward(state, given.noise, x)
        one_by_one = jax.vmap(lambda a, noise: pure.forward(state, [n[None] for n in noise], a[None])[0][0])
        return one_by_one(x, given.noise), {}

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
        found["tangent"] = jax.jvp(lambda s, a: forward(s, a)[0], (learnt, x), (given.directions, direction))[1]
    return found


def of_function(subject: Subject, where: Mapping[str, Place]) -> Pure:
    """A function of x, and of learnt tensors by name."""
    learnt = [p.key for p in subject.learnt]
    return Pure(lambda state, noise, x: (subject.called({key: state[key] for key in learnt})(x, *noise), {}), where)
