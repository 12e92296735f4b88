"""Whole files: a spec's in a rendered package, and the same by itself. Knows no framework.

Both have one body. The package's file imports what the body uses; the file by itself carries it along.
"""

from __future__ import annotations

import ast
import functools
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from actzoo.language import Spec, SpecError
from actzoo.render._code import joined, used_names
from actzoo.render._module import Rendered, render_body
from actzoo.render._table import Target

NAMED = '''
ACTIVATIONS: dict[str, Callable[[{tensor}], {tensor}]] = {{{rows}}}


def activation(owner: str, option: str, name: str) -> Callable[[{tensor}], {tensor}]:
    """The element-wise activation of that name, for an option such as `act_layer`."""
    if name not in ACTIVATIONS:
        raise ValueError(f"{{owner}}: {{option}} is one of {{', '.join(sorted(ACTIVATIONS))}}; got {{name!r}}")
    return ACTIVATIONS[name]
'''
GUARD = """
try:
    {imports}
except ModuleNotFoundError as error:
    raise ModuleNotFoundError("{package} needs {extra}: pip install 'actzoo[{extra}]'") from error
"""
CHECKS = Path(__file__).with_name("checks.py").read_text(encoding="utf-8")
HEADER = "# Made by: actzoo render {name} --to {target}\n"
EXTRA = "from collections.abc import Callable, Sequence\nfrom dataclasses import KW_ONLY\nfrom typing import Literal"


def formatted(text: str) -> str:
    import black

    return black.format_str(text, mode=black.Mode(line_length=120))


def named(target: Target, zoo: Mapping[str, Spec]) -> str:
    """The table of the activations that an option may name."""
    rows = ", ".join(f'"{s.name}": {s.name}' for s in zoo.values() if s.by_name)
    return NAMED.format(tensor=target.tensor, rows=rows)


def imports(lines: str, used: set[str]) -> str:
    """Those of the import lines that are used, each once and with the names that are; the standard library first."""
    plain: set[str] = set()
    names: dict[str, set[str]] = {}
    for node in ast.parse(lines).body:
        assert isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names:
            if (alias.asname or alias.name.split(".")[0]) not in used:
                continue
            if isinstance(node, ast.Import):
                plain.add(ast.unparse(alias))
            else:
                names.setdefault(node.module or "", set()).add(ast.unparse(alias))
    rows = [(n.split(".")[0].split(" ")[0], 0, f"import {n}") for n in sorted(plain)]
    rows += [(m.split(".")[0], 1, f"from {m} import {', '.join(sorted(names[m]))}") for m in sorted(names)]
    groups: list[list[str]] = [[], []]
    for root, _, line in sorted(rows, key=lambda row: (row[1], row[2])):
        groups[root not in sys.stdlib_module_names].append(line)
    return "\n\n".join("\n".join(group) for group in groups if group)


def imported(lines: str) -> set[str]:
    """The names that import lines bind."""
    nodes = [n for n in ast.parse(lines).body if isinstance(n, ast.Import | ast.ImportFrom)]
    return {alias.asname or alias.name.split(".")[0] for node in nodes for alias in node.names}


# in a package


def checked_body(spec: Spec, target: Target) -> Rendered:
    """A spec's body. Raises `SpecError` where its name would hide a function of the runtime."""
    taken = {*runtime_source(target), *imported(f"{EXTRA}\n{target.imports}\n{runtime_imports(target)}")}
    if found := {spec.name, spec.module} & {*taken, "ACTIVATIONS", "activation"}:
        raise SpecError(
            f"{', '.join(map(repr, sorted(found)))} means something else in {target.title} code; choose another name"
        )
    return render_body(spec, target)


