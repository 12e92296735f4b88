"""What a spec declares where mathematics leaves a choice: at kinks, at ties, at NaN. Data; knows no framework.

Points, values and derivatives are Python expressions in text, over the options, the learnt tensors, `training` and
`nan`. The formula decides what is computed; a declaration says what that is meant to be, and the parity run compares.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from actzoo.language._evaluate import EVALUATED, evaluate
from actzoo.language._graph import Option

TIES: Mapping[str, str] = {
    "first": "the first of equal terms has the gradient",
    "shared": "equal terms share the gradient evenly",
}
NAMES = frozenset({"nan", "training", *EVALUATED})
"""What an expression may name beside options and learnt tensors."""


@dataclass(frozen=True)
class Kink:
    """A point at which the derivative jumps: the value and the derivative there."""

    at: float
    value: float
    derivative: float


@dataclass(frozen=True)
class Policies:
    """Declarations of one spec.

    kinks      point -> (value, derivative)
    nan_slope  the derivative where x is NaN; the value there is NaN
    ties       which policy of `TIES` -> between what, in words
    """

    kinks: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    nan_slope: str = "nan"
    ties: Mapping[str, str] = field(default_factory=dict)

    def mistakes(self, known: set[str]) -> Iterator[str]:
        """What is wrong with the declarations, for a spec with these options and learnt tensors."""
        for at, declared in self.kinks.items():
            if not isinstance(declared, tuple) or len(declared) != 2:
                yield f"kinks are point -> (value, derivative), in text; {at!r} has {declared!r}"
        if unknown := self.ties.keys() - TIES.keys():
            yield f"ties are {' or '.join(map(repr, TIES))} -> between what; not {', '.join(map(repr, unknown))}"
        for text in self.expressions():
            try:
                names = Option(text).names
            except (SyntaxError, TypeError):
                yield f"a policy is no expression: {text!r}"
                continue
            if unknown := names - known - NAMES:
                yield f"a policy names no option and no tensor: {', '.join(map(repr, sorted(unknown)))}"

    def expressions(self) -> list[str]:
        return [t for at, declared in self.kinks.items() for t in (at, *declared)] + [self.nan_slope]

    def kink_points(self, values: Mapping[str, Any]) -> list[Kink]:
        """The kinks for given values of all names."""
        return [Kink(*(number(text, values) for text in (at, *both))) for at, both in self.kinks.items()]

    def sentences(self) -> list[str]:
        """The declarations in words: "at 0 the value is 0 and the derivative negative_slope"."""
        found = [
            f"at {at} the value is {value} and the derivative {slope}" for at, (value, slope) in self.kinks.items()
        ]
        if self.nan_slope != "nan":
            found.append(f"at NaN the derivative is {self.nan_slope}")
        return found + [f"{between}, {TIES[policy]}" for policy, between in self.ties.items()]


def number(text: str, values: Mapping[str, Any]) -> float:
    """The value of a policy's expression. Raises `ValueError` for a tensor whose value is not given."""
    try:
        return float(evaluate(text, {"nan": math.nan, **values}))
    except NameError as error:
        raise ValueError(f"the policy {text!r} needs the value of '{error.name}': pass it in state=") from error
