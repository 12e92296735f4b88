"""Rewrites names of Paddle that stand in texts: of `eval`, of `getattr`, in annotations."""

from __future__ import annotations

import re

import libcst as cst

from ._conditions import text_of
from ._kinds import NOTHING, Api
from ._layers import LayerRewriter
from ._marks import Unported
from ._places import COMMA
from ._references import name_of
from ._rows import Rule
from ._shaping import inside, is_paddle
from ._template import respelled


class TextRewriter(LayerRewriter):
    """Names in texts, by the rows of what they name."""

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
            default = [updated.args[1].with_changes(comma=COMMA), updated.args[2]]
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