def package_file(spec: Spec, target: Target) -> str:
    """A spec's file in the rendered package."""
    rendered = checked_body(spec, target)
    used = used_names(rendered.text)
    own = own_imports(rendered, target, used, spec.name)
    head = imports(f"{EXTRA}\n{target.imports}", used)
    blocks = [head, "\n".join(own), rendered.text]
    header = HEADER.format(name=spec.name, target=target.name)
    title = f'"""{spec.module}: {first_sentence(spec.doc)}"""\n\nfrom __future__ import annotations\n\n'
    return formatted(header + title + joined_lines(blocks))


def own_imports(rendered: Rendered, target: Target, used: set[str], name: str) -> list[str]:
    """The lines that import from the rendered package itself: its runtime, its other activations, their stages."""
    stages = target.stages_in or target.package
    sources = dict.fromkeys(definitions(CHECKS), f"{stages}._checks")
    for package in reversed(runtime_packages(target)):
        sources |= dict.fromkeys(definitions(_runtime(package)), f"{package}._runtime")
    if target.fast:
        sources |= {"pointwise": target.fast, "in_place": target.fast}
    sources |= {"activation": f"{stages}._named"}
    sources |= {other: f"{stages}._{other}" for other in rendered.uses}
    if target.stages_in:
        sources |= dict.fromkeys(definitions(rendered.stages), f"{stages}._{name}")
    lines: dict[str, list[str]] = {}
    for found in sorted(used & set(sources)):
        lines.setdefault(sources[found], []).append(found)
    return [f"from {module} import {', '.join(names)}" for module, names in sorted(lines.items())]


def package_files(target: Target, zoo: Mapping[str, Spec]) -> dict[str, str]:
    """Every rendered file of a package, by its path under `backends/`."""
    folder = target.package.replace(".", "/")
    made = {f"{folder}/_{s.name}.py": package_file(s, target) for s in zoo.values()}
    modules = sorted((s.module, s.name) for s in zoo.values())
    header = "# Made by: actzoo render --write\n"
    functions = f"\nfrom {target.stages_in or target.package} import functional as functional"
    init = "\n".join(f"from {target.package}._{name} import {module} as {module}" for module, name in modules)
    init += f"\nfrom {target.fast} import explain as explain" if target.fast else ""
    made[f"{folder}/__init__.py"] = formatted(
        f'{header}"""The zoo in {target.title}: a class for each activation; `functional` has functions."""\n'
        + GUARD.format(
            imports="\n    ".join(f"import {m}  # noqa: F401" for m in target.requires),
            package=target.package,
            extra=target.requires[0],
        )
        + f"{functions}\n{init}\n"
    )
    if target.stages_in:
        return made
    made[f"{folder}/_checks.py"] = formatted(header + CHECKS)
    public = [(s.name, s.name) for s in zoo.values() if s.functional]
    public += [(s.name, f"{s.name}_") for s in zoo.values() if s.in_place and target.in_place]
    made[f"{folder}/functional.py"] = formatted(
        f'{header}"""The zoo in {target.title}, as functions of the input and its parameters."""\n\n'
        + "\n".join(f"from {target.package}._{name} import {f} as {f}" for name, f in sorted(public))
    )
    by_name = [s.name for s in zoo.values() if s.by_name]
    table = named(target, zoo)
    made[f"{folder}/_named.py"] = formatted(
        f'{header}"""The element-wise activations that an option may name."""\n\nfrom __future__ import annotations\n\n'
        + imports(f"{EXTRA}\n{target.imports}", {*used_names(table), target.tensor.split(".")[0]})
        + "\n"
        + "\n".join(f"from {target.package}._{n} import {n}" for n in by_name)
        + table
    )
    return made


# by itself


