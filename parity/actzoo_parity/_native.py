"""The frameworks' own functions that correspond to the zoo's activations: a table. Imports no framework by itself.

Where mathematics leaves a choice, at a kink or at NaN, a framework may have another policy than the zoo. That is
declared here, and is no violation. torch 2.13, Paddle 3.3.1, JAX 0.10.2, Flax 0.12.8, on a CPU.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from actzoo.language import Spec
from actzoo.language._declare import Param
from actzoo.language._evaluate import evaluate
from actzoo.language._policies import Kink, number
from actzoo.zoo import ZOO


@dataclass(frozen=True)
class Native:
    """A function of a framework, or a layer, and how the zoo's activation is had from it.

    path        where it is: "torch.nn.functional.gelu"
    keywords    argument -> its value, in text over the activation's options
    when        which options it has: "beta == 1"
    parts       the activation's learnt tensor -> the function's argument, or the layer's attribute
    layer       whether it is a class
    kinks       where its policy is not the activation's: point -> (value, derivative)
    nan_slopes  its derivative at NaN, likewise; two, if it is another in what a vector instruction leaves over
    orders      how many derivatives the framework has of it
    """

    path: str
    keywords: Mapping[str, str] = field(default_factory=dict)
    when: str = "True"
    parts: Mapping[str, str] = field(default_factory=dict)
    layer: bool = False
    kinks: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    nan_slopes: tuple[str, ...] = ()
    orders: int = 2

    def kink_points(self, spec: Spec, known: Mapping[str, Any]) -> list[Kink]:
        """The activation's kinks with what differs here, for given values of options and learnt tensors."""
        return replace(spec.policies, kinks={**spec.kinks, **self.kinks}).kink_points(known)

    def slopes_at_nan(self, spec: Spec, known: Mapping[str, Any]) -> list[float]:
        """The derivatives that a NaN may have here."""
        return [number(text, known) for text in self.nan_slopes or (spec.policies.nan_slope,)]


TORCH: Mapping[str, Native] = {
    "relu": Native("torch.nn.functional.relu"),
    "relu6": Native("torch.nn.functional.relu6", nan_slopes=("0", "1")),
    "leaky_relu": Native("torch.nn.functional.leaky_relu", {"negative_slope": "negative_slope"}),
    "prelu": Native("torch.nn.functional.prelu", parts={"weight": "weight"}),
    "rrelu": Native("torch.nn.functional.rrelu", {"lower": "lower", "upper": "upper"}),
    "elu": Native("torch.nn.functional.elu", {"alpha": "alpha"}, nan_slopes=("nan", "1")),
    "celu": Native("torch.nn.functional.celu", {"alpha": "alpha"}, nan_slopes=("nan", "1")),
    "selu": Native("torch.nn.functional.selu", nan_slopes=("nan", "1.0507009873554805")),
    "gelu": Native("torch.nn.functional.gelu", {"approximate": "approximate"}),
    "softplus": Native("torch.nn.functional.softplus", {"beta": "beta"}),
    "sigmoid": Native("torch.sigmoid"),
    "log_sigmoid": Native("torch.nn.functional.logsigmoid"),
    "hard_sigmoid": Native("torch.nn.functional.hardsigmoid", orders=1),
    "tanh": Native("torch.tanh"),
    "hard_tanh": Native(
        "torch.nn.functional.hardtanh", {"min_val": "min_val", "max_val": "max_val"}, nan_slopes=("0", "1")
    ),
    "softsign": Native("torch.nn.functional.softsign"),
    "softshrink": Native("torch.nn.functional.softshrink", {"lambd": "lambd"}, nan_slopes=("0", "1")),
    "hard_shrink": Native("torch.nn.functional.hardshrink", {"lambd": "lambd"}, nan_slopes=("0", "1")),
    "tanh_shrink": Native("torch.nn.functional.tanhshrink"),
    "swish": Native("torch.nn.functional.silu", when="beta == 1 and not learnable"),
    "hard_swish": Native("torch.nn.functional.hardswish", nan_slopes=("nan", "1")),
    "mish": Native("torch.nn.functional.mish"),
}

