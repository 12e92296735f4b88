"""What a source says of a model's inputs: sample calls, shapes, what enters which layer. Cuts nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence

from ._facts import Knowledge
from ._kinds import Instance, Kind, Object

SHOWN = ("summary",)
"""Functions of Paddle that are given a model and the shapes of its inputs."""

READING = frozenset({"load", "open", "imread", "io", "vision", "text", "dataset", "datasets"})
"""What makes a call one that needs data, and no sample."""

Shapes = tuple[tuple[int, ...], ...]


def assigned(node: ast.stmt) -> str | None:
    """The one variable that a statement gives a value."""
    if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
        return node.targets[0].id
    if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
        return node.target.id  # which the port writes as an assignment
    return None


def is_model(kind: Kind, knowledge: Knowledge) -> bool:
    """Whether it is a layer."""
    return any(
        a == "Layer"
        or (isinstance(a, Instance) and a.family == "Layer")
        or (isinstance(a, Object) and knowledge.is_layer(a.of))
        for a in kind
    )


def shapes_of(statements: Sequence[ast.stmt], name: str) -> Shapes | None:
    """The shapes that `paddle.summary(model, shape)` says before the variable is another model."""
    for node in statements:
        if assigned(node) == name:
            return None
        for call in (n for n in ast.walk(node) if isinstance(n, ast.Call)):
            given = [*call.args, *(k.value for k in call.keywords)]
            if ast.unparse(call.func).rpartition(".")[2] not in SHOWN or len(given) < 2:
                continue
            try:
                shape = ast.literal_eval(given[1])
            except ValueError:
                continue
            if isinstance(given[0], ast.Name) and given[0].id == name and isinstance(shape, tuple | list) and shape:
                several = isinstance(shape[0], tuple | list)
                return tuple(_sizes(each) for each in shape) if several else (_sizes(shape),)
    return None


def _sizes(shape: Iterable[int | None]) -> tuple[int, ...]:
    return tuple(1 if n in (None, -1) else int(n) for n in shape)


def entered(knowledge: Knowledge, kind: Kind) -> tuple[tuple[str, str | None], ...]:
    """What a model's `forward` has to be given, each with the path of the layer that it enters first."""
    owners = [atom.of for atom in kind if isinstance(atom, Object)]
    method = knowledge.method(owners[0], "forward") if owners else None
    if method is None:
        return (("x", None),)
    node = knowledge.functions[method]
    names = [argument.arg for argument in node.args.args][1:]
    needed = names[: len(names) - len(node.args.defaults)] or names[:1]
    return tuple((name, _first_layer(node, name)) for name in needed)


def _first_layer(node: ast.AST, parameter: str) -> str | None:
    for call in (n for n in ast.walk(node) if isinstance(n, ast.Call)):
        owner, _, path = ast.unparse(call.func).partition(".")
        if owner == "self" and path and any(isinstance(a, ast.Name) and a.id == parameter for a in call.args):
            return path
    return None


def sample_of(statements: Sequence[ast.stmt], start: int, name: str) -> tuple[list[ast.expr], set[int]] | None:
    """The arguments of a call of the model with numbers that the source makes up, and the statements that make them."""
    for node in statements[start + 1 :]:
        if assigned(node) == name and not is_call(getattr(node, "value", None), name):
            return None
        for call in (n for n in ast.walk(node) if isinstance(n, ast.Call) and is_call(n, name)):
            if call.keywords or not call.args or any(isinstance(each, ast.Constant) for each in call.args):
                continue
            needed: set[int] = set()
            if all(_is_made(each, statements, statements.index(node), needed) for each in call.args):
                return call.args, needed
    return None


def is_call(node: ast.expr | None, name: str) -> bool:
    """Whether it calls that name."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name


def _is_made(node: ast.expr, statements: Sequence[ast.stmt], before: int, needed: set[int]) -> bool:
    """Whether an expression is of numbers that are made up: it calls modules only, and reads no data."""
    if READING & {n.attr for n in ast.walk(node) if isinstance(n, ast.Attribute)}:
        return False
    calls = [n for n in ast.walk(node) if isinstance(n, ast.Call)]
    roots = {id(root) for call in calls for root in [_root(call.func)]}
    for each in (n for n in ast.walk(node) if isinstance(n, ast.Name)):
        at = next((i for i in range(before - 1, -1, -1) if _gives(statements[i], each.id)), None)
        statement = None if at is None else statements[at]
        if isinstance(statement, ast.Import | ast.ImportFrom):
            continue
        if at is None or not isinstance(statement, ast.Assign) or (id(each) in roots and _is_called(calls, each)):
            return False
        if not _is_made(statement.value, statements, at, needed):
            return False
        needed.add(at)
    return True


def _gives(node: ast.stmt, name: str) -> bool:
    if isinstance(node, ast.Import | ast.ImportFrom):
        return any((alias.asname or alias.name.partition(".")[0]) == name for alias in node.names)
    return name in {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}


def _root(node: ast.expr) -> ast.expr:
    while isinstance(node, ast.Attribute | ast.Call | ast.Subscript):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node


def _is_called(calls: Iterable[ast.Call], name: ast.Name) -> bool:
    return any(call.func is name for call in calls)
