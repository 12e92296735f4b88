"""From a flat state to the arguments of a reference, by its signature. Knows no arithmetic."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .arithmetic import Layer
from .arithmetic._mathematics import Number

Prefixes = Mapping[str, str | Sequence[str]]
"""Under which prefix of the state's keys a part lies, or the items of a repeated part."""

STATISTICS = ("running_mean", "running_var")


def bind_arguments(
    function: Callable[..., Any],
    inputs: Mapping[str, Number],
    state: Mapping[str, Number],
    options: Mapping[str, Any],
    training: bool,
    layers: Prefixes,
) -> dict[str, Any]:
    """The reference's arguments after m and x, from its signature."""
    arguments: dict[str, Any] = {}
    left = set(state)

    def part(prefix: str) -> Number | Layer | None:
        if prefix in state:
            left.discard(prefix)
            return state[prefix]
        fields = {f: f"{prefix}.{f}" for f in ("weight", "bias", *STATISTICS)}
        found = {field: state[key] for field, key in fields.items() if key in state}
        left.difference_update(fields.values())
        return Layer(**found) if found else None

    for name, parameter in list(inspect.signature(function).parameters.items())[2:]:
        has_default = parameter.default is not parameter.empty
        if parameter.kind is parameter.KEYWORD_ONLY:
            if name == "training":
                arguments[name] = training
            elif name in options:
                arguments[name] = options[name]
            elif not has_default:
                raise ValueError(f"the reference needs the option {name!r}; pass it in `options`")
            continue
        prefix = layers.get(name, name)
        value: Number
        if name in inputs:
            value = inputs[name]
        elif isinstance(prefix, str):
            value = part(prefix)
        else:
            value = [part(each) for each in prefix] or None
        if value is None and name in options:  # a number here, a learnt part elsewhere
            value = options[name]
        if value is not None or not has_default:
            arguments[name] = value
    if left:
        raise ValueError(
            f"no part of the reference is called {', '.join(sorted(left))}; name it in the "
            "signature, or say in `layers` which part has that prefix"
        )
    return arguments
