"""Cuts out of a source what it takes to run a few iterations of one of its training loops. Runs nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import final

from ._loops import Function, Loop, NoWay, called, calls_in, find, loops, scopes
from ._samples import assigned

STEPS = "steps_of_the_loop"
DATA = "data_of_the_loop"
"""Names that a cut gives to what gives the loop its batch, and to what stands for data that are not read."""

READING = frozenset(
    [
        "load",
        "open",
        "imread",
        "text",
        "dataset",
        "datasets",
        "read_csv",
        "loadtxt",
        "genfromtxt",
        "fromfile",
        "listdir",
        "scandir",
        "glob",
        "walk",
        "urlopen",
        "urlretrieve",
        "download",
        "VideoCapture",
        "input",
        "system",
    ]
)
"""Words of what reads data from outside a source."""


@final
@dataclass(frozen=True)
class Cut:
    """A text that runs one loop, the line of the source for each of its lines, and what is known of its names.

    `missing` are the names that are bound to `DATA`, `made` says that the batches are made by the source itself,
    `counted` that an iteration has a number and a batch. `given` has the names that the statements at the top before
    the loop give a value, by the line of the text.
    """

    text: str
    lines: Mapping[int, int]
    missing: frozenset[str]
    made: bool
    counted: bool
    given: Mapping[int, frozenset[str]]


def cuts(text: str, loop: Loop, without: frozenset[str] = frozenset()) -> Iterator[tuple[Cut, list[ast.Assign]]]:
    """Each way to the loop, and the assignments of the variables that it needs. `NoWay` if there is none.

    `without` are names that are not to be had, besides those that the words of a source tell.
    """
    tree = ast.parse(text)
    statements = list(_top(tree.body))
    entries = _entries(tree, statements, loop)
    if not entries:
        raise NoWay(f"nothing at the top of the source calls {'.'.join(loop.scope)}")
    for entry in entries:
        yield _cut(statements, entry, tree, loop, None, without)


def cut_of(text: str, loop: Loop, number: int, missing: frozenset[str]) -> Cut:
    """One of these of another text, in which the same names are missing."""
    tree = ast.parse(text)
    statements = list(_top(tree.body))
    entries = _entries(tree, statements, loop)
    if number >= len(entries):
        raise NoWay("the port has no such loop")
    return _cut(statements, entries[number], tree, loop, missing)[0]


def _top(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a module, also those that are run if it is the program."""
    for node in body:
        if isinstance(node, ast.If) and "__name__" in {n.id for n in ast.walk(node.test) if isinstance(n, ast.Name)}:
            yield from _top(node.body)
        else:
            yield node


def _entries(tree: ast.Module, statements: Sequence[ast.stmt], loop: Loop) -> list[int]:
    """The statements that come to the loop: that hold it, or call what holds it."""
    if not loop.scope:
        node = find(tree, loop)
        return [i for i, each in enumerate(statements) if any(n is node for n in ast.walk(each))]
    names = _ways(tree, loop) - {"forward", "__init__"}
    return [
        i
        for i, each in enumerate(statements)
        if not isinstance(each, Function | ast.ClassDef)
        and any(called(call) in names and _is_own(call, tree) for call in calls_in(ast.Module([each], [])))
    ]


def _ways(tree: ast.Module, loop: Loop) -> set[str]:
    """The functions that the loop is in, the class of a method, and those that call one of these."""
    names = set(loop.scope)
    before = -1
    while len(names) != before:
        before = len(names)
        for scope, body in scopes(tree):
            if scope and any(called(call) in names for call in calls_in(ast.Module(body, []))):
                names |= set(scope)
    return names


