"""Puts the helpers that ported code needs into one file: their text, and that of what they stand on.

The helpers are written in `actzoo/port/twins/`, which is read here and never imported. A folder that has the file
already keeps what is in it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path

import libcst as cst

from ._marks import Unported
from ._references import adapter
from ._rows import Rule
from ._spelling import ZOO

FOLDER = Path(__file__).with_name("twins")
HEAD = '"""What ported code needs and torch lacks. Made by `actzoo port`; it may be edited, and is yours."""\n'


@cache
def _definitions() -> Mapping[str, tuple[str, str]]:
    """Every definition by name: its text, and the file that it stands in."""
    found = {}
    for path in sorted(FOLDER.glob("*.py")):
        text = path.read_text(encoding="utf-8")
        for node in ast.parse(text).body:
            for name in _defined(node):
                lines = text.splitlines()
                start = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
                found[name] = ("\n".join(lines[start - 1 : node.end_lineno]), path.stem)
    return found


def _defined(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.Assign):
        return [target.id for target in node.targets if isinstance(target, ast.Name)]
    return []


@cache
def _imports(stem: str) -> Mapping[str, str]:
    """The imports of a file that are not of another file of twins, by the name that they bind."""
    found = {}
    for node in ast.parse((FOLDER / f"{stem}.py").read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Import):
            for alias in node.names:
                found[alias.asname or alias.name.partition(".")[0]] = ast.unparse(ast.Import([alias]))
        elif isinstance(node, ast.ImportFrom) and not node.level:
            for alias in node.names:
                found[alias.asname or alias.name] = ast.unparse(ast.ImportFrom(node.module, [alias], 0))
    return found


@cache
def signature(name: str) -> ast.arguments | None:
    """What a twin takes; without `self`."""
    text = _definitions().get(name)
    if text is None:
        return None
    node = ast.parse(text[0]).body[0]
    if isinstance(node, ast.ClassDef):
        init = next((n for n in node.body if isinstance(n, ast.FunctionDef) and n.name == "__init__"), None)
        if init is None:
            bases = [b.id for b in node.bases if isinstance(b, ast.Name)]
            return signature(bases[0]) if bases else None
        init.args.args = init.args.args[1:]
        return init.args
    return node.args if isinstance(node, ast.FunctionDef) else None


def check_twin(rule: Rule, arguments: Sequence[cst.Arg]) -> None:
    """`Unported` if a twin that has Paddle's own arguments does not take these."""
    takes = signature(rule.target.removeprefix("twins.")) if rule.target.startswith("twins.") else None
    if takes is None or takes.kwarg is not None:
        return
    known = {a.arg for a in (*takes.posonlyargs, *takes.args, *takes.kwonlyargs)}
    for argument in arguments:
        if argument.keyword is not None and argument.keyword.value not in known:
            raise Unported(f"{rule.name} has no rule for its argument '{argument.keyword.value}'")
    plain = [argument for argument in arguments if argument.keyword is None and not argument.star]
    if takes.vararg is None and len(plain) > len(takes.args):
        raise Unported(f"{rule.name} has no rule for so many arguments")


def names_of(text: str) -> set[str]:
    """The definitions of a file of twins that lies in a folder."""
    return {name for node in ast.parse(text).body for name in _defined(node)}


def source(wanted: Iterable[str], adapters: Mapping[str, Rule], before: str = "") -> str:
    """The file with these helpers, after what was in it before."""
    texts = {name: adapter(name, rule) for name, rule in adapters.items()}
    definitions = {**{name: text for name, (text, _) in _definitions().items()}, **texts}
    kept = names_of(before) if before else set()
    needed: list[str] = []
    waiting = sorted(set(wanted) - kept)
    while waiting:
        name = waiting.pop()
        if name in needed or name in kept:
            continue
        needed.append(name)
        waiting += sorted(_used(definitions[name]) & definitions.keys())
    if not needed and before:
        return before
    order = {name: index for index, name in enumerate(definitions)}
    ordered = _sorted(sorted(needed, key=order.__getitem__), definitions)
    imports = set(re.findall(r"^(?:import|from) .*$", before, re.MULTILINE))
    for name in needed:
        stem = _definitions()[name][1] if name in _definitions() and name not in texts else ""
        bound = _imports(stem) if stem else {"torch": "import torch", ZOO: f"import {ZOO}"}
        imports |= {line for local, line in bound.items() if local in _used(definitions[name])}
    body = before.partition("\n\n\n")[2].rstrip() if before else ""
    return (
        "\n\n\n".join(
            filter(None, [HEAD + "\n" + "\n".join(_standard_first(imports)), body, *(definitions[n] for n in ordered)])
        )
        + "\n"
    )


def _used(text: str) -> set[str]:
    return {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}


def _sorted(names: list[str], definitions: Mapping[str, str]) -> list[str]:
    """Bases and what is used while a class is made come first."""
    done: list[str] = []

    def place(name: str) -> None:
        if name in done or name not in names:
            return
        node = ast.parse(definitions[name]).body[0]
        early: list[ast.AST] = []
        if isinstance(node, ast.ClassDef):
            early = [*node.bases, *(n for n in node.body if not isinstance(n, ast.FunctionDef))]
            for method in (n for n in node.body if isinstance(n, ast.FunctionDef)):
                early += [*method.args.defaults, *method.decorator_list]
        elif isinstance(node, ast.FunctionDef):
            early = [*node.args.defaults]
        else:
            early = [node]
        for part in early:
            for used in ast.walk(part):
                if isinstance(used, ast.Name) and used.id != name:
                    place(used.id)
        done.append(name)

    for name in names:
        place(name)
    return done


def _standard_first(imports: set[str]) -> list[str]:
    """The standard library, then the rest, as a formatter would."""
    import sys

    def standard(line: str) -> bool:
        return line.split()[1].partition(".")[0] in sys.stdlib_module_names

    first = sorted(line for line in imports if standard(line))
    rest = sorted((line for line in imports if not standard(line)), key=lambda line: (line.split()[1], line))
    return [*first, *([""] if first and rest else []), *rest]
