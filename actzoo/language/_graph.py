"""What a spec is once it is read: statements over expressions. Knows no framework and does no reading.

Two kinds of expression are kept apart. An `Option` is Python over hyper-parameters, and stays as it was written.
The rest are tensors: pointwise (`Apply`, `Fold`) or structure (`Call`, `Pass`), over names.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Option:
    """An expression over options, kept as text so that it can be compared and hashed."""

    text: str

    @property
    def tree(self) -> ast.expr:
        return ast.parse(self.text, mode="eval").body

    @property
    def names(self) -> set[str]:
        return {n.id for n in ast.walk(self.tree) if isinstance(n, ast.Name)}


class Expr:
    """A tensor."""


@dataclass(frozen=True)
class Number(Expr):
    """A constant of the formula; or an option used as one."""

    value: Option

    def __str__(self) -> str:
        return self.value.text


@dataclass(frozen=True)
class Name(Expr):
    """An input, a part that is a tensor, or a variable of the body."""

    name: str


@dataclass(frozen=True)
class Index(Expr):
    """One member of a family: `delta[k + i]`."""

    family: Expr
    index: Option


@dataclass(frozen=True)
class Apply(Expr):
    """A primitive or an arithmetic or comparison operator, element by element."""

    operator: str
    arguments: tuple[Expr, ...]


@dataclass(frozen=True)
class Local(Expr):
    """An expression that the spec's author gave a name."""

    name: str
    value: Expr


@dataclass(frozen=True)
class Fold(Expr):
    """`maximum(term for i in range(count))`: the first of equals wins."""

    operator: str
    variable: str
    count: Option
    term: Expr


@dataclass(frozen=True)
class Call(Expr):
    """A structural operator."""

    operator: str
    arguments: tuple[Expr, ...]
    options: tuple[Option, ...] = ()


@dataclass(frozen=True)
class Pass(Expr):
    """A tensor passed through a layer of the module; `index` where the layer is one of several."""

    layer: str
    argument: Expr
    index: Option | None = None


@dataclass(frozen=True)
class Activate(Expr):
    """A tensor passed through an activation: one of the zoo, whose formula is in terms of `x`, or, without
    a formula, the one that the option of that name names."""

    activation: str
    argument: Expr
    formula: Expr | None = None


@dataclass(frozen=True)
class Choose(Expr):
    """`a if condition else b`, the condition over options."""

    condition: Option
    then: Expr
    otherwise: Expr


class Statement:
    """A line of the body."""


@dataclass(frozen=True)
class Set(Statement):
    name: str
    value: Expr


@dataclass(frozen=True)
class SetOption(Statement):
    name: str
    value: Option


@dataclass(frozen=True)
class Require(Statement):
    """What the options must satisfy, and how to say so."""

    condition: Option
    message: str


@dataclass(frozen=True)
class If(Statement):
    condition: Option
    then: tuple[Statement, ...]
    otherwise: tuple[Statement, ...]


@dataclass(frozen=True)
class For(Statement):
    variable: str
    count: Option
    body: tuple[Statement, ...]


@dataclass(frozen=True)
class Return(Statement):
    value: Expr


POINTWISE = (Apply, Fold, Local, Index, Number)


def children(expr: Expr) -> tuple[Expr, ...]:
    """The tensors that an expression is made of."""
    match expr:
        case Apply(arguments=arguments) | Call(arguments=arguments):
            return arguments
        case Local(value=value):
            return (value,)
        case Index(family=family):
            return (family,)
        case Fold(term=term):
            return (term,)
        case Pass(argument=argument) | Activate(argument=argument):
            return (argument,)
        case Choose(then=then, otherwise=otherwise):
            return (then, otherwise)
    return ()


def walk(expr: Expr) -> Iterator[Expr]:
    """An expression and all that it is made of, outermost first."""
    yield expr
    for child in children(expr):
        yield from walk(child)


def statements(body: tuple[Statement, ...]) -> Iterator[Statement]:
    """Every statement of a body, those inside `if` and `for` too."""
    for statement in body:
        yield statement
        match statement:
            case If(then=then, otherwise=otherwise):
                yield from statements(then)
                yield from statements(otherwise)
            case For(body=inner):
                yield from statements(inner)


def tensors(body: tuple[Statement, ...]) -> Iterator[Expr]:
    """Every tensor expression of a body."""
    for statement in statements(body):
        if isinstance(statement, Set | Return):
            yield from walk(statement.value)


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
