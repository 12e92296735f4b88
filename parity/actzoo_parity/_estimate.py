"""How far rounding may move the results: estimated, by runs in float64 with an error in every operation.

Each sample multiplies inputs, weights, cotangents, the result of every operation (in Paddle: of
every layer) and the outputs by 1 + an error, each drawn by itself, of the size that computing in the judged dtype
makes (`_sides/_noise.py`). The deviations from the run without errors are what rounding does, to
first order and beyond: a comparison that an error turns round is turned round in some samples.

The bound is the largest deviation of m samples, times a factor. If deviations are normal, a side's
error z and those of the samples are of one distribution, and

    P(|z| > f max |sample|) = E[erf(|z| / (f sqrt 2))^m] <= (2/pi)^(m/2) E[|z|^m] / f^m

where E[|z|^m] = (m - 1)!! for even m. The factor makes that, over all numbers that are compared,
one in a million: for 16 samples and a million numbers it is 11. It is an estimate and no proof:
errors need not be normal, nor as large as these, which are chosen above what is seen.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from ._sides import Kind, Noise, Question, Run
from ._sides._side import Array, Side, SideError
from .arithmetic import Format

CHANCE = 1e-6
"""Of a false alarm in one check, if errors are normal and as large as the noise."""

CONSTANTS = 4.0
"""What a side may be off by in float64: this many times the largest deviation with one unit in every operation.

A constant that is rounded to float32 (half a unit) is off by less, and a different function by more.
"""

FLOOR = 16.0
"""Errors below this many units in the last place of an output's root mean square are not counted.

The frameworks' own functions lose digits in their tails, which is no fault of who calls them: gelu as
x (1 + erf) / 2, with erf off by 4 units of 1, is off by 10 of them at -5. In float64 there is no such floor: a tail
that is another function's is seen.
"""

SAME = 2.0**-20
"""This part of the bound in float32 is what two codes of one function may differ by in float64 (2**-29 as coarse)."""


def constants_dtype(dtype: str) -> str:
    """The dtype in which a constant may have been rounded: float32, whatever half precision is judged."""
    return "float64" if dtype == "float64" else "float32"


def factor(samples: int, numbers: int) -> float:
    """By what the largest deviation of some samples is multiplied, for so many numbers."""
    m = samples
    moment = m / 2 * math.log(2) + math.lgamma((m + 1) / 2) - math.log(math.pi) / 2  # of a normal number, order m
    return max(1.0, math.exp((m / 2 * math.log(2 / math.pi) + moment + math.log(max(numbers, 1) / CHANCE)) / m))


def deviations(
    side: Side,
    question: Question,
    first_state: Mapping[str, Array],
    carried: Callable[[Mapping[str, Array]], Mapping[str, Array]],
    *,
    dtype: str,
    samples: int,
    seed: int,
    plain: bool = False,
    arrays: Callable[[Run], Mapping[str, Array]] = Run.named,
) -> dict[str, Array]:
    """The largest deviation of each number over the samples; `question` is the run in float64 without noise."""
    base = arrays(side.run(replace(question, state=carried(first_state))))
    worst = {name: np.zeros(each.shape) for name, each in base.items()}
    for sample in range(samples):
        noise = Noise(dtype, seed * 1_000_003 + sample, plain)
        draw = noise.generator(1)
        size = noise.of_result(Kind.BASIC)

        def disturbed(array: Array, draw: Any = draw, noise: Noise = noise, size: float = size) -> Array:
            return noise.disturbed(array, size, draw)

        def at_the_end(array: Array, draw: Any = draw, noise: Noise = noise) -> Array:
            # where an operation cannot be reached, its error is put into what comes out
            return array if side.granular else noise.disturbed(array, noise.of_result(Kind.FUNCTION), draw)

        asked = replace(
            question,
            inputs=question.inputs.replaced({n: disturbed(a) for n, a in question.inputs.arrays.items()}),
            state=carried({key: disturbed(array) for key, array in first_state.items()}),
            cotangent=None if question.cotangent is None else _disturbed_cotangent(question.cotangent, disturbed),
            noise=noise,
        )
        found = arrays(side.run(asked))
        for name, each in base.items():
            if name in found:
                np.maximum(worst[name], _deviation(each, at_the_end(found[name])), out=worst[name])
    return worst


def bounds(worst: Mapping[str, Array], expected: Mapping[str, Array], times: float, form: Format) -> dict[str, Array]:
    """The bounds by name. `SideError` if one is not finite: there is nothing that could be wrong there."""
    made = {}
    for name, each in worst.items():
        if each.dtype.kind in "iub" or (name in expected and expected[name].dtype.kind in "iub"):
            made[name] = each
            continue
        floor = FLOOR * 2 * form.unit * root_mean_square(expected[name]) if name in expected else 0.0
        made[name] = np.maximum(times * each, floor) + form.flushed
        if not np.isfinite(made[name]).all():
            index = tuple(int(i) for i in np.argwhere(~np.isfinite(made[name]))[0])
            raise SideError(
                f"no bound for {name} at {list(index)}: an error of one unit in the last place makes it infinite or "
                "NaN there, or finite where it was not; give inputs away from that point"
            )
    return made


def root_mean_square(array: Array) -> float:
    """The root mean square of what is finite."""
    values = array[np.isfinite(array)].astype(np.float64)
    largest = float(np.abs(values).max(initial=0.0))
    return largest * float(np.sqrt(np.mean((values / largest) ** 2))) if largest else 0.0


def _disturbed_cotangent(cotangent: Any, disturbed: Callable[[Array], Array]) -> Any:
    return lambda name, shape, dtype: disturbed(cotangent(name, shape, dtype))


def _deviation(base: Array, sample: Array) -> Array:
    """Distances; the same infinity, and NaN and NaN, are none apart."""
    if sample.shape != base.shape:
        raise SideError(f"shapes depend on rounding: {base.shape} and {sample.shape}")
    a, b = base.astype(np.float64, copy=False), sample.astype(np.float64, copy=False)
    with np.errstate(all="ignore"):
        apart = np.abs(a - b)
    if not np.isfinite(apart).all():
        apart[(a == b) | (np.isnan(a) & np.isnan(b))] = 0.0
        apart[np.isnan(apart)] = np.inf
    return np.asarray(apart)
