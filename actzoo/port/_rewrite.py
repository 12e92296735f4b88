"""Rewrites the expressions of a source by the rules: names, calls, methods, attributes. Imports come after.

What a name is comes from the facts, by its place. Whatever has no rule is replaced by `unported(...)`, which raises
when it is used, and marked in a comment above the statement. LibCST calls the methods of one class as it walks; those
for layers are in `_layers.py`, those for texts in `_texts.py`, and what all of them know in `_places.py`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Any, cast, final

import libcst as cst
import numpy as np

from ._attributes import stored
from ._build import build
from ._conditions import literal, text_of
from ._kinds import Atom, Instance, Kind, Object, is_open, is_tensor
from ._marks import Unported
from ._places import FAMILIES, SUGGEST_TYPE
from ._rows import Parameter, Rule
from ._shaping import calls, inside, is_paddle, like, methodical, spaced
from ._template import filled, grouped, main_call, respelled
from ._texts import TextRewriter
from ._twins import check_twin

ELSEWHERE = frozenset(
    name
    for kind in (list, dict, set, tuple, str, bytes, int, float, np.ndarray, np.random.Generator)
    for name in dir(kind)
    if not name.startswith("_")
)
"""Methods that other things have too: of what is not known to be a tensor they may not be rewritten."""


@final
class Rewriter(TextRewriter):
    """One walk over a source; `step` is called after each statement."""

    # Expressions

    def visit_Call(self, node: cst.Call) -> None:
        self._called.add(id(node.func))
        rule = self.rules.get(self.api(node.func) or "")
        self._optimizers[id(node)] = rule is not None and rule.gives == "Optimizer"
        name = self._builtin(node.func)
        if name in ("eval", "getattr") and (self.api(node) is not None or self._asked_of(node) is not None):
            self._kept |= set().union(*(inside(argument.value) for argument in node.args[:1]))
        if name in ("isinstance", "issubclass") and len(node.args) > 1:
            self._classes |= inside(node.args[1].value)

    def visit_Attribute(self, node: cst.Attribute) -> bool:
        return self.api(node) is None

    def leave_Arg(self, original_node: cst.Arg, updated_node: cst.Arg) -> cst.Arg:
        """An optimiser takes what `parameters()` gives; Paddle's is a list, and torch's is not."""
        value = updated_node.value
        if (
            updated_node.keyword is None
            or updated_node.keyword.value != "parameters"
            or not isinstance(value, cst.Call)
        ):
            return updated_node
        if text_of(value.func) == "list" and text_of(value).endswith(".parameters())"):
            return updated_node.with_changes(value=value.args[0].value)
        return updated_node

    def visit_Annotation(self, node: cst.Annotation) -> None:
        self._classes |= inside(node.annotation)
        self._annotated |= inside(node.annotation)

    def visit_Comparison(self, node: cst.Comparison) -> None:
        if any(self._builtin(each.func) == "type" for each in calls(node.left)):
            self._classes |= inside(node)

    def visit_AssignTarget(self, node: cst.AssignTarget) -> None:
        self._targets.add(id(node.target))

    def visit_Import(self, node: cst.Import) -> bool:
        return False

    def visit_ImportFrom(self, node: cst.ImportFrom) -> bool:
        return False

    def visit_Del(self, node: cst.Del) -> None:
        self._kept |= inside(node.target)
        if any(self.api(each) for each in ([node.target] if isinstance(node.target, cst.Name) else [])):
            self.mark(node, "del", Unported("a name of Paddle is deleted, and the port has others"))

    def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.BaseExpression:
        return self._named(original_node, updated_node)

    def leave_Attribute(self, original_node: cst.Attribute, updated_node: cst.Attribute) -> cst.BaseExpression:
        if self.api(original_node) is not None:
            return self._named(original_node, updated_node)
        if id(original_node) in self._targets or id(original_node) in self._called:
            return updated_node
        return self._attribute(original_node, updated_node)

    def _named(self, original: cst.BaseExpression, updated: cst.BaseExpression) -> cst.BaseExpression:
        name = self.api(original)
        if name is None or id(original) in self._called or id(original) in self._kept:
            return updated
        rule = self.rules.get(name)
        if rule is None and id(original) in self._annotated:
            return cst.Name("object")  # a kind that torch does not have, and that nothing asks after
        if rule is None:
            return self.unported(original, name, Unported(f"{name} has no rule"))
        return like(updated, respelled(self._reference(rule, id(original) in self._classes), self.names.spell))

    def _attribute(self, original: cst.Attribute, updated: cst.Attribute) -> cst.BaseExpression:
        try:
            made = self._of_a_layer(original, updated)
        except Unported as error:
            if stored(original, self.parents):
                self.mark(original, f"Layer.{original.attr.value}", error)
                return updated
            return self.unported(original, f"Layer.{original.attr.value}", error, updated.value)
        if made is not None:
            return made
        if stored(original, self.parents):
            if original.attr.value in ("stop_gradient", "trainable"):
                why = Unported("several things are set at once", "set them one by one")
                self.mark(original, f"Tensor.{original.attr.value}", why)
            return updated
        for rule in self._rules_of(self.kind(original.value), original.attr.value):
            if rule.parameters is None and rule.name.partition(".")[0] in FAMILIES:
                if rule.target.startswith("!"):
                    return self.unported(
                        original, rule.name, Unported(rule.target.removeprefix("!").strip()), updated.value
                    )
                receiver = {"self": grouped(updated.value)}
                return like(updated, filled(rule.target, receiver, self.names.spell))
        name = original.attr.value
        if is_tensor(self.kind(original.value)) and not name.startswith("_"):
            return self.unported(original, f"Tensor.{name}", Unported(f"Tensor.{name} has no rule"), updated.value)
        return updated

    # Calls

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.BaseExpression:
        try:
            return self._call(original_node, updated_node)
        except Unported as error:
            if self._builtin(original_node.func) in ("getattr", "eval"):  # its arguments are names of Paddle
                return self.unported(original_node, text_of(original_node), error)
            name = self.api(original_node.func) or f"Tensor.{text_of(original_node.func).rpartition('.')[2]}"
            receiver = None
            if self.api(original_node.func) is None and isinstance(updated_node.func, cst.Attribute):
                receiver = updated_node.func.value
            return updated_node.with_changes(func=self.unported(original_node, name, error, receiver))

    def _call(self, original: cst.Call, updated: cst.Call) -> cst.BaseExpression:
        self._check_layout(original)
        name = self.api(original.func)
        if self._builtin(original.func) in ("getattr", "eval"):
            if name_by_text := self.api(original):
                return (
                    updated
                    if id(original) in self._called and self.rules.get(name_by_text)
                    else self._named(original, updated)
                )
            found = self._by_text(original, updated)
            if found is not None:
                return found
        importing = text_of(original.func).rpartition(".")[2] in ("import_module", "__import__") and original.args
        if importing and is_paddle(str(literal(original.args[0].value))):
            raise Unported("Paddle is imported by a text", "import it by a statement")
        if self._builtin(original.func) in ("getattr", "hasattr", "setattr") and _names_one(original):
            return self._by_name(original, updated)
        if name is not None:
            rule = self.rules.get(name)
            if rule is None:
                raise Unported(f"{name} has no rule")
            return self._by_rule(rule, updated, updated.args)
        if self._bases and self._bases[-1] is not None and text_of(original.func).endswith("super().__init__"):
            made = self._by_rule(self._bases[-1], updated, updated.args)
            call = main_call(made)
            return updated.with_changes(args=call.args if call is not None else updated.args)
        if isinstance(original.func, cst.Attribute) and isinstance(updated.func, cst.Attribute):
            return self._method(original, original.func, updated, updated.func)
        return updated

    def _method(
        self, original: cst.Call, function: cst.Attribute, updated: cst.Call, new: cst.Attribute
    ) -> cst.BaseExpression:
        kind, method = self.kind(function.value), function.attr.value
        if method == "gradient" and self._is_turned(function.value):
            layer = cast(cst.Attribute, new.value).value
            return filled("twins.grad_of(self).numpy(force=True)", {"self": layer}, self.names.spell)
        if self.knowledge.defines(kind, method):
            return updated
        rules = [rule for rule in self._rules_of(kind, method) if rule.parameters is not None]
        unsure = is_open(kind)
        if not rules:
            if is_tensor(kind) and not method.startswith("_"):
                raise Unported(f"Tensor.{method} has no rule")
            return updated
        made = self._fitting(rules, updated, new)
        if not made and unsure:
            return updated  # nothing of Paddle takes these arguments, so it is something else
        if not made:
            return self._with_receiver(rules[0], updated, new)
        texts = {text_of(each) for each in made}
        if texts == {text_of(updated)}:
            return updated
        if len(texts) > 1 and (decided := self.rules.get(f"Any.{method}")) is not None:
            return self._with_receiver(decided, updated, new)
        if len(texts) > 1 or (unsure and method in ELSEWHERE and not self._clear(updated)):
            self.unsure.append(self._span(function.value))
            what = f"'{text_of(new.value)}' {self._seen(function.value)}"
            raise Unported(f"{what}, and '{method}' differs", SUGGEST_TYPE)
        return made[0]

    def _seen(self, receiver: cst.BaseExpression) -> str:
        """What is known of something that may be a tensor."""
        if self.facts.seen is None:
            return "may be a tensor or something else"
        if self._span(receiver) in self.facts.seen:
            return "was a tensor once and something else another time"
        return "may be a tensor or something else, and was not reached"

    def _fitting(self, rules: Sequence[Rule], call: cst.Call, function: cst.Attribute) -> list[cst.BaseExpression]:
        """The call by each of the rules that take its arguments."""
        made = []
        for rule in rules:
            with contextlib.suppress(Unported):
                made.append(self._with_receiver(rule, call, function))
        return made

    def _clear(self, call: cst.Call) -> bool:
        """Whether only Paddle's tensors take these arguments."""
        keywords = {argument.keyword.value for argument in call.args if argument.keyword}
        return bool(keywords & {"perm", "start_axis", "stop_axis", "num_or_sections"})

    def _rules_of(self, kind: Kind, method: str) -> list[Rule]:
        """The rules that a method or an attribute of such a thing may go by."""
        if not kind or "Unknown" in kind:
            families: Sequence[str] = FAMILIES
        else:
            found = [self._family(atom) for atom in kind]
            families = [f for f in found if isinstance(f, str)]
        rules = []
        for family in families:
            rule = self.rules.get(f"{family}.{method}")
            if rule is None and family == "Tensor":
                rule = self.rules.get(f"paddle.{method}") or self.rules.get(f"paddle.nn.functional.{method}")
                rule = None if rule is None or not rule.parameters or "Unknown" in kind or not kind else rule
            if rule is not None:
                rules.append(rule)
        return rules

    def _family(self, atom: Atom) -> Atom | None:
        if isinstance(atom, Object):
            return self.knowledge.family(atom.of)
        return atom.family if isinstance(atom, Instance) else atom

    def _with_receiver(self, rule: Rule, call: cst.Call, function: cst.Attribute) -> cst.BaseExpression:
        family = rule.name.partition(".")[0]
        if family in FAMILIES or family == "Any":
            with_self = Rule(rule.name, (_SELF, *(rule.parameters or ())), rule.lines, rule.gives)
            return self._by_rule(with_self, call, [cst.Arg(function.value), *call.args])
        return self._by_rule(rule, call, [cst.Arg(function.value), *call.args], as_method=True)

    def _by_rule(
        self, rule: Rule, call: cst.Call, arguments: Sequence[cst.Arg], as_method: bool = False
    ) -> cst.BaseExpression:
        if rule.target.startswith("!"):
            raise Unported(rule.target.removeprefix("!").strip())
        if rule.parameters is None:
            if arguments and not rule.target.startswith(("twins.", "models.")):
                raise Unported(f"{rule.name} has no rule for arguments")
            check_twin(rule, arguments)
            return call.with_changes(func=respelled(rule.target, self.names.spell))
        made = build(rule, arguments, self.names.spell)
        if as_method:
            made = methodical(made, call)
        return like(call, spaced(made, call))

    # Statements

    def leave_BinaryOperation(
        self, original_node: cst.BinaryOperation, updated_node: cst.BinaryOperation
    ) -> cst.BaseExpression:
        """Paddle's shape is a list; torch's is a tuple, to which no list can be added."""
        changes = {
            side: self._as_list(getattr(updated_node, side))
            for side in ("left", "right")
            if self._is_shape(getattr(original_node, side))
        }
        return updated_node.with_changes(**changes)

    def leave_Comparison(self, original_node: cst.Comparison, updated_node: cst.Comparison) -> cst.BaseExpression:
        others = [each.comparator for each in original_node.comparisons]
        if self._is_shape(original_node.left) and any(isinstance(each, cst.List) for each in others):
            return updated_node.with_changes(left=self._as_list(updated_node.left))
        return updated_node

    def _is_shape(self, node: cst.BaseExpression) -> bool:
        if isinstance(node, cst.Subscript):
            first = node.slice[0].slice
            return isinstance(first, cst.Slice) and self._is_shape(node.value)
        return isinstance(node, cst.Attribute) and node.attr.value == "shape" and is_tensor(self.kind(node.value))

    def _as_list(self, node: cst.BaseExpression) -> cst.BaseExpression:
        return cst.Call(cst.Name("list"), [cst.Arg(node)])

    def leave_AugAssign(self, original_node: cst.AugAssign, updated_node: cst.AugAssign) -> cst.BaseSmallStatement:
        """Paddle's `x += y` makes a new tensor; torch's changes the one that others may hold."""
        if "Tensor" not in self.kind(original_node.target) or not isinstance(original_node.target, cst.Name):
            return updated_node
        operator = cst.parse_expression(f"a {text_of(updated_node.operator).strip().removesuffix('=')} b")
        assert isinstance(operator, cst.BinaryOperation)
        value = operator.with_changes(left=updated_node.target, right=grouped(updated_node.value))
        return cst.Assign([cst.AssignTarget(updated_node.target)], value)

    def leave_Assign(self, original_node: cst.Assign, updated_node: cst.Assign) -> cst.BaseSmallStatement:
        for index, each in enumerate(original_node.targets):
            if isinstance(each.target, cst.Attribute):
                try:
                    updated_node = self._set(original_node, updated_node, index)
                except Unported as error:
                    stands = self.unported(original_node, f"Layer.{each.target.attr.value}", error)
                    return updated_node.with_changes(value=cst.Call(stands, [cst.Arg(updated_node.value)]))
        updated_node = self._trained(original_node, updated_node)
        target = original_node.targets[0].target
        if self._is_shape(original_node.value) and isinstance(target, cst.Name):
            return updated_node.with_changes(value=self._as_list(updated_node.value))
        return updated_node

    def visit_ClassDef(self, node: cst.ClassDef) -> None:
        self._pending.append([])
        rule = None
        for base in node.bases:
            self._classes |= inside(base.value)
            name = self.api(base.value)
            rule = rule or (self.rules.get(name) if name else None)
        self._bases.append(rule if rule is not None and rule.parameters is not None else None)

    def leave_ClassDef(self, original_node: cst.ClassDef, updated_node: cst.ClassDef) -> cst.ClassDef:
        self._bases.pop()
        return cast(cst.ClassDef, self._commented(updated_node))

    def on_visit(self, node: cst.CSTNode) -> bool:
        if isinstance(node, _STATEMENTS):
            self._pending.append([])
        return super().on_visit(node)

    def on_leave(self, original_node: cst.CSTNodeT, updated_node: cst.CSTNodeT) -> Any:
        left = super().on_leave(original_node, updated_node)
        return self._commented(left) if isinstance(original_node, _STATEMENTS) else left

    def _commented(self, node: Any) -> Any:
        """With a comment above it for each place in it that needs a hand."""
        errors = dict.fromkeys(str(e) + (f"; {e.suggestion}" if e.suggestion else "") for e in self._pending.pop())
        if not self._pending:
            self._step()
        lines = [cst.EmptyLine(comment=cst.Comment(f"# PORT: {' '.join(text.split())}")) for text in errors]
        return node.with_changes(leading_lines=[*node.leading_lines, *lines]) if lines else node


def _names_one(call: cst.Call) -> bool:
    """Whether the second argument is a text written out."""
    return len(call.args) > 1 and isinstance(literal(call.args[1].value), str)


_STATEMENTS = (cst.SimpleStatementLine, cst.FunctionDef, cst.If, cst.For, cst.While, cst.With, cst.Try)
_SELF = Parameter("self")
