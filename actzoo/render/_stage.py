"""A pointwise stage as functions: its value, its vector-Jacobian product, its tangent. Knows no framework.

A stage takes its differentiable inputs first, then its constants. Which of the functions are rendered is the target's
choice: torch needs all three, Paddle no tangent, JAX no vector-Jacobian product; and where a stage bends, JAX takes its
tangent by one input at a time.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass

from actzoo.language._derive import ONE, add, numbers_only, scale, tangent
from actzoo.language._graph import Apply, Expr, Fold, Index, Name, Number, Option, walk
from actzoo.render._code import Lines
from actzoo.render._table import Target


@dataclass(frozen=True)
class Stage:
    """One pointwise expression over named inputs.

    name       of the rendered function, without its leading underscore
    expr       over `Name`s of the inputs
    inputs     the differentiable ones, in the order in which the formula uses them
    constants  buffers and options
    """

    name: str
    expr: Expr
    inputs: tuple[str, ...]
    constants: tuple[str, ...]

    @property
    def arguments(self) -> tuple[str, ...]:
        return self.inputs + self.constants

    @property
    def families(self) -> frozenset[str]:
        """The inputs that are used by index only."""
        return frozenset(e.family.name for e in walk(self.expr) if isinstance(e, Index) and isinstance(e.family, Name))

    @property
    def counts(self) -> tuple[str, ...]:
        """The options that count the terms of a fold."""
        return tuple(sorted(self.expr.count.names)) if isinstance(self.expr, Fold) else ()

    @property
    def arithmetic(self) -> bool:
        """Whether it is sums and products alone."""
        operators = {
            "fold" if isinstance(e, Fold) else e.operator for e in walk(self.expr) if isinstance(e, (Apply, Fold))
        }
        return operators <= {"add", "sub", "mul", "neg"}


def functions(stage: Stage, target: Target) -> str:
    """The stage's source, up to and with the line that joins its functions."""
    write = _Fold(stage, target) if isinstance(stage.expr, Fold) else _Plain(stage, target)
    if target.curved and write.bends:
        parts = [write.value(), *(part for kind in target.curved for part in getattr(write, kind)())]
        names = [f"_{stage.name}_value", *(f"_{stage.name}_by_{i}" for i in stage.inputs)]
        joined = f'_{stage.name} = curved("{stage.name}", {", ".join(names)})'
    else:
        parts = [write.value(), *(getattr(write, kind)() for kind in target.stage)]
        names = [f"_{stage.name}_{kind}" for kind in ("value", *target.stage)]
        joined = f'_{stage.name} = pointwise("{stage.name}", {", ".join(names)}, differentiable={len(stage.inputs)})'
    return "\n\n\n".join([*parts, joined])


@dataclass(frozen=True)
class _Plain:
    stage: Stage
    target: Target

    def lines(self, *taken: str) -> Lines:
        lines = Lines(self.target, {*self.stage.arguments, *taken})
        lines.bare(self.stage.expr)  # its author's names, for derivatives too
        return lines

    def define(self, suffix: str, arguments: list[str], lines: Lines, result: str) -> str:
        head = f"def _{self.stage.name}_{suffix}({', '.join(arguments)}):"
        return "\n".join([head, *lines.lines, f"{lines.indent}return {result}"])

    @property
    def bends(self) -> bool:
        """Whether a slope is more than a choice among constants and inputs."""
        return not all(_choice(tangent(self.stage.expr, {Name(i): ONE})) for i in self.stage.inputs)

    def value(self) -> str:
        lines = self.lines()
        (code,) = lines.code(self.stage.expr)
        return self.define("value", [*self.stage.arguments], lines, code)

    def vjp(self) -> str:
        lines, inputs = self.lines("grad", "needs"), self.stage.inputs
        partials = [scale(Name("grad"), tangent(self.stage.expr, {Name(i): ONE})) for i in inputs]
        codes = lines.code(*partials)
        several = len(self.stage.arguments) > len(options(self.stage)) + 1
        for name, code in zip(inputs, codes, strict=True):
            value = f"sum_to({code}, {name})" if several else code
            lines.write(f"grad_{name} = {value}" + (f" if needs[{inputs.index(name)}] else None" if several else ""))
        return self.define("vjp", ["grad", "needs", *self.stage.arguments], lines, pack(f"grad_{i}" for i in inputs))

    def tangent(self) -> str:
        inputs = self.stage.inputs
        lines = self.lines(*(f"d{i}" for i in inputs))
        total: Expr = Number(Option("0"))
        for name in inputs:
            total = add(total, scale(Name(f"d{name}"), tangent(self.stage.expr, {Name(name): ONE})))
        (code,) = lines.code(total)
        arguments = [*inputs, *(f"d{i}" for i in inputs), *self.stage.constants]
        return self.define("tangent", arguments, lines, code)

    def partials(self) -> list[str]:
        """The tangent along each input. Its seed is inside, where a gate that underflows multiplies it."""
        found = []
        for name in self.stage.inputs:
            lines = self.lines(f"d{name}")
            (code,) = lines.code(tangent(self.stage.expr, {Name(name): Name(f"d{name}")}))
            found.append(self.define(f"by_{name}", [*self.stage.arguments, f"d{name}"], lines, code))
        return found


