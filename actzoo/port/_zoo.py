"""Replaces hand-written activations of a ported source by the zoo's: those whose `forward` is one of these formulas.

A formula is compared as a syntax tree, its argument called x and its functions without their modules; a class has to be
nothing but that: no parameters, no options.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from types import MappingProxyType
from typing import final

import libcst as cst

FORMULAS: Mapping[str, str] = MappingProxyType(
    {
        "x * sigmoid(x)": "Swish",
        "sigmoid(x) * x": "Swish",
        "silu(x)": "Swish",
        "x * relu6(x + 3) / 6": "HardSwish",
        "x * (relu6(x + 3) / 6)": "HardSwish",
        "relu6(x + 3) / 6 * x": "HardSwish",
        "hardswish(x)": "HardSwish",
        "relu6(x + 3) / 6": "HardSigmoid",
        "x * tanh(softplus(x))": "Mish",
        "mish(x)": "Mish",
    }
)


def with_zoo(text: str) -> tuple[str, list[str]]:
    """The source with these classes imported from the zoo, and what was replaced, in words."""
    rewriter = _Replace()
    return cst.parse_module(text).visit(rewriter).code, rewriter.replaced


@final
class _Replace(cst.CSTTransformer):
    def __init__(self) -> None:
        super().__init__()
        self.replaced: list[str] = []

    def leave_ClassDef(
        self, original_node: cst.ClassDef, updated_node: cst.ClassDef
    ) -> cst.ClassDef | cst.SimpleStatementLine:
        name = original_node.name.value
        found = formula_of(ast.parse(cst.Module([original_node]).code).body[0])
        if found is None or found not in FORMULAS:
            return updated_node
        zoo = FORMULAS[found]
        self.replaced.append(f"{name} is {zoo} of the zoo: {found}")
        line = f"from actzoo_torch import {zoo}" + (f" as {name}" if name != zoo else "")
        statement = cst.parse_statement(line)
        assert isinstance(statement, cst.SimpleStatementLine)
        return statement.with_changes(leading_lines=original_node.leading_lines)


def formula_of(node: ast.stmt) -> str | None:
    """The one expression that a class of a module returns, or None if there is more to it."""
    if not isinstance(node, ast.ClassDef) or [ast.unparse(b).rpartition(".")[2] for b in node.bases] != ["Module"]:
        return None
    methods = {n.name: n for n in node.body if isinstance(n, ast.FunctionDef)}
    plain = [n for n in node.body if not isinstance(n, ast.FunctionDef) and not _is_text(n)]
    forward = methods.get("forward")
    if (
        plain
        or forward is None
        or not methods.keys() <= {"__init__", "forward"}
        or not _is_empty(methods.get("__init__"))
    ):
        return None
    body = [n for n in forward.body if not _is_text(n)]
    if len(forward.args.args) != 2 or len(body) != 1 or not isinstance(body[0], ast.Return) or body[0].value is None:
        return None
    return ast.unparse(_Plain(forward.args.args[1].arg).visit(body[0].value)).replace("3.0", "3").replace("6.0", "6")


class _Plain(ast.NodeTransformer):
    """The argument as x, functions by their last names."""

    def __init__(self, argument: str) -> None:
        self.argument = argument

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.Name("x") if node.id == self.argument else node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.func, ast.Attribute) and ast.unparse(node.func.value) in (
            "F",
            "torch",
            "torch.nn.functional",
        ):
            node.func = ast.Name(node.func.attr)
        return node


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Pass) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))


def _is_empty(init: ast.FunctionDef | None) -> bool:
    """Whether a constructor takes nothing and only calls its base's."""
    if init is None:
        return True
    calls = [n for n in init.body if not _is_text(n)]
    return len(init.args.args) == 1 and len(calls) == 1 and "super(" in ast.unparse(calls[0])
