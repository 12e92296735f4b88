"""JAX, operation by operation: a traced computation run with errors in each result. Knows no model."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import jax
import numpy as np

from ._noise import Kind, Noise, most_terms, names

MOVED = names(
    """
    abs argmax argmin broadcast_in_dim clamp concatenate convert_element_type copy copy_p dynamic_slice
    dynamic_update_slice eq gather ge gt iota le lt max min ne neg pad reduce_and reduce_max reduce_min
    reduce_or reduce_precision reshape rev select_n sign slice sort split squeeze stop_gradient top_k
    transpose
    """
)
BASIC = names(
    """
    add add_any div integer_pow mul sqrt square sub
    """
)
INNER = ("jaxpr", "call_jaxpr", "fun_jaxpr")
"""Under which parameter a call has what it calls; loops and conditions are operations of their own."""
OPAQUE = frozenset(("scan", "while", "cond", "custom_linear_solve"))
LIBRARY = names(
    """
    acos acosh asin asinh atan atan2 atanh cbrt cos cosh digamma erf erf_inv erfc exp exp2 expm1 igamma lgamma
    log log1p logistic pow rsqrt sin sinh tan tanh
    """
)


def disturbed(closed: Any, noise: Noise, arguments: Sequence[Any]) -> list[Any]:
    """The results of a closed jaxpr, each operation's multiplied by 1 + an error."""
    results: list[Any] = _run(closed.jaxpr, closed.consts, arguments, noise, noise.generator())
    return results


def narrowed(closed: Any) -> dict[str, str]:
    """Which narrower floats float64 values are cast to, and by what."""
    found: dict[str, str] = {}
    for equation in _equations(closed.jaxpr):
        if any(_dtype(v) == "float64" for v in equation.invars):
            for variable in equation.outvars:
                # a number by itself is a constant
                if _dtype(variable) in ("float32", "float16", "bfloat16") and math.prod(variable.aval.shape) > 1:
                    found.setdefault(_dtype(variable), equation.primitive.name)
    return found


def _run(jaxpr: Any, consts: Sequence[Any], arguments: Sequence[Any], noise: Noise, draw: np.random.Generator) -> Any:
    values: dict[Any, Any] = dict(zip((*jaxpr.constvars, *jaxpr.invars), (*consts, *arguments), strict=True))
    for equation in jaxpr.eqns:
        given = [v.val if isinstance(v, jax.extend.core.Literal) else values[v] for v in equation.invars]
        inner = _inner(equation)
        if inner is not None:
            results = _run(inner.jaxpr, inner.consts, given, noise, draw)
        else:
            results = _operation(equation, given, noise, draw)
        values.update(zip(equation.outvars, results, strict=True))
    return [v.val if isinstance(v, jax.extend.core.Literal) else values[v] for v in jaxpr.outvars]


def _operation(equation: Any, given: list[Any], noise: Noise, draw: np.random.Generator) -> list[Any]:
    kind = _kind(equation.primitive.name)
    terms = _terms(equation) if kind is Kind.SUM else 1
    if kind is Kind.SUM:
        given = [_disturb(each, noise.of_operands(kind, terms), noise, draw) for each in given]
    bound = equation.primitive.get_bind_params(equation.params)
    functions, parameters = bound if isinstance(bound, tuple) else ((), bound)  # a tuple in earlier versions
    out = equation.primitive.bind(*functions, *given, **parameters)
    results = list(out) if equation.primitive.multiple_results else [out]
    return [_disturb(each, noise.of_result(kind, terms), noise, draw) for each in results]


def _disturb(value: Any, size: float, noise: Noise, draw: np.random.Generator) -> Any:
    if not size or not jax.numpy.issubdtype(jax.numpy.result_type(value), np.floating):
        return value
    return jax.numpy.asarray(noise.disturbed(np.asarray(value), size, draw))


def _kind(name: str) -> Kind:
    if name in MOVED:
        return Kind.MOVED
    if name in BASIC:
        return Kind.BASIC
    return Kind.LIBRARY if name in LIBRARY else Kind.SUM


def _terms(equation: Any) -> int:
    shapes = [tuple(v.aval.shape) for v in equation.invars if _dtype(v).startswith(("float", "bfloat"))]
    if equation.primitive.name == "dot_general":
        (axes, _), _ = equation.params["dimension_numbers"]
        return math.prod(shapes[0][axis] for axis in axes)
    if equation.primitive.name == "reduce_sum":
        return math.prod(shapes[0][axis] for axis in equation.params["axes"])
    return most_terms(shapes)


def _inner(equation: Any) -> Any:
    """What a call calls: a function under jit, checkpoint or with a derivative of its own."""
    if equation.primitive.name in OPAQUE:
        return None
    found = next((equation.params[name] for name in INNER if name in equation.params), None)
    if found is None or hasattr(found, "consts"):
        return found
    return jax.extend.core.ClosedJaxpr(found, ())


def _equations(jaxpr: Any) -> Iterator[Any]:
    for equation in jaxpr.eqns:
        yield equation
        for each in jax.tree.leaves(tuple(equation.params.values()), is_leaf=_is_jaxpr):
            if _is_jaxpr(each):
                yield from _equations(getattr(each, "jaxpr", each))


def _is_jaxpr(value: Any) -> bool:
    return isinstance(value, jax.extend.core.Jaxpr | jax.extend.core.ClosedJaxpr)


def _dtype(variable: Any) -> str:
    return str(getattr(variable.aval, "dtype", ""))
