"""JAX, operation by operation: a traced computation run with errors in each result. Knows no model."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, final

import jax
import numpy as np

from ._noise import Kind, Noise, are_equal, most_terms, names

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
FUNCTIONS = names(
    """
    acos acosh asin asinh atan atan2 atanh cbrt cos cosh digamma erf erf_inv erfc exp exp2 expm1 igamma lgamma
    log log1p logistic pow rsqrt sin sinh tan tanh
    """
)


@final
@dataclass
class Interpreter:
    """Runs a closed jaxpr operation by operation: with errors in each result, or with float64 for float32."""

    noise: Noise | None
    widen: bool

    def __post_init__(self) -> None:
        self._draw = self.noise.generator() if self.noise else None

    def run(self, closed: Any, arguments: Sequence[Any]) -> list[Any]:
        """The results."""
        jaxpr = closed.jaxpr
        inputs = (*jaxpr.constvars, *jaxpr.invars)
        values = dict(zip(inputs, map(self._wide, (*closed.consts, *arguments)), strict=True))

        def read(variable: Any) -> Any:
            literal = isinstance(variable, jax.extend.core.Literal)
            return self._wide(variable.val) if literal else values[variable]

        for equation in jaxpr.eqns:
            given = [read(v) for v in equation.invars]
            inner = _inner(equation)
            results = self._operation(equation, given) if inner is None else self.run(inner, given)
            values.update(zip(equation.outvars, results, strict=True))
        return [read(v) for v in jaxpr.outvars]

    def _operation(self, equation: Any, given: list[Any]) -> list[Any]:
        kind = _kind(equation.primitive.name)
        terms = _terms(equation) if kind is Kind.SUM else 1
        if self.noise is not None and kind is Kind.SUM:
            given = [self._disturbed(each, self.noise.of_operands(kind, terms)) for each in given]
        parameters = equation.params
        if self.widen and equation.primitive.name in OPAQUE:  # its own jaxpr says which dtypes it takes
            given = [jax.numpy.asarray(g, v.aval.dtype) for g, v in zip(given, equation.invars, strict=True)]
        elif self.widen:
            parameters = {name: _WIDE if _is_float32(value) else value for name, value in parameters.items()}
        bound = equation.primitive.get_bind_params(parameters)
        functions, parameters = bound if isinstance(bound, tuple) else ((), bound)  # a tuple in earlier versions
        out = equation.primitive.bind(*functions, *given, **parameters)
        results = map(self._wide, out if equation.primitive.multiple_results else [out])
        if self.noise is None:
            return list(results)
        size = self.noise.of_result(kind, terms)
        if equation.primitive.name == "reduce_sum" and not self.noise.plain:
            size = max(size, self.noise.of_sum(terms, are_equal(np.asarray(given[0]), equation.params["axes"])))
        return [self._disturbed(each, size) for each in results]

    def _wide(self, value: Any) -> Any:
        return jax.numpy.asarray(value, _WIDE) if self.widen and jax.numpy.result_type(value) == "float32" else value

    def _disturbed(self, value: Any, size: float) -> Any:
        if not size or not jax.numpy.issubdtype(jax.numpy.result_type(value), np.floating):
            return value
        assert self.noise is not None
        assert self._draw is not None
        return jax.numpy.asarray(self.noise.disturbed(np.asarray(value), size, self._draw))


_WIDE = np.dtype(np.float64)


def _is_float32(value: Any) -> bool:
    return isinstance(value, np.dtype | type) and value in (np.dtype(np.float32), np.float32)


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


def _kind(name: str) -> Kind:
    if name in MOVED:
        return Kind.MOVED
    if name in BASIC:
        return Kind.BASIC
    return Kind.FUNCTION if name in FUNCTIONS else Kind.SUM


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
