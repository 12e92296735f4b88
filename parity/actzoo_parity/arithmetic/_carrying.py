"""Running error analysis: each result with a first-order bound on its rounding error in a format.

Knows no activation. A result is off by its operands' errors, carried through the derivative, and by
a rounding of its own: c u |result|, with c = 1 for + - * /, 8 for a function, the number of terms
for a sum. Gradients are computed in the same numbers, so they have bounds, and gradients again.

A comparison whose sides differ by no more than their errors is *ambiguous*: rounding may turn it
round. The bound of what it selects then covers both branches, and so does that of the gradients.

One class, one short method per operation. What it adds to an error is in `_rounding`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from ._formats import Format, format_of
from ._functions import FUNCTIONS
from ._mathematics import Layer, Mathematics
from ._node import Condition, Error, Floating, Node, reach, size_of
from ._plain import windows_of
from ._rounding import EXACT, Rounding, is_exact, of_choice, plus
from ._working import DOUBLE, Working, pi, working_for


@final
class ErrorCarrying(Mathematics):
    """References on numbers with the error that a computation in `dtype` may have.

    `ambiguous` collects one mask per comparison that rounding may turn round, `statistics` the mean,
    biased variance and count of each batch that a batch norm normalises.

    Values are float64. Those of a `pointwise` function are of a type that outranges the format,
    where there is one; then nothing is allowed for what underflows on the way from input to result.
    Modules stay in float64, since longer numbers take four times as long: there is no BLAS for them.
    Another `working` dtype may be asked for, as when the bound itself is tested.
    """

    def __init__(self, dtype: Any, working: Any = None, *, pointwise: bool = False) -> None:
        self.format: Format = format_of(dtype)
        own = working_for(self.format) if pointwise else DOUBLE
        own = own if working is None else Working(np.dtype(working))
        self.working = own.dtype
        self.ambiguous: list[NDArray[np.bool_]] = []
        self.statistics: list[tuple[Layer, Node, Node, int]] = []
        # Element-wise functions of halves are computed in float32: no branch is in doubt by a unit of the half.
        computed = format_of("float32") if pointwise and self.format.digits < 24 else self.format
        self._rounding = Rounding(computed, own, flushing=not (pointwise and own.outranges(self.format)))
        self._recording = self._bounding = True
        self.own_share = own.unit / (computed.unit + own.unit)
        """How much of a bound is the reference's own error."""

    @property
    def pi(self) -> Any:
        return pi(self.working)

    def leaf(self, value: Any) -> Node:
        """An input, to be differentiated by; a subnormal one may be read as zero."""
        constant = self.lift(value)
        lost = self.format.may_flush(constant.value)
        error = plus(constant.error, np.where(lost, np.abs(constant.value), 0.0) if lost.any() else EXACT)
        return Node(self, constant.value, error, tracked=True)

    def lift(self, value: Any) -> Node:
        """A constant, off by what the format cannot hold of it."""
        if isinstance(value, Node):
            return value
        array = np.asarray(value, self.working)
        if not self._bounding:
            return Node(self, array, EXACT)
        held = self._rounding.form.holds(array) | ~np.isfinite(array)
        return Node(self, array, 0.0 if held.all() else self._rounding.once(array, held))

    def gradients(
        self, output: Node, inputs: Sequence[Node], adjoint: Any, *, record: bool = False, bounds: bool = True
    ) -> list[Node]:
        """Adjoints of the inputs, given that of the output.

        With `record`, differentiable again; without `bounds`, the numbers alone, in a third of the time.
        """
        if not output.tracked:
            return [self.lift(np.zeros(node.shape)) for node in inputs]
        seed = self.lift(adjoint)
        if seed.shape != output.shape:
            raise ValueError(f"the adjoint has shape {seed.shape}, the output {output.shape}")
        adjoints: dict[int, Node] = {output.serial: seed}
        wanted = {node.serial for node in inputs}
        before = self._recording, self._bounding
        self._recording, self._bounding = record, bounds
        try:
            for node in reach(output):
                arrived = adjoints.get(node.serial)
                if arrived is None:
                    continue
                if node.serial not in wanted:
                    del adjoints[node.serial]
                for parent, rule in node.parents:
                    share = rule(arrived, node)
                    known = adjoints.get(parent.serial)
                    adjoints[parent.serial] = share if known is None else self.add(known, share)
        finally:
            self._recording, self._bounding = before
        return [
            adjoints[node.serial] if node.serial in adjoints else self.lift(np.zeros(node.shape)) for node in inputs
        ]

    # Arithmetic.

    def negate(self, a: Node) -> Node:
        return self._node(-a.value, lambda: a.error, (a, lambda g, y: -g))

    def add(self, a: Any, b: Any) -> Node:
        a, b = self.lift(a), self.lift(b)
        value = a.value + b.value
        return self._node(
            value,
            lambda: self._rounding.of_addition(a, b, value),
            (a, lambda g, y: self._fit(g, a)),
            (b, lambda g, y: self._fit(g, b)),
        )

    def multiply(self, a: Any, b: Any) -> Node:
        a, b = self.lift(a), self.lift(b)
        value = a.value * b.value
        return self._node(
            value,
            lambda: self._rounding.of_product(a, b, value),
            (a, lambda g, y: self._fit(self.multiply(g, b), a)),
            (b, lambda g, y: self._fit(self.multiply(g, a), b)),
        )

    def divide(self, a: Any, b: Any) -> Node:
        a, b = self.lift(a), self.lift(b)
        value = a.value / b.value
        return self._node(
            value,
            lambda: self._rounding.of_quotient(a, b, value),
            (a, lambda g, y: self._fit(self.divide(g, b), a)),
            (b, lambda g, y: self._fit(self.divide(self.multiply(-g, y), b), b)),
        )

    # Comparison and selection.

    def compare(self, relation: Callable[..., Any], a: Any, b: Any) -> Condition:
        """A comparison, and where the errors of its sides could turn it round."""
        a, b = self.lift(a), self.lift(b)
        holds = np.asarray(relation(a.value, b.value))
        slack = plus(a.error, b.error)
        if is_exact(slack):
            return Condition(holds, np.zeros((), np.bool_))
        ambiguous = np.asarray((np.abs(a.value - b.value) <= slack) & (slack > 0))
        if ambiguous.any():
            self.ambiguous.append(ambiguous)
        return Condition(holds, ambiguous)

    def where(self, condition: Any, yes: Any, no: Any) -> Node:
        if not isinstance(condition, Condition):
            condition = Condition(np.asarray(condition, np.bool_), np.zeros((), np.bool_))
        return self._choose(condition, self.lift(yes), self.lift(no), apart=True)

    def _larger(self, a: Any, b: Any) -> Node:
        a, b = self.lift(a), self.lift(b)
        # "Not less": the first wins a tie, and a NaN on either side is kept.
        not_less = ~self.compare(np.less, a, b)
        keep = Condition(not_less.holds & ~np.isnan(b.value), not_less.ambiguous)
        return self._choose(keep, a, b, apart=False)

    def _choose(self, condition: Condition, a: Node, b: Node, apart: bool) -> Node:
        return self._node(
            np.where(condition.holds, a.value, b.value),
            lambda: of_choice(condition, a, b, apart),
            (a, lambda g, y: self._fit(self._choose(condition, g, self.lift(0.0), True), a)),
            (b, lambda g, y: self._fit(self._choose(condition, self.lift(0.0), g, True), b)),
        )

    def abs(self, x: Any) -> Node:
        x = self.lift(x)
        above, below = x > 0, x < 0
        return self._node(
            np.abs(x.value),
            lambda: x.error,
            (x, lambda g, y: self.where(above, g, self.where(below, -g, 0.0))),
        )

    def _peak(self, x: Node, *, share: bool) -> Node:
        value = x.value.max(axis=-1)
        top = x.value == value[..., None]
        if share:
            weight = top / top.sum(axis=-1, keepdims=True)
        else:
            weight = (np.arange(x.shape[-1]) == top.argmax(axis=-1)[..., None]).astype(float)
        error: Error = EXACT
        weight_error: Error = EXACT
        if not is_exact(x.error):
            # An error of 1 in the weight of every entry that could be the largest one.
            threshold = (x.value - x.bound).max(axis=-1, keepdims=True)
            able = (x.value + x.bound >= threshold) & ~np.isneginf(x.value)
            slack = np.where(able, x.bound, 0.0).max(axis=-1, keepdims=True)
            error = slack[..., 0]
            contested = able & (able.sum(axis=-1, keepdims=True) > 1) & (slack > 0)
            if contested.any():
                weight_error = contested.astype(float)
                self.ambiguous.append(contested.any(axis=-1))
        shares = Node(self, weight.astype(self.working), weight_error)
        return self._node(
            value,
            lambda: error,
            (x, lambda g, y: self.multiply(shares, self.reshape(g, (*g.shape, 1)))),
        )

    def _observe(self, layer: Layer, mean: Node, variance: Node, count: int) -> None:
        self.statistics.append((layer, mean, variance, count))

    def _shift(self, x: Node, axes: tuple[int, ...]) -> Node:
        # A constant without error: whatever is subtracted, softmax is the same function.
        return Node(self, x.value.max(axis=axes, keepdims=True), 0.0)

    # Functions.

    def _function(self, name: str, x: Any) -> Node:
        x = self.lift(x)
        row = FUNCTIONS[name]
        value = np.asarray(row.floats(x.value))
        return self._node(
            value,
            lambda: self._rounding.of_function(row, x, value),
            (x, lambda g, y: self.multiply(g, row.derivative(self, x, y))),
        )

    # Shape.

    def reshape(self, x: Node, shape: Any) -> Node:
        before = x.shape
        return self._moved(x, lambda a: a.reshape(shape), lambda g: g.reshape(before))

    def pick(self, x: Node, key: Any) -> Node:
        """Basic indexing: no index twice."""
        return self._moved(x, lambda a: a[key], lambda g: self._place(g, key, x.shape))

    def _place(self, x: Node, key: Any, shape: tuple[int, ...]) -> Node:
        def place(a: Floating) -> Floating:
            frame = np.zeros(shape, a.dtype)
            frame[key] = a
            return frame

        return self._moved(x, place, lambda g: self.pick(g, key))

    def _pad(self, x: Node, widths: Sequence[tuple[int, int]], value: float) -> Node:
        inside = tuple(slice(before, before + n) for (before, _), n in zip(widths, x.shape, strict=True))
        padded = self._place(x, inside, tuple(n + sum(w) for n, w in zip(x.shape, widths, strict=True)))
        if value:
            frame = np.full(padded.shape, value, self.working)
            frame[inside] = 0.0
            padded = Node(self, padded.value + frame, padded.error, padded.parents)
        return padded

    def _windows(self, x: Node, kernel: tuple[int, ...], stride: int) -> Node:
        return self._moved(
            x,
            lambda a: windows_of(a, kernel, stride),
            lambda g: self._fold(g, x.shape, kernel, stride),
        )

    # Sums.

    def total(self, x: Node, shape: tuple[int, ...]) -> Node:
        """Sum over the axes in which `shape` has 1, and over leading ones that it lacks."""
        if x.shape == shape:
            return x
        leading = x.ndim - len(shape)
        axes = (
            *range(leading),
            *(a + leading for a, n in enumerate(shape) if n == 1 and x.shape[a + leading] != 1),
        )

        def add_up(a: Floating) -> Floating:
            return np.asarray(a.sum(axis=axes, keepdims=True).reshape(shape))

        terms = size_of(x.shape) // max(size_of(shape), 1)
        return self._summed(x, add_up, terms, lambda g: self.broadcast(g, x.shape))

    def broadcast(self, x: Node, shape: tuple[int, ...]) -> Node:
        """x repeated to a shape."""
        return self._moved(x, lambda a: np.broadcast_to(a, shape), lambda g: self.total(g, x.shape))

    def _fold(self, x: Node, shape: tuple[int, ...], kernel: tuple[int, ...], stride: int) -> Node:
        """Windows added up where they overlap: the adjoint of taking them."""

        def add_up(a: Floating) -> Floating:
            frame = np.zeros(shape, a.dtype)
            positions = a.shape[2 : 2 + len(kernel)]
            for tap in np.ndindex(*kernel):
                slots = (slice(t, t + stride * n, stride) for t, n in zip(tap, positions, strict=True))
                frame[(slice(None), slice(None), *slots)] += a[(..., *tap)]
            return frame

        terms = math.prod(-(-k // stride) for k in kernel)
        return self._summed(x, add_up, terms, lambda g: self._windows(g, kernel, stride))

    def _take(self, x: Node, index: NDArray[Any], axis: int) -> Node:
        return self._moved(
            x,
            lambda a: np.take(a, index, axis=axis),
            lambda g: self._spread(g, index, axis, x.shape[axis]),
        )

    def _spread(self, x: Node, index: NDArray[Any], axis: int, length: int) -> Node:
        """Entries added up at the index they were taken from: the adjoint of taking them."""
        came_from = (index[:, None] == np.arange(length)).astype(self.working)

        def add_up(a: Floating) -> Floating:
            return np.moveaxis(np.moveaxis(a, axis, -1) @ came_from, -1, axis)

        terms = int(np.bincount(index).max())
        return self._summed(x, add_up, terms, lambda g: self._take(g, index, axis))

    def _contract(self, spec: str, a: Any, b: Any) -> Node:
        a, b = self.lift(a), self.lift(b)
        operands, result = spec.split("->")
        left, right = operands.split(",")

        def add_up(p: Floating, q: Floating) -> Floating:
            return np.asarray(np.einsum(spec, p, q, optimize=True))

        value = add_up(a.value, b.value)
        sizes = dict(zip(left + right, a.shape + b.shape, strict=True))
        terms = size_of([n for axis, n in sizes.items() if axis not in result])

        def error() -> Error:
            size_a, size_b = np.abs(a.value), np.abs(b.value)
            found = self._rounding.of_sum(value, add_up(size_a, size_b), terms + 1)
            if not is_exact(b.error):
                found = found + add_up(size_a + a.error, b.bound)
            if not is_exact(a.error):
                found = found + add_up(a.bound, size_b)
            return found

        return self._node(
            value,
            error,
            (a, lambda g, y: self._contract(f"{result},{right}->{left}", g, b)),
            (b, lambda g, y: self._contract(f"{result},{left}->{right}", g, a)),
        )

    # What the above is made of.

    def _node(self, value: Floating, error: Callable[[], Error], *parents: Any) -> Node:
        return Node(self, np.asarray(value), error() if self._bounding else EXACT, parents if self._recording else ())

    def _fit(self, g: Node, operand: Node) -> Node:
        """The adjoint of an operand that was repeated to the shape of the result."""
        return self.total(g, operand.shape)

    def _moved(self, x: Node, move: Callable[[Floating], Floating], back: Callable[[Node], Node]) -> Node:
        """A result whose elements are elements of x, or zeros."""
        return self._node(
            move(x.value),
            lambda: EXACT if is_exact(x.error) else move(x.bound),
            (x, lambda g, y: back(g)),
        )

    def _summed(
        self,
        x: Node,
        add_up: Callable[[Floating], Floating],
        terms: int,
        back: Callable[[Node], Node],
    ) -> Node:
        """A result whose elements are sums of so many elements of x."""
        value = add_up(x.value)

        def error() -> Error:
            carried: Error = EXACT if is_exact(x.error) else add_up(x.bound)
            return (
                carried if terms == 1 else plus(carried, self._rounding.of_sum(value, add_up(np.abs(x.value)), terms))
            )

        return self._node(value, error, (x, lambda g, y: back(g)))
