"""Swapped weights: two arguments, two layers in each other's place."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ._code import Code, Mutant

COUNTS = frozenset({"i", "k", "self.k", "grad", "needs"})
"""What is no tensor: nothing runs with it in a tensor's place."""


def swaps(code: Code) -> Iterator[Mutant]:
    own = {name for name in code.definitions if name.startswith(f"_{code.spec.name}")} | {code.spec.name}
    for call in code.all(ast.Call):
        if not (isinstance(call.func, ast.Name) and call.func.id in own):
            continue
        for i in range(len(call.args) - 1):
            first, second = call.args[i], call.args[i + 1]
            if {ast.unparse(first), ast.unparse(second)} & COUNTS or isinstance(first, ast.Constant):
                continue
            swapped = [*call.args[:i], second, first, *call.args[i + 2 :]]
            yield code.replaced("swapped weights", call, ast.Call(call.func, swapped, call.keywords))
    for loop in code.all(ast.For):
        if isinstance(loop.iter, ast.Call) and ast.unparse(loop.iter.func) == "range":
            backwards = ast.Call(ast.Name("reversed"), [loop.iter], [])
            yield code.replaced("swapped weights", loop.iter, backwards)
