"""What a source says of a model's loss: a layer called with its output, or a call of a function. Runs nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import final

from ._facts import Facts, Knowledge
from ._kinds import Api, Kind
from ._samples import assigned, is_call, is_model

OUTPUT = "output_of_the_model"
"""The argument of a loss that is a call of the model where it stands."""

LOSSES = frozenset({"cross_entropy", "softmax_with_cross_entropy", "square_error_cost", "kl_div"})


@final
@dataclass(frozen=True)
class LossCall:
    """An assignment of a loss that is no layer: its variable, which assignment to it, what it takes, and the model."""

    variable: str
    ordinal: int
    takes: tuple[str, str]
    model: str


def is_loss_layer(call: ast.Call, facts: Facts) -> bool:
    """Whether it makes one of Paddle's own losses."""
    kind = facts.kinds.get(facts.span(call.func), frozenset())
    return any(isinstance(a, Api) and a.name.startswith("paddle.nn.") and a.name.endswith("Loss") for a in kind)


def loss_layers(tree: ast.Module, facts: Facts, knowledge: Knowledge) -> set[str]:
    """Variables that hold a layer of two inputs, which is called with what a model gives."""
    found = set()
    for call in (n for n in ast.walk(tree) if isinstance(n, ast.Call)):
        if isinstance(call.func, ast.Name) and len(call.args) == 2 and not call.keywords:
            kind = facts.kinds.get(facts.span(call.func), frozenset())
            if is_model(kind, knowledge) and _is_of_a_model(call.args[0], tree, facts, knowledge):
                found.add(call.func.id)
    return found


def _is_of_a_model(node: ast.expr, tree: ast.Module, facts: Facts, knowledge: Knowledge) -> bool:
    """Whether it is a call of a model, or a variable that one was given to."""
    if isinstance(node, ast.Call):
        return is_model(facts.kinds.get(facts.span(node.func), frozenset()), knowledge)
    if not isinstance(node, ast.Name):
        return False
    values = [n.value for n in ast.walk(tree) if isinstance(n, ast.Assign) and _stores(n, node.id)]
    return any(isinstance(v, ast.Call) and _is_of_a_model(v, tree, facts, knowledge) for v in values)


def _stores(node: ast.Assign, name: str) -> bool:
    return any(isinstance(n, ast.Name) and n.id == name for target in node.targets for n in ast.walk(target))


def loss_layer_of(statements: Sequence[ast.stmt], name: str, losses: set[str]) -> str | None:
    """The loss that is called with what this model gives, before the variable is another model."""
    outputs: set[str] = set()
    for node in statements:
        if assigned(node) == name:
            return None
        for each in ast.walk(node):
            if isinstance(each, ast.Assign) and is_call(each.value, name):
                outputs |= {n.id for target in each.targets for n in ast.walk(target) if isinstance(n, ast.Name)}
        for call in (n for n in ast.walk(node) if isinstance(n, ast.Call)):
            if isinstance(call.func, ast.Name) and call.func.id in losses and call.args:
                first = call.args[0]
                if is_call(first, name) or (isinstance(first, ast.Name) and first.id in outputs):
                    return call.func.id
    return None


def loss_call_of(tree: ast.Module, facts: Facts, kind: Kind) -> LossCall | None:
    """An assignment of `F.cross_entropy(model(x), y)` or the like, anywhere, for a model of this kind."""
    outputs: dict[str, str] = {}
    counts: dict[str, int] = {}
    for node in _in_order(tree):
        variable = assigned(node)
        if variable is None:
            continue
        ordinal = counts[variable] = counts.get(variable, -1) + 1
        if not isinstance(node, ast.Assign):
            continue
        callee = _callee(node.value, facts, kind)
        if callee is not None:
            outputs[variable] = callee
            continue
        for call in (n for n in ast.walk(node.value) if isinstance(n, ast.Call) and _is_loss(n, facts)):
            first, second = _two(call)
            labels = sorted({n.id for n in ast.walk(second) if isinstance(n, ast.Name)}) if second is not None else []
            model = _callee(first, facts, kind) if first is not None else None
            if model is not None and len(labels) == 1:
                return LossCall(variable, ordinal, (OUTPUT, labels[0]), model)
            if isinstance(first, ast.Name) and first.id in outputs and len(labels) == 1:
                return LossCall(variable, ordinal, (first.id, labels[0]), outputs[first.id])
    return None


def _in_order(tree: ast.AST) -> Iterator[ast.stmt]:
    """All statements, also those of functions and classes, as they stand."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.stmt):
            yield node
        yield from _in_order(node)


def _callee(node: ast.expr | None, facts: Facts, kind: Kind) -> str | None:
    """The name by which a model of this kind is called."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
        return None
    return node.func.id if facts.kinds.get(facts.span(node.func), frozenset()) & kind else None


def _is_loss(call: ast.Call, facts: Facts) -> bool:
    names = [a.name for a in facts.kinds.get(facts.span(call.func), frozenset()) if isinstance(a, Api)]
    last = [name.rpartition(".")[2] for name in names if name.startswith("paddle.nn.functional.")]
    return any(name in LOSSES or "_loss" in name or "binary_cross_entropy" in name for name in last)


def _two(call: ast.Call) -> tuple[ast.expr | None, ast.expr | None]:
    """What is compared with what."""
    named = {k.arg: k.value for k in call.keywords}
    first = call.args[0] if call.args else named.get("input", named.get("logit", named.get("logits")))
    return first, call.args[1] if len(call.args) > 1 else named.get("label", named.get("labels"))


def loss_text(text: str, loss: LossCall, name: str) -> list[ast.stmt]:
    """A function of the output and the labels, which is the value of that assignment in the source or in its port."""
    count = -1
    for node in _in_order(ast.parse(text)):
        if assigned(node) == loss.variable:
            count += 1
        if count == loss.ordinal and isinstance(node, ast.Assign) and assigned(node) == loss.variable:
            value = ast.unparse(_Output(loss.model).visit(node.value))
            return ast.parse(f"def {name}({', '.join(loss.takes)}):\n    return {value}").body
    return []


class _Output(ast.NodeTransformer):
    """Calls of the model as an argument."""

    def __init__(self, model: str) -> None:
        self.model = model

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        return ast.Name(OUTPUT, ast.Load()) if is_call(node, self.model) else node