def standalone(spec: Spec, target: Target, zoo: Mapping[str, Spec]) -> str:
    """A spec's file that imports its framework and nothing else."""
    rendered = checked_body(spec, target)
    blocks: list[str] = []
    if target.stages_in:
        blocks.append(rendered.stages)
    blocks.append(rendered.text)
    wanted = list(rendered.uses)
    if "activation" in used_names(rendered.text):
        blocks.insert(0, named(target, zoo))
        wanted += [s.name for s in zoo.values() if s.by_name]
    blocks = [*dependencies(wanted, target, zoo), *blocks]
    text = joined(blocks)
    carried = carry(target, used_names(text))
    text = joined([carried, text])
    head = imports(f"{EXTRA}\n{target.imports}\n{runtime_imports(target)}", used_names(text))
    header = HEADER.format(name=spec.name, target=target.name)
    title = f'"""{spec.module}: {first_sentence(spec.doc)}"""\n\nfrom __future__ import annotations\n\n'
    return formatted(f"{header}{title}{head}\n\n\n{text}")


def dependencies(names: Iterable[str], target: Target, zoo: Mapping[str, Spec]) -> list[str]:
    """The functions of the activations that are called, and of those that these call, each once."""
    blocks: dict[str, str] = {}

    def add(name: str) -> None:
        if name not in blocks:
            rendered: Rendered = render_body(zoo[name], target)
            for other in rendered.uses:
                add(other)
            blocks[name] = rendered.stages

    for name in names:
        add(name)
    return list(blocks.values())


def carry(target: Target, used: set[str]) -> str:
    """The runtime's functions that are used, and those that they use, in the runtime's order."""
    source = runtime_source(target)
    wanted: set[str] = set()
    pending = used & set(source)
    while pending:
        wanted |= pending
        pending = {n for name in pending for n in used_names(source[name]) & set(source)} - wanted
    return joined(text for name, text in source.items() if name in wanted)


# the runtime, read as text: importing it would import the framework


def backends() -> Path:
    """Where the rendered packages lie: `backends/` of a checkout, or the folder that they are installed in."""
    checkout = Path(__file__).parents[2] / "backends"
    return checkout if checkout.is_dir() else Path(__file__).parents[2]


@functools.cache
def _runtime(package: str) -> str:
    return (backends() / package.replace(".", "/") / "_runtime.py").read_text(encoding="utf-8")


def runtime_packages(target: Target) -> list[str]:
    """The packages whose runtime a target's code may use, the nearest first."""
    return [target.package, *filter(None, [target.stages_in])]


def runtime_source(target: Target) -> dict[str, str]:
    """The runtime's functions and classes, by name; of two of one name, the nearest."""
    packages = reversed(runtime_packages(target))
    found = definitions(CHECKS)
    return found | {name: text for package in packages for name, text in definitions(_runtime(package)).items()}


def runtime_imports(target: Target) -> str:
    """What the runtime imports, but for what it takes from the other runtime."""
    nodes = [n for package in runtime_packages(target) for n in ast.parse(_runtime(package)).body]
    lines = [ast.unparse(n) for n in nodes if isinstance(n, ast.Import | ast.ImportFrom)]
    return "\n".join(line for line in lines if not re.search(r"__future__|\._runtime|\._checks", line))


def definitions(text: str) -> dict[str, str]:
    """The top-level functions, classes and assignments of some source, by name, decorators and comments included."""
    found: dict[str, str] = {}
    lines = text.splitlines()
    for node in ast.parse(text).body:
        names = [n.name for n in [node] if isinstance(n, ast.FunctionDef | ast.ClassDef)]
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = [t.id for t in targets if isinstance(t, ast.Name)]
        for name in names:
            decorators = [d.lineno for d in getattr(node, "decorator_list", [])]
            first = min([node.lineno, *decorators]) - 1
            found[name] = "\n".join(lines[first : node.end_lineno])
    return found


def first_sentence(doc: str) -> str:
    """A docstring's first line, for the head of a file."""
    line = " ".join(doc.split("\n\n")[0].split())
    head = re.split(r"[:;,.] ", line)[0].rstrip(".")
    return f"{head}."


def joined_lines(blocks: Iterable[str]) -> str:
    return "\n\n".join(b for b in blocks if b.strip()) + "\n"
