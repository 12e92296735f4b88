"""A spec, and the decorator that makes one. Knows no framework; its renderers are asked for by name.

`Spec` is what the rest of the project works from: what is declared, what the body says, and the parameters
that a choice of options leads to.
"""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, overload

from actzoo.language._declare import Buffer, Conv, Dense, Layer, Noise, Norm, Param, Part
from actzoo.language._evaluate import evaluate as evaluate
from actzoo.language._graph import (
    Activate,
    Call,
    Expr,
    Option,
    Pass,
    Require,
    Return,
    Set,
    SetOption,
    Statement,
    statements,
    tensors,
)
from actzoo.language._parameters import Parameter, layer_parameters
from actzoo.language._policies import Kink, Policies, number
from actzoo.language._read import read
from actzoo.language._signature import OptionDeclaration, derived, signature
from actzoo.language._source import Formula, NoSource, Source, Unread, text_of


@dataclass(frozen=True, eq=False)
class Spec:
    """One activation, as its author wrote it. `name` is the function's, `module` the class's."""

    name: str
    module: str
    doc: str
    parts: Mapping[str, Part]
    options: tuple[OptionDeclaration, ...]
    body: tuple[Statement, ...]
    source: Source
    paper: str | None = None
    rank: Option | None = None
    policies: Policies = field(default_factory=Policies)
    differences: Mapping[str, str] = field(default_factory=dict)
    in_place: Option | None = None

    @cached_property
    def layers(self) -> dict[str, Layer]:
        return {n: p for n, p in self.parts.items() if isinstance(p, Dense | Conv | Norm)}

    @cached_property
    def uses_channels(self) -> bool:
        texts = [v for p in self.parts.values() for v in vars(p).values() if isinstance(v, str)]
        return any("C" in Option(t).names for t in texts if t and not t.startswith(("gather.", "mlp.")))

    @cached_property
    def element_wise(self) -> bool:
        """Whether each value depends on the same position of its input alone, and on own parameters."""
        mixing = (Pass, Activate, Call)
        found = [e for e in tensors(self.body) if isinstance(e, mixing)]
        return all(isinstance(e, Call) and e.operator == "channelwise" for e in found)

    @cached_property
    def functional(self) -> bool:
        """Whether it is also a function: of the input and its own parameters, with no layer and no buffer."""
        return all(isinstance(p, Param | Noise) for p in self.parts.values())

    @cached_property
    def by_name(self) -> bool:
        """Whether an option such as `act_layer` may name it: a function of the input alone."""
        return self.element_wise and all(isinstance(p, Param) and p.learnt for p in self.parts.values())

    @property
    def noisy(self) -> bool:
        """Whether it draws random numbers in training."""
        return any(isinstance(p, Noise) for p in self.parts.values())

    @cached_property
    def trains(self) -> bool:
        """Whether training and evaluation differ."""
        asked = any("training" in o.names for o in option_expressions(self.body))
        return asked or any(isinstance(p, Norm) for p in self.parts.values())

    @cached_property
    def coefficients(self) -> dict[str, str]:
        """The shapes of the coefficients that the body predicts, by variable: {"delta": "(2 * k, N, C)"}."""
        shapes = {"per_sample": "(2 * k, N)", "per_channel": "(2 * k, N, C)"}
        sets = [s for s in statements(self.body) if isinstance(s, Set) and isinstance(s.value, Call)]
        return {s.name: shapes[s.value.operator] for s in sets if s.value.operator in shapes}  # type: ignore[attr-defined]

    @property
    def text(self) -> str:
        """The body as it is written, without its docstring."""
        return text_of(self.source)

    @property
    def formulas(self) -> dict[str, str]:
        """The shared formulas that the body calls, as they are written: {"line(i, x, ...)": "slope = ..."}."""
        called = {
            n.func.id for n in ast.walk(self.source.tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)
        }
        found = [f for n, f in self.source.function.__globals__.items() if n in called and isinstance(f, Formula)]
        sources = [Source.of(f.function) for f in found]
        return {f"{s.tree.name}({', '.join(a.arg for a in s.tree.args.args)})": text_of(s) for s in sources}

    @property
    def formula(self) -> Expr | None:
        """The value in terms of `x`, of a spec that is one formula: other specs may call it."""
        match self.body:
            case (Return(value=value),) if not self.parts and not self.options:
                return value
        return None

    def values(self, channels: int | None = None, **options: Any) -> dict[str, Any]:
        """Every option with its value, those that the body derives included. Raises as the rendered class does."""
        unknown = set(options) - {o.name for o in self.options}
        if unknown:
            allowed = ", ".join(o.name for o in self.options) or "none"
            raise TypeError(f"{self.module} has no option {sorted(unknown)}; its options: {allowed}")
        values = {o.name: o.default for o in self.options} | options
        if self.uses_channels:
            if channels is None:
                raise TypeError(f"{self.module} needs channels=")
            values["channels"] = values["C"] = channels
        for statement in self.body:
            if isinstance(statement, SetOption):
                values[statement.name] = evaluate(statement.value.text, values)
            elif isinstance(statement, Require) and not evaluate(statement.condition.text, values):
                raise ValueError(f"{self.module} needs {statement.message}")
        return values

    @property
    def kinks(self) -> Mapping[str, tuple[str, str]]:
        """Where the derivative jumps, as it is declared: point -> (value, derivative), in text."""
        return self.policies.kinks

    def kink_points(
        self, options: Mapping[str, Any] | None = None, state: Mapping[str, Any] | None = None, training: bool = False
    ) -> list[Kink]:
        """The kinks in numbers. `state` has one number for each learnt tensor (or noise) that the policies name."""
        return self.policies.kink_points(self._named(options, state, training))

    def nan_slope(
        self, options: Mapping[str, Any] | None = None, state: Mapping[str, Any] | None = None, training: bool = False
    ) -> float:
        """The derivative where x is NaN: NaN, unless the formula takes a branch there. `state` as of `kink_points`."""
        return number(self.policies.nan_slope, self._named(options, state, training))

    def _named(
        self, options: Mapping[str, Any] | None, state: Mapping[str, Any] | None, training: bool
    ) -> dict[str, Any]:
        return {**self.values(**(options or {})), **(state or {}), "training": training}

    def keys(self, name: str, values: Mapping[str, Any]) -> list[str]:
        """The state keys' prefixes of a layer under the given options: none, one, or one for each of its copies."""
        part = self.layers[name]
        if not evaluate(part.when, values):
            return []
        count = getattr(part, "count", None)
        key = part.key or name
        return [key] if count is None else [key.format(i + 1) for i in range(evaluate(count, values))]

    def parameters(self, channels: int | None = None, **options: Any) -> list[Parameter]:
        """The module's state under the given options, in the canonical layout, in the order of the signature."""
        values = self.values(channels, **options)
        found: list[Parameter] = []
        for name, part in self.parts.items():
            if isinstance(part, Param | Buffer):
                if isinstance(part, Param) and part.learnt and not values[part.learnt]:
                    continue
                shape = tuple(evaluate(f"({part.shape},)", values)) if part.shape else ()
                init = evaluate(part.init, values) if isinstance(part.init, str) else part.init
                found.append(Parameter(name, shape, str(init), "own", name, isinstance(part, Param)))
            elif isinstance(part, Dense | Conv | Norm):
                for key in self.keys(name, values):
                    found += layer_parameters(part, key, values)
        return found


