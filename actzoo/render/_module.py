"""A spec to the source of one file: its stages, its function, its class. Knows no framework.

What a rendered file uses of the runtime is found by name, so that the same body can import it or carry it along.
"""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass

from actzoo.language import Spec
from actzoo.language._declare import Buffer, Conv, Dense, Layer, Noise, Norm, Normal, Param
from actzoo.language._graph import Activate, Option, Require, SetOption, Statement, statements, tensors
from actzoo.language._spec import option_expressions
from actzoo.render._body import Body, layer_access
from actzoo.render._code import option
from actzoo.render._stage import functions
from actzoo.render._table import Target


@dataclass(frozen=True)
class Rendered:
    """The source of one spec, without its imports.

    text    what its file holds
    stages  its pointwise stages and its function, which `text` has too unless another package holds them
    uses    the element-wise activations that it calls
    """

    text: str
    stages: str
    uses: tuple[str, ...]


def render_body(spec: Spec, target: Target) -> Rendered:
    """The stages, function and class of a spec."""
    method = Body(spec, target, _reads(spec, target), target.training)
    body, function = method, ""
    if spec.functional:
        body = Body(spec, target, {}, "training")
        function = _function(spec, target, body.lines(spec.body))
        forward = [f"return {_call(spec, target, method)}"]
    else:
        forward = body.lines(spec.body)
    stages = joined([*(functions(stage, target) for stage in body.stages), function])
    cls = _class(spec, target, forward)
    text = cls if target.stages_in else joined([stages, cls])
    return Rendered(text, stages, tuple(body.uses))


# options and their checks


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


# the function


def _function(spec: Spec, target: Target, lines: list[str]) -> str:
    parameters = [f"x: {target.tensor}"]
    for name, part in spec.parts.items():
        if isinstance(part, Noise):
            parameters.append(f"{name}: {target.tensor} | None = None")
        elif isinstance(part, Param) and part.learnt:
            parameters.append(f"{name}: {target.tensor} | float = {part.init}")
        else:
            parameters.append(f"{name}: {target.tensor}")
    options = _function_options(spec)
    parameters += [f"{o.name}: {o.annotation} = {o.default!r}" for o in spec.options if o.name in options]
    if any("training" in o.names for o in option_expressions(spec.body)):
        parameters.append("training: bool = False")
    tests = checks(spec, {}, options)
    shape = (
        f"x of any shape{', channels ' + target.layout if 'channelwise' in str(lines) else ''}; the result has it too."
    )
    doc = docstring(spec, target, shape)
    body = textwrap.indent("\n".join([doc, *tests, *lines]), "    ")
    return f"def {spec.name}({', '.join(parameters)}) -> {target.tensor}:\n{body}"


def _function_options(spec: Spec) -> set[str]:
    """The options that the value depends on; the others decide about parameters only."""
    return {n for o in option_expressions(_computing(spec.body)) for n in o.names} & {o.name for o in spec.options}


def _computing(body: tuple[Statement, ...]) -> tuple[Statement, ...]:
    """The statements that the value depends on at each call."""
    return tuple(s for s in body if not isinstance(s, Require | SetOption))


def _call(spec: Spec, target: Target, body: Body) -> str:
    """A module's call of its function."""
    arguments = ["x"]
    for name, part in spec.parts.items():
        if isinstance(part, Noise):
            arguments.append(name)
        else:
            arguments.append(body.rename[name])
    names = _function_options(spec)
    arguments += [body.rename[o.name] for o in spec.options if o.name in names]
    if any("training" in o.names for o in option_expressions(spec.body)):
        arguments.append(target.training)
    return f"{spec.name}({', '.join(arguments)})"


# the class

ERRORS = "Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating."


def _reads(spec: Spec, target: Target) -> dict[str, str]:
    """How the methods read options, channels and own tensors."""
    names = option_names(spec) | {"channels"}
    derived = {s.name for s in statements(spec.body) if isinstance(s, SetOption)}
    reads = {n: target.row("state", "derived" if n in derived else "option").format(name=n) for n in names}
    for name in activation_options(spec):
        reads[name] = target.row("state", "activation").format(name=name)
    for name, part in spec.parts.items():
        if isinstance(part, Param):
            row = "read_learnt" if part.learnt else "read_param"
            reads[name] = target.row("state", row).format(name=name)
        elif isinstance(part, Buffer):
            reads[name] = target.row("state", "read_buffer").format(name=name)
    return reads


