"""The lines of a constructor that make what a module owns. Knows no framework."""

from __future__ import annotations

import ast

from actzoo.language import Spec
from actzoo.language._declare import Buffer, Conv, Dense, Layer, Norm, Normal, Param
from actzoo.language._graph import Option
from actzoo.render._body import layer_access
from actzoo.render._code import option
from actzoo.render._table import Target


def make_parts(spec: Spec, target: Target, rename: dict[str, str]) -> list[str]:
    """The lines that make what the module owns."""
    lines: list[str] = []
    keys = [p.key for p in spec.layers.values() if p.key and "." in p.key]
    for container in dict.fromkeys(k.rpartition(".")[0] for k in keys):
        lines += filter(None, [target.row("state", "container").format(container=container)])
    for name, part in spec.parts.items():
        if isinstance(part, Param | Buffer):
            lines += _own(spec, name, part, target, rename)
        elif isinstance(part, Dense | Conv | Norm):
            lines += _layer(name, part, target, rename)
    return merged(lines)


def merged(lines: list[str]) -> list[str]:
    """The lines, with blocks under the same condition that follow each other joined."""
    found: list[str] = []
    condition = None
    for line in lines:
        if line.startswith("if "):
            if line == condition:
                continue
            condition = line
        elif not line.startswith(" "):
            condition = None
        found.append(line)
    return found


def _own(spec: Spec, name: str, part: Param | Buffer, target: Target, rename: dict[str, str]) -> list[str]:
    row, value = _initial(spec, name, part, rename)
    kept = [f"{_kept(name)} = {value}"] if target.reset and not _is_literal(value) else []
    value = _kept(name) if kept else value
    shape = ast.unparse(
        option(Option(f"({part.shape},)" if part.shape else "()"), {**rename, "C": rename.get("channels", "channels")})
    )
    learnt = rename.get(part.learnt or "", "") if isinstance(part, Param) else ""
    return [*kept, target.row("state", row).format(name=name, shape=shape, value=value, learnt=learnt)]


def _initial(spec: Spec, name: str, part: Param | Buffer, rename: dict[str, str]) -> tuple[str, str]:
    """The row that makes a tensor of the module's own, and its initial value as source."""
    if isinstance(part, Buffer):
        default = ast.unparse(option(Option(part.init), rename))
        return "buffer", f'numbers("{spec.module}", "{name}", {rename[name]}, {default})'
    if isinstance(part.init, Normal):
        return "normal", str(part.init.scale)
    value = rename[name] if part.given else rename.get(str(part.init), str(part.init))
    return "learnt" if part.learnt else "full", value


def _is_literal(value: str) -> bool:
    return isinstance(ast.parse(value, mode="eval").body, ast.Constant)


def _kept(name: str) -> str:
    return f"self.initial_{name}"


def reset_lines(spec: Spec, target: Target, rename: dict[str, str]) -> list[str]:
    """The lines that give the module's own tensors their initial values again; none where the framework has no such."""
    lines: list[str] = []
    for name, part in spec.parts.items():
        if target.reset and isinstance(part, Param | Buffer):
            row, value = _initial(spec, name, part, rename)
            value = value if _is_literal(value) else _kept(name)
            lines += target.row("reset", row).format(name=name, value=value).splitlines()
    return lines


FIELDS = {
    Dense: ("inputs", "outputs"),
    Conv: ("rank", "inputs", "outputs", "kernel"),
    Norm: ("kind", "features", "rank"),
}
DEFAULTS = {"stride": "1", "padding": "0", "groups": "1", "bias": "True"}


def _layer(name: str, part: Layer, target: Target, rename: dict[str, str]) -> list[str]:
    rename = {**rename, "C": rename["channels"]}

    def source(text: str) -> str:
        return ast.unparse(option(Option(text), rename))

    arguments = [source(getattr(part, f)) for f in FIELDS[type(part)]]
    arguments += [
        f"{f}={source(getattr(part, f))}" for f in DEFAULTS if hasattr(part, f) and getattr(part, f) != DEFAULTS[f]
    ]
    key, count = part.key or name, getattr(part, "count", None)
    row = target.row("layers", type(part).__name__.lower())
    lines = []
    if count is None:
        make = row.format(arguments=", ".join(arguments), key=f'"{key}"')
        lines.append(f"{layer_access(target, name, key, None)} = {make}")
    else:
        key = key.format("{i + 1}")
        make = row.format(arguments=", ".join(arguments), key=f'f"{key}"')
        lines += filter(None, [target.row("state", "several").format(name=name)])
        lines.append(f"for i in range({source(count)}):")
        lines.append(
            "    "
            + target.row("state", "add").format(access=layer_access(target, name, key, "i"), name=name, make=make)
        )
    if part.when != "True":
        lines = [f"if {source(part.when)}:", *("    " + line for line in lines)]
    return lines