PADDLE: Mapping[str, Native] = {
    "relu": Native("paddle.nn.functional.relu", nan_slopes=("0",)),
    "relu6": Native("paddle.nn.functional.relu6", orders=1),
    "leaky_relu": Native(
        "paddle.nn.functional.leaky_relu",
        {"negative_slope": "negative_slope"},
        kinks={"0": ("0", "1")},
        nan_slopes=("0",),
    ),
    "prelu": Native("paddle.nn.functional.prelu", parts={"weight": "weight"}, orders=1),
    "rrelu": Native(
        "paddle.nn.functional.rrelu",
        {"lower": "lower", "upper": "upper", "training": "False"},
        kinks={"0": ("0", "1")},
        nan_slopes=("1",),
        orders=1,
    ),
    "elu": Native("paddle.nn.functional.elu", {"alpha": "alpha"}),
    "celu": Native("paddle.nn.functional.celu", {"alpha": "alpha"}),
    "selu": Native("paddle.nn.functional.selu", nan_slopes=("1.0507009873554805",), orders=1),
    "gelu": Native("paddle.nn.functional.gelu", {"approximate": "approximate == 'tanh'"}, orders=1),
    "softplus": Native("paddle.nn.functional.softplus", {"beta": "beta"}),
    "sigmoid": Native("paddle.nn.functional.sigmoid"),
    "log_sigmoid": Native("paddle.nn.functional.log_sigmoid", orders=1),
    "hard_sigmoid": Native("paddle.nn.functional.hardsigmoid", orders=1),
    "tanh": Native("paddle.nn.functional.tanh"),
    "hard_tanh": Native("paddle.nn.functional.hardtanh", {"min": "min_val", "max": "max_val"}, orders=1),
    "softsign": Native("paddle.nn.functional.softsign", orders=1),
    "softshrink": Native("paddle.nn.functional.softshrink", {"threshold": "lambd"}, nan_slopes=("0",), orders=1),
    "hard_shrink": Native(
        "paddle.nn.functional.hardshrink",
        {"threshold": "lambd"},
        kinks={"-lambd": ("-lambd", "1"), "lambd": ("lambd", "1")},
        nan_slopes=("0",),
        orders=1,
    ),
    "tanh_shrink": Native("paddle.nn.functional.tanhshrink", orders=1),
    "swish": Native("paddle.nn.functional.silu", when="beta == 1 and not learnable"),
    "hard_swish": Native("paddle.nn.functional.hardswish", orders=1),
    "mish": Native("paddle.nn.functional.mish", orders=1),
}

FLAX: Mapping[str, Native] = {
    "relu": Native("jax.nn.relu", nan_slopes=("0",)),
    "relu6": Native("jax.nn.relu6"),
    "leaky_relu": Native("jax.nn.leaky_relu", {"negative_slope": "negative_slope"}, kinks={"0": ("0", "1")}),
    "prelu": Native(
        "flax.nnx.PReLU",
        when="num_parameters == 1",
        parts={"weight": "negative_slope"},
        layer=True,
        kinks={"0": ("0", "1")},
    ),
    "elu": Native("jax.nn.elu", {"alpha": "alpha"}),
    "celu": Native("jax.nn.celu", {"alpha": "alpha"}),
    "selu": Native("jax.nn.selu"),
    "gelu": Native("jax.nn.gelu", {"approximate": "approximate == 'tanh'"}),
    "softplus": Native("jax.nn.softplus", when="beta == 1"),
    "sigmoid": Native("jax.nn.sigmoid"),
    "log_sigmoid": Native("jax.nn.log_sigmoid"),
    "hard_sigmoid": Native("jax.nn.hard_sigmoid"),
    "tanh": Native("jax.nn.tanh"),
    "hard_tanh": Native(
        "jax.nn.hard_tanh",
        when="(min_val, max_val) == (-1, 1)",
        kinks={"min_val": ("min_val", "1"), "max_val": ("max_val", "1")},
        nan_slopes=("1",),
    ),
    "softsign": Native("jax.nn.soft_sign"),
    "swish": Native("jax.nn.silu", when="beta == 1 and not learnable"),
    "hard_swish": Native("jax.nn.hard_swish"),
    "mish": Native("jax.nn.mish"),
}

BENDS: Mapping[str, tuple[str, ...]] = {"celu": ("0",), "softsign": ("0",)}
"""Where the second derivative jumps, though the first does not: what it is there is a choice, as it is at a kink."""

NATIVES: Mapping[str, Mapping[str, Native]] = {"torch": TORCH, "paddle": PADDLE, "flax": FLAX}
"""By framework and by the zoo's name of the activation; what a framework has not is not here."""


def find_native(framework: str, name: str, options: Mapping[str, Any]) -> Native | None:
    """The row of a framework's own function, if it has one with these options."""
    row = NATIVES.get(framework, {}).get(name)
    return row if row and evaluate(row.when, values(name, options)) else None


def native_function(framework: str, name: str, options: Mapping[str, Any]) -> Callable[..., Any] | None:
    """A framework's own function of x, and of learnt tensors by the zoo's names; None if it has none.

    In training and evaluation alike it is what the framework has for evaluation.
    """
    row = find_native(framework, name, options)
    if row is None:
        return None
    known = values(name, options)
    keywords = {argument: evaluate(text, known) for argument, text in row.keywords.items()}
    module, _, attribute = row.path.rpartition(".")
    made = getattr(importlib.import_module(module), attribute)

    def function(x: Any, *noise: Any, **tensors: Any) -> Any:
        if not row.layer:
            return made(x, **keywords, **{row.parts[part]: tensor for part, tensor in tensors.items()})
        layer = made(**keywords)
        for part, tensor in tensors.items():
            variable = getattr(layer, row.parts[part])
            variable[...] = tensor.reshape(variable.shape)
        return layer(x)

    return function


def choices(name: str, options: Mapping[str, Any], state: Mapping[str, Any] | None = None) -> list[float]:
    """The points where a second derivative is a framework's own choice, and cannot be wrong."""
    known = values(name, options)
    return [float(evaluate(at, known | dict(state or {}))) for at in (*ZOO[name].kinks, *BENDS.get(name, ()))]


def values(name: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Options with their defaults, and the numbers that stand in for learnt tensors that are none here."""
    spec = ZOO[name]
    numbers = {n: p.init for n, p in spec.parts.items() if isinstance(p, Param) and p.given}
    return numbers | {o.name: o.default for o in spec.options} | dict(options)
