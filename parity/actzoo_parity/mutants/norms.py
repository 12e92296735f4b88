"""Normalisations with a wrong epsilon, momentum or variance, or with none said where the default is another."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ._code import Code, Mutant, called

WRONG = {"epsilon": ("1e-3", "1e-6"), "momentum": ("0.1", "0.99"), "eps": ("1e-3", "1e-6")}
DEFAULTS = {"torch": ("eps", "momentum"), "paddle": (), "flax": (), "linen": ()}
"""What torch's norms are not told, since its defaults are the zoo's."""

NORMS = frozenset({"batch_norm", "BatchNorm", "GroupNorm"})


def norms(code: Code) -> Iterator[Mutant]:
    for call in code.all(ast.Call):
        name = called(call)
        if name not in NORMS:
            continue
        said = [k.arg for k in call.keywords if k.arg in WRONG]
        added = [k for k in DEFAULTS[code.framework] if not (k == "momentum" and name == "GroupNorm")]
        for keyword in (*said, *added):
            assert keyword is not None
            for number in WRONG[keyword] if keyword != "momentum" or said else ("0.9", "0.01"):
                others = [k for k in call.keywords if k.arg != keyword]
                wrong = ast.keyword(keyword, ast.Name(number))
                yield code.replaced("epsilon and momentum", call, ast.Call(call.func, call.args, [*others, wrong]))
