"""One comparison as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from actzoo.bench._measure import Ratio


@dataclass(frozen=True)
class Row:
    """One activation in one framework, mode and shape.

    step     "forward", "both": with backward, or "memory": the peak of both
    seconds  by contender: the median
    ratios   by contender: the time of ours to its own, in the same rounds; below 1, ours is ahead
    kept     by contender: bytes kept for backward, in inputs
    peaks    by contender: bytes by which the process grows at most, in inputs
    message  why it was not measured
    """

    activation: str
    framework: str
    mode: str
    shape: tuple[int, ...]
    step: str
    seconds: Mapping[str, float] = field(default_factory=dict)
    ratios: Mapping[str, Ratio] = field(default_factory=dict)
    kept: Mapping[str, float] = field(default_factory=dict)
    peaks: Mapping[str, float] = field(default_factory=dict)
    rounds: int = 0
    message: str = ""


def to_data(row: Row) -> dict[str, Any]:
    return asdict(row)


def from_data(data: Mapping[str, Any]) -> Row:
    ratios = {name: Ratio(**r) for name, r in data["ratios"].items()}
    return Row(**{**data, "shape": tuple(data["shape"]), "ratios": ratios})
