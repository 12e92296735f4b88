"""Finds the models that a source builds, and cuts out what it takes to build one, without training and data."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import final

from ._losses import LossCall, is_loss_layer, loss_call_of, loss_layer_of, loss_layers, loss_text
from ._read import read
from ._rows import Rule
from ._samples import Shapes, assigned, entered, is_model, sample_of, shapes_of

LOSS = "loss_of_the_model"
SAMPLE = "sample_of_the_model"
"""Names that a cut gives to what has none in the source."""


@final
@dataclass(frozen=True)
class Subject:
    """A model: the variable, which assignment to it this is, where, and what it says.

    Of its inputs the shapes, if these are said, and what each enters first; its loss, a layer by its name or a call.
    """

    variable: str
    ordinal: int
    line: int
    text: str
    shapes: Shapes | None
    loss: str | None
    call: LossCall | None = None
    entered: tuple[tuple[str, str | None], ...] = (("x", None),)


def subjects(text: str, rules: Mapping[str, Rule]) -> list[Subject]:
    """The models of a source, in order, each way of building one once."""
    tree = ast.parse(text)
    facts, knowledge = read(tree, text.split("\n"), rules)
    losses = loss_layers(tree, facts, knowledge)
    found: dict[str, Subject] = {}
    counts: dict[str, int] = {}
    statements = list(_statements(tree))
    for index, node in enumerate(statements):
        name = assigned(node)
        if name is None or not isinstance(node, ast.Assign):
            continue
        ordinal = counts.get(name, 0)
        counts[name] = ordinal + 1
        kind = facts.kinds.get(facts.span(node.value), frozenset())
        if name in losses or not is_model(kind, knowledge) or not isinstance(node.value, ast.Call):
            continue
        if is_loss_layer(node.value, facts):
            continue
        rest = statements[index + 1 :]
        wanted = "\n".join(ast.unparse(each) for each in (node, *_changes(rest, name)))
        shapes, loss = shapes_of(rest, name), loss_layer_of(rest, name, losses)
        known = found.get(wanted)
        if known is None:
            call = None if loss else loss_call_of(tree, facts, kind)
            takes = entered(knowledge, kind)
            found[wanted] = Subject(name, ordinal, node.lineno, wanted, shapes, loss, call, takes)
        elif known.loss is None and loss is not None:  # built again, and now with a loss
            found[wanted] = replace(known, ordinal=ordinal, shapes=known.shapes or shapes, loss=loss, call=None)
        else:
            found[wanted] = replace(known, shapes=known.shapes or shapes)
    return list(found.values())


def cut(text: str, subject: Subject, with_sample: bool = False) -> str:
    """The statements that build the model and its loss, and those that they need; `with_sample` the inputs of a call
    of it that the source makes up, as `SAMPLE`.
    """
    statements = list(_statements(ast.parse(text)))
    starts = [
        i for i, node in enumerate(statements) if isinstance(node, ast.Assign) and assigned(node) == subject.variable
    ]
    start = starts[subject.ordinal]
    kept = {start}
    rest = statements[start + 1 :]
    kept |= {start + 1 + i for i, node in enumerate(rest) if node in _changes(rest, subject.variable)}
    if subject.loss:
        kept |= {i for i, node in enumerate(statements) if assigned(node) == subject.loss}
    end = loss_text(text, subject.call, LOSS) if subject.call else []
    sample = sample_of(statements, start, subject.variable) if with_sample else None
    if sample is not None:
        arguments, before = sample
        kept |= before
        end.append(ast.parse(f"{SAMPLE} = ({', '.join(map(ast.unparse, arguments))},)").body[0])
    needed = {name for node in [*(statements[i] for i in kept), *end] for name in _loaded(node)}
    needed -= set(subject.call.takes) if subject.call else set()
    for i in range(len(statements) - 1 if end else max(kept) - 1, -1, -1):
        node = statements[i]
        if i not in kept and _bound(node) & needed - {subject.variable, subject.loss} and _is_plain(node):
            kept.add(i)
            needed |= _loaded(node)
    body = [statements[i] for i in sorted(kept)]
    return ast.unparse(ast.Module([*body, *end], []))


def _statements(tree: ast.Module) -> Iterator[ast.stmt]:
    """Those of the module, and of its loops and branches: a model may be built in one."""
    for node in tree.body:
        yield node
        if isinstance(node, ast.If | ast.For | ast.While | ast.With):
            yield from _statements(ast.Module(node.body, []))


def _changes(statements: Sequence[ast.stmt], name: str) -> list[ast.stmt]:
    """What is done to the model right after: `model.conv1 = ...`."""
    found = []
    for node in statements:
        target = node.targets[0] if isinstance(node, ast.Assign) else None
        if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) and target.value.id == name:
            found.append(node)
        elif name not in _loaded(node) | _bound(node) and not isinstance(node, ast.For | ast.While):
            continue
        else:
            break
    return found


def _bound(node: ast.stmt) -> set[str]:
    """The names that a statement gives a meaning."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return {node.name}
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {alias.asname or alias.name.partition(".")[0] for alias in node.names}
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}


def _loaded(node: ast.stmt) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}


def _is_plain(node: ast.stmt) -> bool:
    """A definition, an import or an assignment: nothing that runs through data."""
    return isinstance(
        node, ast.FunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom | ast.Assign | ast.AnnAssign | ast.If
    )
