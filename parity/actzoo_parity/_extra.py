"""Inputs beyond the contract's. Nothing is expected of them: they tell a defect that changes no result from one
that the contract has no line for.

Every option is changed, one at a time; numbers are far out, at kinks and ties, NaN and infinite.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from actzoo.language import Spec

from ._cases import Array, Case, case
from ._plan import Plan, configurations

NAMES: Mapping[str, tuple[str | None, ...]] = {
    "norm_layer": ("batch_norm", "group_norm", "instance_norm", None),
    "act_layer": ("relu", "gelu", "tanh"),
    "gate_layer": ("sigmoid", "hard_sigmoid", "tanh"),
}
"""Choices of options whose annotation lists none."""

SEED = 1000
"""The contract's own seeds are below."""

KINDS = ("usual", "wide", "kinks", "special")
EVERYTHING = ("gradients", "second", "tangent")


def extra(spec: Spec, few: bool = False) -> Iterator[Case]:
    """Cases of an activation that no line has. Their plans' data are named after what is done to the numbers.

    With `few`, numbers are altered for the default options alone.
    """
    known = configurations(spec.name)
    for training in (True, False) if spec.trains else (None,):
        updates = ("updates",) if training else ()
        data = "shape-2d" if spec.element_wise else "random"
        base = Plan(spec.name, data, training=training, seed=SEED, outputs=(*EVERYTHING, *updates))
        for options in known[:1] if few else known:
            for kind in KINDS:
                yield altered(case(replace(base, options=options), spec), kind)
        for dtype in ("float64", "float16", "bfloat16"):
            yield altered(case(replace(base, dtype=dtype), spec), "usual")
        for options in others(spec, known):
            try:
                yield altered(case(replace(base, options=options), spec), "usual")
            except (TypeError, ValueError):  # an option that does not go with the others
                continue


def others(spec: Spec, known: tuple[Mapping[str, Any], ...]) -> list[dict[str, Any]]:
    """The contract's options with one of them changed, those that it has itself left out."""
    found: list[dict[str, Any]] = []
    for options in known:
        for declared in spec.options:
            now = options.get(declared.name, declared.default)
            for choice in choices(declared.name, now, declared.annotation):
                made = {**options, declared.name: choice}
                if made not in found and made not in known:
                    found.append(made)
    return found


def choices(name: str, now: Any, annotation: str) -> tuple[Any, ...]:
    """Other values of an option."""
    if isinstance(now, bool):
        return (not now,)
    if listed := re.findall(r"'([^']*)'", annotation) or NAMES.get(name):
        return tuple(each for each in listed if each != now)
    if isinstance(now, int):
        return (now + 1, now + 2)
    if isinstance(now, float):
        return (0.7 * now, 2 * now)
    return ()


def altered(made: Case, kind: str) -> Case:
    """A case with other numbers."""
    x = made.x
    if kind == "wide":
        return named(made, kind, 100 * x, {k: 6 * v if layer(k) else v for k, v in made.state.items()})
    if kind == "kinks":  # a layer gives its bias, which is a whole number, and x is one too
        rng = np.random.default_rng(SEED)
        whole = {k: rng.integers(-4, 5, v.shape) if k.endswith("bias") else 0 * v for k, v in made.state.items()}
        return named(made, kind, np.rint(x / 2), {k: whole[k] if layer(k) else v for k, v in made.state.items()})
    if kind == "special":
        x = x.copy()
        for start, number in enumerate((np.nan, np.inf, -np.inf, 0.0, 1e-8, 1e-40, 1e10, -1e30)):
            x.flat[start::31] = number
    return named(made, kind, x, made.state)


def layer(key: str) -> bool:
    """Whether a tensor is a layer's weight or bias, and not a running statistic or the module's own."""
    return "." in key and "running_" not in key


def named(made: Case, kind: str, x: Array, state: Mapping[str, Array]) -> Case:
    dtype = made.x.dtype
    with np.errstate(over="ignore"):
        cast = {key: np.asarray(value).astype(dtype) for key, value in state.items()}
        return replace(made, plan=replace(made.plan, data=kind), x=x.astype(dtype), state=cast)
