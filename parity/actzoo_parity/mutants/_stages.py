"""The pointwise stages of a rendered module, and how a line is put into one. Knows no defect."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from ._code import Code, Edit, Mutant

ARRAYS = {"torch": "torch", "paddle": "paddle", "flax": "jnp", "linen": "jnp"}
"""Where a framework has `where`, `isnan`, `clip` and `zeros_like`."""

HALF = {
    "torch": "{0}.to(torch.float16).to({0}.dtype)",
    "paddle": '{0}.astype("float16").astype({0}.dtype)',
    "flax": "{0}.astype(jnp.float16).astype({0}.dtype)",
    "linen": "{0}.astype(jnp.float16).astype({0}.dtype)",
}
"""A tensor rounded to float16."""

LEADING = {"value": 0, "tangent": 0, "vjp": 2}
"""What stands before the inputs: of a vector-Jacobian product the cotangent, and which gradients are needed."""


@dataclass(frozen=True)
class Stage:
    """One function of a stage: its value, its vector-Jacobian product, or its tangent, which may be along one input."""

    role: str
    tree: ast.FunctionDef
    differentiable: int
    along: str | None = None

    @property
    def arguments(self) -> list[str]:
        names = [a.arg for a in self.tree.args.args]
        return names[LEADING[self.role] :]

    @property
    def inputs(self) -> list[str]:
        """The arguments that it is differentiated in, the stage's own input first."""
        return self.arguments[: self.differentiable]

    @property
    def result(self) -> ast.Return:
        found = self.tree.body[-1]
        assert isinstance(found, ast.Return)
        return found


def stages(code: Code) -> Iterator[Stage]:
    """Every function of every stage, in the order of the text."""
    for statement in code.definitions.values():
        call = statement.value if isinstance(statement, ast.Assign) else None
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name)):
            continue
        if call.func.id not in ("pointwise", "curved"):
            continue
        names = [a.id for a in call.args if isinstance(a, ast.Name)]
        counts = [k.value.value for k in call.keywords if isinstance(k.value, ast.Constant)]
        count = counts[0] if counts else len(names) - 1
        assert isinstance(count, int)
        for name in names:
            tree = code.definitions[name]
            assert isinstance(tree, ast.FunctionDef)
            role, along = name.rpartition("_")[2], None
            if role not in LEADING:
                role, along = "tangent", tree.args.args[-1].arg.removeprefix("d")
            yield Stage(role, tree, count, along)


def result_changed(code: Code, kind: str, stage: Stage, expression: str, what: str) -> Mutant:
    """The module in which a stage returns something else, an expression in `result` and its arguments."""
    node = stage.result
    begin, end = code.start(node), code.end(node)
    return code.edited(
        kind,
        node,
        f"the result of `{stage.tree.name}` {what}",
        Edit(begin, begin + len("return"), "result ="),
        Edit(end, end, f"\n    return {expression}"),
    )


def gradient_changed(code: Code, kind: str, stage: Stage, name: str, expression: str, what: str) -> Mutant | None:
    """The module in which the gradient of one input is another, an expression in `{0}` and the arguments.

    A tangent is linear in the input's, so that it is changed on the way in.
    """
    if stage.along not in (None, name):
        return None
    if stage.role == "tangent":
        first = stage.tree.body[0]
        variable, place = f"d{name}", first
    else:
        variable, place = f"grad_{name}", stage.result
        returned = place.value.elts if isinstance(place.value, ast.Tuple) else [place.value]
        if variable not in [r.id for r in returned if isinstance(r, ast.Name)]:
            return None
    changed = expression.format(variable)
    if any(isinstance(n, ast.Name) and n.id == "needs" for n in ast.walk(stage.tree)):
        changed = f"None if {variable} is None else {changed}"
    at = code.start(place)
    what = f"`{variable}` of `{stage.tree.name}` {what}"
    return code.edited(kind, place, what, Edit(at, at, f"{variable} = {changed}\n    "))
