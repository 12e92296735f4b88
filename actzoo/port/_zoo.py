"""Replaces classes of a ported source that are activations of the zoo: by an import, or by a class of a few lines.

What a class computes is found out by `actzoo_parity`, in a process of torch. Here it is only written.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

import libcst as cst

from ._spelling import ZOO


@final
@dataclass(frozen=True)
class InZoo:
    """A source with classes of the zoo, and what there is to say of those that are, or look like one."""

    text: str
    told: tuple[str, ...]


def with_zoo(text: str, folders: Sequence[Path]) -> InZoo:
    """Replace what is of the zoo. Runs the definitions of the source, in a process. ValueError if it is lost."""
    twins = _twins(text, folders)
    tree = ast.parse(text)
    replaced = {name for name, twin in twins.items() if twin["zoo"]}
    bases = {n.name: {ast.unparse(b) for b in n.bases} for n in tree.body if isinstance(n, ast.ClassDef)}
    kept = {base for name, each in bases.items() if name not in replaced for base in each} & replaced
    rewriter = _Replace({name: twin for name, twin in twins.items() if name in replaced - kept})
    told = [
        *(f"{name} is {twins[name]['zoo']} of the zoo{_more(twins[name])}" for name in sorted(replaced - kept)),
        *(f"{name} is {twins[name]['zoo']} of the zoo, and stays: others inherit from it" for name in sorted(kept)),
        *(f"{name} is not of the zoo: {twin['why']}" for name, twin in twins.items() if twin["why"]),
    ]
    return InZoo(cst.parse_module(text).visit(rewriter).code, tuple(told))


def _more(twin: Mapping[str, Any]) -> str:
    options = ", ".join(f"{name}={value!r}" for name, value in twin["options"].items())
    return (f" with {options}" if options else "") + ("; its initial values are the zoo's" if twin["learns"] else "")


def _twins(text: str, folders: Sequence[Path]) -> dict[str, Any]:
    try:
        from actzoo_parity._execute import work_folder
        from actzoo_parity._pool import Missing, Settings
        from actzoo_parity._process import Process
        from actzoo_parity._sides import SideError
        from actzoo_parity._sides._elsewhere import Raised
    except ModuleNotFoundError as error:
        raise ValueError(f"--use-zoo needs {error.name}: pip install 'actzoo[torch,parity]'") from None
    with work_folder(None) as work:
        process = Process("torch", Settings(work))
        try:
            answer = process.request("twins", text=text, folders=[str(folder.resolve()) for folder in folders])
        except (Missing, SideError, Raised) as error:
            raise ValueError(f"what is of the zoo could not be found out: {error}") from None
        finally:
            process.close()
    return dict(answer["value"])


@final
class _Replace(cst.CSTTransformer):
    def __init__(self, twins: Mapping[str, Any]) -> None:
        super().__init__()
        self.twins = twins
        self.imports: set[str] = set()

    def leave_ClassDef(
        self, original_node: cst.ClassDef, updated_node: cst.ClassDef
    ) -> cst.BaseStatement | cst.FlattenSentinel[cst.BaseStatement]:
        name = original_node.name.value
        if name not in self.twins:
            return updated_node
        node = ast.parse(cst.Module([original_node]).code).body[0]
        assert isinstance(node, ast.ClassDef)
        imported, *definition = cst.parse_module(written(node, self.twins[name])).body
        line = cst.Module([imported]).code
        first, *rest = [imported, *definition] if line not in self.imports or not definition else definition
        self.imports.add(line)
        return cst.FlattenSentinel([first.with_changes(leading_lines=original_node.leading_lines), *rest])


def written(node: ast.ClassDef, twin: Mapping[str, Any]) -> str:
    """The class as an import, or where arguments or names of weights differ as a class of its own."""
    zoo, name = twin["zoo"], node.name
    if twin["same"]:
        return f"from {ZOO} import {zoo}" + (f" as {name}" if name != zoo else "") + "\n"
    init = next((n for n in node.body if isinstance(n, ast.FunctionDef) and n.name == "__init__"), None)
    given = [f"{ours}={theirs}" for ours, theirs in twin["arguments"].items()]
    given += [f"{option}={value!r}" for option, value in twin["options"].items()]
    lines = [
        f"import {ZOO}",
        "",
        "",
        f"class {name}({ZOO}.{zoo}):",
        f'    """`{zoo}` of the zoo, called as the class that stood here, and with its names of weights."""',
        "",
        f"    def __init__({ast.unparse(init.args) if init else 'self'}):",
        f"        super().__init__({', '.join(given)})",
    ]
    for theirs, (ours, kind) in twin["keys"].items():
        lines.append(f'        self.{kind}["{theirs}"] = self.{kind}.pop("{ours}")')
    for theirs, (ours, _) in twin["keys"].items():
        lines += ["", "    @property", f"    def {ours}(self):", f"        return self.{theirs}"]
    return "\n".join(lines) + "\n"
