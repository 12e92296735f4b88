"""One framework's comparisons, in a process of its own: a line of JSON each.

`python -m actzoo.bench.worker` reads one line: {"framework", "names", "shape", "modes", "seconds", "peak"}. With "peak"
it measures memory instead of time, which takes a process whose freed memory goes back to the system at once.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import statistics
import sys
import warnings
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from actzoo.bench._contenders import MODES, SIDES, Side, Step
from actzoo.bench._measure import peak_bytes, ratio, repeats_of, take_turns
from actzoo.bench._rows import Row, to_data
from actzoo.language import Spec
from actzoo.zoo import ZOO


def compare(side: Side, spec: Spec, framework: str, mode: str, seconds: float) -> Iterator[Row]:
    """Both steps of one activation."""
    steps: dict[str, tuple[Step, Step]] = {"copy": side.copy()}
    kept: dict[str, float] = {}
    contenders = {**side.contenders(spec), "relu": (side.native(ZOO["relu"], None), {})}
    for name, (call, stages) in contenders.items():
        forward, both = (step_with(side, spec, stages, s) for s in side.steps(call, mode != "eager"))
        forward()
        both()
        steps[name] = (forward, both)
        if mode != "compiled":
            with side.staged(spec, stages):
                kept[name] = side.kept(call) / side.nbytes
    for index, step in enumerate(("forward", "both")):
        chosen = {name: pair[index] for name, pair in steps.items()}
        times = take_turns(chosen, seconds, repeats_of(chosen))
        yield Row(
            spec.name,
            framework,
            mode,
            side.shape,
            step,
            {name: statistics.median(t) for name, t in times.items()},
            {name: ratio(times["ours"], t) for name, t in times.items() if name != "ours"},
            kept if step == "both" else {},
            rounds=len(times["ours"]),
        )


def peaks(side: Side, spec: Spec, framework: str, mode: str) -> Iterator[Row]:
    """The memory of forward and backward, by contender."""
    found: dict[str, float] = {}
    for name, (call, stages) in side.contenders(spec).items():
        _, both = (step_with(side, spec, stages, s) for s in side.steps(call, mode != "eager"))
        both()
        if (peak := peak_bytes(both)) is not None:
            found[name] = peak / side.nbytes
    yield Row(spec.name, framework, mode, side.shape, "memory", peaks=found)


def step_with(side: Side, spec: Spec, stages: Any, step: Step) -> Step:
    """A step whose module has other stages while it runs."""
    if not stages:
        return step

    def run() -> object:
        with side.staged(spec, stages):
            return step()

    return run


def facts(framework: str) -> dict[str, str]:
    packages = {"torch": ("torch",), "paddle": ("paddlepaddle",), "flax": ("jax", "flax")}[framework]
    found = {"Python": platform.python_version(), "processor": processor(), "cores": str(os.cpu_count())}
    for package in (*packages, "numba", "numpy"):
        with contextlib.suppress(PackageNotFoundError):
            found[package] = version(package)
    return found


def processor() -> str:
    with contextlib.suppress(OSError, StopIteration), open("/proc/cpuinfo", encoding="utf-8") as file:
        return next(line.split(":", 1)[1].strip() for line in file if line.startswith("model name"))
    return platform.processor()


def main() -> None:
    warnings.simplefilter("ignore")
    asked = json.loads(sys.stdin.readline())
    framework = asked["framework"]
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as out:
        os.dup2(2, 1)  # what a framework prints must not lie among the answers
        try:
            side = SIDES[framework](asked["shape"])
        except ModuleNotFoundError as error:
            print(
                json.dumps({"missing": f"{error.name} is not installed: pip install 'actzoo[{framework}]'"}), file=out
            )
            return
        print(json.dumps({"facts": facts(framework)}), file=out, flush=True)
        for name in asked["names"]:
            for mode in MODES[framework]:
                if asked["modes"] and mode not in asked["modes"]:
                    continue
                try:
                    measured = (
                        peaks(side, ZOO[name], framework, mode)
                        if asked["peak"]
                        else compare(side, ZOO[name], framework, mode, asked["seconds"])
                    )
                    for row in measured:
                        print(json.dumps({"row": to_data(row)}), file=out, flush=True)
                except Exception as error:  # one that cannot be compiled or measured costs nobody else's
                    row = Row(
                        name, framework, mode, side.shape, "both", message=f"{type(error).__name__}: {error}"[:300]
                    )
                    print(json.dumps({"row": to_data(row)}), file=out, flush=True)


if __name__ == "__main__":
    main()