@dataclass(frozen=True)
class _Fold(_Plain):
    """The largest of `count` terms. Which term won is worked out again for the backward pass, not kept."""

    @property
    def bends(self) -> bool:
        return False

    @property
    def fold(self) -> Fold:
        assert isinstance(self.stage.expr, Fold)
        return self.stage.expr

    @property
    def variable(self) -> str:
        return self.fold.variable

    @property
    def larger(self) -> str:
        return self.row("maximum", "value", "term")

    def row(self, operator: str, *arguments: str) -> str:
        lines = Lines(self.target, ())
        return ast.unparse(lines.tree(Apply(operator, tuple(Name(a) for a in arguments))))

    def term(self) -> str:
        lines = self.lines(self.variable)
        (code,) = lines.code(self.fold.term)
        return self.define("term", [self.variable, *self.stage.arguments], lines, code)

    def call(self, index: str, suffix: str = "term", tangents: bool = False) -> str:
        inputs = [*self.stage.inputs, *(f"d{i}" for i in self.stage.inputs if tangents), *self.stage.constants]
        return f"_{self.stage.name}_{suffix}({', '.join([index, *inputs])})"

    def loop(self, lines: Lines, start: int) -> str:
        count = ast.unparse(self.fold.count.tree)
        lines.write(f"for {self.variable} in range({f'{start}, ' if start else ''}{count}):")
        return lines.indent * 2

    def value(self) -> str:
        lines = self.lines(self.variable)
        lines.write(f"value = {self.call('0')}")
        inner = self.loop(lines, 1)
        lines.lines += [inner + f"value = {self.row_with_call()}"]
        return self.term() + "\n\n\n" + self.define("value", [*self.stage.arguments], lines, "value")

    def row_with_call(self) -> str:
        return self.larger.replace("term", self.call(self.variable))

    def vjp(self) -> str:
        stage, lines = self.stage, self.lines("grad", "needs", "value", "winner", "term", self.variable)
        lines.write(f"value = {self.call('0')}")
        lines.write("winner = zeros_like_index(value)")
        inner = self.loop(lines, 1)
        lines.lines += [
            inner + f"term = {self.call(self.variable)}",
            inner + f"winner = {self.row('where', 'term > value', self.variable, 'winner')}",
            inner + f"value = {self.larger}",
        ]
        for name in stage.inputs:
            family = name in stage.families
            lines.write(f"grad_{name} = " + (f"[0.0] * {name}.shape[0]" if family else "0.0"))
        self.loop(lines, 0)
        body = Lines(self.target, lines.taken, inner)
        body.write(f"won = {self.row('where', f'winner == {self.variable}', 'grad', '0.0')}")
        leaves = self.leaves()
        partials = [scale(Name("won"), tangent(self.fold.term, {leaf: ONE})) for leaf in leaves]
        for leaf, code in zip(leaves, body.code(*partials), strict=True):
            text = ast.unparse(Lines(self.target, ()).tree(leaf))
            slot = f"grad_{text}"
            body.write(f"{slot} = {slot} + sum_to({code}, {text})")
        results = [self.row("stack", f"grad_{i}") if i in stage.families else f"grad_{i}" for i in stage.inputs]
        lines.lines += body.lines
        return self.define("vjp", ["grad", "needs", *stage.arguments], lines, pack(results))

    def tangent(self) -> str:
        stage = self.stage
        inner_lines = self.lines(*(f"d{i}" for i in stage.inputs), self.variable)
        total: Expr = Number(Option("0"))
        for leaf in self.leaves():
            seed = (
                Index(Name(f"d{leaf.family.name}"), leaf.index)  # type: ignore[attr-defined]
                if isinstance(leaf, Index)
                else Name(f"d{leaf.name}")  # type: ignore[attr-defined]
            )
            total = add(total, scale(seed, tangent(self.fold.term, {leaf: ONE})))
        (code,) = inner_lines.code(total)
        tangents = [f"d{i}" for i in stage.inputs]
        term = self.define(
            "term_tangent", [self.variable, *stage.inputs, *tangents, *stage.constants], inner_lines, code
        )
        lines = self.lines("value", "term", self.variable, *tangents)
        lines.write(f"value = {self.call('0')}")
        lines.write(f"dvalue = {self.call('0', 'term_tangent', tangents=True)}")
        inner = self.loop(lines, 1)
        dterm = self.call(self.variable, "term_tangent", tangents=True)
        lines.lines += [
            inner + f"term = {self.call(self.variable)}",
            inner + f"dvalue = {self.row('where', 'term > value', dterm, 'dvalue')}",
            inner + f"value = {self.larger}",
        ]
        whole = self.define("tangent", [*stage.inputs, *tangents, *stage.constants], lines, "dvalue")
        return term + "\n\n\n" + whole

    def leaves(self) -> list[Expr]:
        """The differentiable leaves of a term, each index of a family by itself, in the order of the inputs."""
        found = dict.fromkeys(e for e in walk(self.fold.term) if isinstance(e, Name | Index))
        order = {name: i for i, name in enumerate(self.stage.inputs)}
        leaves = [e for e in found if _root(e) in order and not (isinstance(e, Name) and e.name in self.stage.families)]
        return sorted(leaves, key=lambda e: order[_root(e)])


def _choice(slope: Expr) -> bool:
    """Whether a slope is a constant or an input, or selects among them."""
    match slope:
        case Apply(operator="where", arguments=(_, *branches)):
            return all(map(_choice, branches))
    return isinstance(slope, Name) or numbers_only(slope)


def pack(names: Iterable[str]) -> str:
    """A tuple as it is written after `return`."""
    listed = list(names)
    return f"({listed[0]},)" if len(listed) == 1 else ", ".join(listed)


def _root(expr: Expr) -> str:
    name: str = expr.family.name if isinstance(expr, Index) else expr.name  # type: ignore[attr-defined]
    return name


def options(stage: Stage) -> set[str]:
    """The constants that are plain numbers."""
    names = {n for e in walk(stage.expr) for v in vars(e).values() if isinstance(v, Option) for n in v.names}
    return names & set(stage.constants)
