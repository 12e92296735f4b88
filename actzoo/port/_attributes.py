"""Decides what an attribute of a layer becomes: its weight in Paddle's layout, private names by torch's.

Knows the rules and what things are, and no syntax but the place in which an attribute stands.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import final

import libcst as cst

from ._conditions import text_of
from ._facts import Knowledge
from ._kinds import Instance, Kind, Object
from ._marks import Unported
from ._rows import Rule
from ._template import folded, grouped

WEIGHT = "weight"
"""The one parameter whose layout differs: a linear layer's."""

FREE = frozenset(
    {
        *("stop_gradient", "trainable", "name", "dtype", "is_leaf", "size", "ndim", "place", "persistable"),
        *("optimize_attr", "regularizer", "need_clip", "clear_grad", "clear_gradient", "numel", "dim"),
        *("ndimension", "element_size", "is_floating_point"),
    }
)
"""Attributes and methods of a parameter that are the same in any layout, and are those of the parameter itself."""

KEEPING = frozenset({"append", "add", "insert", "extend", "setdefault", "add_parameter", "register_parameter"})
"""Methods that keep what they are given, so that it has to be the parameter itself."""

LAID = frozenset(
    {
        *(
            "T",
            "t",
            "transpose",
            "matmul",
            "mm",
            "bmm",
            "dot",
            "linear",
            "reshape",
            "flatten",
            "concat",
            "stack",
            "split",
        ),
        *(
            "chunk",
            "unbind",
            "tile",
            "expand",
            "gather",
            "index_select",
            "unsqueeze",
            "squeeze",
            "tril",
            "triu",
            "conv2d",
        ),
    }
)
"""What is another in another layout, whatever its arguments."""

REDUCING = frozenset(
    {"sum", "mean", "max", "min", "prod", "std", "var", "argmax", "argmin", "cumsum", "sort", "argsort"}
)
"""What takes an axis by its first place."""

SIZED = frozenset({"axis", "dim", "start_axis", "stop_axis"})
"""Arguments that make it so."""

ASKING = frozenset({"id", "isinstance", "hasattr"})
"""Functions that ask nothing of a layout."""


