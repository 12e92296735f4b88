"""Sides put to the test: each in the judged dtype against a bound, and in float64 against the first.

Of each side two things are asked. In float64, is it the same function as the first? That is sharp:
two codes for one function agree to some 1e-15. And in the dtype that is judged, are its
numbers as good as rounding allows? For that there is a bound: derived, of a reference that can derive it, or else
estimated (`_estimate.py`).
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, final

import numpy as np

from ._estimate import CONSTANTS, SAME
from ._evaluate import Bounded
from ._finding import find
from ._judge import Comparison
from ._judge import compare as judged
from ._report import EXACT, Report, Verdict
from ._runs import Named, Seen, run_all
from ._setup import Options, Setup, fits, is_float
from ._sides._side import Array, Side, SideError
from ._standard import SLOPES, Standard, standard_of
from .arithmetic import format_of


def compare(targets: Sequence[Any], inputs: Any, options: Options, name: str = "") -> Report:
    """The report of a check, whether it holds or not. `SideError` if the sides cannot be compared."""
    started = time.perf_counter()
    setup = Setup(targets, inputs, options)
    with np.errstate(all="ignore"):
        seen = run_all(setup)
        standard = standard_of(setup, seen)
        judging = _Judging(setup, seen, standard)
        verdicts = tuple(judging.verdict(side) for side in setup.sides)
        odd = "" if all(v.passed for v in verdicts) else judging.odd_one_out()
    if not any(v.outputs or v.error for v in verdicts):
        raise SideError(
            f"ignore={', '.join(options.patterns)} leaves nothing to judge of {', '.join(standard.expected)}"
        )
    if not seen.numbers:
        raise SideError(
            "nothing can be compared: neither the inputs nor the outputs hold a number; give a larger input"
        )
    ignored = f"not judged: {', '.join(options.patterns)}" if options.patterns else ""
    idle = [p for p in options.patterns if not any(fits(name, p) for name in standard.expected)]
    unfit = f"ignore={', '.join(idle)} fits no output; there are {', '.join(standard.expected)}" if idle else ""
    return Report(
        verdicts=verdicts,
        against=standard.against,
        base=standard.base,
        dtype=setup.dtype,
        seed=options.seed,
        how=standard.how,
        weights={s.name: setup.weights_of(s) for s in setup.sides[1:] if setup.state or s.state()},
        notes=tuple(
            note for note in dict.fromkeys((*seen.notes, *setup.quirks(standard.expected), odd, ignored, unfit)) if note
        ),
        points=seen.numbers,
        ambiguous=standard.ambiguous,
        seconds=time.perf_counter() - started,
        name=name,
    )


@final
@dataclass(frozen=True)
class _Judging:
    """The sides' verdicts by a standard."""

    setup: Setup
    seen: Seen
    standard: Standard

    def verdict(self, side: Side) -> Verdict:
        """One side, held against the expected values."""
        seen, setup = self.seen, self.setup
        if side.name in seen.errors:
            return Verdict(side.name, side.framework, side.device, {}, error=seen.errors[side.name])
        given = seen.judged[side.name]
        outputs = {name: self._judged(name, given.get(name)) for name in self._names(side, given)}
        if self.standard.against == "estimated" and setup.dtype != "float64" and seen.clean(side.name):
            exact = {name + EXACT: self._exact(name, side) for name in outputs}
            outputs |= {name: each for name, each in exact.items() if each is not None}
        outputs = {name: self._at(each) for name, each in outputs.items()}
        verdict = Verdict(side.name, side.framework, side.device, outputs)
        return verdict if verdict.passed else replace(verdict, finding=tuple(find(setup, self.standard, side, verdict)))

    def _names(self, side: Side, given: Named) -> list[str]:
        """What is to be compared of a side: what is expected of it, and what nobody expects."""
        carried, inputs = self.setup.carried[side.name], self.setup.inputs.arrays
        names, lost, alone = [], [], []
        for name in dict.fromkeys((*self.standard.expected, *given)):
            gradient, updated = name.startswith("gradient of "), name.startswith("updated ")
            if gradient and not (side.differentiable and self.setup.options.gradients):
                continue
            of_weight = updated or (gradient and name.removeprefix("gradient of ") not in inputs)
            if name not in given and of_weight and not (carried.from_first and carried.returns):
                lost.append(name)
            elif name not in self.standard.expected and (gradient or updated):
                alone.append(name)
            elif not any(fits(name, pattern) for pattern in self.setup.options.patterns):
                names.append(name)
        if lost:
            why = "are computed from" if carried.from_first else "are not"
            said = f"its weights {why} {self.setup.first.name}'s"
            self.seen.notes.append(f"gradients of {side.name}'s weights are not compared: {said}")
        if alone:
            self.seen.notes.append(f"not compared, since {side.name} alone gives them: {', '.join(alone)}")
        return names

    def _judged(self, name: str, actual: Array | None) -> Comparison:
        if actual is None:
            return _failed("there is none")
        if name not in self.standard.expected:
            others = ", ".join(n for n in self.standard.expected if not n.startswith(SLOPES))
            return _failed(f"the expected outputs are {others}")
        expected, bound = self.standard.expected[name], self.standard.bound[name]
        if not is_float(actual) or not is_float(expected):
            return _whole(expected, bound, actual)
        usual = next((g[name].dtype.name for g in self.seen.judged.values() if name in g), self.setup.dtype)
        return judged(Bounded(expected.astype(np.float64), bound), actual, format_of(usual))

    def _exact(self, name: str, side: Side) -> Comparison | None:
        """In float64: against its own rounding, and if that does not explain it, against that of constants."""
        standard = self.standard
        if side.name == standard.base or not self.seen.clean(standard.base):
            return None
        actual, expected = self.seen.exact[side.name].get(name), standard.expected.get(name)
        if actual is None or expected is None or actual.shape != expected.shape or not is_float(actual):
            return None
        form = format_of("float64")
        tight = judged(Bounded(expected, standard.bound[name] * self._scale + form.flushed), actual, form)
        if tight.passed:
            return tight
        loose = judged(Bounded(expected, CONSTANTS * standard.constants[name] + form.flushed), actual, form)
        if loose.passed:
            self.seen.notes.append(
                f"in float64 {side.name} is off by more than float64 explains, and by less than a constant rounded to "
                "float32 would be"
            )
        return loose

    @property
    def _scale(self) -> float:
        """From a bound of the judged dtype to what two codes of one function may differ by in float64."""
        return SAME * format_of("float32").unit / format_of(self.setup.dtype).unit

    def _at(self, comparison: Comparison) -> Comparison:
        """With the input there, if inputs and outputs stand at the same places."""
        floats = [a for a in self.setup.inputs.arrays.values() if is_float(a)]
        value = self.standard.expected.get("value")
        same = value is not None and len(floats) == 1 and floats[0].shape == value.shape
        if not same or not all(i < n for i, n in zip(comparison.index, floats[0].shape, strict=False)):
            return comparison
        inside = len(comparison.index) == floats[0].ndim
        return replace(comparison, x=float(floats[0][comparison.index])) if inside else comparison

    def odd_one_out(self) -> str:
        """Of three sides, the one that the two others agree against."""
        names = [s.name for s in self.setup.sides if self.seen.clean(s.name)]
        if len(names) != 3 or self.standard.against != "estimated":
            return ""

        def agree(a: str, b: str) -> bool:
            x, y, bound = self.seen.exact[a], self.seen.exact[b], self.standard.bound
            return all(
                x[n].shape == y[n].shape == bound[n].shape and np.all(np.abs(x[n] - y[n]) <= bound[n] * self._scale)
                for n in x
                if n in y and n in bound
            )

        for odd in names:
            a, b = (n for n in names if n != odd)
            if agree(a, b) and not agree(a, odd) and not agree(b, odd):
                return f"{a} and {b} agree in float64; {odd} is the odd one"
        return ""


def _whole(expected: Array, bound: Array, actual: Array) -> Comparison:
    """Whole numbers are equal, except where an error of rounding changes them."""
    if is_float(actual) != is_float(expected):
        return _failed(f"dtype {actual.dtype.name}, expected {expected.dtype.name}")
    if actual.shape != expected.shape:
        return _failed(f"shape {actual.shape}, expected {expected.shape}")
    wrong = (actual != expected) & (bound == 0)
    if not wrong.any():
        return Comparison(0.0)
    index = tuple(int(i) for i in np.argwhere(wrong)[0])
    there = float(expected[index]), float(actual[index])
    return Comparison(np.inf, np.inf, index, *there, 0.0, failure="another whole number")


def _failed(reason: str) -> Comparison:
    return Comparison(np.inf, np.inf, failure=reason)
