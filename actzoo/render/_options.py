"""A spec's options in rendered code: their names, and the lines that refuse what does not fit."""

from __future__ import annotations

import ast

from actzoo.language import Spec
from actzoo.language._declare import Param
from actzoo.language._graph import Activate, Require, SetOption, statements, tensors
from actzoo.render._code import option


def option_names(spec: Spec) -> set[str]:
    """The options, and what the body derives from them."""
    derived = {s.name for s in statements(spec.body) if isinstance(s, SetOption)}
    return {o.name for o in spec.options} | derived


def activation_options(spec: Spec) -> list[str]:
    """The options that name an activation."""
    used = {e.activation for e in tensors(spec.body) if isinstance(e, Activate) and not e.formula}
    return [o.name for o in spec.options if o.name in used]


def checks(spec: Spec, rename: dict[str, str], names: set[str]) -> list[str]:
    """The lines that refuse what the spec's annotations and assertions refuse, of the options named."""

    def read(name: str) -> str:
        return rename.get(name, name)

    owner = f'"{spec.module}"'
    options = [o for o in spec.options if o.name in names]
    whole = {n: read(n) for n in sorted(names & {"channels"})}
    whole |= {o.name: read(o.name) for o in options if o.annotation == "int" and o.default != 0}
    whole |= {
        o.name: f"1 if {read(o.name)} is None else {read(o.name)}" for o in options if o.annotation == "int | None"
    }
    from_0 = {"least": "0"} | {o.name: read(o.name) for o in options if o.annotation == "int" and o.default == 0}
    reals = {n: read(n) for n, p in spec.parts.items() if n in names and isinstance(p, Param) and p.given}
    reals |= {o.name: read(o.name) for o in options if o.annotation == "float"}
    lines = []
    for check, checked in (("check_whole", whole), ("check_whole", from_0), ("check_number", reals)):
        if checked.keys() - {"least"}:
            lines.append(f"{check}({owner}, {', '.join(f'{n}={v}' for n, v in checked.items())})")
    for o in options:
        if o.annotation.startswith("Literal["):
            choices = tuple(ast.literal_eval(o.annotation.removeprefix("Literal")))
            lines.append(f'check_choice({owner}, "{o.name}", {read(o.name)}, {choices!r})')
    for statement in spec.body:
        if isinstance(statement, Require) and statement.condition.names - {"max", "min"} <= names:
            condition = statement.condition
            given = ", ".join(f"{n}={{{read(n)}!r}}" for n in sorted(condition.names & names))
            test = ast.unparse(option(condition, rename))
            message = f"{spec.module} needs {statement.message}; got {given}".replace('"', "'")
            lines += [f"if not ({test}):", f'    raise ValueError(f"{message}")']
    return lines
