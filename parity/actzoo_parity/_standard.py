"""What the sides of a check are held against: expected values and their bounds, derived or estimated."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, final

import numpy as np

from ._estimate import bounds, constants_dtype, deviations, factor
from ._evaluate import evaluate
from ._record import Against
from ._registry import find_reference
from ._runs import Named, Seen
from ._setup import REFERENCE, Setup, derives, is_float
from ._sides import Run
from ._sides._side import Array, Side, SideError
from .arithmetic import format_of

SLOPES = ("gradient of ", "updated ")


@final
@dataclass
class Standard:
    """Expected values and bounds by the names of outputs; `base` is whose they are, `how` both in words.

    `constants` has the deviations that rounded constants stay below, when it is asked for them.
    """

    against: Against
    base: str
    how: str
    expected: Named
    bound: Named
    ambiguous: int = 0
    _constants: Callable[[], Named] = field(default=dict)

    @cached_property
    def constants(self) -> Named:
        return self._constants()


def standard_of(setup: Setup, seen: Seen) -> Standard:
    """By the reference if it can derive a bound, else by an estimate."""
    reference = setup.options.reference
    return _derived(setup, seen) if reference is not None and derives(reference) else _estimated(setup, seen)


def _derived(setup: Setup, seen: Seen) -> Standard:
    reference = setup.options.reference
    function = find_reference(reference) if isinstance(reference, str) else reference
    if function is None:
        raise SideError(f"no reference {reference!r}; write one, @reference({reference!r})")
    if len(setup.inputs.arrays) != 1:
        raise SideError("a reference with a derived bound has one input, x")
    ((input_name, given),) = setup.inputs.arrays.items()
    some = next(iter(seen.judged.values()))
    if "value" not in some:
        raise SideError(f"a reference with a derived bound has one output, not {', '.join(some)}")
    options = dict(setup.options.reference_options)
    expected = evaluate(
        function,
        {"x": given},
        setup.state_in("float64"),
        options,
        dtype=setup.dtype,
        cotangent=setup.cotangent("value", some["value"].shape, "float64"),
        training=bool(options.pop("training", getattr(setup.targets[setup.first.name], "training", False))),
        elementwise=_elementwise(function),
        constants=frozenset(setup.state) - setup.first.learnt(),
        outputs=("gradients",) if setup.options.gradients else (),
    )
    named = {n if n != "gradient of x" else f"gradient of {input_name}": e for n, e in expected.outputs.items()}
    return Standard(
        against="reference",
        base=REFERENCE,
        how=f"the reference {function.__name__}, by its derived bound",
        expected={name: each.value for name, each in named.items()},
        bound={name: each.bound for name, each in named.items()},
        ambiguous=expected.ambiguous,
    )


def _elementwise(reference: Any) -> bool:
    """Whether a reference is known to be element-wise: those of the zoo are."""
    from actzoo.zoo import ZOO

    return any(spec.element_wise and find_reference(name) is reference for name, spec in ZOO.items())


def _estimated(setup: Setup, seen: Seen) -> Standard:
    names = [REFERENCE, *(side.name for side in setup.sides)]
    order = [n for n in names if seen.clean(n)] or [n for n in names if n in seen.exact]
    sides = [s for s in setup.sides if s.name in order] or [s for s in setup.sides if s.name in seen.exact]
    if not sides:
        raise SideError("no side runs in float64, so no bound can be estimated: " + "; ".join(seen.notes))
    base = order[0]
    steep = next((s.name for s in sides if s.differentiable), base)
    expected = {n: a for n, a in seen.exact[steep].items() if n.startswith(SLOPES)} | dict(seen.exact[base])
    estimator = _estimator(sides, any(name.startswith("gradient of ") for name in expected))
    worst = _worst(setup, estimator, [base, steep], expected)
    # the expected values have an error of their own where they are not of a wider dtype
    own = 1.0 if seen.clean(base) and setup.dtype != "float64" else 2.0
    times = own * factor(setup.options.samples, seen.numbers)
    source = "" if estimator.name == base else f", errors put into {estimator.name}"
    return Standard(
        against="estimated",
        base=base,
        how=f"{base} in float64, by an estimated bound ({setup.options.samples} samples{source}, the largest "
        f"deviation times {times:.1f})",
        expected=expected,
        bound=bounds(worst, expected, times, format_of(setup.dtype)),
        ambiguous=sum(int((worst[name] > 0).sum()) for name, each in expected.items() if not is_float(each)),
        _constants=lambda: _worst(setup, estimator, [base, steep], expected, plain=True),
    )


def _estimator(sides: Sequence[Side], steep: bool) -> Side:
    """The side that errors are put into: one that has gradients, and whose every operation can be reached."""
    quick = ("torch", "jax", "flax", "linen", "numpy", "paddle")
    return min(sides, key=lambda s: (steep and not s.differentiable, not s.granular, quick.index(s.framework)))


def _worst(
    setup: Setup, estimator: Side, others: Sequence[str], expected: Named, *, plain: bool = False
) -> dict[str, Array]:
    """Deviations of everything that is expected; what the estimator has not, or in another shape, by the others."""
    worst: dict[str, Array] = {}
    of_momenta = _of_momenta(setup, expected)
    for side in (estimator, *(s for s in setup.sides if s.name in others and s is not estimator)):
        lacking = [n for n, each in expected.items() if n not in worst and not n.startswith("updated ")]
        if lacking or not worst:
            found = deviations_of(setup, side, plain=plain, arrays=lambda run, side=side: setup.named(side, run))  # type: ignore[misc]
            worst |= {
                n: a for n, a in found.items() if n in expected and a.shape == expected[n].shape and n not in worst
            }
    for name, each in expected.items():
        if name.startswith("updated "):  # a buffer that these leave alone
            worst.setdefault(name, np.zeros(each.shape))
        elif name not in worst:
            raise SideError(
                f"there is no bound for {name}: no side of {', '.join(s.name for s in setup.sides)} gives it"
            )
    return {name: each + of_momenta.get(name, 0.0) for name, each in worst.items()}


def _of_momenta(setup: Setup, expected: Named) -> Named:
    """What running statistics are off by where a framework rounds the momentum to float32.

    new = old m + batch (1 - m), so that m' for m is off by (m' - m) (old - batch), and old - batch is
    (old - new) / (1 - m).
    """
    found: Named = {}
    for side in setup.sides:
        for key, share in side.quirks.momenta.items():
            for there in setup.carried[side.name].back({key: setup.question(side, "float64").state[key]}):
                if (name := f"updated {there}") in expected:
                    apart = np.abs(setup.state_in("float64")[there] - expected[name]) / share
                    found = {**found, name: format_of("float32").unit * apart}
    return found


def deviations_of(
    setup: Setup, side: Side, *, plain: bool, arrays: Callable[[Run], Mapping[str, Array]], watch: bool = False
) -> dict[str, Array]:
    """What noise of the judged dtype does to one side's numbers; `plain` is that of constants."""
    question = setup.question(side, "float64", watch=watch)
    carried = setup.carried[side.name]
    return deviations(
        side,
        question,
        setup.state_in("float64") if carried.from_first else question.state,
        carried.state if carried.from_first else lambda state: state,
        dtype=constants_dtype(setup.dtype) if plain else setup.dtype,
        samples=setup.options.samples,
        seed=setup.options.seed,
        plain=plain,
        arrays=arrays,
    )
