"""Reads a source by its syntax tree: what every name and expression stands for, in order; runs nothing.

Statements are walked in order, branches are joined, a loop is walked twice. Functions are walked with what their
callers give, and the whole is repeated until nothing new is learnt. Expressions are in `_evaluate.py`.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

from ._evaluate import Evaluator, made_by
from ._facts import Facts, Knowledge, Span
from ._kinds import (
    NOTHING,
    PLAIN,
    TENSOR,
    UNKNOWN,
    Api,
    Class,
    Function,
    Kind,
    Object,
    combined,
    element,
    held,
    is_tensor,
    join,
    many_of,
)
from ._rows import Rule

PASSES = 6
"""At most; a chain of calls is learnt one a pass."""

LOOPS = 3
"""In each other that are walked twice: the time would double with each more."""


def read(
    tree: ast.Module,
    lines: Sequence[str],
    rules: Mapping[str, Rule],
    seen: Mapping[Span, Kind] | None = None,
    step: Callable[[], None] = lambda: None,
) -> tuple[Facts, Knowledge]:
    """The facts of a source, and what holds of its functions and classes; `seen` is what was observed.

    `step` is called after each of at most `PASSES` walks.
    """
    knowledge = Knowledge(rules)
    knowledge.assigned = {name for node in ast.walk(tree) for name in _assigned(node)}
    constants = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
    knowledge.texts = {value for value in constants if isinstance(value, str)}
    facts = Facts(lines, seen)
    for _ in range(PASSES):
        facts, before = Facts(lines, seen), knowledge.size()
        reader = _Reader(knowledge, facts)
        reader.module(tree)
        step()
        if knowledge.size() == before:
            break
    return facts, knowledge


def _leaves(body: Sequence[ast.stmt]) -> bool:
    """Whether a block does not go on to the statement after it."""
    return bool(body) and isinstance(body[-1], ast.Return | ast.Raise | ast.Continue | ast.Break)


def _assigned(node: ast.AST) -> list[str]:
    """The attributes that a class of the source gives a meaning in this node."""
    if isinstance(node, ast.ClassDef):
        names = [n.id for each in node.body for n in ast.walk(each) if isinstance(n, ast.Name)]
        return [*names, *(each.name for each in node.body if isinstance(each, ast.FunctionDef))]
    own = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self"
    return [node.attr] if own and isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) else []


class _Reader(Evaluator):
    """One walk."""

    around: Mapping[str, Kind] = MappingProxyType({})
    """The names of the function that the class stands in which is walked."""

    depth = 0
    """How many loops are around."""

    def module(self, tree: ast.Module) -> None:
        self.block(tree.body)
        while self.waiting:
            node, name, owner, around = self.waiting.pop(0)
            self.body(node, name, owner, around)

    def block(self, statements: Iterable[ast.stmt]) -> None:
        for statement in statements:
            self.statement(statement)

    def statement(self, node: ast.stmt) -> None:
        match node:
            case ast.Import(names) | ast.ImportFrom(names=names):
                self.imported(node, names)
            case ast.Assign(targets, value):
                kind = self.kind(value)
                for target in targets:
                    self.assign(target, kind)
            case ast.AnnAssign(target, annotation, value):
                told = self.annotated(annotation)
                kind = NOTHING if value is None else self.kind(value)
                if value is not None or told:
                    self.assign(target, told if told and (not kind or "Unknown" in kind) else kind)
            case ast.AugAssign(target, _, value):
                self.assign(target, combined(self.kind(target), self.kind(value)))
            case ast.For(target, iterable, body, orelse) | ast.AsyncFor(target, iterable, body, orelse):
                over = element(self.kind(iterable))
                for _ in self.rounds():
                    before = dict(self.names)
                    self.assign(target, over)
                    self.block(body)
                    self.meet(before)
                self.block(orelse)
            case ast.While(test, body, orelse):
                for _ in self.rounds():
                    before = dict(self.names)
                    self.kind(test)
                    self.block(body)
                    self.meet(before)
                self.block(orelse)
            case ast.If(test, body, orelse):
                self.kind(test)
                before = dict(self.names)
                otherwise = {**before, **self.narrowed(test, False)}
                self.names |= self.narrowed(test, True)
                self.block(body)
                after, self.names = self.names, otherwise
                self.block(orelse)
                if _leaves(orelse):
                    self.names = after
                elif not _leaves(body):
                    self.meet(after)
            case ast.Assert(test):
                self.kind(test)
                self.names |= self.narrowed(test, True)
            case ast.With(items, body) | ast.AsyncWith(items, body):
                for item in items:
                    kind = self.kind(item.context_expr)
                    if item.optional_vars is not None:
                        self.assign(item.optional_vars, UNKNOWN if not kind or Api in map(type, kind) else kind)
                self.block(body)
            case ast.Try(body, handlers, orelse, final) | ast.TryStar(body, handlers, orelse, final):
                before = dict(self.names)
                self.block([*body, *orelse])
                for handler in handlers:
                    after, self.names = self.names, {**before, **({handler.name: PLAIN} if handler.name else {})}
                    if handler.type is not None:
                        self.kind(handler.type)
                    self.block(handler.body)
                    self.meet(after)
                self.block(final)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self.define(node)
            case ast.ClassDef():
                self.define_class(node)
            case ast.Return(value):
                kind = PLAIN if value is None else self.kind(value)
                self.knowledge.learn_result(self.function, kind)
            case _:
                for child in ast.iter_child_nodes(node):
                    if isinstance(child, ast.expr):
                        self.kind(child)

    def rounds(self) -> Iterator[int]:
        """Twice through a loop; through one in `LOOPS` others once, since these are walked again."""
        self.depth += 1
        yield from range(2 if self.depth <= LOOPS else 1)
        self.depth -= 1

    def meet(self, other: Mapping[str, Kind]) -> None:
        """What holds after either of two ways."""
        for name, kind in other.items():
            self.names[name] = join(self.names.get(name, NOTHING), kind)

    def imported(self, node: ast.Import | ast.ImportFrom, names: Sequence[ast.alias]) -> None:
        for alias in names:
            local = alias.asname or alias.name
            if isinstance(node, ast.Import):
                path = alias.name if alias.asname else alias.name.partition(".")[0]
                local = alias.asname or path
                kind: Kind = frozenset({Api(path)})
            elif alias.name == "*":
                self.facts.stars.append(node.module or "")
                continue
            else:
                kind = UNKNOWN if node.level else frozenset({Api(f"{node.module}.{alias.name}")})
            self.names[local] = kind
            if not self.function:
                self.knowledge.learn_global(local, kind)

    def assign(self, target: ast.expr, kind: Kind) -> None:
        match target:
            case ast.Name(name):
                kind = held(kind)
                self.names[name] = kind
                self.facts.note(target, kind)
                if not self.function:
                    self.knowledge.learn_global(name, kind)
            case ast.Attribute(value, name):
                for atom in self.kind(value):
                    if isinstance(atom, Object):
                        self.knowledge.learn_attribute(atom.of, name, kind)
                self.facts.note(target, held(kind))
            case ast.Subscript(value, index):
                self.kind(value)
                self.kind(index)
                self.facts.note(target, element(self.kind(value)))
                if isinstance(value, ast.Name) and not is_tensor(self.kind(value)):
                    inside = join(element(self.names.get(value.id, NOTHING)), held(kind)) - {"Plain"} or PLAIN
                    self.names[value.id] = join(self.names.get(value.id, NOTHING), many_of(inside)) - {"Plain"}
            case ast.Tuple(elements) | ast.List(elements):
                for place, each in enumerate(elements):
                    starred = isinstance(each, ast.Starred)
                    self.assign(each, many_of(element(kind)) if starred else element(kind, place))
            case ast.Starred(value):
                self.assign(value, kind)

    def assign_more(self, target: ast.expr, kind: Kind) -> None:
        match target:
            case ast.Name(name) if name in self.names:
                self.names[name] = join(self.names[name], kind)
                if not self.function:
                    self.knowledge.learn_global(name, kind)
            case ast.Name(name):
                self.knowledge.learn_global(name, kind)
            case ast.Attribute(value, name):
                for atom in self.kind(value):
                    if isinstance(atom, Object):
                        self.knowledge.learn_attribute(atom.of, name, kind)

    def define(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        """A function, which is walked when the rest has been."""
        name = f"{self.owner}.{node.name}" if self.owner and not self.function else f"{self.function}/{node.name}"
        for each in [*node.decorator_list, *node.args.defaults, *filter(None, (*node.args.kw_defaults, node.returns))]:
            self.kind(each)
        self.names[node.name] = frozenset({Function(name)})
        if not self.function and not self.owner:
            self.knowledge.learn_global(node.name, self.names[node.name])
        self.knowledge.define(name, node, bool(self.owner and not self.function))
        if self.function:
            self.body(node, name, self.owner)
        else:
            self.waiting.append((node, name, self.owner, self.around))

    def define_class(self, node: ast.ClassDef) -> None:
        bases = [self.kind(base) for base in node.bases]
        for each in [*node.decorator_list, *(k.value for k in node.keywords)]:
            self.kind(each)
        self.knowledge.define_class(node.name, bases)
        self.names[node.name] = frozenset({Class(node.name)})
        if not self.function:
            self.knowledge.learn_global(node.name, self.names[node.name])
        outer = (self.names, self.owner, self.function)
        before_around = self.around
        self.around = dict(self.names) if self.function else self.around
        self.names, self.owner, self.function = dict(self.names), node.name, ""
        before = dict(self.names)
        self.block(node.body)
        for name, kind in self.names.items():
            if before.get(name) != kind and not any(isinstance(a, Function) for a in kind):
                self.knowledge.learn_attribute(node.name, name, kind)
        self.names, self.owner, self.function = outer
        self.around = before_around

    def body(
        self,
        node: ast.FunctionDef | ast.AsyncFunctionDef,
        name: str,
        owner: str,
        around: Mapping[str, Kind] | None = None,
    ) -> None:
        """Walk a function; `around` are the names of the function that its class stands in."""
        outer = (self.names, self.owner, self.function)
        nested = bool(self.function)
        self.names = dict(self.names) if nested else dict(around or {})
        self.owner, self.function = owner, name
        self.names |= self.parameters(node, name, owner)
        self.block(node.body)
        self.names, self.owner, self.function = outer

    def parameters(self, node: ast.FunctionDef | ast.AsyncFunctionDef, name: str, owner: str) -> dict[str, Kind]:
        """What the parameters are: by their callers, annotations and defaults; what enters a forward is a tensor."""
        arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        positional = [*node.args.posonlyargs, *node.args.args]
        defaults = dict(zip([a.arg for a in positional[::-1]], node.args.defaults[::-1], strict=False))
        defaults |= {a.arg: d for a, d in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True) if d}
        found: dict[str, Kind] = {}
        static = any(isinstance(d, ast.Name) and d.id == "staticmethod" for d in node.decorator_list)
        for index, argument in enumerate(arguments):
            if index == 0 and self.knowledge.is_method(name) and not static:
                found[argument.arg] = frozenset({Object(owner)})
                continue
            derived = node.name in ("forward", "backward") and self.knowledge.family(owner) == "PyLayer"
            if index == 0 and static and derived:
                found[argument.arg] = frozenset({"Context"})
                continue
            kind = join(self.knowledge.given(name, argument.arg), self.annotated(argument.annotation))
            default = defaults.get(argument.arg)
            if default is not None and not (isinstance(default, ast.Constant) and default.value is None):
                kind = join(kind, held(self.kind(default)))
            entering = (node.name == "forward" and self.knowledge.is_layer(owner)) or (
                node.name == "backward" and derived
            )
            kind = (kind - UNKNOWN if entering else kind) or (TENSOR if entering else UNKNOWN)
            found[argument.arg] = kind
        for rest in (node.args.vararg, node.args.kwarg):
            if rest is not None:
                found[rest.arg] = many_of(UNKNOWN)
        return found

    def annotated(self, annotation: ast.expr | None) -> Kind:
        if annotation is None:
            return NOTHING
        kind = self.kind(annotation)
        if any(isinstance(a, Api) and a.name.startswith("paddle") and a.name.endswith("Tensor") for a in kind):
            return TENSOR
        known = [self.knowledge.rules[a.name] for a in kind if isinstance(a, Api) and a.name in self.knowledge.rules]
        if known and known[0].gives != "Tensor":
            return made_by(known[0])
        if any(isinstance(a, Class) for a in kind):
            return frozenset(Object(a.name) for a in kind if isinstance(a, Class))
        if isinstance(annotation, ast.Name) and annotation.id in ("int", "float", "str", "bool", "dict"):
            return PLAIN
        return NOTHING
