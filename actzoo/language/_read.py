"""Reads a spec from the syntax tree of its function. Runs nothing of it, and knows no framework.

`if` and `for` over options stay as statements; arithmetic over options stays Python; the rest becomes expressions.
A variable that is assigned once, to a pointwise value, is a name within an expression; any other stays a variable.
"""

from __future__ import annotations

import ast
import inspect
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from actzoo.language._declare import Buffer, Noise, Param, Part
from actzoo.language._graph import (
    POINTWISE,
    Activate,
    Apply,
    Call,
    Choose,
    Expr,
    Fold,
    For,
    If,
    Index,
    Local,
    Name,
    Number,
    Option,
    Pass,
    Require,
    Return,
    Set,
    SetOption,
    Statement,
    expand,
    named,
)
from actzoo.language._operators import C, Primitive, Structure, training
from actzoo.language._signature import BUILTINS, OptionDeclaration
from actzoo.language._source import Formula, Source

OPERATORS: Mapping[type[ast.AST], str] = {
    ast.Add: "add",
    ast.Sub: "sub",
    ast.Mult: "mul",
    ast.Div: "div",
    ast.USub: "neg",
    ast.Lt: "lt",
    ast.LtE: "le",
    ast.Gt: "gt",
    ast.GtE: "ge",
}


@dataclass(frozen=True)
class Layered:
    """A name of the environment that stands for a layer."""

    name: str


@runtime_checkable
class Spelled(Protocol):
    """An activation: its name, and its formula in terms of `x` if other specs may call it."""

    name: str
    formula: Expr | None


Binding = Expr | Option | Layered


