"""Sides put to the test: each in the judged dtype against a bound, and in float64 against the first.

Of each side two things are asked. In float64, is it the same function as the first? That is sharp:
two codes for one function agree to some 1e-15. And in the dtype that is judged, are its
numbers as good as rounding allows? For that there is a bound: derived, of a reference that can derive it, or else
estimated (`_estimate.py`).
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatch
from typing import Any, final

import numpy as np

from ._estimate import CONSTANTS, SAME, bounds, constants_dtype, deviations, factor
from ._evaluate import Bounded, evaluate
from ._finding import find
from ._judge import Comparison
from ._judge import compare as judged
from ._registry import find_reference
from ._report import EXACT, Report, Verdict
from ._setup import REFERENCE, Options, Setup, derives, is_float
from ._sides import Run
from ._sides._side import Array, Side, SideError
from ._sides._which import holds_module
from .arithmetic import format_of

Named = Mapping[str, Array]


@final
@dataclass
class Seen:
    """What the sides gave: in the judged dtype, and in float64 if they run in it."""

    judged: dict[str, Named] = field(default_factory=dict)
    exact: dict[str, Named] = field(default_factory=dict)
    narrowed: dict[str, Mapping[str, str]] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def clean(self, name: str) -> bool:
        """Whether a side computes in float64 throughout when asked to."""
        return name in self.exact and not self.narrowed[name]


def compare(targets: Sequence[Any], inputs: Any, options: Options, name: str = "") -> Report:
    """The report of a check, whether it holds or not. `SideError` if the sides cannot be compared."""
    started = time.perf_counter()
    setup = Setup(targets, inputs, options)
    with np.errstate(all="ignore"):
        seen = _run(setup)
        judging = _Judging(setup, seen)
        verdicts = tuple(judging.verdict(side) for side in setup.sides)
    notes = list(seen.notes)
    if (odd := judging.odd_one_out()) and not all(v.passed for v in verdicts):
        notes.append(odd)
    if options.ignore:
        notes.append(f"not judged: {', '.join(options.ignore)}")
    return Report(
        verdicts=verdicts,
        against=judging.against,
        base=judging.base,
        dtype=setup.dtype,
        seed=options.seed,
        how=judging.how,
        weights={
            s.name: f"{setup.first.name}'s, {setup.carried[s.name].words}"
            if setup.carried[s.name].from_first
            else setup.carried[s.name].words
            for s in setup.sides[1:]
            if setup.state or s.state()
        },
        notes=tuple(dict.fromkeys(notes)),
        points=sum(each.size for given in seen.judged.values() for each in given.values()),
        ambiguous=judging.ambiguous,
        seconds=time.perf_counter() - started,
        name=name,
    )


def _run(setup: Setup) -> Seen:
    """Every side in the judged dtype, and in float64."""
    seen = Seen()
    runs = {}
    for side in setup.sides:
        try:
            runs[side.name] = side.run(setup.question(side, setup.dtype))
            _require_the_same(side, runs[side.name], side.run(setup.question(side, setup.dtype, gradients=False)))
        except SideError:
            raise
        except Exception as error:  # the user's code and four frameworks: anything may come
            seen.errors[side.name] = f"raised {_told(error)} in {setup.dtype}"
    if not runs:
        raise SideError("; ".join(f"{n} {e}" for n, e in seen.errors.items()))
    changed = {key for n, run in runs.items() for key in setup.carried[n].back(run.updated)}
    for side in setup.sides:
        if side.name in runs:
            seen.judged[side.name] = _with_buffers(setup, side, runs[side.name], changed, setup.dtype)
    reference = setup.reference_side()
    for side in [*setup.sides, *([reference] if reference else [])]:
        if side.name in seen.errors:
            continue
        try:
            run = side.run(setup.question(side, "float64"))
        except SideError:
            raise
        except Exception as error:  # as above; a side need not have float64
            if side is reference:
                raise SideError(f"the reference raised {_told(error)}") from error
            seen.notes.append(f"{side.name} does not run in float64 ({_told(error)}), so it is not compared there")
            if holds_module(setup.targets[side.name]):
                seen.notes[-1] += (
                    "; it is a function that holds a module: give the module itself, and what else is "
                    "to be done by output= and keywords="
                )
            continue
        exact = _with_buffers(setup, side, run, changed, "float64")
        seen.exact[side.name] = exact
        seen.narrowed[side.name] = dict(run.narrowed) | {
            a.dtype.name: "its output" for a in run.outputs.values() if is_float(a) and a.dtype.name != "float64"
        }
        if seen.narrowed[side.name]:
            how = ", ".join(f"{dtype} by {what}" for dtype, what in seen.narrowed[side.name].items())
            seen.notes.append(f"{side.name} computes in {how} even when it is given float64: not compared there")
    return seen


def _require_the_same(side: Side, run: Run, again: Run) -> None:
    """What is random cannot be compared."""
    pairs = ((y, again.outputs[name]) for name, y in run.outputs.items() if name in again.outputs)
    if not all(np.array_equal(y, other, equal_nan=is_float(y)) for y, other in pairs):
        raise SideError(
            f"{side.name} is random: it gives other values for the same inputs (dropout in training mode?); put it "
            "into eval mode, or hand the random numbers in as an input"
        )


def _with_buffers(setup: Setup, side: Side, run: Run, changed: set[str], dtype: str) -> dict[str, Array]:
    """What a run gave, and each buffer that some side changes, changed here or not."""
    named = setup.named(side, run)
    if not changed or side.name not in setup.carried:
        return named
    state = setup.carried[side.name].back(setup.question(side, dtype).state)
    return {**{f"updated {key}": state[key] for key in changed if key in state}, **named}


@final
class _Judging:
    """Expected values and bounds, and the sides' verdicts by them."""

    def __init__(self, setup: Setup, seen: Seen) -> None:
        self.setup, self.seen = setup, seen
        self.ambiguous = 0
        self._plain: dict[str, Array] | None = None
        self._numbers = sum(each.size for given in seen.judged.values() for each in given.values())
        derived = setup.options.reference is not None and derives(setup.options.reference)
        self.against: Any = "reference" if derived else "estimated"
        if derived:
            self._derive()
        else:
            self._estimate()

    def _derive(self) -> None:
        setup, reference = self.setup, self.setup.options.reference
        assert reference is not None
        if len(setup.inputs.arrays) != 1:
            raise SideError("a reference with a derived bound has one input, x")
        (given,) = setup.inputs.arrays.values()
        some = next(iter(self.seen.judged.values()))
        if "value" not in some:
            raise SideError(f"a reference with a derived bound has one output, not {', '.join(some)}")
        learnt = setup.first.learnt() if setup.state else frozenset()
        function = find_reference(reference) if isinstance(reference, str) else reference
        if function is None:
            raise SideError(f"no reference {reference!r}; write one, @reference({reference!r})")
        shape = some["value"].shape
        expected = evaluate(
            function,
            {"x": given},
            setup.state_in("float64"),
            setup.options.reference_options,
            dtype=setup.dtype,
            cotangent=setup.cotangent("value", shape, "float64"),
            elementwise=_elementwise(reference),
            constants=frozenset(setup.state) - learnt,
        )
        self.ambiguous = expected.ambiguous
        name = next(iter(setup.inputs.arrays))
        named = {key if key != "x" else name: pair for key, pair in expected.gradients.items()}
        self.expected = {"value": expected.value} | {f"gradient of {k}": v for k, (v, _) in named.items()}
        self.bound = {"value": expected.value_bound} | {f"gradient of {k}": b for k, (_, b) in named.items()}
        self.base = REFERENCE
        called = reference if isinstance(reference, str) else reference.__name__
        self.how = f"the reference {called}, by its derived bound"

    def _estimate(self) -> None:
        setup, seen = self.setup, self.seen
        if not seen.exact:
            raise SideError("no side runs in float64, so no bound can be estimated: " + "; ".join(seen.notes))
        ordered = [REFERENCE] * (REFERENCE in seen.exact) + [s.name for s in setup.sides if s.name in seen.exact]
        order = [n for n in ordered if seen.clean(n)] or ordered
        steep = [s.name for s in setup.sides if s.differentiable and s.name in order]
        self.base = order[0]
        self.expected = dict(seen.exact[self.base])
        if steep:
            slopes = {n: a for n, a in seen.exact[steep[0]].items() if n.startswith(("gradient of ", "updated "))}
            self.expected = {**slopes, **self.expected}
        self.estimator = self._estimator(order)
        worst = self._deviations()
        for name, each in self.expected.items():  # a buffer that this side leaves alone
            if name.startswith("updated "):
                worst.setdefault(name, np.zeros(each.shape))
        # the expected values have an error of their own where they are not of a wider dtype
        self.times = factor(setup.options.samples, self._numbers)
        own = 1.0 if seen.clean(self.base) and setup.dtype != "float64" else 2.0
        form = format_of(setup.dtype)
        self.bound = bounds(worst, self.expected, own * self.times, form)
        for name, each in self.expected.items():
            if name not in self.bound:
                raise SideError(f"{self.estimator.name} has no {name}, so it has no bound")
            if each.shape != self.bound[name].shape:
                continue
            if not is_float(each):
                self.ambiguous += int((worst[name] > 0).sum())
        source = "" if self.estimator.name == self.base else f", errors put into {self.estimator.name}"
        self.how = (
            f"{self.base} in float64, by an estimated bound ({setup.options.samples} samples{source}, the largest "
            f"deviation times {own * self.times:.1f})"
        )

    def _estimator(self, order: Sequence[str]) -> Side:
        """The side that errors are put into: one whose every operation can be reached, and that has gradients."""
        sides = [s for s in self.setup.sides if s.name in order] or [
            s for s in self.setup.sides if s.name in self.seen.exact
        ]
        if not sides:
            raise SideError("no side runs in float64, so no bound can be estimated: " + "; ".join(self.seen.notes))
        quick = ("torch", "jax", "flax", "linen", "numpy", "paddle")
        steep = any(name.startswith("gradient of") for name in self.expected)
        return min(sides, key=lambda s: (steep and not s.differentiable, not s.granular, quick.index(s.framework)))

    def _deviations(self, *, plain: bool = False) -> dict[str, Array]:
        setup, side = self.setup, self.estimator
        question = setup.question(side, "float64")
        carried = setup.carried[side.name]
        own = not carried.from_first
        state = dict(question.state) if own else setup.state_in("float64")
        return deviations(
            side,
            question,
            state,
            (lambda s: s) if own else carried.state,
            dtype=constants_dtype(setup.dtype) if plain else setup.dtype,
            samples=setup.options.samples,
            seed=setup.options.seed,
            plain=plain,
            arrays=lambda run: setup.named(side, run),
        )

    def verdict(self, side: Side) -> Verdict:
        """One side, held against the expected values."""
        seen, setup = self.seen, self.setup
        if side.name in seen.errors:
            return Verdict(side.name, side.framework, {}, error=seen.errors[side.name])
        given = seen.judged[side.name]
        outputs = {}
        for name in self._names(side, given):
            outputs[name] = self._at(self._judged(name, given.get(name)))
        if self.against == "estimated" and setup.dtype != "float64" and seen.clean(side.name):
            for name in outputs:
                outputs_exact = self._exact(name, side)
                if outputs_exact is not None:
                    outputs = {**outputs, name + EXACT: self._at(outputs_exact)}
        verdict = Verdict(side.name, side.framework, outputs)
        return verdict if verdict.passed else replace(verdict, finding=tuple(find(self, side, verdict)))

    def _names(self, side: Side, given: Named) -> list[str]:
        """What is to be compared of a side: what is expected of it, and what nobody expects."""
        carried, inputs = self.setup.carried[side.name], self.setup.inputs.arrays
        names, lost, alone = [], [], []
        for name in dict.fromkeys((*self.expected, *given)):
            gradient, updated = name.startswith("gradient of "), name.startswith("updated ")
            if gradient and not (side.differentiable and self.setup.options.gradients):
                continue
            of_weight = updated or (gradient and name.removeprefix("gradient of ") not in inputs)
            if name not in given and of_weight and not (carried.from_first and carried.returns):
                lost.append(name)
            elif name not in self.expected and (gradient or updated):
                alone.append(name)
            elif not any(fnmatch(name, pattern) for pattern in self.setup.options.ignore):
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
        if name not in self.expected:
            others = ", ".join(n for n in self.expected if not n.startswith(("gradient of ", "updated ")))
            return _failed(f"the expected outputs are {others}")
        expected = self.expected[name]
        if not is_float(actual) or not is_float(expected):
            return self._whole(name, expected, actual)
        usual = next((g[name].dtype.name for g in self.seen.judged.values() if name in g), self.setup.dtype)
        return judged(Bounded(expected.astype(np.float64), self.bound[name]), actual, format_of(usual))

    def _whole(self, name: str, expected: Array, actual: Array) -> Comparison:
        """Whole numbers are equal, except where an error of rounding changes them."""
        if is_float(actual) != is_float(expected):
            return _failed(f"dtype {actual.dtype.name}, expected {expected.dtype.name}")
        if actual.shape != expected.shape:
            return _failed(f"shape {actual.shape}, expected {expected.shape}")
        wrong = (actual != expected) & (self.bound[name] == 0)
        if not wrong.any():
            return Comparison(0.0)
        index = tuple(int(i) for i in np.argwhere(wrong)[0])
        return Comparison(
            np.inf, np.inf, index, float(expected[index]), float(actual[index]), 0.0, failure="another whole number"
        )

    def _exact(self, name: str, side: Side) -> Comparison | None:
        """In float64: against its own rounding, and if that does not explain it, against that of constants."""
        actual, expected = self.seen.exact[side.name].get(name), self.expected.get(name)
        if actual is None or expected is None or actual.shape != expected.shape or not self.seen.clean(self.base):
            return None
        if not is_float(actual) or side.name == self.base:
            return None
        form = format_of("float64")
        tight = judged(Bounded(expected, self.bound[name] * self._scale + form.flushed), actual, form)
        if tight.passed:
            return tight
        if self._plain is None:
            self._plain = self._deviations(plain=True)
        plain = self._plain.get(name, np.zeros(expected.shape))
        loose = judged(Bounded(expected, CONSTANTS * plain + form.flushed), actual, form)
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
        shape = self.expected.get("value", np.zeros(0)).shape
        if len(floats) != 1 or floats[0].shape != shape or len(comparison.index) != len(shape):
            return comparison
        try:
            return replace(comparison, x=float(floats[0][comparison.index]))
        except IndexError:
            return comparison

    def odd_one_out(self) -> str:
        """Of three sides, the one that the two others agree against."""
        names = [s.name for s in self.setup.sides if self.seen.clean(s.name)]
        if len(names) != 3 or self.against != "estimated":
            return ""

        def agree(a: str, b: str) -> bool:
            x, y = self.seen.exact[a], self.seen.exact[b]
            return all(
                x[n].shape == y[n].shape and np.all(np.abs(x[n] - y[n]) <= self.bound[n] * self._scale)
                for n in x
                if n in y and n in self.bound
            )

        for odd in names:
            a, b = (n for n in names if n != odd)
            if agree(a, b) and not agree(a, odd) and not agree(b, odd):
                return f"{a} and {b} agree in float64; {odd} is the odd one"
        return ""


def _elementwise(reference: Any) -> bool:
    """Whether a reference is known to be element-wise: those of the zoo are."""
    from actzoo.zoo import ZOO

    name = reference if isinstance(reference, str) else reference.__name__
    return name in ZOO and find_reference(name) is not None and ZOO[name].element_wise


def _failed(reason: str) -> Comparison:
    return Comparison(np.inf, np.inf, failure=reason)


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