def _is_own(call: ast.Call, tree: ast.Module) -> bool:
    """Whether it may call a function of the source: `net.train()` calls none where `train` is no method."""
    name = called(call)
    functions = {node.name for node in tree.body if isinstance(node, Function)}
    if isinstance(call.func, ast.Name):
        return name in functions
    owners = [c.name for c in tree.body if isinstance(c, ast.ClassDef) and any(_named(n, name) for n in c.body)]
    root = call.func.value if isinstance(call.func, ast.Attribute) else None
    if isinstance(root, ast.Call):
        return called(root) in owners
    if not isinstance(root, ast.Name):
        return False
    made = [n.value for n in ast.walk(tree) if isinstance(n, ast.Assign) and assigned(n) == root.id]
    return any(isinstance(value, ast.Call) and called(value) in owners for value in made)


def _named(node: ast.AST, name: str) -> bool:
    return isinstance(node, Function) and node.name == name


def _cut(
    statements: Sequence[ast.stmt],
    entry: int,
    tree: ast.Module,
    loop: Loop,
    missing: frozenset[str] | None,
    without: frozenset[str] = frozenset(),
) -> tuple[Cut, list[ast.Assign]]:
    """What leads to a statement, and it; what reads data is left out, `missing` are the names that are left without."""
    node = find(tree, loop)
    if isinstance(node, ast.While):
        raise NoWay("it is a while loop")
    training = {i for each in loops(ast.unparse(tree)) for i in _entries(tree, statements, each)}
    before = statements[:entry]
    variables = {n for each in before if not isinstance(each, Function | ast.ClassDef) for n in _stored(each)}
    reading = _reading(before, without, _ways(tree, loop)) if missing is None else set(missing)
    needed = _words(statements[entry])
    kept: list[int] = []
    for i in range(entry - 1, -1, -1):
        each = statements[i]
        if i in training:
            continue
        if _bound(each) & reading or (not _bound(each) and _reads(each, reading)):
            continue
        if (_bound(each) & needed and not _is_loop(each)) or _changes(each, needed & variables, reading, tree):
            kept.append(i)
            needed |= _words(each)
    left = frozenset(reading & needed)
    counted = any(called(c) == "enumerate" for c in [n for n in ast.walk(node.iter) if isinstance(n, ast.Call)])
    body = [statements[i] for i in reversed(kept)]
    models = [each for each in body if isinstance(each, ast.Assign) and assigned(each) is not None]
    _Replace(node).visit(tree)
    whole = [_replaced(each, node) for each in [*body, statements[entry]]]
    start = [ast.parse(f"{name} = {DATA}").body[0] for name in sorted(left)]
    future = [each for each in whole if isinstance(each, ast.ImportFrom) and each.module == "__future__"]
    module = ast.Module([*future, *start, *(s for each in whole if each not in future for s in _several(each))], [])
    text = ast.unparse(ast.fix_missing_locations(module))
    return Cut(text, _lines(module, text), left, not left, counted, _given(text)), models


def _several(node: ast.stmt | list[ast.stmt]) -> list[ast.stmt]:
    return node if isinstance(node, list) else [node]


def _replaced(each: ast.stmt, node: ast.For) -> ast.stmt | list[ast.stmt]:
    """A loop at the top has no parent in which it was replaced by two statements."""
    return [node, _end(node)] if each is node else each


def _end(node: ast.For) -> ast.stmt:
    return ast.copy_location(ast.parse(f"{STEPS}.ended()").body[0], node)


class _Replace(ast.NodeTransformer):
    """The loop goes over what `STEPS` gives, and `STEPS` is told when it ends."""

    def __init__(self, node: ast.For) -> None:
        self.node = node

    def visit_For(self, node: ast.For) -> ast.AST | list[ast.AST]:
        if node is not self.node:
            self.generic_visit(node)
            return node
        over = ast.parse(f"{STEPS}.over(lambda: 0)", mode="eval").body
        assert isinstance(over, ast.Call)
        assert isinstance(over.args[0], ast.Lambda)
        over.args[0].body = node.iter
        node.iter, node.orelse = over, []
        return [node, _end(node)]


