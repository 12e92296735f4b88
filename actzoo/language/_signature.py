"""What a spec's signature declares: its input, its parts, its options. Reads no body."""

from __future__ import annotations

import ast
import inspect
from dataclasses import dataclass
from typing import Any

from actzoo.language._declare import Part
from actzoo.language._evaluate import EVALUATED
from actzoo.language._graph import Option
from actzoo.language._source import Source

BUILTINS = frozenset(EVALUATED)


@dataclass(frozen=True)
class OptionDeclaration:
    """A hyper-parameter: its default and annotation as they are written, its choices if it has a list of them."""

    name: str
    default: Any
    annotation: str


def signature(source: Source) -> tuple[list[str], dict[str, Part], list[OptionDeclaration]]:
    """The inputs, parts and options that a spec's signature declares."""
    tree, parameters = source.tree, inspect.signature(source.function).parameters
    annotations = {a.arg: ast.unparse(a.annotation) for a in tree.args.kwonlyargs if a.annotation}
    inputs: list[str] = []
    parts: dict[str, Part] = {}
    options: list[OptionDeclaration] = []
    for parameter in parameters.values():
        if parameter.kind is parameter.KEYWORD_ONLY:
            if parameter.default is parameter.empty:
                source.fail(tree, f"the option '{parameter.name}' needs a default value")
            annotation = annotations.get(parameter.name, type(parameter.default).__name__)
            options.append(OptionDeclaration(parameter.name, parameter.default, annotation))
        elif isinstance(parameter.default, Part):
            parts[parameter.name] = parameter.default
        elif parameter.default is parameter.empty:
            inputs.append(parameter.name)
        else:
            source.fail(tree, f"'{parameter.name}' is a part (Param, Dense, Conv, Norm, ...) or an option after '*'")
    known = {"C", *BUILTINS, *(o.name for o in options), *derived(tree)}
    for name, part in parts.items():
        for field, text in vars(part).items():
            if isinstance(text, str) and field != "key":
                try:
                    used = Option(f"({text},)" if text else "()").names
                except SyntaxError:
                    source.fail(tree, f"{field} of '{name}' is no expression: {text!r}")
                if unknown := used - known:
                    source.fail(tree, f"{field} of '{name}' names no option: {', '.join(map(repr, sorted(unknown)))}")
    if inputs != ["x"]:
        source.fail(tree, f"a spec takes one input, named x, not {inputs}")
    return inputs, parts, options


def derived(tree: ast.FunctionDef) -> set[str]:
    """The names that a body assigns."""
    targets = [t for n in ast.walk(tree) if isinstance(n, ast.Assign) for t in n.targets]
    return {t.id for t in targets if isinstance(t, ast.Name)}
