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
        if isinstance(part, Param):
            lines += _param(name, part, target, rename)
        elif isinstance(part, Buffer):
            default = ast.unparse(option(Option(part.init), rename))
            value = f'numbers("{spec.module}", "{name}", {rename[name]}, {default})'
            lines.append(target.row("state", "buffer").format(name=name, value=value))
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


def _param(name: str, part: Param, target: Target, rename: dict[str, str]) -> list[str]:
    tree = option(
        Option(f"({part.shape},)" if part.shape else "()"), {**rename, "C": rename.get("channels", "channels")}
    )
    shape = ast.unparse(tree)
    if isinstance(part.init, Normal):
        row, value = "normal", str(part.init.scale)
    else:
        row = "full"
        value = rename[name] if part.given else rename.get(str(part.init), str(part.init))
    if part.learnt:
        row = "learnt"
    return [
        target.row("state", row).format(name=name, shape=shape, value=value, learnt=rename.get(part.learnt or "", ""))
    ]


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
