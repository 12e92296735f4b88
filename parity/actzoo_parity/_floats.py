"""Numbers of a format to test element-wise functions at, over its whole range. Knows no activation.

Of the halves all 65,536 bit patterns. Of the others every exponent with both signs and some
mantissas, subnormals of every size, both zeros and infinities, NaN; where exponentials over- and
underflow or saturate, and a kink, with their neighbours; and more of them where functions bend.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .arithmetic import Format, format_of

Array = NDArray[Any]

MANTISSAS = {"float32": 6, "float64": 2}
"""How many numbers are taken of each exponent and sign."""

NEAR, NEAR_COUNT = 32.0, 2000
"""Functions of the zoo bend within +-NEAR; as many numbers are taken there, one of each of as many equal parts."""


def sweep(dtype: Any, points: Iterable[float] = ()) -> Array:
    """Numbers of a dtype over its whole range; always the same, in an order that has no order.

    `points` are places of interest, such as kinks: they come with their neighbours.
    """
    dtype = np.dtype(dtype)
    form, bits = format_of(dtype), np.dtype(f"u{dtype.itemsize}")
    rng = np.random.default_rng(0)
    if dtype.itemsize == 2:
        patterns = np.arange(2**16, dtype=bits)
    else:
        found = np.concatenate([_normal(form, bits, rng), _subnormal(form, bits, rng)]).view(dtype)
        near = (np.arange(NEAR_COUNT) + rng.random(NEAR_COUNT)) / NEAR_COUNT * 2 * NEAR - NEAR
        places = np.array([*thresholds(form), *points]).astype(dtype)
        positive = np.concatenate([found, np.array([0.0, np.inf, np.nan], dtype)])
        every = [positive, -positive, near.astype(dtype), _with_neighbours(places, 2)]
        patterns = np.unique(np.concatenate(every).view(bits))
    return rng.permutation(patterns).view(dtype)


def draws(dtype: Any, seed: int, count: int) -> Array:
    """Finite numbers by chance, one half over the whole range of exponents, one half within +-NEAR."""
    dtype = np.dtype(dtype)
    bits, rng = np.dtype(f"u{dtype.itemsize}"), np.random.default_rng(seed)
    infinity = np.array(np.inf, dtype).view(bits)
    sizes = rng.integers(0, infinity, count // 2, dtype=bits).view(dtype)
    wide = np.where(rng.random(sizes.size) < 0.5, -sizes, sizes)
    return np.concatenate([wide, rng.uniform(-NEAR, NEAR, count - sizes.size).astype(dtype)])


def thresholds(form: Format) -> list[float]:
    """Where a function overflows, underflows or saturates in a format; of both signs."""
    least = math.log(form.smallest_subnormal)
    found = [form.largest, form.smallest_normal, form.smallest_subnormal, form.unit, 1.0, math.log(form.largest)]
    # Below half the least number results round to 0; below the unit they vanish beside 1.
    for size in (math.log(2) - least, -least, -math.log(form.smallest_normal), -math.log(form.unit)):
        found += _tails(size)
    return [sign * x for x in found for sign in (1, -1)]


def _tails(size: float) -> list[float]:
    """Where exp(-x), exp(-2x), x exp(-x), erfc(x) and erfc(x / sqrt 2) are exp(-size)."""
    product = erfc = 1.0
    for _ in range(50):  # to the fixed points of two contractions
        product = size + math.log(product)
        erfc = math.sqrt(size - math.log(erfc * math.sqrt(math.pi)))
    return [size, size / 2, product, erfc, erfc * math.sqrt(2)]


def _normal(form: Format, bits: np.dtype[Any], rng: np.random.Generator) -> Array:
    """Bit patterns of some mantissas of each exponent: the first, the last, and by chance."""
    width = form.digits - 1
    exponents = np.arange(1, 2 ** (8 * bits.itemsize - form.digits) - 1, dtype=bits)
    count = MANTISSAS[form.name]
    mantissas = rng.integers(0, 2**width, (exponents.size, count), dtype=bits)
    mantissas[::2, 0] = 0
    mantissas[1::2, 0] = 2**width - 1
    return np.asarray((exponents[:, None] << bits.type(width) | mantissas).reshape(-1))


def _subnormal(form: Format, bits: np.dtype[Any], rng: np.random.Generator) -> Array:
    """Two bit patterns of each number of digits: the first, and one by chance."""
    leading = bits.type(1) << np.arange(form.digits - 1, dtype=bits)
    return np.concatenate([leading, leading | rng.integers(0, leading, dtype=bits)])


def _with_neighbours(places: Array, steps: int) -> Array:
    found = [places]
    for direction in (-np.inf, np.inf):
        at = places
        for _ in range(steps):
            with np.errstate(over="ignore", under="ignore"):
                at = np.nextafter(at, places.dtype.type(direction))
            found.append(at)
    return np.concatenate(found)
