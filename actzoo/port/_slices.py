"""Finds the models that a source builds, and cuts out what it takes to build one, without training and data."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import final

from ._facts import Facts, Knowledge
from ._kinds import Kind, Object
from ._read import read
from ._rows import Rule

SHOWN = ("summary",)
"""Functions of Paddle that are given a model and the shape of its input."""


@final
@dataclass(frozen=True)
class Subject:
    """A model: the variable, which assignment to it this is, where, what it says, and what is known of its input."""

    variable: str
    ordinal: int
    line: int
    text: str
    shape: tuple[int, ...] | None
    loss: str | None


def subjects(text: str, rules: Mapping[str, Rule]) -> list[Subject]:
    """The models of a source, in order, each way of building one once."""
    tree = ast.parse(text)
    facts, knowledge = read(tree, text.split("\n"), rules)
    losses = _losses(tree, facts, knowledge)
    found: dict[str, Subject] = {}
    counts: dict[str, int] = {}
    statements = list(_statements(tree))
    for index, node in enumerate(statements):
        name = _assigned(node)
        if name is None or not isinstance(node, ast.Assign):
            continue
        ordinal = counts.get(name, 0)
        counts[name] = ordinal + 1
        if name in losses or not _is_model(facts.kinds.get(facts.span(node.value), frozenset()), knowledge):
            continue
        if not isinstance(node.value, ast.Call):
            continue
        rest = statements[index + 1 :]
        wanted = "\n".join(ast.unparse(each) for each in (node, *_changes(rest, name)))
        shape, loss = _shape(rest, name), _loss_of(rest, name, losses)
        known = found.get(wanted)
        if known is None:
            found[wanted] = Subject(name, ordinal, node.lineno, wanted, shape, loss)
        elif known.loss is None and loss is not None:  # built again, and now with a loss
            found[wanted] = replace(known, ordinal=ordinal, shape=known.shape or shape, loss=loss)
        else:
            found[wanted] = replace(known, shape=known.shape or shape)
    return list(found.values())


def cut(text: str, subject: Subject) -> str:
    """The statements that build the model and its loss, and those that they need."""
    statements = list(_statements(ast.parse(text)))
    starts = [i for i, node in enumerate(statements) if _assigned(node) == subject.variable]
    start = starts[subject.ordinal]
    kept = {start}
    rest = statements[start + 1 :]
    kept |= {start + 1 + i for i, node in enumerate(rest) if node in _changes(rest, subject.variable)}
    if subject.loss:
        kept |= {i for i, node in enumerate(statements) if _assigned(node) == subject.loss}
    needed = {name for i in kept for name in _loaded(statements[i])}
    last = max(kept)
    for i in range(last - 1, -1, -1):
        node = statements[i]
        if i not in kept and _bound(node) & needed - {subject.variable, subject.loss} and _is_plain(node):
            kept.add(i)
            needed |= _loaded(node)
    body = [statements[i] for i in sorted(kept)]
    return ast.unparse(ast.Module(body, []))


def _statements(tree: ast.Module) -> Iterator[ast.stmt]:
    """Those of the module, and of its loops and branches: a model may be built in one."""
    for node in tree.body:
        yield node
        if isinstance(node, ast.If | ast.For | ast.While | ast.With):
            yield from _statements(ast.Module(node.body, []))


def _assigned(node: ast.stmt) -> str | None:
    if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
        return node.targets[0].id
    return None


def _is_model(kind: Kind, knowledge: Knowledge) -> bool:
    return any(a == "Layer" or (isinstance(a, Object) and knowledge.is_layer(a.of)) for a in kind)


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


def _shape(statements: Sequence[ast.stmt], name: str) -> tuple[int, ...] | None:
    """The shape that `paddle.summary(model, shape)` says before the variable is another model."""
    for node in statements:
        if _assigned(node) == name:
            return None
        for call in (n for n in ast.walk(node) if isinstance(n, ast.Call)):
            given = [*call.args, *(k.value for k in call.keywords)]
            if ast.unparse(call.func).rpartition(".")[2] not in SHOWN or len(given) < 2:
                continue
            try:
                shape = ast.literal_eval(given[1])
            except ValueError:
                continue
            if isinstance(given[0], ast.Name) and given[0].id == name and isinstance(shape, tuple | list):
                sizes = shape[0] if shape and isinstance(shape[0], tuple | list) else shape
                return tuple(1 if n in (None, -1) else int(n) for n in sizes)
    return None


def _losses(tree: ast.Module, facts: Facts, knowledge: Knowledge) -> set[str]:
    """Variables that hold a layer of two inputs, which is called with what a model gives."""
    found = set()
    for call in (n for n in ast.walk(tree) if isinstance(n, ast.Call)):
        if isinstance(call.func, ast.Name) and len(call.args) == 2 and not call.keywords:
            kind = facts.kinds.get(facts.span(call.func), frozenset())
            if _is_model(kind, knowledge):
                found.add(call.func.id)
    return found


def _loss_of(statements: Sequence[ast.stmt], name: str, losses: set[str]) -> str | None:
    """The loss that is called with what this model gives, before the variable is another model."""
    outputs: set[str] = set()
    for node in statements:
        if _assigned(node) == name:
            return None
        for each in ast.walk(node):
            if isinstance(each, ast.Assign) and _calls(each.value, name):
                outputs |= {n.id for target in each.targets for n in ast.walk(target) if isinstance(n, ast.Name)}
        for call in (n for n in ast.walk(node) if isinstance(n, ast.Call)):
            if isinstance(call.func, ast.Name) and call.func.id in losses and call.args:
                first = call.args[0]
                if _calls(first, name) or (isinstance(first, ast.Name) and first.id in outputs):
                    return call.func.id
    return None


def _calls(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name


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
