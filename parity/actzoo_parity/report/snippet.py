"""Code that shows a verdict again when it is pasted. Runs nothing, and imports no framework.

An element-wise function is called at the worst input alone, in a vector of 16: some defects only show where a
framework's kernel takes 8 numbers at once. Anything else is run again by the harness, which has its weights.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from actzoo._backend import FRAMEWORKS
from actzoo.language import Param
from actzoo.zoo import ZOO

from .._record import Record
from ..arithmetic._formats import FORMATS
from ._words import arguments, decimal, hexadecimal, one_line, short

LANES = 16

FIRST = ("value", "gradient of x")
ALL = (*FIRST, "second derivative", "tangent")
CALLED: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "torch": {"eager": ALL, "vmap": ALL, "compiled": FIRST},
    "paddle": {"eager": (*FIRST, "second derivative"), "compiled": FIRST},
    "flax": {"eager": ALL, "vmap": ALL, "compiled": ALL, "jit": ALL},
}
"""The outputs that a snippet takes by itself, by framework and mode; the rest is left to `reproduce`."""


@dataclass(frozen=True)
class Call:
    """A function of the zoo at one input: `text` is the call, as `leaky_relu(x, negative_slope=0.3)`."""

    name: str
    text: str
    output: str
    mode: str
    number: str
    dtype: str
    device: str


def snippet(record: Record, output: str = "") -> str:
    """Python that prints what a line's framework computes at its worst input, beside what is expected.

    Of the output that is named, or the worst. It needs the framework and actzoo, at most actzoo_parity.
    """
    output = output or record.worst
    if "pairs" in record.origin:
        return PAIR.format(file=record.origin["pairs"], name=record.activation)
    if "results" in record.origin:
        return RESULTS.format(command=["actzoo", *arguments(record)])
    call = _call(record, output)
    if call is None:
        names = [record.id, *([f"{record.origin['file']}:{record.activation}"] if "file" in record.origin else [])]
        return f"from actzoo_parity import reproduce\n\nreproduce({', '.join(repr(one_line(n)) for n in names)})\n"
    body = WRITERS[FRAMEWORKS[record.framework]](call)
    c = record.outputs[output]
    expected, got = (decimal(v, record.dtype) for v in (c.expected, c.actual))
    wanted = f"expected {expected}, off by at most {short(c.bound)}; it was {got}"
    return (
        f"# {one_line(record.id)}: {output}\n{body}\nprint({wanted!r})\nprint('got', *{{repr(v) for v in numbers}})\n"
    )


PAIR = """\
from actzoo_parity import pairs_of, run_pair

for pair in pairs_of({file!r}):
    if pair.name == {name!r}:
        for record in run_pair(pair):
            print(record.framework, record.status, record.message)
"""

RESULTS = """\
import subprocess

subprocess.run({command!r}, check=False)  # what something else computed is judged again
"""


def _call(record: Record, output: str) -> Call | None:
    """The call that shows it; None where it takes more than x and numbers: weights, noise, a cotangent."""
    if "file" in record.origin or "native" in record.origin:
        return None
    spec, c = ZOO.get(record.activation), record.outputs.get(output)
    if spec is None or c is None or c.x is None or not (spec.element_wise and spec.functional):
        return None
    called = CALLED.get(FRAMEWORKS.get(record.framework, ""), {})
    if output not in called.get(record.mode, ()) or record.dtype not in FORMATS or (spec.noisy and record.training):
        return None
    if output != "value" and record.data != "sweep":
        return None  # the cotangent of other data is random
    given = dict(record.options)
    for part in spec.parts.values():
        if isinstance(part, Param) and (part.learnt is None or given.pop(part.learnt, False)):
            return None
    if not _literals(given):
        return None
    arguments = ", ".join(["x", *(f"{name}={value!r}" for name, value in given.items())])
    text = f"{spec.name}({arguments})"
    return Call(spec.name, text, output, record.mode, hexadecimal(c.x), record.dtype, record.device)


def _literals(options: Mapping[str, object]) -> bool:
    """Whether Python reads these options as they are printed."""
    try:
        return all(name.isidentifier() and ast.literal_eval(repr(value)) == value for name, value in options.items())
    except (ValueError, SyntaxError):
        return False


def _torch(c: Call) -> str:
    text = f"torch.vmap(lambda x: {c.text})(x)" if c.mode == "vmap" else c.text
    taken = {
        "value": f"result = {text}",
        "gradient of x": f"(result,) = torch.autograd.grad({text}.sum(), x)",
        "second derivative": (
            f"(slope,) = torch.autograd.grad({text}.sum(), x, create_graph=True)\n"
            "(result,) = torch.autograd.grad(slope.sum(), x)"
        ),
        "tangent": f"_, result = torch.func.jvp(lambda x: {text}, (x,), (torch.ones_like(x),))",
    }
    compiled = f"{c.name} = torch.compile({c.name}, fullgraph=True)\n"
    return (
        f"import torch\nfrom actzoo_torch.functional import {c.name}\n\n"
        f"{compiled if c.mode == 'compiled' else ''}"
        f"x = torch.full(({LANES},), float.fromhex({c.number!r}), dtype=torch.{c.dtype}, device={c.device!r})\n"
        f"x.requires_grad_()\n"
        f"{taken[c.output]}\n"
        "numbers = result.double().tolist()"
    )


def _paddle(c: Call) -> str:
    taken = {
        "value": f"result = {c.text}",
        "gradient of x": f"(result,) = paddle.grad([{c.text}], [x], [ones])",
        "second derivative": (
            f"(slope,) = paddle.grad([{c.text}], [x], [ones], create_graph=True)\n"
            "(result,) = paddle.grad([slope], [x], [ones])"
        ),
    }
    static = f"{c.name} = paddle.jit.to_static({c.name}, full_graph=True)\n"
    return (
        f"import paddle\nfrom actzoo_paddle.functional import {c.name}\n\n"
        f"paddle.set_device({c.device.replace('cuda', 'gpu')!r})\n"
        f"{static if c.mode == 'compiled' else ''}"
        f"x = paddle.full([{LANES}], float.fromhex({c.number!r}), dtype={c.dtype!r})\n"
        "x.stop_gradient = False\n"
        "ones = paddle.ones_like(x)\n"
        f"{taken[c.output]}\n"
        "numbers = result.astype('float64').tolist()"
    )


def _flax(c: Call) -> str:
    text = f"jax.vmap(lambda x: {c.text})(x)" if c.mode == "vmap" else c.text
    taken = {
        "value": f"lambda x: {text}",
        "gradient of x": f"jax.grad(lambda x: {text}.sum())",
        "second derivative": f"jax.grad(lambda x: jax.grad(lambda x: {text}.sum())(x).sum())",
        "tangent": f"lambda x: jax.jvp(lambda x: {text}, (x,), (jnp.ones_like(x),))[1]",
    }
    compiled = c.mode in ("compiled", "jit")
    return (
        f"import jax\nfrom jax import numpy as jnp\nfrom actzoo_flax.functional import {c.name}\n\n"
        f"jax.config.update('jax_platforms', {c.device!r})\n"
        f"jax.config.update('jax_enable_x64', {c.dtype == 'float64'})\n"
        f"x = jnp.full({LANES}, float.fromhex({c.number!r}), jnp.{c.dtype})\n"
        f"function = {f'jax.jit({taken[c.output]})' if compiled else taken[c.output]}\n"
        "numbers = function(x).tolist()"
    )


WRITERS: Mapping[str, Callable[[Call], str]] = {"torch": _torch, "paddle": _paddle, "flax": _flax}