@final
class Attributes:
    """The rules of attributes for one source."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge, self.rules = knowledge, knowledge.rules
        self.private = private_names(self.rules)

    def classes(self, kind: Kind, name: str) -> tuple[set[str], bool]:
        """The classes of Paddle that the attribute may be one's of, `OWN` for one of the source, and whether it may be
        of a layer that nothing tells of.
        """
        found: set[str] = set()
        is_open = not kind
        for atom in kind:
            match atom:
                case Instance(of):
                    found.add(of)
                case Object(owner):
                    defined = self.knowledge.defines(frozenset({atom}), name)
                    found |= {OWN} if defined else set(self.knowledge.apis(owner)) or {OWN}
                case "Layer" | "Unknown":
                    is_open = True
        return found, is_open

    def rule(self, kind: Kind, name: str) -> Rule | None:
        """The row of an attribute of a layer, if there is one. `Unported` where it is not known, and matters."""
        classes, is_open = self.classes(kind, name)
        found: list[Rule | None] = []
        for each in sorted(classes):
            rule = self.rules.get(f"{each}.{name}") or (self.rules.get(f"Layer.{name}") if each != OWN else None)
            own = each == OWN or any(isinstance(atom, Object) for atom in kind)
            if rule is None and _is_private(name) and not own:
                raise Unported(f"{each} has no rule for its private '{name}'", "take torch's own attribute")
            found.append(rule if rule is None or rule.parameters is None else None)
        anywhere = self.rules.get(f"Any.{name}")
        if is_open and anywhere is not None and anywhere.parameters is None:
            return anywhere
        if (
            is_open
            and name in self.private
            and name not in self.knowledge.assigned
            and f"Layer.{name}" not in self.rules
        ):
            raise Unported(
                f"'{name}' is a private name of a layer of Paddle, and what it is asked of is not known",
                "say what it is, as in `layer: paddle.nn.Conv2D`, or take torch's own attribute",
            )
        if len({rule.target if rule else name for rule in found}) > 1:
            if anywhere is not None:
                return anywhere
            raise Unported(f"'{name}' differs among {', '.join(sorted(classes))}", "ask by isinstance which it is")
        return found[0] if found else None

    def weighs(self, kind: Kind) -> str:
        """Whether a `.weight` of it is that of a linear layer: `linear`, `other`, or `open`."""
        classes, is_open = self.classes(kind, WEIGHT)
        if is_open or (LINEAR in classes and len(classes) > 1):
            return "open"
        return "linear" if LINEAR in classes else "other"


LINEAR = "paddle.nn.Linear"
OWN = "the source"


def private_names(rules: Mapping[str, Rule]) -> frozenset[str]:
    """The private names of all layers."""
    last = (name.rpartition(".")[2] for name in rules if name.startswith(("paddle.nn.", "Layer.")))
    return frozenset(filter(_is_private, last))


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def inverse(target: str, value: cst.BaseExpression) -> tuple[str, cst.BaseExpression] | None:
    """What is assigned to which attribute of torch's, where Paddle's `target` of the tables is assigned a value."""
    match cst.parse_expression(target):
        case cst.Attribute(cst.Name("self"), cst.Name(name)):
            return name, value
        case cst.Call(cst.Name("list"), [cst.Arg(cst.Attribute(cst.Name("self"), cst.Name(name)))]):
            return name, cst.Call(cst.Name("tuple"), [cst.Arg(value)])
        case cst.BinaryOperation(
            cst.BaseNumber() as left, cst.Subtract() as minus, cst.Attribute(cst.Name("self"), cst.Name(name))
        ):
            return name, folded(cst.BinaryOperation(left, minus, grouped(value)))
    return None


def stored(node: cst.CSTNode, parents: Mapping[cst.CSTNode, cst.CSTNode]) -> bool:
    """Whether a value is put there, otherwise than by an assignment to it alone."""
    while isinstance(above := parents[node], cst.Element | cst.StarredElement | cst.Tuple | cst.List):
        node = above
    match above:
        case cst.AssignTarget() | cst.AsName():
            return True
        case cst.For(target) | cst.CompFor(target) | cst.AugAssign(target) | cst.NamedExpr(target):
            return target is node
    return False


def role(node: cst.Attribute, parents: Mapping[cst.CSTNode, cst.CSTNode], is_optimizer: Mapping[int, bool]) -> str:
    """How a parameter is used where it stands: `read`, as `same` parameter, its `grad`, or `kept` somewhere."""
    above = parents[node]
    match above:
        case cst.Attribute(_, cst.Name(name)) if above.value is node:
            if name in FREE:
                return "same"
            return {"grad": "grad", "gradient": "gradient", "register_hook": "kept"}.get(name, "read")
        case cst.Comparison() | cst.ComparisonTarget():
            whole = above if isinstance(above, cst.Comparison) else parents[above]
            assert isinstance(whole, cst.Comparison)
            asked = all(isinstance(each.operator, cst.Is | cst.IsNot) for each in whole.comparisons)
            return "same" if asked else "read"
        case cst.Del() | cst.AssignTarget():
            return "same"
        case cst.Assign(targets) if any(
            isinstance(each.target, cst.Attribute) and each.target.attr.value == WEIGHT for each in targets
        ):
            return "same"  # what becomes of a weight that two layers share is the assignment's to say
    for call, argument in _calls_around(node, parents):
        name = text_of(call.func).rpartition(".")[2]
        if is_optimizer.get(id(call)) or (argument.keyword is not None and argument.keyword.value == "parameters"):
            return "same"
        if parents[node] is argument and (name in KEEPING or name in ASKING):
            return "kept" if name in KEEPING else "same"
    return "kept" if _in_a_literal(node, parents) else "read"


def _calls_around(node: cst.CSTNode, parents: Mapping[cst.CSTNode, cst.CSTNode]) -> Iterator[tuple[cst.Call, cst.Arg]]:
    """The calls that it is an argument of, by itself or within lists and dicts written out."""
    while isinstance(above := parents[node], cst.Arg | cst.Element | cst.DictElement | cst.List | cst.Tuple | cst.Dict):
        if isinstance(above, cst.Arg) and isinstance(call := parents[above], cst.Call):
            yield call, above
            return
        node = above


def _in_a_literal(node: cst.CSTNode, parents: Mapping[cst.CSTNode, cst.CSTNode]) -> bool:
    """Whether it is put into a list or the like that a variable or an attribute has."""
    inside = False
    while isinstance(above := parents[node], cst.Element | cst.DictElement | cst.List | cst.Tuple | cst.Dict | cst.Set):
        inside, node = True, above
    value_of = isinstance(above, cst.Assign | cst.AnnAssign | cst.AugAssign)
    held = isinstance(above, cst.Assign) and any(isinstance(t.target, cst.Attribute) for t in above.targets)
    several = isinstance(above, cst.Assign) and any(isinstance(t.target, cst.Tuple) for t in above.targets)
    return (inside and value_of and not several) or (held and not inside)
