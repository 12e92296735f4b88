"""A pointwise stage as Triton kernels: forward, and backward with the sums for its coefficients inside.

A program goes over a run of positions of one sample and channel, as a task of the loops does. An operand is a pointer,
how far its samples and its channels lie apart, and its kind; see `actzoo_kernels.triton._blocks`.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

from actzoo.language._graph import Fold, Index, Name
from actzoo.render._code import joined
from actzoo.render._positions import Largest, Plain, block
from actzoo.render._stage import Stage, pack
from actzoo.render._table import Rows

PLAIN = """\
@triton.jit
def _{stage}_forward({operands}, result, channels, extent, runs, BLOCK: tl.constexpr):
    row, n, c, i, inside = place(channels, extent, runs, BLOCK)
    {read}
    value = _{stage}_value({here})
    tl.store(result + row * extent + i, value, mask=inside)


@triton.jit
def _{stage}_backward(grad, {operands}, {results}, channels, extent, runs, BLOCK: tl.constexpr):
    row, n, c, i, inside = place(channels, extent, runs, BLOCK)
    grad_here = tl.load(grad + row * extent + i, mask=inside, other=0.0)
    {read}
    {partials} = _{stage}_partials(grad_here, {here})
    {keep}
"""

FOLD = """\
@triton.jit
def _{stage}_forward({operands}, result, channels, extent, runs, BLOCK: tl.constexpr):
    row, n, c, i_, inside = place(channels, extent, runs, BLOCK)
    {read}
    value = {first}_here
    for {variable} in tl.static_range({count}):
        {bind}
        term = _{stage}_term({here})
        value = term if {variable} == 0 else {larger}(value, term)
    tl.store(result + row * extent + i_, value, mask=inside)


@triton.jit
def _{stage}_backward(grad, {operands}, {results}, channels, extent, runs, BLOCK: tl.constexpr):
    row, n, c, i_, inside = place(channels, extent, runs, BLOCK)
    grad_here = tl.load(grad + row * extent + i_, mask=inside, other=0.0)
    {read}
    largest = {first}_here
    winner = tl.zeros([BLOCK], tl.int32)
    for {variable} in tl.static_range({count}):
        {bind}
        term = _{stage}_term({here})
        winner = winner if {variable} == 0 else tl.where(term > largest, {variable}, winner)
        largest = term if {variable} == 0 else {larger}(largest, term)
    {totals}
    for {variable} in tl.static_range({count}):
        {bind}
        won = tl.where(winner == {variable}, grad_here, 0.0)
        {partials} = _{stage}_partials(won, {here})
        {add}
    {keep}
"""


def blocks(stage: Stage, target: Rows) -> str:
    """The stage's source: functions of one position, and the kernels that call them."""
    write = _FoldBlocks(stage, target) if isinstance(stage.expr, Fold) else _PlainBlocks(stage, target)
    return joined([*write.functions(), write.blocks()])


def operands(stage: Stage) -> str:
    """The parameters of a kernel: what it takes of each argument."""
    found = []
    for name in stage.arguments:
        if name in stage.counts:
            found.append(f"{name}: tl.constexpr")
        elif name in stage.families:
            found.append(f"{name}, {name}_n, {name}_c, {name}_size")
        else:
            found.append(f"{name}, {name}_n, {name}_c, {name}_kind: tl.constexpr")
    return ", ".join(found)


def read(names: Sequence[str], i: str) -> list[str]:
    return [f"{a}_here = here({a}, {a}_n, {a}_c, {a}_kind, n, c, {i}, inside, extent)" for a in names]


def keep(names: Sequence[str], i: str, value: str) -> list[str]:
    return [f"keep(grad_{a}, {a}_kind, {a}_{value}, row, {i}, inside, extent)" for a in names]


class _PlainBlocks(Plain):
    def blocks(self) -> str:
        stage = self.stage
        return block(
            PLAIN,
            stage=stage.name,
            operands=operands(stage),
            read=read(stage.arguments, "i"),
            here=", ".join(f"{a}_here" for a in stage.arguments),
            results=", ".join(f"grad_{a}" for a in stage.inputs),
            partials=pack(f"{a}_grad" for a in stage.inputs),
            keep=keep(stage.inputs, "i", "grad"),
        )


class _FoldBlocks(Largest):
    def blocks(self) -> str:
        stage, members = self.stage, self.members
        names = {leaf: members[leaf] if isinstance(leaf, Index) else leaf.name for leaf in self.leaves}  # type: ignore[attr-defined]
        own = [leaf.name for leaf in self.leaves if isinstance(leaf, Name)]
        learnt = [leaf for leaf in self.leaves if isinstance(leaf, Index)]

        def member(m: Index) -> str:
            family, index = m.family.name, ast.unparse(m.index.tree)  # type: ignore[attr-defined]
            return f"tl.load({family} + (n * {family}_n + c * {family}_c) * {family}_size + {index})"

        def kept(m: Index) -> str:
            family, index = m.family.name, ast.unparse(m.index.tree)  # type: ignore[attr-defined]
            place = f"grad_{family} + tl.program_id(0) * {family}_size + {index}"
            return f"tl.store({place}, summed({members[m]}_grad, inside))"

        return block(
            FOLD,
            stage=stage.name,
            operands=operands(stage),
            first=stage.arguments[0],
            variable=self.fold.variable,
            count=ast.unparse(self.fold.count.tree),
            larger=self.fold.operator,
            read=read(self.plain, "i_"),
            bind=[f"{name} = {member(m)}" for m, name in members.items()],
            here=", ".join([*(f"{a}_here" for a in self.plain), *members.values()]),
            results=", ".join(f"grad_{a}" for a in stage.inputs),
            totals=[f"{a}_total = tl.zeros([BLOCK], {stage.arguments[0]}_here.dtype)" for a in own],
            partials=pack(f"{name}_grad" for name in names.values()),
            add=[*(f"{a}_total += {a}_grad" for a in own), *map(kept, learnt)],
            keep=keep(own, "i_", "total"),
        )
