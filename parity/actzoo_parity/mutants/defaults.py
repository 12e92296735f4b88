"""Wrong defaults of options: another choice, another activation."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ._code import Code, Mutant

ACTIVATIONS = {"relu": "gelu", "sigmoid": "hard_sigmoid", "batch_norm": "instance_norm"}
"""Instead of names that no annotation lists."""


def defaults(code: Code) -> Iterator[Mutant]:
    for annotation, default in _declared(code):
        if not (isinstance(default, ast.Constant) and isinstance(default.value, str)):
            continue
        listed = [n.value for n in ast.walk(annotation) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
        other = next((c for c in listed if c != default.value), ACTIVATIONS.get(default.value))
        if other is not None:
            yield code.replaced("defaults", default, ast.Constant(other))


def _declared(code: Code) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Annotations with defaults: arguments of functions, and the fields of a Linen module."""
    for node in code.nodes:
        if isinstance(node, ast.FunctionDef):
            given = node.args.args[len(node.args.args) - len(node.args.defaults) :]
            for argument, default in zip(given, node.args.defaults, strict=True):
                if argument.annotation is not None:
                    yield argument.annotation, default
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            yield node.annotation, node.value
