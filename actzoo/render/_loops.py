"""A pointwise stage as loops over numbers: forward, and backward with the sums for its coefficients inside.

What is computed at one position is the stage's expression, and its derivative, as in every framework. Around it goes a
loop over tasks, whose operands are read and written by functions of a runtime: see `actzoo_kernels.numba._loops`.
"""

from __future__ import annotations

import ast
import re

from actzoo.language._graph import Fold, Index, Name
from actzoo.render._code import joined
from actzoo.render._positions import Largest, Plain, block, member_name
from actzoo.render._stage import Stage, pack
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
        if {count} == 2:
            {bind_pair}
            {pair_totals}
            for j in range(len(grad_here)):
                second = _{stage}_term({at_1}) > _{stage}_term({at_0})
                {partials_0} = _{stage}_partials(select(second, like(grad_here[j], 0), grad_here[j]), {at_0})
                {partials_1} = _{stage}_partials(select(second, grad_here[j], like(grad_here[j], 0)), {at_1})
                {keep_pair}
            {pair_settle}
        else:
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
    return joined([*write.functions(), write.loops()])


class _PlainLoops(Plain):
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


class _FoldLoops(Largest):
    """Backward, two terms are written out, in one pass over a run; of more, each is a pass."""

    def loops(self) -> str:
        stage = self.stage
        own = [leaf.name for leaf in self.leaves if isinstance(leaf, Name)]
        families = [a for a in stage.arguments if a in stage.families]
        each, pair = _Term(self, self.fold.variable), (_Term(self, "0"), _Term(self, "1"))
        both = [f"{a}_total = kept({a}_here, {a}_to, j, {a}_total, {a}_grad_0 + {a}_grad_1)" for a in own]
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
            results=", ".join(f"grad_{a}" for a in stage.inputs),
            slots=[f"{a}_to = slot(grad_{a}, {a}_here, n, c, run)" for a in own],
            totals=[f"{a}_total = like(grad_here[0], 0)" for a in own],
            clear=[f"clear({a}_to)" for a in own],
            bind=each.bind,
            at=each.at,
            partials=each.partials(""),
            member_totals=each.totals,
            keep=[f"{a}_total = more({a}_here, {a}_to, j, {a}_total, {a}_grad)" for a in own] + each.keep,
            member_settle=each.settle,
            bind_pair=pair[0].bind + pair[1].bind,
            at_0=pair[0].at,
            at_1=pair[1].at,
            partials_0=pair[0].partials("_0"),
            partials_1=pair[1].partials("_1"),
            pair_totals=pair[0].totals + pair[1].totals,
            keep_pair=both + pair[0].keep + pair[1].keep,
            pair_settle=pair[0].settle + pair[1].settle,
            settle=[f"settle(grad_{a}, {a}_here, n, c, run, {a}_total)" for a in own],
        )


class _Term:
    """What a loop reads and keeps of one term of a fold: the one of its variable, or of a number."""

    def __init__(self, fold: Largest, term: str) -> None:
        def text(member: Index) -> str:
            return re.sub(rf"\b{fold.fold.variable}\b", term, ast.unparse(member.index.tree))

        members = {m: (m.family.name, text(m)) for m in fold.members}  # type: ignore[attr-defined]
        names = {m: member_name(f"{family}[{index}]") for m, (family, index) in members.items()}
        learnt = {names[m]: members[m] for m in fold.leaves if isinstance(m, Index)}
        self.leaves = [names.get(leaf, "") or leaf.name for leaf in fold.leaves]  # type: ignore[attr-defined, call-overload]
        self.learnt = learnt
        self.bind = [f"{names[m]} = {family}_here[{index}]" for m, (family, index) in members.items()]
        self.at = ", ".join([*(f"at({a}_here, j)" for a in fold.plain), *names.values()])
        self.totals = [f"{name}_total = like(grad_here[0], 0)" for name in learnt]
        self.keep = [f"{name}_total = plus({name}_total, {name}_grad)" for name in learnt]
        self.settle = [f"grad_{family}[n, c, run, {index}] += {name}_total" for name, (family, index) in learnt.items()]

    def partials(self, suffix: str) -> str:
        """The names of the derivatives. suffix: of those by what every term reads."""
        return pack(f"{name}_grad" + ("" if name in self.learnt else suffix) for name in self.leaves)
