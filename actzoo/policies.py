"""Policies as data: those of a spec, and how each framework's batch norm keeps its statistics. Imports no framework."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from actzoo.language import Spec
from actzoo.language._declare import Norm
from actzoo.language._graph import Option
from actzoo.language._policies import TIES

BATCH_NORM: Mapping[str, Literal["unbiased", "biased"]] = {
    "torch": "unbiased",
    "paddle": "biased",
    "flax": "biased",
    "linen": "biased",
}
"""The variance of a channel's n values that goes into the running one, over n - 1 or over n. What a batch is normalised
by is the biased one everywhere."""
KEPT = 0.9
"""Of the running statistics, at each step in training: new = KEPT old + (1 - KEPT) of the batch. (torch and Flax give
the name momentum to different ones of the two.)"""


def policies(spec: Spec) -> dict[str, Any]:
    """A spec's policies as texts, those that it has a place for."""
    declared = spec.policies
    found: dict[str, Any] = {}
    if spec.element_wise:
        found["kinks"] = {at: {"value": value, "derivative": slope} for at, (value, slope) in declared.kinks.items()}
        found["nan"] = {"value": "nan", "derivative": declared.nan_slope}
    if declared.ties:
        found["ties"] = dict(declared.ties)
    if any(isinstance(p, Norm) and may_be_batch_norm(p) for p in spec.parts.values()):
        found["batch_norm"] = {"running_variance": dict(BATCH_NORM), "kept": KEPT, "one_value": "error"}
    return found


def may_be_batch_norm(part: Norm) -> bool:
    """Whether its kind is a batch norm, or is decided by an option."""
    return part.kind == "'batch_norm'" or bool(Option(part.kind).names)


def described(found: Mapping[str, Any]) -> list[str]:
    """The lines that `actzoo show` prints of what `policies` gives."""
    points = {**found.get("kinks", {}), **({"NaN": found["nan"]} if "nan" in found else {})}
    lines = [f"at {at}: value {shown(p['value'])}, derivative {shown(p['derivative'])}" for at, p in points.items()]
    lines += [f"{between}: {TIES[policy]}" for policy, between in found.get("ties", {}).items()]
    if norm := found.get("batch_norm"):
        kinds: dict[str, list[str]] = {}
        for framework, kind in norm["running_variance"].items():
            kinds.setdefault(kind, []).append(framework)
        variance = ", ".join(f"{kind} in {' and '.join(where)}" for kind, where in kinds.items())
        lines += [
            f"batch norm: running variance {variance}",
            f"batch norm: new = {norm['kept']:g} old + {1 - norm['kept']:g} of the batch",
            "batch norm: one value a channel in training is an error",
        ]
    return lines


def shown(text: str) -> str:
    return "NaN" if text == "nan" else text
