"""A pointwise stage as loops over numbers: forward, and backward with the sums for its coefficients inside.

What is computed at one position is the stage's expression, and its derivative, as in every framework. Around it goes a
loop over tasks, whose operands are read and written by functions of a runtime: see `actzoo_kernels.numba._loops`.
"""

from __future__ import annotations

import ast

from actzoo.language._graph import Fold, Index, Name
from actzoo.render._code import joined
from actzoo.render._positions import Largest, Plain, block
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
