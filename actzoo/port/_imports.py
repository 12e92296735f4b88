"""Ports the import statements: those that are still used in torch's spelling, those that are not, not at all."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from typing import final

import libcst as cst
from libcst.helpers import get_full_name_for_node

from ._marks import Unported
from ._references import name_of
from ._rows import Rule
from ._shaping import is_paddle
from ._spelling import Binding, Names, module_of

MODULES = {
    "paddle": "torch",
    "paddle.nn": "torch.nn",
    "paddle.nn.functional": "torch.nn.functional",
    "paddle.nn.initializer": "torch.nn.init",
    "paddle.optimizer": "torch.optim",
    "paddle.optimizer.lr": "torch.optim.lr_scheduler",
    "paddle.io": "torch.utils.data",
    "paddle.distributed": "torch.distributed",
    "paddle.linalg": "torch.linalg",
    "paddle.fft": "torch.fft",
}
"""Modules with a twin. What is imported by them comes from there only if torch has it."""


def bindings_of(
    node: ast.Import | ast.ImportFrom | cst.Import | cst.ImportFrom, rules: Mapping[str, Rule]
) -> list[Binding]:
    """What an import of Paddle binds in torch."""
    return [b for path, local, is_from in _imported(node) if (b := _binding(path, local, is_from, rules)) is not None]


def _binding(path: str, local: str | None, is_from: bool, rules: Mapping[str, Rule]) -> Binding | None:
    if path in MODULES or (not is_from and local is None):
        target = MODULES.get(path if is_from or local else "paddle", "torch")
        package, _, name = target.rpartition(".")
        if not package:
            return Binding(target, target, f"import {target}")
        if not is_from and local is None:
            return Binding("torch", "torch", "import torch")
        bound = local or name
        if is_from:
            renamed = f" as {bound}" if bound != name else ""
            return Binding(target, bound, f"from {package} import {name}{renamed}")
        return Binding(target, bound, f"import {target} as {bound}")
    rule = rules.get(path)
    if rule is None or rule.target.startswith("!"):
        return None
    target = name_of(rule)
    package, _, name = target.rpartition(".")
    if not package.startswith(("torch", "twins", "models", "zoo")):
        return None
    bound = local or name
    renamed = f" as {bound}" if bound != name else ""
    module = package if package.startswith("torch") else module_of(target)
    return Binding(target, bound, f"from {module} import {name}{renamed}")


def _imported(
    node: ast.Import | ast.ImportFrom | cst.Import | cst.ImportFrom,
) -> Iterator[tuple[str, str | None, bool]]:
    """Each name of Paddle: its path, what it is called here if it was said, and whether it is taken from a module."""
    if isinstance(node, cst.Import | cst.ImportFrom):
        parsed = ast.parse(cst.Module([]).code_for_node(node.with_changes(semicolon=cst.MaybeSentinel.DEFAULT))).body[0]
        assert isinstance(parsed, ast.Import | ast.ImportFrom)
        node = parsed
    for alias in node.names:
        is_from = isinstance(node, ast.ImportFrom)
        path = f"{node.module}.{alias.name}" if isinstance(node, ast.ImportFrom) else alias.name
        if is_paddle(path) and alias.name != "*":
            yield path, alias.asname, is_from


def is_of_paddle(node: cst.Import | cst.ImportFrom) -> bool:
    """Whether a statement imports something of Paddle."""
    if isinstance(node, cst.ImportFrom):
        module = get_full_name_for_node(node.module) if node.module is not None else None
        return not node.relative and module is not None and is_paddle(module)
    return any(is_paddle(str(get_full_name_for_node(alias.name))) for alias in node.names)


@final
class ImportRewriter(cst.CSTTransformer):
    """The second walk: by then it is known what is used."""

    def __init__(self, names: Names, rules: Mapping[str, Rule]) -> None:
        super().__init__()
        self.names, self.rules = names, rules
        self.dropped: list[str] = []
        self._depth = 0
        self._seen: set[str] = set()
        self._placed = False
        self._first: list[str] = names.added()

    def visit_FunctionDef(self, node: cst.FunctionDef) -> None:
        self._depth += 1

    def leave_FunctionDef(self, original_node: cst.FunctionDef, updated_node: cst.FunctionDef) -> cst.FunctionDef:
        self._depth -= 1
        return updated_node

    def leave_SimpleStatementLine(
        self, original_node: cst.SimpleStatementLine, updated_node: cst.SimpleStatementLine
    ) -> cst.SimpleStatementLine | cst.FlattenSentinel[cst.SimpleStatementLine]:
        if is_cell(updated_node):
            self._seen = set()
        imports = [e for e in updated_node.body if isinstance(e, cst.Import | cst.ImportFrom) and is_of_paddle(e)]
        if not imports:
            return updated_node
        others = [each for each in updated_node.body if each not in imports]
        lines = [*self._lines(imports), *(_line(each) for each in others)]
        if not lines:
            return updated_node.with_changes(body=[])
        parsed = [cst.parse_statement(line) for line in lines]
        made = [each for each in parsed if isinstance(each, cst.SimpleStatementLine)]
        made[0] = made[0].with_changes(leading_lines=updated_node.leading_lines)
        made[-1] = made[-1].with_changes(trailing_whitespace=updated_node.trailing_whitespace)
        return made[0] if len(made) == 1 else cst.FlattenSentinel(made)

    def _lines(self, imports: Sequence[cst.Import | cst.ImportFrom]) -> list[str]:
        lines: list[str] = []
        for node in imports:
            for path, local, is_from in _imported(node):
                binding = _binding(path, local, is_from, self.rules)
                if binding is not None and binding.target in self.names.used:
                    if self.names.bindings.get(binding.target) == binding or self._depth:
                        lines.append(binding.line)
                else:
                    self.dropped.append(path)
            if isinstance(node, cst.Import):
                others = [a for a in node.names if not is_paddle(str(get_full_name_for_node(a.name)))]
                lines += [f"import {cst.Module([]).code_for_node(a).rstrip(', ')}" for a in others]
        if not self._depth:
            lines = [line for line in dict.fromkeys(lines) if line not in self._seen]
            if not self._placed:
                roots = [line for line in self._first if line.startswith("import")]
                lines = [*dict.fromkeys([*roots, *lines]), *(line for line in self._first if line not in roots)]
                self._placed = True
            lines = _grouped(lines)
            self._seen |= set(lines)
        return lines

    def leave_Module(self, original_node: cst.Module, updated_node: cst.Module) -> cst.Module:
        body = list(_without_empty(updated_node.body))
        if not self._placed and self._first:
            at = _after_docstring(body)
            body[at:at] = [cst.parse_statement(line) for line in self._first]
        return updated_node.with_changes(body=body)

    def leave_IndentedBlock(
        self, original_node: cst.IndentedBlock, updated_node: cst.IndentedBlock
    ) -> cst.IndentedBlock:
        body = list(_without_empty(updated_node.body))
        if not body:
            body = [cst.SimpleStatementLine([cst.Pass()])]
        return updated_node.with_changes(body=body)


def _grouped(lines: Sequence[str]) -> list[str]:
    """`from a import b` and `from a import c` as one."""
    grouped: dict[str, list[str]] = {}
    for line in lines:
        head, _, name = line.partition(" import ")
        grouped.setdefault(head if line.startswith("from") else line, []).append(name)
    return [
        _wrapped(head, list(dict.fromkeys(", ".join(names).split(", ")))) if head.startswith("from") else head
        for head, names in grouped.items()
    ]


def _wrapped(head: str, names: Sequence[str]) -> str:
    """One line, or a name a line where it would be too long."""
    line = f"{head} import {', '.join(names)}"
    return line if len(line) <= 100 else f"{head} import (\n" + "".join(f"    {name},\n" for name in names) + ")"


def _line(node: cst.BaseSmallStatement) -> str:
    return cst.Module([cst.SimpleStatementLine([node.with_changes(semicolon=cst.MaybeSentinel.DEFAULT)])]).code


def is_cell(node: cst.CSTNode) -> bool:
    """Whether a statement stands for the beginning of a cell."""
    code = cst.Module([]).code_for_node(node).strip()
    return code.startswith("__actzoo_cell_")


def _without_empty(body: Sequence[cst.BaseStatement]) -> Iterator[cst.BaseStatement]:
    """The comments above a statement that is gone go to the next."""
    waiting: list[cst.EmptyLine] = []
    for statement in body:
        if isinstance(statement, cst.SimpleStatementLine) and not statement.body:
            waiting += [line for line in statement.leading_lines if line.comment is not None]
            continue
        if waiting:
            statement = statement.with_changes(leading_lines=[*waiting, *statement.leading_lines])  # type: ignore[attr-defined]
            waiting = []
        yield statement


def _after_docstring(body: Sequence[cst.BaseStatement]) -> int:
    at = 0
    for index, statement in enumerate(body):
        code = cst.Module([]).code_for_node(statement).lstrip()
        if (index == 0 and code.startswith(('"""', "'''", '"', "'"))) or code.startswith("from __future__"):
            at = index + 1
        elif not is_cell(statement):
            break
    return at


def unused(path: str) -> Unported:
    """What is told of an import that nothing uses."""
    return Unported(f"{path} was imported and is not needed", "")
