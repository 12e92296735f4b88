"""Times of contenders that take turns, and ratios between them."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

ROUNDS = 5
"""At least so many."""


@dataclass(frozen=True)
class Ratio:
    """The median of a ratio over the rounds, and its quartiles."""

    median: float
    low: float
    high: float


def take_turns(
    steps: Mapping[str, Callable[[], object]], seconds: float, repeats: Mapping[str, int] | None = None
) -> dict[str, list[float]]:
    """Seconds of each step in each round; rounds go on for so many seconds. Each step has run before."""
    found: dict[str, list[float]] = {name: [] for name in steps}
    gc.collect()
    gc.disable()
    try:
        begin = time.perf_counter()
        while time.perf_counter() - begin < seconds or len(next(iter(found.values()))) < ROUNDS:
            for name, step in steps.items():
                count = (repeats or {}).get(name, 1)
                started = time.perf_counter()
                for _ in range(count):
                    step()
                found[name].append((time.perf_counter() - started) / count)
    finally:
        gc.enable()
    return found


def repeats_of(steps: Mapping[str, Callable[[], object]]) -> dict[str, int]:
    """How often each step runs in a round: short ones often enough for the clock."""
    found = {}
    for name, step in steps.items():
        started = time.perf_counter()
        step()
        took = time.perf_counter() - started
        found[name] = max(1, min(200, int(2e-3 / max(took, 1e-7))))
    return found


def ratio(times: Sequence[float], to: Sequence[float]) -> Ratio:
    """Of times to others, round by round."""
    found = sorted(a / b for a, b in zip(times, to, strict=True))
    if len(found) < 2:
        return Ratio(found[0], found[0], found[0])
    low, _, high = statistics.quantiles(found, n=4, method="inclusive")
    return Ratio(statistics.median(found), low, high)


def peak_bytes(step: Callable[[], object]) -> int | None:
    """What the process's memory grows by at most while a step runs; None where the system does not tell."""
    status = Path("/proc/self/status")

    def field(name: str) -> int:
        return next(int(line.split()[1]) * 1024 for line in status.read_text().splitlines() if line.startswith(name))

    with suppress(OSError, StopIteration):
        gc.collect()
        Path("/proc/self/clear_refs").write_text("5")
        before = field("VmRSS:")
        step()
        return field("VmHWM:") - before
    return None
