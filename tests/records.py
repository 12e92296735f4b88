"""Records as a run leaves them, made without a framework: numbers that are plausible, and planted trouble."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from actzoo_parity import Comparison
from actzoo_parity._record import Curve, Record
from actzoo_parity._run_facts import Run

OUTPUTS = ("value", "gradient of x", "second derivative")
FUNCTIONS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("mish", {}),
    ("gelu", {"approximate": "tanh"}),
    ("softplus", {"beta": 2.5}),
    ("swish", {}),
    ("elu", {}),
    ("tanh", {}),
)
MODULES = ("dyrelu_b", "frelu", "squeeze_excite")
FRAMEWORKS = ("torch", "paddle", "flax", "linen")
FACTS = Run(
    command="actzoo parity --report out",
    started="2025-11-22T07:41:03+00:00",
    seconds=391.2,
    seed=7,
    system="Linux 6.8",
    processor="a processor",
    flags=("avx2", "fma"),
    versions={"actzoo": "0.1.0", "Python": "3.11.7", "NumPy": "2.4.6"},
    workers={"torch": {"torch": "2.13.0"}, "flax": {"flax": "0.12.8", "jax": "0.10.2"}},
)


def elementwise(
    activation: str = "mish", framework: str = "torch", x: float = -88.72283935546875, **changes: Any
) -> Record:
    """A sweep that holds, its value half a bound off at x; every output has a curve."""
    outputs = {
        name: Comparison(ratio, 8 * ratio, (0, 17), 0.5, 0.5 + ratio * 2**-21, 2**-21, x)
        for name, ratio in zip(OUTPUTS, (0.515625, 0.25, 0.125), strict=True)
    }
    line = Record(
        activation=activation,
        framework=framework,
        device="cpu",
        dtype="float32",
        mode="eager",
        data="sweep",
        status="held",
        outputs=outputs,
        curves={name: [(x, 8 * c.ratio, c.ratio)] for name, c in outputs.items()},
        points=60_000,
        ambiguous=2,
        seconds=0.3,
    )
    return replace(line, **changes)


def module(activation: str = "dyrelu_b", framework: str = "torch", **changes: Any) -> Record:
    """Photographs through a module, that hold."""
    names = ("value", "gradient of x", "gradient of fc1.weight")
    line = Record(
        activation=activation,
        framework=framework,
        device="cpu",
        dtype="float32",
        mode="eager",
        data="pixels",
        status="held",
        outputs={name: Comparison(0.75, 3.0, (0, 3, 2, 7), -1.25, -1.25 - 2**-22, 2**-21) for name in names},
        points=20_000,
    )
    return replace(line, **changes)


def failed(record: Record, output: str, ratio: float = 3.5, **numbers: Any) -> Record:
    """The same line with one output over its bound."""
    c = record.outputs[output]
    worse = replace(c, ratio=ratio, actual=c.expected + ratio * c.bound, ulp=28.0)
    return replace(record, status="failed", outputs={**record.outputs, output: replace(worse, **numbers)})


def troubled() -> list[Record]:
    """What a run has to say when all goes wrong: infinities, NaN, shapes, crashes, what is not there."""
    return [
        failed(elementwise("mish", "torch"), "gradient of x"),
        failed(elementwise("gelu", "torch", math.inf), "value", math.inf, expected=math.inf, actual=math.nan,
               bound=math.inf, ulp=math.inf, failure="nan where inf is expected"),
        failed(module("frelu", "flax", training=True), "gradient of fc1.weight", 41.5),
        replace(module("dyrelu_b", "torch"), status="failed", outputs={
            "value": Comparison(math.inf, math.inf, failure="shape (4, 16, 9, 11), expected (4, 16, 11, 9)")}),
        module("squeeze_excite", "paddle", status="error", outputs={}, points=0,
               message="the worker ended by signal 11\nFatalError: `Segmentation fault`"),
        *(elementwise("mish", f, device="cuda", status="not run", outputs={}, curves={}, points=0, ambiguous=0,
                      message="no cuda device is there") for f in FRAMEWORKS),
        elementwise("mish", "paddle", status="not run", outputs={}, curves={}, points=0, ambiguous=0,
                    message="paddle is not installed: pip install 'actzoo[paddle]'"),
    ]  # fmt: skip


def whole_run(count: int) -> list[Record]:
    """As many records as a long run leaves: sweeps with curves of their own, then modules."""
    rng = np.random.default_rng(0)
    return [record for record, _ in zip(_lines(rng), range(count), strict=False)]


def _lines(rng: np.random.Generator) -> Iterator[Record]:
    for seed in range(1_000):
        for dtype in ("float32", "float64", "float16", "bfloat16"):
            for mode in ("eager", "compiled"):
                for framework in FRAMEWORKS:
                    for name, options in FUNCTIONS:
                        line = elementwise(name, framework, dtype=dtype, mode=mode, options=options, seed=seed)
                        yield replace(line, curves={output: curve(rng) for output in OUTPUTS})
                    for name in MODULES:
                        for data in ("pixels", "features", "random"):
                            yield module(name, framework, mode=mode, data=data, seed=seed)


def curve(rng: np.random.Generator, points: int = 200) -> Curve:
    """Errors that grow towards 0, at points about 0 and at points of every magnitude."""
    near = np.sinh(rng.uniform(-5, 5, points // 2))
    far = rng.choice([-1, 1], points // 2) * 2.0 ** rng.uniform(-140, 126, points // 2)
    x = np.sort(np.concatenate([near, far]).astype(np.float32))
    ratio = np.abs(rng.standard_normal(x.size)).clip(0, 3) / (4 + np.abs(x))
    return [(float(a), float(8 * r), float(r)) for a, r in zip(x, ratio, strict=True)]
