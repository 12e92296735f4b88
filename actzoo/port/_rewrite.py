"""Rewrites the expressions of a source by the rules: names, calls, methods, attributes. Imports come after.

What a name is comes from the facts, by its place. Whatever has no rule is replaced by `unported(...)`, which raises
when it is used, and marked in a comment above the statement. One class, and so one file: LibCST
calls its methods as it walks.
"""

from __future__ import annotations

import builtins
import contextlib
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast, final

import libcst as cst
import numpy as np
from libcst.metadata import CodeRange, ParentNodeProvider, PositionProvider

from ._attributes import LAID, REDUCING, SIZED, WEIGHT, Attributes, inverse, role, stored
from ._build import build
from ._conditions import is_none, literal, text_of
from ._facts import Facts, Knowledge, Span
from ._kinds import NOTHING, PLAIN, Api, Atom, Instance, Kind, Object, is_open, is_tensor
from ._marks import Unported
from ._references import is_same, name_of
from ._rows import Parameter, Rule
from ._shaping import calls, inside, is_paddle, like, methodical, spaced
from ._spelling import Names
from ._template import filled, grouped, main_call, respelled
from ._twins import check_twin

FAMILIES = (
    "Tensor",
    "Layer",
    "Optimizer",
    "Scheduler",
    "Metric",
    "Model",
    "Scaler",
    "Loader",
    "Dataset",
    "Clip",
    "Distribution",
    "Context",
)
"""What has methods of Paddle."""

ELSEWHERE = frozenset(
    name
    for kind in (list, dict, set, tuple, str, bytes, int, float, np.ndarray, np.random.Generator)
    for name in dir(kind)
    if not name.startswith("_")
)
"""Methods that other things have too: of what is not known to be a tensor they may not be rewritten."""

SUGGEST_TYPE = "say what it is, as in `x: paddle.Tensor`, or write it by hand"


