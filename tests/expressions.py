"""Expressions of the spec language evaluated, in any numbers: mpmath's, fractions, floats. Knows no derivative."""

from __future__ import annotations

import linecache
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import mpmath as mp

from actzoo.language._graph import Apply, Expr, Fold, Index, Local, Name, Number

ARITHMETIC: Mapping[str, Callable[..., Any]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "neg": lambda a: -a,
    "lt": lambda a, b: a < b,
    "le": lambda a, b: a <= b,
    "gt": lambda a, b: a > b,
    "ge": lambda a, b: a >= b,
    "both": lambda a, b: a and b,
    "maximum": max,
    "minimum": min,
    "clip": lambda x, low, high: min(max(x, low), high),
    "gated": lambda x, gate: x * gate if gate else 0 * gate,
}
"""What needs no function of the field of numbers; exact in fractions."""

FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "exp": mp.exp,
    "expm1": mp.expm1,
    "log1p": mp.log1p,
    "tanh": mp.tanh,
    "sech2": lambda x: mp.sech(x) ** 2,
    "sigmoid": lambda x: 1 / (1 + mp.exp(-x)),
    "softplus": lambda x: mp.log(1 + mp.exp(x)),
    "erfc": mp.erfc,
    "normal_cdf": mp.ncdf,
    "exp_gated": lambda x, t: x * mp.exp(t),
    "sigmoid_gated": lambda x, t: x / (1 + mp.exp(-t)),
    "normal_gated": lambda x, t: x * mp.ncdf(t),
}


def evaluate(expr: Expr, values: Mapping[str, Any], number: Callable[[Any], Any] = mp.mpf) -> Any:
    """The value of an expression, for values of its names and options; of a `where`, the branch taken alone."""
    match expr:
        case Name(name=name):
            return values[name]
        case Number(value=value):
            return number(eval(value.text, {}, dict(values)))
        case Index(family=family, index=index):
            return evaluate(family, values, number)[eval(index.text, {}, dict(values))]
        case Local(value=value):
            return evaluate(value, values, number)
        case Fold(operator="maximum", variable=variable, count=count, term=term):
            size = eval(count.text, {}, dict(values))
            return max(evaluate(term, {**values, variable: i}, number) for i in range(size))
        case Apply(operator="where", arguments=(condition, a, b)):
            return evaluate(a if evaluate(condition, values, number) else b, values, number)
        case Apply(operator=operator, arguments=arguments):
            function = {**ARITHMETIC, **FUNCTIONS}[operator]
            return function(*(evaluate(a, values, number) for a in arguments))
    raise TypeError(f"no value for {expr}")


def run_file(folder: Path, text: str) -> dict[str, Any]:
    """The names of a file with that text, as an import would make them; its source can be looked up."""
    path = folder / "specs.py"
    path.write_text(text, encoding="utf-8")
    linecache.checkcache(str(path))
    names: dict[str, Any] = {"__name__": "specs", "__file__": str(path)}
    exec(compile(text, str(path), "exec"), names)
    return names
