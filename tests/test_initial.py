"""Initial values: right ones pass at every seed, those of another spread, range, mean or shape do not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from actzoo.language import Parameter
from actzoo_parity._cases import VERY_MANY
from actzoo_parity._initial import initial

NORMAL, UNIFORM = "normal(0, 1)", "uniform(-1, 1) / sqrt(16)"
SEEDS = range(20)

Draw = Callable[[np.random.Generator, int], Any]

RIGHT: dict[str, Draw] = {
    NORMAL: lambda rng, n: rng.standard_normal(n, np.float32),
    UNIFORM: lambda rng, n: rng.uniform(-0.25, 0.25, n).astype(np.float32),
}

WRONG: dict[str, tuple[str, int, Draw]] = {
    "half as wide": (NORMAL, 512, lambda rng, n: 0.5 * rng.standard_normal(n)),
    "a hundredth wider": (NORMAL, VERY_MANY, lambda rng, n: 1.01 * rng.standard_normal(n)),
    "another mean": (NORMAL, 512, lambda rng, n: 0.5 + rng.standard_normal(n)),
    "twice the fan": (UNIFORM, 512, lambda rng, n: rng.uniform(-0.25, 0.25, n) / 2**0.5),
    "wider": (UNIFORM, 512, lambda rng, n: rng.uniform(-0.26, 0.26, n)),
    "positive": (UNIFORM, 512, lambda rng, n: np.abs(rng.uniform(-0.25, 0.25, n))),
}


def tensor(rule: str, size: int) -> Parameter:
    return Parameter("p", (size,), rule, "own", "p")


@pytest.mark.parametrize("rule", RIGHT)
@pytest.mark.parametrize("size", [1, 3, 512, VERY_MANY])
def test_right_ones_pass(rule: str, size: int) -> None:
    found = [initial(tensor(rule, size), RIGHT[rule](np.random.default_rng(seed), size)) for seed in SEEDS]
    assert max(each.ratio for each in found) < 1


@pytest.mark.parametrize("name", WRONG)
def test_wrong_ones_do_not(name: str) -> None:
    rule, size, draw = WRONG[name]
    found = [initial(tensor(rule, size), draw(np.random.default_rng(seed), size)) for seed in SEEDS]
    assert min(each.ratio for each in found) > 1