@final
class Rewriter(cst.CSTTransformer):
    """One walk over a source; `marks` are filled in the order of the places; `step` is called after each statement."""

    METADATA_DEPENDENCIES = (PositionProvider, ParentNodeProvider)

    def __init__(
        self, facts: Facts, knowledge: Knowledge, names: Names, step: Callable[[], None] = lambda: None
    ) -> None:
        super().__init__()
        self._step = step
        self.facts, self.knowledge, self.names = facts, knowledge, names
        self.rules = knowledge.rules
        self.marks: list[tuple[int, str, Unported]] = []
        self.adapters: dict[str, Rule] = {}
        self.unsure: list[Span] = []
        self.attributes = Attributes(knowledge)
        self._called: set[int] = set()
        self._optimizers: dict[int, bool] = {}
        self._classes: set[int] = set()
        self._annotated: set[int] = set()
        self._targets: set[int] = set()
        self._kept: set[int] = set()
        self._pending: list[list[Unported]] = []
        self._bases: list[Rule | None] = []

    # What is where

    def _place(self, node: cst.CSTNode) -> CodeRange:
        return self.get_metadata(PositionProvider, node)

    def _span(self, node: cst.CSTNode) -> Span:
        place = self._place(node)
        return place.start.line, place.start.column, place.end.line, place.end.column

    def kind(self, node: cst.CSTNode) -> Kind:
        return self.facts.kinds.get(self._span(node), NOTHING)

    def api(self, node: cst.CSTNode) -> str | None:
        """The name of Paddle that an expression is by itself, and not through a variable."""
        kind = self.kind(node)
        if len(kind) == 1:
            (atom,) = kind
            if isinstance(atom, Api) and not atom.held and is_paddle(atom.name):
                return atom.name
        return None

    # Marks

    def unported(
        self, node: cst.CSTNode, name: str, error: Unported, receiver: cst.BaseExpression | None = None
    ) -> cst.BaseExpression:
        """In place of what no rule covers: it raises when it is reached."""
        self.mark(node, name, error)
        call = f"{self.names.spell('twins.unported')}({name!r})"
        made = cst.parse_expression(call)
        if receiver is not None and isinstance(made, cst.Call):
            made = made.with_changes(args=[made.args[0].with_changes(comma=_COMMA), cst.Arg(receiver)])
        return made

    def mark(self, node: cst.CSTNode, name: str, error: Unported) -> None:
        self.marks.append((self._place(node).start.line, name, error))
        if self._pending:
            self._pending[-1].append(error)

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

    def visit_Subscript(self, node: cst.Subscript) -> None:
        if text_of(node.value).rpartition(".")[2] == "Literal":
            self._kept |= set().union(*(inside(each) for each in node.slice))

    def leave_SimpleString(self, original_node: cst.SimpleString, updated_node: cst.SimpleString) -> cst.BaseExpression:
        """An annotation that is a text."""
        if id(original_node) not in self._annotated or id(original_node) in self._kept:
            return updated_node
        names = r"(?<![\w.])[A-Za-z_]\w*(?:\.\w+)*"
        return updated_node.with_changes(value=re.sub(names, self._in_a_text, updated_node.value))

    def _in_a_text(self, match: re.Match[str]) -> str:
        """A name of Paddle in an annotation that is a text, by its row."""
        first, *rest = match[0].split(".")
        kind = self.knowledge.globals.get(first, NOTHING)
        paths = [a.name for a in kind if isinstance(a, Api) and not a.held and is_paddle(a.name)]
        if len(paths) != 1 or len(kind) > 1:
            return match[0]
        rule = self.rules.get(".".join([*paths, *rest]))
        return text_of(respelled(name_of(rule), self.names.spell)) if rule is not None else "object"

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

    def _reference(self, rule: Rule, as_class: bool) -> str:
        """A name that is not called here: with Paddle's arguments, if anybody may call it."""
        if rule.parameters is None or as_class or is_same(rule):
            return name_of(rule)
        adapter = "Paddle" if rule.gives in FAMILIES and rule.gives != "Tensor" else "paddle_"
        name = adapter + rule.name.rpartition(".")[2]
        self.adapters[name] = rule
        return f"twins.{name}"

    def _role(self, node: cst.Attribute) -> str:
        return role(node, self.parents, self._optimizers) if node.attr.value == WEIGHT else "read"

    @property
    def parents(self) -> Mapping[cst.CSTNode, cst.CSTNode]:
        """The node that each stands in."""
        return cast(Mapping[cst.CSTNode, cst.CSTNode], self.metadata[ParentNodeProvider])

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

    def _asked_of(self, call: cst.Call) -> str | None:
        """The module of Paddle that `getattr` asks for a name."""
        whole = self._builtin(call.func) == "getattr" and len(call.args) > 1
        return self.api(call.args[0].value) if whole else None

    def _by_text(self, original: cst.Call, updated: cst.Call) -> cst.BaseExpression | None:
        """`eval` and `getattr` of a name that is not written out: one of those that the source writes anywhere."""
        module, asked = self._asked_of(original), updated.args[1 if len(updated.args) > 1 else 0].value
        is_eval = self._builtin(original.func) == "eval"
        if not original.args or (module is None and not is_eval):
            return None
        found = {
            text: rule for text in sorted(self.knowledge.texts) if (rule := self._rule_of(module, text)) is not None
        }
        text = text_of(original.args[0].value)
        if is_eval and not (id(original) in self._called or any(f"{name}." in text for name in self._modules())):
            return None
        if not found or (is_eval and not isinstance(asked, cst.Name | cst.Attribute | cst.Subscript)):
            raise Unported(
                f"{text_of(original)} is a name of Paddle that is known only when it runs",
                "write the names out in a dict",
            )
        elements = [
            cst.DictElement(cst.SimpleString(repr(text)), respelled(self._reference(rule, False), self.names.spell))
            for text, rule in found.items()
        ]
        table = cst.Dict(elements)
        if len(updated.args) > 2:
            default = [updated.args[1].with_changes(comma=_COMMA), updated.args[2]]
            return cst.Call(cst.Attribute(table, cst.Name("get")), default)
        return cst.Subscript(table, [cst.SubscriptElement(cst.Index(asked))])

    def _modules(self) -> list[str]:
        """The names by which the source has Paddle and its modules."""
        found = self.knowledge.globals.items()
        return [
            n
            for n, kind in found
            for a in kind
            if isinstance(a, Api) and is_paddle(a.name) and a.name not in self.rules
        ]

    def _rule_of(self, module: str | None, text: str) -> Rule | None:
        """The rule of a name of a module, or of one that begins with a module."""
        first, _, rest = text.partition(".")
        if module is None:
            paths = [a.name for a in self.knowledge.globals.get(first, NOTHING) if isinstance(a, Api)]
            module, text = (paths[0], rest) if len(paths) == 1 and rest else ("", text)
        rule = self.rules.get(f"{module}.{text}")
        return rule if rule is not None and not rule.target.startswith("!") else None

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
        asked = cst.Call(cst.Name("hasattr"), [updated.args[0].with_changes(comma=_COMMA), cst.Arg(new)])
        whole = cst.IfExp(body=made, test=asked, orelse=updated.args[2].value)
        return whole.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])

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

    def _builtin(self, node: cst.BaseExpression) -> str | None:
        name = node.value if isinstance(node, cst.Name) else None
        return name if name is not None and hasattr(builtins, name) else None


def _names_one(call: cst.Call) -> bool:
    """Whether the second argument is a text written out."""
    return len(call.args) > 1 and isinstance(literal(call.args[1].value), str)


_OF_WHICH = Unported(
    "it depends on a parameter's layout, and a linear layer's is transposed in torch", "ask the layer for its weight"
)
_STATEMENTS = (cst.SimpleStatementLine, cst.FunctionDef, cst.If, cst.For, cst.While, cst.With, cst.Try)
_COMMA = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
_SELF = Parameter("self")
