"""Initial values against the rule that the spec declares. Knows no framework.

A constant has to be exact. Random ones have to lie in the declared range, and to be distributed as declared:
the Kolmogorov-Smirnov distance may be what one in a thousand million right draws exceeds.
"""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np

from actzoo.language import Parameter

from ._cases import Array, literal
from ._judge import Comparison

CRITICAL = math.sqrt(-math.log(1e-9 / 2) / 2)
"""The Kolmogorov-Smirnov distance times the root of n that random numbers exceed with probability 1e-9."""


def initial(p: Parameter, given: Array, declared: Any = None) -> Comparison:
    """One tensor of a fresh module's state; `declared` is what an option says instead of the rule."""
    if given.shape != p.shape:
        return Comparison(math.inf, failure=f"shape {given.shape}, expected {p.shape}")
    values = np.sort(np.asarray(given, np.float64), axis=None)
    if uniform := re.fullmatch(r"uniform\(-1, 1\) / sqrt\((\d+)\)", p.init):
        limit = 1 / math.sqrt(int(uniform[1]))
        if np.abs(values).max() > limit * (1 + 2**-20):
            return Comparison(math.inf, actual=float(np.abs(values).max()), failure=f"beyond {p.init}")
        return _distributed(np.clip((values / limit + 1) / 2, 0, 1))
    if p.init == "normal(0, 1)":
        return _distributed(np.array([(1 + math.erf(v / math.sqrt(2))) / 2 for v in values]))
    numbers = np.asarray(literal(p.init) if declared is None else declared, np.float32)
    wanted = np.broadcast_to(numbers.reshape(()) if numbers.size == 1 else numbers, p.shape)
    wrong = given.astype(np.float32) != wanted
    if not wrong.any():
        return Comparison(0.0)
    index = np.unravel_index(int(wrong.argmax()), wrong.shape)
    expected, actual = float(wanted[index]), float(given[index])
    return Comparison(math.inf, math.inf, tuple(map(int, index)), expected, actual, 0.0, failure=f"not {p.init}")


def _distributed(probabilities: Array) -> Comparison:
    """Sorted values of the declared distribution function: uniform, if they are distributed by it."""
    n = probabilities.size
    steps = np.arange(n + 1) / n
    distance = max(np.abs(probabilities - steps[1:]).max(), np.abs(probabilities - steps[:-1]).max())
    return Comparison(float(distance) * math.sqrt(n) / CRITICAL)
