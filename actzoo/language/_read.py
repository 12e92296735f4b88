"""Reads a spec from the syntax tree of its function. Runs nothing of it, and knows no framework.

`if` and `for` over options stay as statements; arithmetic over options stays Python; the rest becomes expressions.
A variable that is assigned once, to a pointwise value, is a name within an expression; any other stays a variable.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, NoReturn, Protocol, runtime_checkable

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
)
from actzoo.language._operators import C, Primitive, Structure, training


class SpecError(SyntaxError):
    """A function that is outside the spec language; names the file, the line and what is allowed."""


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
BUILTINS = frozenset({"max", "min", "int", "abs"})


@dataclass(frozen=True)
class Layered:
    """A name of the environment that stands for a layer."""

    name: str


@dataclass(frozen=True)
class Formula:
    """A pointwise function that specs share; it is read into each of them."""

    function: Callable[..., Any]

    @property
    def __name__(self) -> str:
        return self.function.__name__

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        raise TypeError(f"'{self.__name__}' is a formula of the spec language: use it in the body of an @activation")


@runtime_checkable
class Spelled(Protocol):
    """An activation: its name, and its formula in terms of `x` if other specs may call it."""

    name: str
    formula: Expr | None


Binding = Expr | Option | Layered


@dataclass(frozen=True)
class Source:
    """A function's syntax tree, and where it stands."""

    function: Callable[..., Any]
    tree: ast.FunctionDef
    file: str
    first_line: int

    @classmethod
    def of(cls, function: Callable[..., Any]) -> Source:
        try:
            lines, first = inspect.getsourcelines(function)
        except OSError as error:
            raise SpecError(
                f"the source of '{function.__name__}' is not to be had: write it in a file or a notebook cell"
            ) from error
        tree = ast.parse(textwrap.dedent("".join(lines))).body[0]
        if not isinstance(tree, ast.FunctionDef):
            raise SpecError(f"'{function.__name__}' is not a plain function (def)")
        return cls(function, tree, inspect.getsourcefile(function) or "<unknown>", first)

    def fail(self, node: ast.AST, message: str) -> NoReturn:
        line = self.first_line + getattr(node, "lineno", 1) - 1
        text = ast.unparse(node).splitlines()[0]
        name = self.function.__name__
        raise SpecError(f"{self.file}:{line}: in '{name}': {message}: {text}", (self.file, line, None, text))


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
            return self.apply(function.name, *node.args)
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


def expand(expr: Expr) -> Expr:
    """A call of an element-wise activation, inside a larger formula, is its formula."""
    if isinstance(expr, Activate) and expr.formula:
        return substitute(expr.formula, {"x": expr.argument})
    return expr


def named(name: str, expr: Expr) -> Expr:
    """A pointwise expression under a name; of a choice, both sides."""
    match expr:
        case Apply():
            return Local(name, expr)
        case Choose(condition=condition, then=then, otherwise=otherwise):
            return Choose(condition, named(name, then), named(name, otherwise))
    return expr


def substitute(expr: Expr, values: Mapping[str, Expr]) -> Expr:
    """The expression with names replaced."""
    match expr:
        case Name(name=name):
            return values.get(name, expr)
        case Apply(arguments=arguments):
            return replace(expr, arguments=tuple(substitute(a, values) for a in arguments))
        case Local(value=value):
            return replace(expr, value=substitute(value, values))
    return expr


@dataclass(frozen=True)
class OptionDeclaration:
    """A hyper-parameter: its default and annotation as they are written, its choices if it has a list of them."""

    name: str
    default: Any
    annotation: str


def signature(source: Source) -> tuple[list[str], dict[str, Part], list[OptionDeclaration]]:
    """The inputs, parts and options that a spec's signature declares."""
    tree, parameters = source.tree, inspect.signature(source.function).parameters
    annotations = {a.arg: ast.unparse(a.annotation) for a in tree.args.kwonlyargs if a.annotation}
    inputs: list[str] = []
    parts: dict[str, Part] = {}
    options: list[OptionDeclaration] = []
    for parameter in parameters.values():
        if parameter.kind is parameter.KEYWORD_ONLY:
            if parameter.default is parameter.empty:
                source.fail(tree, f"the option '{parameter.name}' needs a default value")
            annotation = annotations.get(parameter.name, type(parameter.default).__name__)
            options.append(OptionDeclaration(parameter.name, parameter.default, annotation))
        elif isinstance(parameter.default, Part):
            parts[parameter.name] = parameter.default
        elif parameter.default is parameter.empty:
            inputs.append(parameter.name)
        else:
            source.fail(tree, f"'{parameter.name}' is a part (Param, Dense, Conv, Norm, ...) or an option after '*'")
    known = {"C", *BUILTINS, *(o.name for o in options), *derived(tree)}
    for name, part in parts.items():
        for field, text in vars(part).items():
            if isinstance(text, str) and field != "key":
                try:
                    used = Option(f"({text},)" if text else "()").names
                except SyntaxError:
                    source.fail(tree, f"{field} of '{name}' is no expression: {text!r}")
                if unknown := used - known:
                    source.fail(tree, f"{field} of '{name}' names no option: {', '.join(map(repr, sorted(unknown)))}")
    if inputs != ["x"]:
        source.fail(tree, f"a spec takes one input, named x, not {inputs}")
    return inputs, parts, options


def derived(tree: ast.FunctionDef) -> set[str]:
    """The names that a body assigns."""
    targets = [t for n in ast.walk(tree) if isinstance(n, ast.Assign) for t in n.targets]
    return {t.id for t in targets if isinstance(t, ast.Name)}


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
