"""Rewrites what is asked of layers: weights in Paddle's layout, private names, parameters that are trained or not.

What an attribute becomes is decided in `_attributes.py`.
"""

from __future__ import annotations

from typing import cast

import libcst as cst

from ._attributes import LAID, REDUCING, SIZED, WEIGHT, inverse, role, stored
from ._conditions import is_none, literal, text_of
from ._kinds import NOTHING, PLAIN, is_tensor
from ._marks import Unported
from ._places import COMMA, SUGGEST_TYPE, Places
from ._shaping import like
from ._template import filled, grouped

_OF_WHICH = Unported(
    "it depends on a parameter's layout, and a linear layer's is transposed in torch", "ask the layer for its weight"
)


class LayerRewriter(Places):
    """Attributes of layers, read, given a value, or named in a text."""

    def _role(self, node: cst.Attribute) -> str:
        return role(node, self.parents, self._optimizers) if node.attr.value == WEIGHT else "read"

    def _is_turned(self, node: cst.BaseExpression) -> bool:
        """Whether it may be the weight of a linear layer, as it stands in the source."""
        if not isinstance(node, cst.Attribute) or node.attr.value != WEIGHT:
            return False
        return self.attributes.weighs(self.kind(node.value)) != "other"

    def _of_a_layer(self, original: cst.Attribute, updated: cst.Attribute) -> cst.BaseExpression | None:
        """An attribute of a layer by its row. `Unported` where one is needed, and missing."""
        inner = original.value
        if original.attr.value == "grad" and self._is_turned(inner):
            layer = cast(cst.Attribute, updated.value).value
            return filled("twins.grad_of(self)", {"self": layer}, self.names.spell)
        rule = self.attributes.rule(self.kind(original.value), original.attr.value)
        if rule is None:
            return None
        if rule.target.startswith("!"):
            raise Unported(rule.target.removeprefix("!").strip())
        if stored(original, self.parents):
            if (place := inverse(rule.target, updated)) is None or place[1] is not updated:
                raise Unported(f"'{original.attr.value}' is given a value here, and torch has it otherwise")
            return updated.with_changes(attr=cst.Name(place[0]))
        how = self._role(original)
        if how in ("same", "grad", "gradient"):
            return updated
        target = rule.target
        if how == "kept":
            if target == "self.weight.T":
                raise Unported("a linear layer's weight is kept here, and torch's is transposed", "keep the layer")
            target = target.replace("twins.weight_of", "twins.kept_weight")
        receiver = {"self": grouped(updated.value)}
        return like(updated, grouped(filled(target, receiver, self.names.spell)))

    def leave_Subscript(self, original_node: cst.Subscript, updated_node: cst.Subscript) -> cst.BaseExpression:
        """One size of a layer, where a list of them was written: `list(m.stride)[0]` is `m.stride[0]`."""
        index = original_node.slice[0].slice
        value = updated_node.value
        inner = original_node.value
        sized = isinstance(inner, cst.Attribute) and inner.attr.value == "shape" and self._is_parameter(inner.value)
        if sized or self._is_parameter(inner):
            return updated_node.with_changes(value=self.unported(original_node, "Parameter", _OF_WHICH, value))
        if len(original_node.slice) > 1 or not isinstance(index, cst.Index) or not isinstance(value, cst.Call):
            return updated_node
        if not isinstance(original_node.value, cst.Attribute) or text_of(value.func) != "list":
            return updated_node
        return updated_node.with_changes(value=value.args[0].value)

    def _is_parameter(self, node: cst.BaseExpression) -> bool:
        """Whether it is a parameter, and nothing tells of which layer."""
        return "Parameter" in self.kind(node)

    def _check_layout(self, original: cst.Call) -> None:
        """`Unported` for a call that depends on the layout of a parameter of who knows which layer."""
        name = text_of(original.func).rpartition(".")[2]
        asked = [
            a for a in original.args if a.keyword is not None and a.keyword.value in SIZED and not is_none(a.value)
        ]
        given = [a.value for a in original.args if self._is_parameter(a.value)]
        plain = [a for a in original.args if a.keyword is None and isinstance(literal(a.value), int | list | tuple)]
        if isinstance(original.func, cst.Attribute) and self._is_parameter(original.func.value):
            laid = name in LAID or bool(asked) or (name in REDUCING and bool(plain))
        else:
            laid = bool(given) and self.api(original.func) is not None and (name in LAID or bool(asked))
            laid = laid or (bool(given) and self.api(original.func) is not None and name in REDUCING and bool(plain))
        if laid:
            raise _OF_WHICH

    def _trained(self, original: cst.Assign, updated: cst.Assign) -> cst.Assign:
        """Whether a parameter is trained, by torch's name: `stop_gradient` is its opposite, `trainable` the same."""
        names = [each.target.attr.value if isinstance(each.target, cst.Attribute) else "" for each in original.targets]
        asked = set(names) & {"stop_gradient", "trainable"}
        first = original.targets[0].target
        kind = self.kind(first.value) if isinstance(first, cst.Attribute) else NOTHING
        if not asked or self.knowledge.defines(kind, names[0]):
            return updated
        if asked & self.knowledge.assigned and not is_tensor(kind):
            self.mark(original, f"Tensor.{names[0]}", Unported(f"a class here has its own '{names[0]}'", SUGGEST_TYPE))
            return updated
        if len(asked) > 1 or not all(names):
            self.mark(
                original, f"Tensor.{min(asked)}", Unported("several things are set at once", "set them one by one")
            )
            return updated
        targets = [
            each.with_changes(target=cast(cst.Attribute, each.target).with_changes(attr=cst.Name("requires_grad")))
            for each in updated.targets
        ]
        if asked == {"trainable"}:
            return updated.with_changes(targets=targets)
        value = literal(updated.value)
        inverse = cst.UnaryOperation(cst.Not(), grouped(updated.value))
        return updated.with_changes(
            targets=targets, value=cst.Name(str(not value)) if isinstance(value, bool) else inverse
        )

    def _set(self, original: cst.Assign, updated: cst.Assign, index: int) -> cst.Assign:
        """An assignment with one of its targets, an attribute, as torch has it."""
        target, new = original.targets[index].target, updated.targets[index].target
        assert isinstance(target, cst.Attribute)
        assert isinstance(new, cst.Attribute)
        kind, name = self.kind(target.value), target.attr.value
        if name == WEIGHT:
            return updated.with_changes(value=self._weight_given(original.value, updated.value, target, new))
        rule = self.attributes.rule(kind, name)
        if rule is None:
            return updated
        if rule.target.startswith("!"):
            raise Unported(rule.target.removeprefix("!").strip())
        found = inverse(rule.target, updated.value)
        if found is None or (found[1] is not updated.value and len(original.targets) > 1):
            raise Unported(f"'{name}' of a layer is assigned, and is not one attribute in torch")
        place = new.with_changes(attr=cst.Name(found[0]))
        targets = [*updated.targets[:index], updated.targets[index].with_changes(target=place)]
        return updated.with_changes(targets=[*targets, *updated.targets[index + 1 :]], value=found[1])

    def _weight_given(
        self, value: cst.BaseExpression, new: cst.BaseExpression, target: cst.Attribute, layer: cst.Attribute
    ) -> cst.BaseExpression:
        """What a layer is given for its weight."""
        mine = self.attributes.weighs(self.kind(target.value))
        others = value if isinstance(value, cst.Attribute) and value.attr.value == WEIGHT else None
        if others is not None:
            theirs = self.attributes.weighs(self.kind(others.value))
            if "open" in (mine, theirs):
                values = {"self": layer.value, "other": cast(cst.Attribute, new).value}
                return filled("twins.tied_weight(self, other)", values, self.names.spell)
            if mine != theirs:
                raise Unported("a linear layer shares its weight with another layer, and torch's is transposed")
            return new
        if mine == "other" or self.kind(value) == PLAIN:
            return new
        if mine == "open":
            return filled("twins.given_weight(self, value)", {"self": layer.value, "value": new}, self.names.spell)
        if not isinstance(value, cst.Call):
            raise Unported("a linear layer is given a weight that others may hold, and torch's is transposed")
        return filled("twins.turned(value)", {"value": new}, self.names.spell)

    def _by_name(self, original: cst.Call, updated: cst.Call) -> cst.BaseExpression:
        """`getattr`, `hasattr` and `setattr` with the name of an attribute written out."""
        layer, name = original.args[0].value, literal(original.args[1].value)
        assert isinstance(name, str)
        function = text_of(original.func)
        rule = self.attributes.rule(self.kind(layer), name)
        if rule is None or (rule.target == f"self.{name}"):
            return updated
        if rule.target.startswith("!"):
            raise Unported(rule.target.removeprefix("!").strip())
        one = "weight" if name == WEIGHT else next(iter(inverse(rule.target, original) or [None]))
        new = cst.SimpleString(repr(one))
        if function == "hasattr" and one is not None:
            return updated.with_deep_changes(updated.args[1], value=new)
        if function != "getattr" or (one is None and len(original.args) > 2):
            raise Unported(f"{function} of '{name}', which torch has otherwise")
        made = filled(rule.target, {"self": grouped(updated.args[0].value)}, self.names.spell)
        if len(original.args) == 2:
            return grouped(made)
        asked = cst.Call(cst.Name("hasattr"), [updated.args[0].with_changes(comma=COMMA), cst.Arg(new)])
        whole = cst.IfExp(body=made, test=asked, orelse=updated.args[2].value)
        return whole.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
