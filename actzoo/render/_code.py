"""Expressions to Python source, by a target's rows. Knows no framework."""

from __future__ import annotations

import ast
import string
from collections import Counter
from collections.abc import Iterable, Mapping

from actzoo.language._graph import Apply, Expr, Index, Local, Name, Number, Option, children, walk
from actzoo.render._table import ARITHMETIC, Rows

Rename = Mapping[str, str]


class Substitute(ast.NodeTransformer):
    """Names of a row, or of an option expression, replaced by expressions."""

    def __init__(self, values: Mapping[str, ast.expr]) -> None:
        self.values = values

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self.values.get(node.id, node)


def parse(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def substituted(tree: ast.expr, values: Mapping[str, ast.expr]) -> ast.expr:
    found: ast.expr = Substitute(values).visit(tree)
    return found


def fill(row: str, *arguments: ast.expr) -> ast.expr:
    """A row with its `a`, `b`, ... replaced."""
    return substituted(parse(row), dict(zip(string.ascii_lowercase, arguments, strict=False)))


def option(value: Option, rename: Rename) -> ast.expr:
    """An option expression, with options renamed: `k` to `self.k`."""
    return substituted(value.tree, {n: parse(rename[n]) for n in value.names if n in rename})


class Lines:
    """Statements of one function: the expressions given to it, with what is named or used twice assigned first.

    `first` is the first of its arguments, whose type numbers take where a target asks for that.
    """

    def __init__(self, target: Rows, taken: Iterable[str], indent: str = "    ", first: str = "") -> None:
        self.target = target
        self.first = first
        self.indent = indent
        self.lines: list[str] = []
        self.names: dict[Expr, str] = {}
        self.authors: dict[Expr, str] = {}
        self.taken = set(taken) | target.reserved

    def write(self, line: str) -> None:
        self.lines.append(self.indent + line)

    def code(self, *exprs: Expr) -> list[str]:
        """The source of each expression; the lines before it are written."""
        exprs = tuple(map(self.bare, exprs))
        seen: set[Expr] = set()
        uses = Counter(e for expr in exprs for e in walk_once(expr, seen))
        for expr in exprs:
            for part in reversed(list(walk(expr))):
                named = part in self.authors and part not in exprs
                shared = isinstance(part, Apply) and uses[part] > 1 and not trivial(part)
                if (named or shared) and part not in self.names:
                    source = ast.unparse(self.tree(part))
                    name = self.fresh(part)
                    self.write(f"{name} = {source}")
                    self.names[part] = name
        return [ast.unparse(self.tree(e)) for e in exprs]

    def bare(self, expr: Expr) -> Expr:
        """The expression without its author's names, which are remembered: named or not, it is the same expression."""
        match expr:
            case Local(name=name, value=value):
                inner = self.bare(value)
                if isinstance(inner, Apply):
                    self.authors.setdefault(inner, name)
                return inner
            case Apply(operator=operator, arguments=arguments):
                return Apply(operator, tuple(map(self.bare, arguments)))
        return expr

    def fresh(self, expr: Expr) -> str:
        """A name for an expression: its author's, else its operator's and, for a single one, its leaf's."""
        assert isinstance(expr, Apply)
        if expr in self.authors:
            wanted = self.authors[expr]
        else:
            leaves = [e.name for e in walk(expr) if isinstance(e, Name)]
            wanted = f"{expr.operator}_{leaves[0]}" if len(set(leaves)) == 1 else expr.operator
            wanted = wanted if expr.operator not in ARITHMETIC else WORDS.get(expr.operator, "term")
        name, n = wanted, 2
        while name in self.taken:
            name, n = f"{wanted}_{n}", n + 1
        self.taken.add(name)
        return name

    def tree(self, expr: Expr) -> ast.expr:
        if expr in self.names:
            return parse(self.names[expr])
        match expr:
            case Name(name=name):
                return parse(name)
            case Number(value=value):
                return substituted(parse(self.target.number), {"a": value.tree, "first": ast.Name(self.first)})
            case Index(family=family, index=index):
                return ast.Subscript(self.tree(family), index.tree)
            case Apply(operator=operator, arguments=arguments):
                row = ARITHMETIC.get(operator) or self.target.row("primitives", operator)
                return fill(row, *map(self.tree, arguments))
        raise TypeError(f"{type(expr).__name__} has no place in a pointwise stage")


WORDS = {
    "mul": "product",
    "add": "total",
    "sub": "difference",
    "div": "quotient",
    "neg": "negated",
    "lt": "less",
    "le": "at_most",
    "gt": "greater",
    "ge": "at_least",
    "both": "inside",
}


def trivial(expr: Expr) -> bool:
    """Not worth a name: a comparison or a negation of a name or number."""
    simple = isinstance(expr, Apply) and expr.operator in {"neg", "lt", "le", "gt", "ge"}
    return simple and all(isinstance(a, Name | Number) for a in expr.arguments)  # type: ignore[attr-defined]


def walk_once(expr: Expr, seen: set[Expr]) -> Iterable[Expr]:
    """Every use of an expression, where what stands inside a shared one counts once."""
    yield expr
    if expr in seen:
        return
    seen.add(expr)
    for child in children(expr):
        yield from walk_once(child, seen)


def used_names(text: str) -> set[str]:
    """Every plain name that some source reads or calls."""
    return {n.id for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Name)}


def joined(blocks: Iterable[str]) -> str:
    return "\n\n\n".join(block.strip("\n") for block in blocks if block.strip())
