"""What `actzoo show` and `actzoo list` say of an activation, as data. Knows no framework."""

from __future__ import annotations

from typing import Any

from actzoo.language import Parameter, Spec
from actzoo.language._declare import Noise, Part
from actzoo.policies import policies
from actzoo.weights import FRAMEWORKS, framework_key


def summary(spec: Spec) -> dict[str, Any]:
    """One line of the list."""
    return {
        "name": spec.name,
        "class": spec.module,
        "kind": "element-wise" if spec.element_wise else "module",
        "function": spec.functional,
        "options": [o.name for o in spec.options],
        "paper": spec.paper,
        "summary": " ".join(spec.doc.split("\n\n")[0].split()),
    }


def details(spec: Spec, channels: int = 64, **options: Any) -> dict[str, Any]:
    """All that a spec declares; shapes for the given channels and options."""
    given = {"channels": channels} if spec.uses_channels else {}
    parameters = spec.parameters(**given, **options)
    return {
        **summary(spec),
        "doc": spec.doc,
        "formula": spec.text,
        "formulas": spec.formulas,
        "options": {o.name: {"default": o.default, "type": o.annotation} for o in spec.options},
        "parts": {name: describe(part) for name, part in spec.parts.items()},
        "channels": given.get("channels"),
        "parameters": [parameter(p) for p in parameters],
        "learnt": sum(size(p) for p in parameters if p.learnt),
        "coefficients": spec.coefficients,
        "policies": policies(spec),
        "differences": dict(spec.differences),
    }


def describe(part: Part) -> str:
    """A part as it is declared, without what it leaves at its default."""
    if isinstance(part, Noise):
        return "uniform in [0, 1), of the input's shape; not in the state"
    defaults = {f: d.default for f, d in type(part).__dataclass_fields__.items()}
    fields = {f: v for f, v in vars(part).items() if v != defaults[f]}
    return f"{type(part).__name__}({', '.join(f'{f}={v!s}' for f, v in fields.items())})"


def parameter(p: Parameter) -> dict[str, Any]:
    """One tensor of the state: its canonical shape, its initial value, its key in each framework."""
    return {
        "key": p.key,
        "shape": list(p.shape),
        "init": p.init,
        "learnt": p.learnt,
        "keys": {framework: state_key(p, framework) for framework in FRAMEWORKS},
    }


def state_key(p: Parameter, framework: str) -> str:
    """The tensor's name in a framework's state."""
    if p.kind == "own":
        return p.key
    prefix = p.key.removesuffix(f".{p.part}")
    return f"{prefix}.{framework_key(p.kind, p.part, framework).name}"


def size(p: Parameter) -> int:
    count = 1
    for n in p.shape:
        count *= n
    return count
