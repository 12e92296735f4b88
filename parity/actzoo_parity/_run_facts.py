"""What is worth knowing of a run beside its records: how it was called, and on what it ran. Measures nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Run:
    """A run, as a reader needs it who wants the same numbers again.

    command    as it was typed: `actzoo parity mish -f torch`
    started    date, time and zone, in ISO 8601
    seconds    how long it took
    seed       that the random inputs and weights came from
    system     the operating system and its release
    processor  its name; `flags` are the instruction sets that change results: "avx2", "fma", "avx512f"
    versions   of what judged: {"actzoo": "0.1.0", "Python": "3.11.4", "NumPy": "2.4.6"}
    workers    of what was judged, by framework; each may run in an environment of its own:
               {"torch": {"torch": "2.13.0", "Python": "3.12.3", "NumPy": "2.4.6", "cuda": "NVIDIA H200"}}
    """

    command: str
    started: str
    seconds: float = 0.0
    seed: int = 0
    system: str = ""
    processor: str = ""
    flags: tuple[str, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    workers: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
