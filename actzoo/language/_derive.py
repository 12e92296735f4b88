"""Derivatives of pointwise expressions, in forward mode, from one table. Knows no framework.

A rule maps the arguments of an operator and their tangents to the tangent of its result, so that a `where` selects
tangents as it selects values, and the branch that is not taken adds nothing. Add a rule with every new primitive.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TypeGuard

from actzoo.language._graph import Apply, Expr, Fold, Index, Local, Name, Number, Option, walk

ZERO, ONE = Number(Option("0")), Number(Option("1"))


def constant(expr: Expr) -> float | None:
    """The value of a number that no option decides."""
    if isinstance(expr, Number) and not expr.value.names:
        return float(eval(expr.value.text, {"__builtins__": {}}))  # arithmetic of the spec's own numbers
    return None


def is_number(expr: Expr) -> bool:
    """Whether no tensor is in it: numbers and options alone."""
    return not any(isinstance(e, Name | Index) for e in walk(expr))


def number(value: float) -> Number:
    return Number(Option(repr(int(value) if value == int(value) else value)))


def add(a: Expr, b: Expr) -> Expr:
    match constant(a), constant(b):
        case (0, _):
            return b
        case (_, 0):
            return a
        case (float(m), float(n)):
            return number(m + n)
    match a, b:
        case (
            Apply(operator="where", arguments=(c, p, q)),
            Apply(operator="where", arguments=(d, r, s)),
        ) if c == d and ZERO in (p, q) and ZERO in (r, s):
            return where(c, add(p, r), add(q, s))
    return sub(a, b.arguments[0]) if is_neg(b) else Apply("add", (a, b))


def sub(a: Expr, b: Expr) -> Expr:
    match constant(a), constant(b):
        case (_, 0):
            return a
        case (float(m), float(n)):
            return number(m - n)
        case (0, _):
            return neg(b)
    return Apply("sub", (a, b))


def neg(a: Expr) -> Expr:
    if (value := constant(a)) is not None:
        return number(-value)
    return a.arguments[0] if is_neg(a) else Apply("neg", (a,))


def is_neg(a: Expr) -> TypeGuard[Apply]:
    return isinstance(a, Apply) and a.operator == "neg"


def mul(a: Expr, b: Expr) -> Expr:
    match constant(a), constant(b):
        case (0, _) | (_, 0):
            return ZERO
        case (1, _):
            return b
        case (_, 1):
            return a
        case (float(m), float(n)):
            return number(m * n)
        case (-1, _):
            return neg(b)
        case (None, float()):
            return mul(b, a)
        case (float(m), None):
            match b:
                case Apply(operator="mul", arguments=(first, rest)) if (inner := constant(first)) is not None:
                    return mul(number(m * inner), rest)
                case Apply(operator="neg", arguments=(rest,)):
                    return mul(number(-m), rest)
                case Apply(operator="div", arguments=(first, rest)) if (inner := constant(first)) is not None:
                    return div(number(m * inner), rest)
    match b:
        case Apply(operator="div", arguments=(first, rest)) if first == ONE:
            return div(a, rest)
        case Apply(operator="div", arguments=(first, rest)) if rest == a and is_number(a):
            return first
    if is_neg(a):
        return neg(mul(a.arguments[0], b))
    if is_neg(b):
        return neg(mul(a, b.arguments[0]))
    for factor, branches in ((a, b), (b, a)):
        if _is_where(branches) and numbers_only(branches):  # a number in both branches has no dtype of its own
            return _scaled(factor, branches)
    return selected(lambda e: mul(a, e), b) or selected(lambda e: mul(e, b), a) or Apply("mul", (a, b))


def div(a: Expr, b: Expr) -> Expr:
    if constant(a) == 0:
        return ZERO
    if constant(b) == 1:
        return a
    return selected(lambda e: div(e, b), a) or Apply("div", (a, b))


def where(condition: Expr, a: Expr, b: Expr) -> Expr:
    return a if a == b else Apply("where", (condition, a, b))


def gated(x: Expr, gate: Expr) -> Expr:
    if is_number(x) or is_number(gate):
        return mul(x, gate)
    return selected(lambda e: gated(x, e), gate) or Apply("gated", (x, gate))


def sigmoid_gated(x: Expr, u: Expr) -> Expr:
    if is_number(x):
        return mul(x, Apply("sigmoid", (u,)))
    if is_neg(x):
        return neg(sigmoid_gated(x.arguments[0], u))
    return selected(lambda e: sigmoid_gated(e, u), x) or Apply("sigmoid_gated", (x, u))


def exp_gated(x: Expr, u: Expr) -> Expr:
    if is_number(x):
        return mul(x, Apply("exp", (u,)))
    if is_neg(x):
        return neg(exp_gated(x.arguments[0], u))
    return selected(lambda e: exp_gated(e, u), x) or Apply("exp_gated", (x, u))


def normal_gated(x: Expr, u: Expr) -> Expr:
    if is_number(x):
        return mul(x, Apply("normal_cdf", (u,)))
    return selected(lambda e: normal_gated(e, u), x) or Apply("normal_gated", (x, u))


def finite(x: Expr) -> Expr:
    """x as the factor of what a gate closes on: infinite, it makes NaN of a gate of 0 when that is differentiated."""
    return x if is_number(x) else Apply("clip", (x, Number(Option("-1e30")), Number(Option("1e30"))))


def selected(function: Callable[[Expr], Expr], expr: Expr) -> Expr | None:
    """A linear function of `where(c, a, 0)` or `where(c, 0, b)`, applied in the branch: it maps 0 to 0."""
    match expr:
        case Apply(operator="where", arguments=(condition, a, b)) if ZERO in (a, b):
            return where(condition, ZERO if a == ZERO else function(a), ZERO if b == ZERO else function(b))
    return None


SMART: Mapping[str, Callable[..., Expr]] = {
    "add": add,
    "sub": sub,
    "mul": mul,
    "div": div,
    "neg": neg,
    "where": where,
    "gated": gated,
    "exp_gated": exp_gated,
    "sigmoid_gated": sigmoid_gated,
    "normal_gated": normal_gated,
}


def call(operator: str, *arguments: Expr) -> Expr:
    """An operator applied, with what is trivial worked out."""
    return SMART[operator](*arguments) if operator in SMART else Apply(operator, arguments)


def simplify(expr: Expr) -> Expr:
    """The expression with its trivial arithmetic worked out: 1 x, x + 0, 1 - 0."""
    match expr:
        case Number() if (known := constant(expr)) is not None:
            return number(known)
        case Apply(operator=operator, arguments=arguments):
            return call(operator, *map(simplify, arguments))
        case Local(name=name, value=value):
            inner = simplify(value)
            return inner if isinstance(inner, Name | Number | Index) else Local(name, inner)
        case Fold(operator=operator, variable=variable, count=count, term=term):
            return Fold(operator, variable, count, simplify(term))
    return expr


TWO_OVER_SQRT_PI = number(2 / math.sqrt(math.pi))
ONE_OVER_SQRT_TWO_PI = number(1 / math.sqrt(2 * math.pi))
HALF, QUARTER = number(0.5), number(0.25)

RULES: Mapping[str, Callable[..., Expr]] = {
    "add": lambda u, v, du, dv: add(du, dv),
    "sub": lambda u, v, du, dv: sub(du, dv),
    "neg": lambda u, du: neg(du),
    "mul": lambda u, v, du, dv: mul(mul(number(2), u), du) if u == v else add(mul(du, v), mul(u, dv)),
    # Not over v v, which overflows before the quotient underflows, and is infinity times 0 when differentiated again.
    "div": lambda u, v, du, dv: sub(div(du, v), mul(div(div(u, v), v), dv)),
    "exp": lambda u, du: exp_gated(du, u),
    "expm1": lambda u, du: exp_gated(du, u),
    "log1p": lambda u, du: div(du, add(ONE, u)),
    "tanh": lambda u, du: mul(call("sech2", u), du),
    "sech2": lambda u, du: mul(mul(mul(number(-2), call("tanh", u)), call("sech2", u)), du),
    # Not sigmoid(u) sigmoid(-u), whose own derivative is a difference of equals near 0.
    "sigmoid": lambda u, du: mul(mul(QUARTER, call("sech2", mul(HALF, u))), du),
    "softplus": lambda u, du: sigmoid_gated(du, u),
    "erfc": lambda u, du: mul(mul(neg(TWO_OVER_SQRT_PI), call("exp", neg(mul(u, u)))), du),
    # Not by erfc, whose argument, squared, is off by the rounding of u / sqrt(2).
    "normal_cdf": lambda u, du: exp_gated(mul(ONE_OVER_SQRT_TWO_PI, du), neg(div(mul(u, u), number(2)))),
    "maximum": lambda u, v, du, dv: where(call("gt", v, u), dv, du),
    "minimum": lambda u, v, du, dv: where(call("gt", u, v), dv, du),
    "clip": lambda u, low, high, du, *_: where(call("both", call("gt", u, low), call("lt", u, high)), du, ZERO),
    "exp_gated": lambda x, u, dx, du: exp_gated(add(dx, mul(finite(x), du)), u),
    "sigmoid_gated": lambda x, u, dx, du: sigmoid_gated(add(dx, sigmoid_gated(mul(finite(x), du), neg(u))), u),
    "normal_gated": lambda x, u, dx, du: add(
        normal_gated(dx, u),
        exp_gated(mul(mul(ONE_OVER_SQRT_TWO_PI, finite(x)), du), neg(div(mul(u, u), number(2)))),
    ),
    "gated": lambda u, gate, du, dgate: add(gated(du, gate), gated(u, dgate)),
}
CONDITIONS = frozenset({"lt", "le", "gt", "ge", "both"})


def tangent(expr: Expr, seeds: Mapping[Expr, Expr], known: Mapping[Expr, bool] | None = None) -> Expr:
    """The tangent of an expression for given tangents of its leaves; a leaf without one has 0.

    `known` are conditions that hold, or do not, where the tangent is asked for: within a branch of a `where`, the
    tangent of another `where` on the same condition is that of the branch taken.
    """
    known = known or {}
    if expr in seeds:
        return seeds[expr]
    match expr:
        case Name() | Number() | Index():
            return ZERO
        case Local(value=value):
            return tangent(value, seeds, known)
        case Apply(operator="where", arguments=(condition, a, b)):
            if condition in known:
                return tangent(a if known[condition] else b, seeds, known)
            return where(
                condition,
                tangent(a, seeds, {**known, condition: True}),
                tangent(b, seeds, {**known, condition: False}),
            )
        case Apply(operator=operator) if operator in CONDITIONS:
            return ZERO
        case Apply(operator=operator, arguments=arguments):
            tangents = [tangent(a, seeds, known) for a in arguments]
            if all(t == ZERO for t in tangents):
                return ZERO
            if operator not in RULES:
                raise NotImplementedError(
                    f"no derivative rule for '{operator}'; add one to RULES in actzoo/language/_derive.py"
                )
            return RULES[operator](*arguments, *tangents)
    raise TypeError(f"{type(expr).__name__} is not pointwise")


def scale(factor: Expr, expr: Expr) -> Expr:
    """factor times a derivative. Where all branches of a `where` are numbers, it selects products.

    Otherwise the factor stays outside: differentiated again, or transposed, the branch that is not taken is
    multiplied by 0, and may be infinite.
    """
    if numbers_only(expr):
        return _scaled(factor, expr)
    return mul(factor, expr) if not _is_where(expr) else Apply("mul", (factor, expr))


def _is_where(expr: Expr) -> bool:
    return isinstance(expr, Apply) and expr.operator == "where"


def numbers_only(expr: Expr) -> bool:
    """Whether a derivative is constant, or selects among constants."""
    match expr:
        case Apply(operator="where", arguments=(_, *branches)):
            return all(map(numbers_only, branches))
        case Apply(arguments=arguments):
            return all(map(numbers_only, arguments))
    return isinstance(expr, Number)


def _scaled(factor: Expr, expr: Expr) -> Expr:
    match expr:
        case Apply(operator="where", arguments=(condition, a, b)):
            return where(condition, _scaled(factor, a), _scaled(factor, b))
    return mul(factor, expr)
