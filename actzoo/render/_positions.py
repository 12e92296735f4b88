"""What a kernel computes at one position: a stage's value or term, and its derivatives by each leaf, as functions."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass

from actzoo.language._derive import ONE, scale, tangent
from actzoo.language._graph import Apply, Expr, Fold, Index, Local, Name, walk
from actzoo.render._code import Lines
from actzoo.render._stage import Stage, _Fold, pack
from actzoo.render._table import Rows


@dataclass(frozen=True)
class Plain:
    """Of a stage that is one expression."""

    stage: Stage
    target: Rows

    @property
    def leaves(self) -> Sequence[Expr]:
        """What is differentiated by."""
        return [Name(i) for i in self.stage.inputs]

    @property
    def numbers(self) -> Sequence[str]:
        """The parameters of the functions of one position."""
        return self.stage.arguments

    def renamed(self, expr: Expr) -> Expr:
        return expr

    def function(self, suffix: str, first: Sequence[str], exprs: Sequence[Expr]) -> str:
        """A function of one position."""
        parameters = [*first, *self.numbers]
        lines = Lines(self.target, parameters, first=self.stage.arguments[0])
        lines.bare(self.stage.expr)  # its author's names, for derivatives too
        codes = lines.code(*map(self.renamed, exprs))
        head = f"{self.target.decorator}\ndef _{self.stage.name}_{suffix}({', '.join(parameters)}):"
        result = codes[0] if suffix != "partials" else pack(codes)
        return "\n".join([head, *lines.lines, f"    return {result}"])

    def functions(self) -> list[str]:
        partials = [scale(Name("grad"), tangent(self.stage.expr, {leaf: ONE})) for leaf in self.leaves]
        return [self.function("value", [], [self.stage.expr]), self.function("partials", ["grad"], partials)]


@dataclass(frozen=True)
class Largest(Plain):
    """Of a stage that is the largest of several terms."""

    @property
    def fold(self) -> Fold:
        assert isinstance(self.stage.expr, Fold)
        return self.stage.expr

    @property
    def members(self) -> dict[Index, str]:
        """Each member of a family that a term reads, and its name in a loop: `delta[k + i]` is `delta_k_i`."""
        found = dict.fromkeys(e for e in walk(self.fold.term) if isinstance(e, Index))
        return {e: member_name(ast.unparse(Lines(self.target, ()).tree(e))) for e in found}

    @property
    def leaves(self) -> Sequence[Expr]:
        return _Fold(self.stage, self.target).leaves()  # type: ignore[arg-type]

    @property
    def plain(self) -> list[str]:
        """The arguments that are read as they are."""
        return [a for a in self.stage.arguments if a not in {*self.stage.counts, *self.stage.families}]

    @property
    def numbers(self) -> Sequence[str]:
        return [*self.plain, *self.members.values()]

    def renamed(self, expr: Expr) -> Expr:
        """Members by their names."""
        match expr:
            case Index():
                return Name(self.members[expr])
            case Apply(operator=operator, arguments=arguments):
                return Apply(operator, tuple(map(self.renamed, arguments)))
            case Local(name=name, value=value):
                return Local(name, self.renamed(value))
        return expr

    def functions(self) -> list[str]:
        partials = [scale(Name("won"), tangent(self.fold.term, {leaf: ONE})) for leaf in self.leaves]
        return [self.function("term", [], [self.fold.term]), self.function("partials", ["won"], partials)]


def member_name(text: str) -> str:
    return re.sub(r"\W+", "_", text).strip("_")


def block(template: str, **fields: str | Sequence[str]) -> str:
    """A template filled; a field alone in its line may hold several lines, or none."""
    found: list[str] = []
    for line in template.splitlines():
        indent, name = re.fullmatch(r"(\s*)(.*)", line).groups()  # type: ignore[union-attr]
        rows = fields.get(name[1:-1]) if re.fullmatch(r"\{\w+\}", name) else None
        if rows is None or isinstance(rows, str):
            found.append(line.format(**fields))
        else:
            found += [indent + row for row in rows]
    return "\n".join(found)