class Reader:
    """Reads one function; a formula that it calls is read by a reader of its own."""

    def __init__(self, source: Source, names: Mapping[str, Binding]) -> None:
        self.source = source
        self.names = dict(names)
        self.globals = {**source.function.__globals__, **inspect.getclosurevars(source.function).nonlocals}
        self.times_assigned = Counter(
            target.id
            for node in ast.walk(source.tree)
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        )

    # statements

    def body(self, nodes: list[ast.stmt]) -> tuple[Statement, ...]:
        kept = dict(self.names)
        read = [s for node in nodes for s in self.statement(node)]
        self.names = kept | {n: Name(n) for n, b in self.names.items() if b == Name(n)}
        return tuple(read)

    def statement(self, node: ast.stmt) -> list[Statement]:
        match node:
            case ast.Expr(value=ast.Constant(value=str())):
                return []
            case ast.Assert(test=test, msg=None):
                condition = self.option(test)
                return [Require(condition, condition.text)]
            case ast.Assert(test=test, msg=ast.Constant(value=str() as message)):
                return [Require(self.option(test), message)]
            case ast.Return(value=ast.expr() as value):
                return [Return(self.tensor(value))]
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                return self.assign(name, value)
            case ast.If(test=test, body=then, orelse=otherwise):
                return [If(self.option(test), self.body(then), self.body(otherwise))]
            case ast.For(
                target=ast.Name(id=name), iter=ast.Call(func=ast.Name(id="range"), args=[count]), body=inner, orelse=[]
            ):
                size = self.option(count)
                self.names[name] = Option(name)
                return [For(name, size, self.body(inner))]
        self.source.fail(node, "a spec has assignments, assert, return, if over options, and for over range(option)")

    def assign(self, name: str, node: ast.expr) -> list[Statement]:
        if self.is_option(node):
            value = self.option(node)
            self.names[name] = Option(name)
            return [SetOption(name, value)]
        tensor = self.tensor(node)
        if self.times_assigned[name] == 1 and isinstance(tensor, POINTWISE) and not isinstance(tensor, Fold):
            self.names[name] = Local(name, tensor)
            return []
        self.names[name] = Name(name)
        return [Set(name, tensor)]

    # options

    def is_option(self, node: ast.expr) -> bool:
        called = {id(n.func) for n in ast.walk(node) if isinstance(n, ast.Call)}
        for n in ast.walk(node):
            if isinstance(n, ast.GeneratorExp):
                return False
            if not isinstance(n, ast.Name) or (id(n) in called and n.id in BUILTINS and n.id not in self.names):
                continue
            if not isinstance(self.lookup(n), Option):
                return False
        return True

    def option(self, node: ast.expr) -> Option:
        if not self.is_option(node):
            self.source.fail(node, "this must be decided by options alone, not by a tensor")

        reader = self

        class Substitute(ast.NodeTransformer):
            def visit_Name(self, node: ast.Name) -> ast.expr:
                if node.id in BUILTINS:
                    return node
                bound = reader.lookup(node)
                assert isinstance(bound, Option)
                return bound.tree

        return Option(ast.unparse(Substitute().visit(ast.parse(ast.unparse(node), mode="eval").body)))

    # names

    def lookup(self, node: ast.Name | ast.Attribute) -> Any:
        """What a name stands for: a binding of the spec, or an object of the file that it stands in."""
        if isinstance(node, ast.Name):
            if node.id in self.names:
                return self.names[node.id]
            value = self.globals.get(node.id)
        else:
            value = getattr(self.globals.get(getattr(node.value, "id", "")), node.attr, None)
        if value is C:
            return Option("channels")
        if value is training:
            return Option("training")
        if isinstance(value, int | float | str | tuple):
            return Option(repr(value))
        return value

    # tensors

    def tensor(self, node: ast.expr) -> Expr:
        if self.is_option(node):
            return Number(self.option(node))
        match node:
            case ast.Name():
                bound = self.lookup(node)
                if isinstance(bound, Expr):
                    return bound
                self.source.fail(node, "neither an argument, a variable, nor a word of the spec language")
            case ast.Subscript(value=value, slice=index) if not isinstance(index, ast.Slice | ast.Tuple):
                return Index(self.tensor(value), self.option(index))
            case ast.BinOp(left=left, op=ast.Pow(), right=ast.Constant(value=2)):
                return self.apply("mul", left, left)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
                return self.apply(OPERATORS[type(op)], left, right)
            case ast.UnaryOp(op=op, operand=operand) if type(op) in OPERATORS:
                return self.apply(OPERATORS[type(op)], operand)
            case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in OPERATORS:
                return self.apply(OPERATORS[type(op)], left, right)
            case ast.IfExp(test=test, body=then, orelse=otherwise):
                return Choose(self.option(test), self.tensor(then), self.tensor(otherwise))
            case ast.Call(func=ast.Name() | ast.Attribute() as function):
                return self.call(node, self.lookup(function))
            case ast.Call(func=ast.Subscript(value=ast.Name() as function, slice=index), args=[argument]):
                layer = self.lookup(function)
                if isinstance(layer, Layered):
                    return Pass(layer.name, self.tensor(argument), self.option(index))
        self.source.fail(node, "not an expression of the spec language")

    def apply(self, operator: str, *nodes: ast.expr) -> Expr:
        return Apply(operator, tuple(expand(self.tensor(node)) for node in nodes))

    def call(self, node: ast.Call, function: Any) -> Expr:
        if isinstance(function, Primitive):
            if len(node.args) == 1 and isinstance(node.args[0], ast.GeneratorExp):
                return self.fold(function, node.args[0])
            self.expect(node, function.name, function.arity)
            read = self.apply(function.name, *node.args)
            assert isinstance(read, Apply)
            numbers = [isinstance(a, Number) for a in read.arguments]
            if all(numbers) or (function.name == "where" and all(numbers[1:])):
                self.source.fail(node, f"'{function.name}' of numbers alone: one of them is to be a tensor")
            if function.name == "clip" and not all(numbers[1:]):
                self.source.fail(node, "the limits of 'clip' are numbers or options; use maximum and minimum")
            return read
        if isinstance(function, Structure):
            self.expect(node, function.name, function.arity)
            count = function.arity - len(function.options)
            return Call(
                function.name,
                tuple(self.tensor(n) for n in node.args[:count]),
                tuple(self.option(n) for n in node.args[count:]),
            )
        if isinstance(function, Layered):
            self.expect(node, function.name, 1)
            return Pass(function.name, self.tensor(node.args[0]))
        if isinstance(function, Option):
            self.expect(node, function.text, 1)
            return Activate(function.text, self.tensor(node.args[0]))
        if isinstance(function, Formula):
            return self.formula(node, function)
        if isinstance(function, Spelled):
            self.expect(node, function.name, 1)
            if function.formula is None:
                self.source.fail(node, f"'{function.name}' has parts, options or branches, so a spec cannot call it")
            return Activate(function.name, self.tensor(node.args[0]), function.formula)
        self.source.fail(
            node, "a call is to a primitive, a structure, a layer, a formula or an element-wise activation"
        )

    def expect(self, node: ast.Call, name: str, arity: int) -> None:
        if len(node.args) != arity or node.keywords:
            self.source.fail(node, f"'{name}' takes {arity} positional argument{'s' * (arity != 1)}")

    def fold(self, function: Primitive, node: ast.GeneratorExp) -> Expr:
        match node.generators:
            case [
                ast.comprehension(
                    target=ast.Name(id=name), iter=ast.Call(func=ast.Name(id="range"), args=[count]), ifs=[]
                )
            ] if function.name == "maximum":
                size = self.option(count)
                self.names[name] = Option(name)
                term = expand(self.tensor(node.elt))
                del self.names[name]
                return Fold(function.name, name, size, term)
        self.source.fail(node, "a fold is maximum(term for i in range(option))")

    def formula(self, node: ast.Call, formula: Formula) -> Expr:
        source = Source.of(formula.function)
        try:
            bound = inspect.signature(formula.function).bind(
                *node.args, **{k.arg: k.value for k in node.keywords if k.arg}
            )
        except TypeError as error:
            self.source.fail(node, str(error))
        bound.apply_defaults()
        names = {name: self.bind(value) for name, value in bound.arguments.items()}
        body = Reader(source, names).body(source.tree.body)
        match body:
            case (Return(value=value),):
                return named(formula.__name__, value)
        source.fail(source.tree, "a formula is pointwise assignments and one return")

    def bind(self, value: Any) -> Binding:
        if not isinstance(value, ast.expr):
            return Option(repr(value))
        if isinstance(value, ast.Name) and isinstance(bound := self.lookup(value), Layered):
            return bound
        return self.option(value) if self.is_option(value) else self.tensor(value)


def read(source: Source, parts: Mapping[str, Part], options: list[OptionDeclaration]) -> tuple[Statement, ...]:
    """The statements of a spec's body. Raises `SpecError` with file and line for what the language has not."""
    names: dict[str, Binding] = {"x": Name("x")}
    for name, part in parts.items():
        names[name] = Name(name) if isinstance(part, Param | Buffer | Noise) else Layered(name)
    names |= {option.name: Option(option.name) for option in options}
    body = Reader(source, names).body(source.tree.body)
    if not body or not _returns(body):
        source.fail(source.tree, "a spec returns its value at the end, on every way through")
    return body


def _returns(body: tuple[Statement, ...]) -> bool:
    match body[-1] if body else None:
        case Return():
            return True
        case If(then=then, otherwise=otherwise):
            return _returns(then) and _returns(otherwise)
    return False