def option_expressions(body: tuple[Statement, ...]) -> list[Option]:
    """Every condition, count and value over options that a body holds."""
    found: list[Option] = []
    for statement in statements(body):
        found += [v for v in vars(statement).values() if isinstance(v, Option)]
    for expr in tensors(body):
        for value in vars(expr).values():
            if isinstance(value, Option):
                found.append(value)
            elif isinstance(value, tuple):
                found += [v for v in value if isinstance(v, Option)]
    return found


def class_name(name: str) -> str:
    """hard_mish -> HardMish."""
    return "".join(word[:1].upper() + word[1:] for word in name.split("_"))


@overload
def activation(function: Callable[..., Any], /) -> Spec: ...
@overload
def activation(
    *,
    paper: str | None = None,
    module: str | None = None,
    rank: str | None = None,
    kinks: Mapping[str, tuple[str, str]] | None = None,
    nan_slope: str = "nan",
    ties: Mapping[str, str] | None = None,
    differences: Mapping[str, str] | None = None,
    in_place: str | None = None,
) -> Callable[[Callable[..., Any]], Spec]: ...
def activation(
    function: Callable[..., Any] | None = None,
    /,
    *,
    paper: str | None = None,
    module: str | None = None,
    rank: str | None = None,
    kinks: Mapping[str, tuple[str, str]] | None = None,
    nan_slope: str = "nan",
    ties: Mapping[str, str] | None = None,
    differences: Mapping[str, str] | None = None,
    in_place: str | None = None,
) -> Spec | Callable[[Callable[..., Any]], Spec]:
    """Make a spec of a function in the spec language.

    paper        its arXiv number
    module       the class's name; by default the function's in capitals: hard_mish, HardMish
    rank         the input's spatial rank, "1d", "2d", "3d", or the option that says which; any if not given
    kinks        where the derivative jumps: point -> (value, derivative), in text over options and learnt tensors
    nan_slope    the derivative where x is NaN, if the formula takes a branch there
    ties         "first" or "shared" -> between what: who of equal terms of a maximum has the gradient
    differences  framework -> how that framework's own function differs
    in_place     the condition over options under which the slope at x is that at the result, which may then be written
                 over x; "True" if always

    Raises `SpecError` with file and line where the function is outside the language.
    """

    def make(function: Callable[..., Any]) -> Spec:
        try:
            source = Source.of(function)
        except NoSource as reason:
            if function.__code__.co_filename != "<stdin>":
                raise
            print(reason, file=sys.stderr)
            return Unread(reason)  # type: ignore[return-value]
        _, parts, options = signature(source)
        doc = inspect.getdoc(function) or source.fail(source.tree, "a spec has a docstring: what it is, its formula")
        policies = Policies(dict(kinks or {}), nan_slope, dict(ties or {}))
        known = {o.name for o in options} | {n for n, p in parts.items() if isinstance(p, Param | Noise)}
        for mistake in policies.mistakes(known | derived(source.tree)):
            source.fail(source.tree, mistake)
        if in_place and (parts or not Option(in_place).names <= {o.name for o in options}):
            source.fail(source.tree, f"in_place={in_place!r} is a condition over options, of a function of x alone")
        body = read(source, parts, options)
        name = function.__name__
        return Spec(
            name=name,
            module=module or class_name(name),
            doc=doc,
            parts=parts,
            options=tuple(options),
            body=body,
            source=source,
            paper=paper,
            rank=None if rank is None else Option(rank if rank.isidentifier() else repr(rank)),
            policies=policies,
            differences=dict(differences or {}),
            in_place=None if in_place is None else Option(in_place),
        )

    return make if function is None else make(function)
