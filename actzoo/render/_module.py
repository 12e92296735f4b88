"""A spec to the source of one file: its stages, its function, its class. Knows no framework.

What a rendered file uses of the runtime is found by name, so that the same body can import it or carry it along.
"""

from __future__ import annotations

import ast
import textwrap
from dataclasses import dataclass

from actzoo.language import Spec
from actzoo.language._declare import Buffer, Noise, Param
from actzoo.language._graph import Require, SetOption, Statement, statements
from actzoo.language._spec import option_expressions
from actzoo.render._body import Body
from actzoo.render._code import joined, option
from actzoo.render._options import activation_options, checks, option_names
from actzoo.render._parts import make_parts, reset_lines
from actzoo.render._stage import Stage, functions
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
    over = _in_place(spec, target, body.stages[0]) if spec.in_place and target.in_place else ""
    cls = _class(spec, target, forward)
    text = cls if target.stages_in else joined([stages, over, cls])
    return Rendered(text, stages, tuple(body.uses))


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
    return f"{_decorated(target)}def {spec.name}({', '.join(parameters)}) -> {target.tensor}:\n{body}"


def _decorated(target: Target) -> str:
    return f"{target.decorator}\n" if target.decorator else ""


def _in_place(spec: Spec, target: Target, stage: Stage) -> str:
    """The function that writes its result over its input."""
    assert spec.in_place
    options = [o for o in spec.options if o.name in stage.arguments]
    parameters = [f"x: {target.tensor}", *(f"{o.name}: {o.annotation} = {o.default!r}" for o in options)]
    tests = checks(spec, {}, {o.name for o in options})
    if names := sorted(spec.in_place.names):
        given = ", ".join(f"{n}={{{n}!r}}" for n in names)
        message = f"{spec.name}_ needs {spec.in_place.text}, for a slope by the result; got {given}"
        tests += [f"if not ({spec.in_place.text}):", f'    raise ValueError(f"{message}")']
    doc = f"""`{spec.name}`, written over x, which it returns; its slope is computed from the result.

x of any shape. Errors: as of the framework's own in-place functions, for an x that is a leaf with a gradient, and in
backward for one that was needed as it was.
"""
    body = textwrap.indent(
        "\n".join([f'"""{doc}"""', *tests, f"return _{stage.name}_in_place({', '.join(stage.arguments)})"]), "    "
    )
    joins = f'_{stage.name}_in_place = in_place("{stage.name}", _{stage.name}, _{stage.name}_value, _{stage.name}_vjp)'
    return f"{joins}\n\n\n{_decorated(target)}def {spec.name}_({', '.join(parameters)}) -> {target.tensor}:\n{body}"


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


def parameters(spec: Spec) -> tuple[list[str], list[str]]:
    """The constructor's parameters as they are written: by position, as the frameworks' own have them, and by keyword.

    Initial values are given by keyword, and so is whether one is trainable.
    """
    owned = {n: p for n, p in spec.parts.items() if isinstance(p, Param)}
    by_keyword = {p.learnt for p in owned.values()}
    position, keyword = ["channels: int"] if spec.uses_channels else [], []
    keyword += [f"{n}: float = {p.init}" for n, p in owned.items() if p.given]
    for o in spec.options:
        (keyword if o.name in by_keyword else position).append(f"{o.name}: {o.annotation} = {o.default!r}")
    keyword += [f"{n}: Sequence[float] | None = None" for n, p in spec.parts.items() if isinstance(p, Buffer)]
    return position, keyword


def _written(spec: Spec, marker: str, more: str = "") -> list[str]:
    """The constructor's parameters, with a marker before those by keyword, and one more of those."""
    position, keyword = parameters(spec)
    keyword += [more] if more else []
    return [*position, *([marker] if keyword else []), *keyword]


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
    setup += make_parts(spec, target, rename)
    resets = reset_lines(spec, target, rename)
    setup += ["self.reset_parameters()"] if resets else []
    if spec.noisy:
        setup += target.row("state", "noise").splitlines()
    trains = "training" if spec.trains else "plain"
    draws = target.row("state", "randomness") if "rngs" in " ".join(setup) else ""
    forward = [*_input_check(spec, target), *_draws(spec, target), *forward]
    noise = [n for n, p in spec.parts.items() if isinstance(p, Noise)]
    wanted = f"(N, {target.layout})" if spec.uses_channels else "any shape"
    shape = f"x: {wanted}, floating; the result has its shape and dtype.\n{ERRORS}"
    return target.module.format(
        module=spec.module,
        doc=textwrap.indent(docstring(spec, target, shape), "    "),
        fields="\n".join(f"    {p}" for p in _written(spec, "_: KW_ONLY")),
        init=target.row("state", "init").format(
            parameters="".join(f", {p}" for p in _written(spec, "*", draws)),
            setup=textwrap.indent("\n".join(setup), "        "),
        )
        if setup
        else "",
        scripts=target.scripts_not if spec.layers or spec.noisy else target.scripts,
        reset=target.row("reset", "method").format(lines=textwrap.indent("\n".join(resets), "        "))
        if resets
        else "",
        noise="".join(f", {n}: {target.tensor} | None = None" for n in noise),
        train=target.row("state", f"{trains}_argument"),
        forward=textwrap.indent("\n".join(forward), "        "),
    )


def _given(spec: Spec) -> list[str]:
    """The constructor's arguments."""
    return [p.split(":")[0] for each in parameters(spec) for p in each]


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


def docstring(spec: Spec, target: Target, shape: str) -> str:
    """The spec's docstring, and below it shapes and source."""
    lines = [spec.doc, "", shape]
    if policies := spec.policies.sentences():
        lines += textwrap.wrap(f"Policies: {'; '.join(policies)}.", 110, break_on_hyphens=False)
    if spec.paper:
        lines.append(f"Source: https://arxiv.org/abs/{spec.paper}")
    text = "\n".join(lines).replace("\\", "\\\\")
    return f'"""{text}\n"""'