def _given(text: str) -> dict[int, frozenset[str]]:
    top = ast.parse(text).body[:-1]
    return {each.lineno: frozenset(_stored(each)) for each in top if isinstance(each, ast.Assign | ast.With)}


def _lines(module: ast.Module, text: str) -> dict[int, int]:
    """The line of the source by the line of a text that was written from its tree."""
    here, there = ([n.lineno for n in ast.walk(tree) if isinstance(n, ast.stmt)] for tree in (ast.parse(text), module))
    return dict(zip(here, there, strict=True))


def _reading(statements: Sequence[ast.stmt], without: frozenset[str], ways: set[str]) -> set[str]:
    """The names of what reads data, and of what is made of that; `ways` are functions that lead to the loop.

    A function that only names data needs them when it is called.
    """
    found: set[str] = set(without)
    for each in statements:
        if isinstance(each, ast.Import | ast.ImportFrom):
            found |= _imported(each)
        elif isinstance(each, Function | ast.ClassDef):
            found |= _bound(each) - ways if _reads(each, set()) else set()
        elif _reads(each, found):
            found |= _bound(each)
    return found


def _imported(node: ast.Import | ast.ImportFrom) -> set[str]:
    """The names of what reads data, by where it is from: not those of a module that holds more."""
    module = node.module or "" if isinstance(node, ast.ImportFrom) else ""
    return {
        alias.asname or alias.name.partition(".")[0]
        for alias in node.names
        if READING & set(f"{module}.{alias.name}".split(".")) and (module or alias.asname or "." not in alias.name)
    }


def _reads(node: ast.stmt, reading: set[str]) -> bool:
    attributes = [n for n in ast.walk(node) if isinstance(n, ast.Attribute)]
    words = {n.attr for n in attributes if not (isinstance(n.value, ast.Name) and n.value.id == "self")}
    return bool(words & READING or _words(node) & (READING | reading))


def _is_loop(node: ast.stmt) -> bool:
    return isinstance(node, ast.For | ast.While)


def _changes(node: ast.stmt, variables: set[str], reading: set[str], tree: ast.Module) -> bool:
    """Whether a statement that gives no name a meaning changes what one of the variables holds."""
    if not _words(node) & variables or isinstance(node, Function | ast.ClassDef | ast.Import | ast.ImportFrom):
        return False
    own = {each.name for each in tree.body if isinstance(each, Function)}
    for each in ast.walk(node):
        targets = each.targets if isinstance(each, ast.Assign) else []
        targets = [each.target] if isinstance(each, ast.AugAssign) else targets
        if any(isinstance(target, ast.Attribute | ast.Subscript) for target in targets):
            return True
        if isinstance(each, ast.Expr) and isinstance(each.value, ast.Call):
            call = each.value
            root = call.func
            while isinstance(root, ast.Attribute | ast.Subscript | ast.Call):
                root = root.func if isinstance(root, ast.Call) else root.value
            if isinstance(root, ast.Name) and (root.id in variables or root.id in own or _is_loop(node)):
                return True
    return False


def _bound(node: ast.stmt) -> set[str]:
    if isinstance(node, Function | ast.ClassDef):
        return {node.name}
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {alias.asname or alias.name.partition(".")[0] for alias in node.names}
    return _stored(node)


def _stored(node: ast.AST) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}


def _words(node: ast.AST) -> set[str]:
    """The names that a statement takes from outside: of a function not its own."""
    if isinstance(node, ast.Name):
        return {node.id} if isinstance(node.ctx, ast.Load) else set()
    found = {name for child in ast.iter_child_nodes(node) for name in _words(child)}
    if isinstance(node, Function | ast.Lambda):
        arguments = node.args
        own = {a.arg for a in ast.walk(arguments) if isinstance(a, ast.arg)}
        inside = node.body if isinstance(node.body, list) else [node.body]
        found -= own | {name for each in inside for name in _stored(each)}
    return found
