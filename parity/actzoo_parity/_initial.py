"""Initial values against the rule that the spec declares. Knows no framework.

A constant has to be exact. Random ones have to lie in the declared range, and to be distributed as declared. Each of
the tests fails one in a thousand million right draws (`RARE`):

- the Kolmogorov-Smirnov distance, over the first few thousand numbers;
- of uniform numbers, the largest one: n of them are all below m of the range with probability m**n;
- of normal numbers the mean, which is normal too, and the sum of squares, whose tails Laurent and Massart bound: it is
  below n - 2 sqrt(n t) or above n + 2 sqrt(n t) + 2 t each with probability exp(-t) at most.

The whole contract makes about 500 different tensors of random numbers for a seed, so that in 100 seeds there is a false
alarm with probability 500 * 100 * 3e-9 = 1.5e-4.
"""

from __future__ import annotations

import math
import re
from statistics import NormalDist
from typing import Any

import numpy as np

from actzoo.language import Parameter

from ._cases import Array, literal
from ._judge import Comparison

RARE = 1e-9
"""The probability with which right numbers fail a test."""

CRITICAL = math.sqrt(-math.log(RARE / 2) / 2)
"""The Kolmogorov-Smirnov distance times the root of n that random numbers exceed with that probability."""

FEW = 4096
"""For so many numbers the distribution function is computed; of more, for the first."""


def initial(p: Parameter, given: Array, declared: Any = None) -> Comparison:
    """One tensor of a fresh module's state; `declared` is what an option says instead of the rule."""
    if given.shape != p.shape:
        return Comparison(math.inf, failure=f"shape {given.shape}, expected {p.shape}")
    values = np.asarray(given, np.float64).ravel()
    if uniform := re.fullmatch(r"uniform\(-1, 1\) / sqrt\((\d+)\)", p.init):
        limit = 1 / math.sqrt(int(uniform[1]))
        if np.abs(values).max() > limit * (1 + 2**-20):
            return Comparison(math.inf, actual=float(np.abs(values).max()), failure=f"beyond {p.init}")
        narrow = values.size * math.log(limit / np.abs(values).max()) / -math.log(RARE)
        spread = Comparison(narrow, failure=f"narrower than {p.init}" if narrow > 1 else None)
        return _worse(spread, _distributed(np.clip((values[:FEW] / limit + 1) / 2, 0, 1)))
    if p.init == "normal(0, 1)":
        return _worse(_moments(values), _distributed(np.array([normal_below(v) for v in values[:FEW]])))
    numbers = np.asarray(literal(p.init) if declared is None else declared, np.float32)
    wanted = np.broadcast_to(numbers.reshape(()) if numbers.size == 1 else numbers, p.shape)
    wrong = given.astype(np.float32) != wanted
    if not wrong.any():
        return Comparison(0.0)
    index = np.unravel_index(int(wrong.argmax()), wrong.shape)
    expected, actual = float(wanted[index]), float(given[index])
    return Comparison(math.inf, math.inf, tuple(map(int, index)), expected, actual, 0.0, failure=f"not {p.init}")


def normal_below(v: float) -> float:
    return (1 + math.erf(v / math.sqrt(2))) / 2


def _worse(a: Comparison, b: Comparison) -> Comparison:
    return a if a.ratio > b.ratio else b


def _moments(values: Array) -> Comparison:
    """Numbers that should be normal by their mean and the sum of their squares."""
    n, t = values.size, -math.log(RARE / 2)
    mean = abs(float(values.mean())) * math.sqrt(n) / NormalDist().inv_cdf(1 - RARE / 2)
    excess = float(values @ values) - n
    spread = excess / (2 * math.sqrt(n * t) + 2 * t) if excess > 0 else -excess / (2 * math.sqrt(n * t))
    ratio = max(mean, spread)
    return Comparison(ratio, failure="another mean or spread than normal(0, 1)" if ratio > 1 else None)


def _distributed(values: Array) -> Comparison:
    """Values of the declared distribution function: uniform, if they are distributed by it."""
    probabilities = np.sort(values)
    n = probabilities.size
    steps = np.arange(n + 1) / n
    distance = max(np.abs(probabilities - steps[1:]).max(), np.abs(probabilities - steps[:-1]).max())
    return Comparison(float(distance) * math.sqrt(n) / CRITICAL)