def parameters(spec: Spec) -> list[str]:
    """The constructor's parameters, in the order of the signature, as they are written."""
    found = ["channels: int"] if spec.uses_channels else []
    for name, part in spec.parts.items():
        if isinstance(part, Param) and part.given:
            found.append(f"{name}: float = {part.init}")
    found += [f"{o.name}: {o.annotation} = {o.default!r}" for o in spec.options]
    found += [f"{n}: Sequence[float] | None = None" for n, p in spec.parts.items() if isinstance(p, Buffer)]
    return found


def _class(spec: Spec, target: Target, forward: list[str]) -> str:
    rename = {n: target.row("state", "argument").format(name=n) for n in _given(spec)}
    setup = checks(spec, rename, set(_given(spec)))
    for name in activation_options(spec):
        value = f'activation("{spec.module}", "{name}", {rename[name]})'
        setup.append(target.row("state", "keep").format(name=name, value=value))
    for statement in spec.body:
        if isinstance(statement, SetOption):
            setup.append(f"{statement.name} = {ast.unparse(option(statement.value, rename))}")
    read = {n for o in option_expressions(_computing(spec.body)) for n in o.names} | _needed(spec)
    kept = [n for n in [*_given(spec), *_derived(spec)] if n in read and n not in activation_options(spec)]
    if target.row("state", "keeps") == "yes":
        setup += [target.row("state", "keep").format(name=n, value=n) for n in kept]
    setup += _parts(spec, target, rename)
    if spec.noisy:
        setup += target.row("state", "noise").splitlines()
    trains = "training" if spec.trains else "plain"
    forward = [*_input_check(spec, target), *_draws(spec, target), *forward]
    noise = [n for n, p in spec.parts.items() if isinstance(p, Noise)]
    wanted = f"(N, {target.layout})" if spec.uses_channels else "any shape"
    shape = f"x: {wanted}, floating; the result has its shape and dtype.\n{ERRORS}"
    return target.module.format(
        module=spec.module,
        doc=textwrap.indent(docstring(spec, target, shape), "    "),
        fields="\n".join(f"    {p}" for p in parameters(spec)),
        init=target.row("state", "init").format(
            parameters="".join(f", {p}" for p in parameters(spec)),
            randomness=target.row("state", "randomness") if "rngs" in " ".join(setup) else "",
            setup=textwrap.indent("\n".join(setup), "        "),
        )
        if setup
        else "",
        noise="".join(f", {n}: {target.tensor} | None = None" for n in noise),
        train=target.row("state", f"{trains}_argument"),
        forward=textwrap.indent("\n".join(forward), "        "),
    )


def _given(spec: Spec) -> list[str]:
    """The constructor's arguments."""
    return [p.split(":")[0] for p in parameters(spec)]


def _derived(spec: Spec) -> list[str]:
    return [s.name for s in spec.body if isinstance(s, SetOption)]


def _needed(spec: Spec) -> set[str]:
    """What the check of the input reads."""
    return ({"channels"} if spec.uses_channels else set()) | (spec.rank.names if spec.rank else set())


def _input_check(spec: Spec, target: Target) -> list[str]:
    if not spec.uses_channels:
        return []
    reads = {n: target.row("state", "option").format(name=n) for n in _needed(spec)}
    rank = f", {ast.unparse(option(spec.rank, reads))}" if spec.rank else ""
    return [f'check_input("{spec.module}", x, {reads["channels"]}{rank})']


def _draws(spec: Spec, target: Target) -> list[str]:
    names = [n for n, p in spec.parts.items() if isinstance(p, Noise)]
    return [line for n in names if target.draw for line in target.draw.format(name=n).splitlines()]


def _parts(spec: Spec, target: Target, rename: dict[str, str]) -> list[str]:
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


# text


def docstring(spec: Spec, target: Target, shape: str) -> str:
    """The spec's docstring, and below it shapes and source."""
    lines = [spec.doc, "", shape]
    if spec.kinks:
        lines.append(f"Kinks: {spec.kinks}.")
    if spec.paper:
        lines.append(f"Source: https://arxiv.org/abs/{spec.paper}")
    text = "\n".join(lines).replace("\\", "\\\\")
    return f'"""{text}\n"""'


def used_names(text: str) -> set[str]:
    """Every plain name that some source reads or calls."""
    return {n.id for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Name)}


def joined(blocks: Iterable[str]) -> str:
    return "\n\n\n".join(block.strip("\n") for block in blocks if block.strip())
