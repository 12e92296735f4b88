"""A spec interpreted on a reference's arithmetic: what stands in for the reference of an own activation that has none.

It proves that the frameworks agree with the spec, and nothing about the spec: "self-consistent only".
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from typing import Any

from actzoo.language import Spec
from actzoo.language._declare import Conv, Dense
from actzoo.language._graph import (
    Activate,
    Apply,
    Call,
    Choose,
    Expr,
    Fold,
    For,
    If,
    Index,
    Local,
    Name,
    Number,
    Option,
    Pass,
    Return,
    Set,
    SetOption,
    Statement,
)
from actzoo.language._spec import evaluate

from ._registry import elementwise

ARITHMETIC: Mapping[str, Callable[..., Any]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "neg": lambda a: -a,
    "lt": lambda a, b: a < b,
    "le": lambda a, b: a <= b,
    "gt": lambda a, b: a > b,
    "ge": lambda a, b: a >= b,
    "gated": lambda a, b: a * b,
}
COMPOSED: Mapping[str, Callable[[Any, Any], Any]] = {"normal_cdf": lambda m, x: m.erfc(-x / m.sqrt(2)) / 2}
"""What the arithmetic has not of its own."""

GATES: Mapping[str, Callable[[Any, Any], Any]] = {
    "exp_gated": lambda m, u: m.exp(u),
    "sigmoid_gated": lambda m, u: m.sigmoid(u),
    "normal_gated": COMPOSED["normal_cdf"],
}
"""What multiplies, of a primitive of two arguments."""


def self_reference(spec: Spec) -> Callable[..., Any]:
    """A reference made from the spec, with the signature of a hand-written one."""

    def reference(m: Any, x: Any, **arguments: Any) -> Any:
        options = {o.name: arguments.get(o.name, o.default) for o in spec.options}
        channels = x.shape[1] if spec.uses_channels else None
        values = spec.values(**({"channels": channels} if channels else {}), **options)
        values["training"] = arguments.get("training", False)
        tensors = {"x": x} | {k: v for k, v in arguments.items() if k in spec.parts}
        return _Interpreter(spec, m, values, tensors).run(spec.body)

    keyword = inspect.Parameter.KEYWORD_ONLY
    positional = inspect.Parameter.POSITIONAL_OR_KEYWORD
    parameters = [inspect.Parameter(n, positional) for n in ("m", "x", *spec.parts)]
    parameters += [inspect.Parameter(o.name, keyword, default=o.default) for o in spec.options]
    parameters.append(inspect.Parameter("training", keyword, default=False))
    reference.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return reference


class _Interpreter:
    def __init__(self, spec: Spec, m: Any, values: dict[str, Any], tensors: dict[str, Any]) -> None:
        self.spec, self.m, self.values, self.tensors = spec, m, values, tensors

    def run(self, body: tuple[Statement, ...]) -> Any:
        for statement in body:
            match statement:
                case Set(name=name, value=value):
                    self.tensors[name] = self.tensor(value)
                case SetOption(name=name, value=value):
                    self.values[name] = self.option(value)
                case Return(value=value):
                    return self.tensor(value)
                case If(condition=condition, then=then, otherwise=otherwise):
                    result = self.run(then if self.option(condition) else otherwise)
                    if result is not None:
                        return result
                case For(variable=variable, count=count, body=inner):
                    for i in range(self.option(count)):
                        self.values[variable] = i
                        self.run(inner)
        return None

    def option(self, option: Option) -> Any:
        return evaluate(option.text, self.values)

    def tensor(self, expr: Expr) -> Any:
        m = self.m
        match expr:
            case Name(name=name):
                return self.tensors[name]
            case Number(value=value):
                return self.option(value)
            case Local(value=value):
                return self.tensor(value)
            case Index(family=family, index=index):
                return self.tensor(family)[self.option(index)]
            case Choose(condition=condition, then=then, otherwise=otherwise):
                return self.tensor(then if self.option(condition) else otherwise)
            case Apply(operator=operator, arguments=arguments):
                if operator in GATES:
                    a, u = map(self.tensor, arguments)
                    return a * GATES[operator](m, u)
                if operator in COMPOSED:
                    return COMPOSED[operator](m, *map(self.tensor, arguments))
                function = ARITHMETIC.get(operator) or getattr(m, operator)
                return function(*map(self.tensor, arguments))
            case Fold(variable=variable, count=count, term=term):
                terms = []
                for i in range(self.option(count)):
                    self.values[variable] = i
                    terms.append(self.tensor(term))
                return m.maximum(*terms)
            case Activate(activation=activation, argument=argument, formula=formula):
                name = activation if formula else self.values[activation]
                return elementwise(name)(m, self.tensor(argument))
            case Pass(layer=layer, argument=argument, index=index):
                held = self.tensors[layer]
                return self.layer(layer, held if index is None else held[self.option(index)], self.tensor(argument))
            case Call(operator=operator, arguments=arguments, options=options):
                return self.structure(operator, [*map(self.tensor, arguments)], [*map(self.option, options)])
        raise TypeError(f"the interpreter does not know {type(expr).__name__}")

    def layer(self, name: str, held: Any, x: Any) -> Any:
        part, values = self.spec.layers[name], self.values
        if isinstance(part, Dense):
            return self.m.dense(x, held)
        if isinstance(part, Conv):
            padding = evaluate(part.padding, values)
            if padding == "half":
                padding = [(k - 1) // 2 for k in held.weight.shape[2:]]
            stride, groups = evaluate(part.stride, values), evaluate(part.groups, values)
            return self.m.conv(x, held, stride=stride, padding=padding, groups=groups)
        return self.m.normalise(x, held, evaluate(part.kind, values), values["training"])

    def structure(self, operator: str, arguments: list[Any], options: list[Any]) -> Any:
        m, x = self.m, self.tensors["x"]
        match operator, arguments:
            case "spatial_mean" | "spatial_max", [a]:
                return getattr(m, operator)(a, keepdims=True)
            case "pooled", [a]:
                return m.spatial_mean(a)
            case "channelwise", [vector]:
                return m.channelwise(vector, x)
            case "positions", [a]:
                return math.prod(a.shape[2:])
            case "softmax", [a]:
                return m.softmax(a, (a.ndim - 1,) if options == ["last_axis"] else range(2, a.ndim))
            case "average_pool" | "max_pool", [a]:
                extent = options[0]
                return getattr(m, operator)(a, 2 * extent - 1, extent, extent - 1)
            case "resize_nearest", [a, like]:
                return a if math.prod(a.shape[2:]) == 1 else m.resize_nearest(a, like.shape[2:])
            case "per_sample" | "per_channel", [theta]:
                k, layout = options
                return self.members(theta, k, layout, x.shape[1] if operator == "per_channel" else 1)
        raise TypeError(f"the interpreter does not know '{operator}'")

    def members(self, theta: Any, k: int, layout: str, channels: int) -> list[Any]:
        """k slopes, then k intercepts, each (N, channels, 1, ...)."""
        x = self.tensors["x"]
        n, ones = x.shape[0], (1,) * (x.ndim - 2)
        if layout == "blocked":
            blocks = theta.reshape((n, k, 2, channels))
            members = [blocks[:, i, j] for j in range(2) for i in range(k)]
        else:
            groups = theta.reshape((n, channels, 2 * k))
            members = [groups[:, :, i] for i in range(2 * k)]
        return [member.reshape((n, channels, *ones)) for member in members]
