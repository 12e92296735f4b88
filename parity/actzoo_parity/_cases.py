"""What a parity run runs: configurations of each activation, on photographs and on random numbers.

Everything is in torch's layout and in float32; no framework is known here.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from actzoo.language import Parameter, Spec

from ._photographs import feature_maps, feature_sequences, feature_volumes, photographs, random_maps

Array = NDArray[Any]

CONFIGURATIONS: Mapping[str, tuple[Mapping[str, Any], ...]] = {
    "leaky_relu": ({}, {"negative_slope": 0.3}),
    "prelu": ({}, {"num_parameters": "channels"}),
    "softplus": ({}, {"beta": 2.5}),
    "swish": ({}, {"learnable": True}),
    "gelu": ({}, {"approximate": "tanh"}),
    "elu": ({}, {"alpha": 1.7}),
    "frelu": ({}, {"k": 5}, {"conv_type": "1d"}, {"conv_type": "3d"}),
    "meta_acon_c": ({}, {"norm_layer": None}, {"r": 4, "conv_type": "1d"}, {"conv_type": "3d"}),
    "dyrelu_a": (
        {},
        {"k": 3, "reduction": 4, "layout": "blocked"},
        {"k": 1, "normaliser": "hard_sigmoid"},
        {"conv_type": "1d"},
        {"conv_type": "3d"},
        {"lambdas": [2.0, 1.0, 0.25, 0.5], "init_v": [1.0, 0.25, 0.0, 0.125]},
    ),
    "dyrelu_b": (
        {},
        {"k": 3, "reduction": 4, "layout": "blocked"},
        {"k": 1, "normaliser": "hard_sigmoid"},
        {"conv_type": "1d"},
        {"conv_type": "3d"},
        {"lambdas": [2.0, 1.0, 0.25, 0.5], "init_v": [1.0, 0.25, 0.0, 0.125]},
    ),
    "dyrelu_c": (
        {},
        {"softmax_over": "last_axis", "attend": "residual"},
        {"k": 3, "reduction": 4, "layout": "blocked", "tau": 2.0, "gamma": 0.5},
        {"softmax_over": "last_axis"},
        {"attend": "residual", "normaliser": "hard_sigmoid"},
        {"conv_type": "1d"},
        {"conv_type": "3d"},
    ),
    "squeeze_excite": (
        {},
        {"rd_channels": 5, "add_maxpool": True, "norm_layer": "batch_norm"},
        {"bias": False, "act_layer": "swish", "norm_layer": "group_norm", "gate_layer": "hard_sigmoid"},
    ),
    "gather_excite": (
        {},
        {"add_maxpool": True, "use_mlp": False},
        {"extent": 2, "add_maxpool": True},
        {"extent": 4, "rd_channels": 3, "gate_layer": "hard_sigmoid"},
        {"extent": 8, "use_mlp": False},
        {"extra_params": True, "extent": 2},
        {"extra_params": True, "extent": 8, "act_layer": "hard_swish", "norm_layer": "instance_norm"},
        {"extra_params": True, "extent": 4, "norm_layer": None, "gather_act": True},
        {"extra_params": True, "feat_size": "size"},
        {"extra_params": True, "feat_size": "size", "global_gather": "valid", "gather_act": True, "use_mlp": False},
    ),
}
"""Options by activation, one run each; "channels" and "size" stand for those of the input."""

IMAGES: Mapping[str, Callable[[], Array]] = {
    "pixels": lambda: halved(photographs()[:, :, ::3, ::3]),
    "features": lambda: halved(feature_maps(16, (32, 80))),
    "random": lambda: random_maps((4, 16, 9, 11)) * 4,
}
SEQUENCES: Mapping[str, Callable[[], Array]] = {"features": lambda: halved(feature_sequences(16, 96))}
VOLUMES: Mapping[str, Callable[[], Array]] = {"features": lambda: halved(feature_volumes(16, (4, 8, 20)))}


def halved(x: Array) -> Array:
    """Left and right halves as samples of their own: a norm in training has little to go by in a batch of two."""
    return np.concatenate([x[..., : x.shape[-1] // 2], x[..., x.shape[-1] // 2 : x.shape[-1] // 2 * 2]])


DATA = {"1d": SEQUENCES, "2d": IMAGES, "3d": VOLUMES}


@dataclass(frozen=True)
class Case:
    """One activation under one choice of options, on one input.

    state  by torch's keys, without `num_batches_tracked`
    noise  uniform numbers, for an activation that draws them
    """

    spec: Spec
    data: str
    options: Mapping[str, Any]
    channels: int | None
    x: Array
    noise: Array | None
    cotangent: Array
    state: Mapping[str, Array]
    training: bool

    @property
    def name(self) -> str:
        options = " ".join(f"{k}={v}" for k, v in self.options.items())
        mode = ("train" if self.training else "eval") if self.spec.trains else ""
        return " ".join(filter(None, [self.spec.name, options, mode, self.data]))

    @property
    def constants(self) -> frozenset[str]:
        """What of the state is not learnt."""
        return frozenset(p.key for p in self.parameters if not p.learnt)

    @property
    def parameters(self) -> list[Parameter]:
        given = {} if self.channels is None else {"channels": self.channels}
        return self.spec.parameters(**given, **constructor_options(self.spec, self.options))

    @property
    def prefixes(self) -> dict[str, str | list[str]]:
        """Which keys belong to which part."""
        given = {} if self.channels is None else {"channels": self.channels}
        values = self.spec.values(**given, **constructor_options(self.spec, self.options))
        found: dict[str, str | list[str]] = {}
        for name, part in self.spec.layers.items():
            keys = self.spec.keys(name, values)
            found[name] = keys if getattr(part, "count", None) else (keys or [name])[0]
        return found


def constructor_options(spec: Spec, options: Mapping[str, Any]) -> dict[str, Any]:
    """The options without the values of buffers and parameters, which a constructor takes too."""
    names = {o.name for o in spec.options}
    return {k: v for k, v in options.items() if k in names}


def cases(spec: Spec) -> Iterator[Case]:
    """Every case of an activation."""
    for options in CONFIGURATIONS.get(spec.name, ({},)):
        for data, make in DATA[options.get("conv_type", "2d")].items():
            for training in (True, False) if spec.trains else (False,):
                yield case(spec, options, data, make(), training)


def case(spec: Spec, options: Mapping[str, Any], data: str, x: Array, training: bool) -> Case:
    """One case, its weights and cotangent drawn from numbers that its name decides."""
    rng = np.random.default_rng(zlib.crc32(f"{spec.name} {dict(options)} {data}".encode()))
    if "size" in options.values():
        x = x[:, :, :9, :11]
    channels = x.shape[1]
    stand_ins = {"channels": channels, "size": tuple(x.shape[2:])}
    options = {k: stand_ins[v] if v in ("channels", "size") else v for k, v in options.items()}
    if any(o.name == "reduction" for o in spec.options) and options.get("reduction", 8) > channels:
        options["reduction"] = 1
    given = {"channels": channels} if spec.uses_channels else {}
    parameters = spec.parameters(**given, **constructor_options(spec, options))
    return Case(
        spec=spec,
        data=data,
        options=options,
        channels=given.get("channels"),
        x=np.ascontiguousarray(x, np.float32),
        noise=rng.random(x.shape, np.float32) if spec.noisy else None,
        cotangent=rng.standard_normal(x.shape, np.float32),
        state={p.key: draw(p, rng, options) for p in parameters},
        training=training,
    )


def draw(p: Parameter, rng: np.random.Generator, options: Mapping[str, Any]) -> Array:
    """Weights of the size that training leaves: variances are positive, buffers have their own values."""
    if p.kind == "own" and not p.learnt:
        return np.asarray(options.get(p.key) or _literal(p.init), np.float32)
    if p.part == "running_var":
        return rng.uniform(0.5, 1.5, p.shape).astype(np.float32)
    if p.kind.endswith("_norm"):
        centre = 1.0 if p.part == "weight" else 0.0
        return (centre + 0.2 * rng.standard_normal(p.shape)).astype(np.float32)
    fan_in = int(np.prod(p.shape[1:])) if p.kind in ("dense", "conv") and p.part == "weight" else 1
    return np.asarray(rng.standard_normal(p.shape) / np.sqrt(fan_in), np.float32)


def _literal(text: str) -> list[float]:
    return [float(v) for v in text.strip("[]").split(",")]
