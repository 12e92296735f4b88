"""A pointwise stage as loops over numbers: forward, and backward with the sums for its coefficients inside.

What is computed at one position is the stage's expression, and its derivative, as in every framework. Around it goes a
loop over tasks, whose operands are read and written by functions of the kernels' runtime: see `actzoo_numba._loops`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass

from actzoo.language._derive import ONE, scale, tangent
from actzoo.language._graph import Apply, Expr, Fold, Index, Local, Name, walk
from actzoo.render._code import Lines, joined
from actzoo.render._stage import Stage, _Fold, pack
from actzoo.render._table import Rows

PLAIN = """\
@loop
def _{stage}_forward({arguments}, result):
    for task in prange(task_count({first})):
        n, c, run = place({first}, task)
        {read}
        to = slot(result, {first}_here, n, c, run)
        for i in range(len(to)):
            to[i] = _{stage}_value({at})


@loop
def _{stage}_backward(grad, {arguments}, {results}):
    for task in prange(task_count({first})):
        n, c, run = place({first}, task)
        grad_here = here(grad, n, c, run)
        {read}
        {slots}
        {totals}
        for i in range(len(grad_here)):
            {partials} = _{stage}_partials(grad_here[i], {at})
            {keep}
        {settle}
"""

FOLD = """\
@loop
def _{stage}_forward({arguments}, result):
    for task in prange(task_count({first})):
        n, c, run = place({first}, task)
        {read}
        to = slot(result, {first}_here, n, c, run)
        for {variable} in range({count}):
            {bind}
            if {variable} == 0:
                for j in range(len(to)):
                    to[j] = _{stage}_term({at})
            else:
                for j in range(len(to)):
                    to[j] = {larger}(to[j], _{stage}_term({at}))


@loop
def _{stage}_backward(grad, {arguments}, {results}):
    for task in prange(task_count({first})):
        n, c, run = place({first}, task)
        grad_here = here(grad, n, c, run)
        {read}
        {slots}
        {totals}
        {clear}
        largest = np.empty(len(grad_here), {first}.dtype)
        winner = np.zeros(len(grad_here), np.int32)
        for {variable} in range({count}):
            {bind}
            if {variable} == 0:
                for j in range(len(largest)):
                    largest[j] = _{stage}_term({at})
            else:
                for j in range(len(largest)):
                    term = _{stage}_term({at})
                    winner[j] = select(term > largest[j], np.int32({variable}), winner[j])
                    largest[j] = {larger}(largest[j], term)
        for {variable} in range({count}):
            {bind}
            {member_totals}
            for j in range(len(grad_here)):
                won = select(winner[j] == {variable}, grad_here[j], like(grad_here[j], 0))
                {partials} = _{stage}_partials(won, {at})
                {keep}
            {member_settle}
        {settle}
"""


def loops(stage: Stage, target: Rows) -> str:
    """The stage's source: functions of one position, and the loops that call them."""
    write = _FoldLoops(stage, target) if isinstance(stage.expr, Fold) else _PlainLoops(stage, target)
    return joined([*write.scalars(), write.loops()])


@dataclass(frozen=True)
class _PlainLoops:
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
        head = f"@scalar\ndef _{self.stage.name}_{suffix}({', '.join(parameters)}):"
        result = codes[0] if suffix != "partials" else pack(codes)
        return "\n".join([head, *lines.lines, f"    return {result}"])

    def scalars(self) -> list[str]:
        partials = [scale(Name("grad"), tangent(self.stage.expr, {leaf: ONE})) for leaf in self.leaves]
        return [self.function("value", [], [self.stage.expr]), self.function("partials", ["grad"], partials)]

    def loops(self) -> str:
        stage = self.stage
        names, inputs = stage.arguments, stage.inputs
        return block(
            PLAIN,
            stage=stage.name,
            arguments=", ".join(stage.arguments),
            first=stage.arguments[0],
            read=[f"{a}_here = here({a}, n, c, run)" for a in names],
            at=", ".join(f"at({a}_here, i)" for a in names),
            results=", ".join(f"grad_{a}" for a in inputs),
            slots=[f"{a}_to = slot(grad_{a}, {a}_here, n, c, run)" for a in inputs],
            totals=[f"{a}_total = like(grad_here[0], 0)" for a in inputs],
            partials=pack(f"{a}_grad" for a in inputs),
            keep=[f"{a}_total = kept({a}_here, {a}_to, i, {a}_total, {a}_grad)" for a in inputs],
            settle=[f"settle(grad_{a}, {a}_here, n, c, run, {a}_total)" for a in inputs],
        )


@dataclass(frozen=True)
class _FoldLoops(_PlainLoops):
    """The largest of several terms: a pass for each over positions that lie in the innermost cache."""

    @property
    def fold(self) -> Fold:
        assert isinstance(self.stage.expr, Fold)
        return self.stage.expr

    @property
    def members(self) -> dict[Index, str]:
        """Each member of a family that a term reads, and its name in a loop: `delta[k + i]` is `delta_k_i`."""
        found = dict.fromkeys(e for e in walk(self.fold.term) if isinstance(e, Index))
        return {e: re.sub(r"\W+", "_", ast.unparse(Lines(self.target, ()).tree(e))).strip("_") for e in found}

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

    def scalars(self) -> list[str]:
        partials = [scale(Name("won"), tangent(self.fold.term, {leaf: ONE})) for leaf in self.leaves]
        return [self.function("term", [], [self.fold.term]), self.function("partials", ["won"], partials)]

    def loops(self) -> str:
        stage, members = self.stage, self.members
        names = {leaf: members[leaf] if isinstance(leaf, Index) else leaf.name for leaf in self.leaves}  # type: ignore[attr-defined]
        own = [leaf.name for leaf in self.leaves if isinstance(leaf, Name)]
        learnt = [leaf for leaf in self.leaves if isinstance(leaf, Index)]
        families = [a for a in stage.arguments if a in stage.families]
        keep = [f"{a}_total = more({a}_here, {a}_to, j, {a}_total, {a}_grad)" for a in own]
        keep += [f"{members[m]}_total = plus({members[m]}_total, {members[m]}_grad)" for m in learnt]
        return block(
            FOLD,
            stage=stage.name,
            arguments=", ".join(stage.arguments),
            first=stage.arguments[0],
            variable=self.fold.variable,
            count=ast.unparse(self.fold.count.tree),
            larger=self.fold.operator,
            read=[f"{a}_here = here({a}, n, c, run)" for a in self.plain]
            + [f"{a}_here = members({a}, n, c)" for a in families],
            bind=[f"{name} = {m.family.name}_here[{ast.unparse(m.index.tree)}]" for m, name in members.items()],  # type: ignore[attr-defined]
            at=", ".join([*(f"at({a}_here, j)" for a in self.plain), *members.values()]),
            results=", ".join(f"grad_{a}" for a in stage.inputs),
            slots=[f"{a}_to = slot(grad_{a}, {a}_here, n, c, run)" for a in own],
            totals=[f"{a}_total = like(grad_here[0], 0)" for a in own],
            clear=[f"clear({a}_to)" for a in own],
            member_totals=[f"{members[m]}_total = like(grad_here[0], 0)" for m in learnt],
            partials=pack(f"{name}_grad" for name in names.values()),
            keep=keep,
            member_settle=[
                f"grad_{m.family.name}[n, c, run, {ast.unparse(m.index.tree)}] += {members[m]}_total"  # type: ignore[attr-defined]
                for m in learnt
            ],
            settle=[f"settle(grad_{a}, {a}_here, n, c, run, {a}_total)" for a in own],
        )


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
