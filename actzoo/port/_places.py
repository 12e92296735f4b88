"""Places of a source in a walk over it: what is there, what it stands in, and how it is marked. Rewrites nothing."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Mapping
from typing import cast

import libcst as cst
from libcst.metadata import CodeRange, ParentNodeProvider, PositionProvider

from ._attributes import Attributes
from ._facts import Facts, Knowledge, Span
from ._kinds import NOTHING, Api, Kind
from ._marks import Unported
from ._references import is_same, name_of
from ._rows import Rule
from ._shaping import is_paddle
from ._spelling import Names

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

COMMA = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
SUGGEST_TYPE = "say what it is, as in `x: paddle.Tensor`, or write it by hand"


class Places(cst.CSTTransformer):
    """What the walk has in hand; `marks` are filled in the order of the places."""

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
            made = made.with_changes(args=[made.args[0].with_changes(comma=COMMA), cst.Arg(receiver)])
        return made

    def mark(self, node: cst.CSTNode, name: str, error: Unported) -> None:
        self.marks.append((self._place(node).start.line, name, error))
        if self._pending:
            self._pending[-1].append(error)

    def _reference(self, rule: Rule, as_class: bool) -> str:
        """A name that is not called here: with Paddle's arguments, if anybody may call it."""
        if rule.parameters is None or as_class or is_same(rule):
            return name_of(rule)
        adapter = "Paddle" if rule.gives in FAMILIES and rule.gives != "Tensor" else "paddle_"
        name = adapter + rule.name.rpartition(".")[2]
        self.adapters[name] = rule
        return f"twins.{name}"

    @property
    def parents(self) -> Mapping[cst.CSTNode, cst.CSTNode]:
        """The node that each stands in."""
        return cast(Mapping[cst.CSTNode, cst.CSTNode], self.metadata[ParentNodeProvider])

    def _builtin(self, node: cst.BaseExpression) -> str | None:
        name = node.value if isinstance(node, cst.Name) else None
        return name if name is not None and hasattr(builtins, name) else None
