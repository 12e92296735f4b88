"""The contract: which activation runs on what, in which dtype and mode. Data; no array is made, no framework known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from actzoo.language import Spec

from ._record import Record

CONFIGURATIONS: Mapping[str, tuple[Mapping[str, Any], ...]] = {
    "leaky_relu": ({}, {"negative_slope": 0.3}),
    "prelu": ({}, {"num_parameters": "channels"}),
    "softplus": ({}, {"beta": 2.5}),
    "swish": ({}, {"learnable": True}),
    "gelu": ({}, {"approximate": "tanh"}),
    "elu": ({}, {"alpha": 1.7}),
    "celu": ({}, {"alpha": 1.7}),
    "softshrink": ({}, {"lambd": 0.3}),
    "hard_shrink": ({}, {"lambd": 0.3}),
    "hard_tanh": ({}, {"min_val": -2.3, "max_val": 0.7}),
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
"""Options by activation; "channels" and "size" stand for those of the input."""

MORE: Mapping[str, tuple[Mapping[str, Any], ...]] = {
    "rrelu": ({"lower": 0.2, "upper": 0.7},),
    "meta_acon_c": ({"norm_layer": "group_norm"},),
    "squeeze_excite": ({"rd_ratio": 0.4, "rd_divisor": 3, "norm_layer": "batch_norm"},),
    "gather_excite": (
        {"rd_ratio": 0.4, "rd_divisor": 4},
        {"extra_params": True, "extent": 2, "norm_layer": "group_norm"},
        {"extra_params": True, "feat_size": 5},
    ),
}
"""Options that only the whole contract has."""

FIRST = frozenset({"gradients", "updates", "initial"})
EVERYTHING = FIRST | {"second", "tangent"}

MODES: Mapping[str, Mapping[str, frozenset[str]]] = {
    "torch": {
        "eager": EVERYTHING,
        "channels_last": FIRST,
        "strided": FIRST,
        "compiled": FIRST,
        "kernels": frozenset({"gradients"}),
        "interpreted": frozenset({"gradients"}),
        "vmap": frozenset({"gradients"}),
        "amp": frozenset({"gradients"}),
        "functional": frozenset({"gradients"}),
    },
    "paddle": {
        "eager": FIRST | {"second"},  # Paddle's PyLayer has no forward mode
        "strided": FIRST,
        "compiled": frozenset({"gradients"}),
        "kernels": frozenset({"gradients"}),
        "amp": frozenset({"gradients"}),
        "functional": frozenset({"gradients"}),
    },
    "flax": {
        "jit": EVERYTHING,
        "eager": FIRST,
        "vmap": frozenset({"gradients"}),
        "functional": frozenset({"gradients"}),
    },
    "linen": {"jit": EVERYTHING, "eager": FIRST, "vmap": frozenset({"gradients"})},
}
"""The modes of each framework, the main one first, and what it computes in each beside the value.

In "kernels", pointwise stages run by ours wherever there is one: Numba's on the CPU, Triton's on CUDA; in "interpreted"
by Triton's on the CPU, where it interprets them; in the others nowhere.
"""

DTYPES = ("float32", "float64", "float16", "bfloat16")
DEVICES = ("cpu", "cuda")
HALVES = ("float16", "bfloat16")

NARROW = {"linen": ("float32",)}
"""The dtypes of modules under options, and of functions on data other than `SHOWN`, where not all: Linen's modules run
NNX's functions.
"""

ONE_SHAPE = "shape-2d"
SHOWN = (ONE_SHAPE, "sweep")

POINTWISE_SHAPES = ("empty", "0d", "1", "15", "16", "17", "1d", "2d", "3d")
MODULE_SHAPES = ("empty", "one", "15", "17", "odd")

FUNCTIONAL = "functional"
"""The mode in which the function runs instead of the module, where it takes an option's own default if it can."""

EDGES = ("mixed", "ties", "wide")
"""Data of modules that random numbers do not come near."""

Level = Literal["default", "full"]


@dataclass(frozen=True)
class Plan:
    """What to compute, without its numbers.

    activation  as a command line names it: "mish", "mine.py:hard_mish"
    options     the activation's; "channels" and "size" stand for those of the input
    training    None where it makes no difference
    outputs     beside the value: "gradient" of x, "gradients" of all that is learnt too, "second", "tangent",
                "updates" of running statistics, "initial" values
    amp         the layers compute in bfloat16 by themselves, so the bound is bfloat16's
    native      the framework's own function computes, not ours
    """

    activation: str
    data: str
    dtype: str = "float32"
    options: Mapping[str, Any] = field(default_factory=dict)
    training: bool | None = None
    seed: int = 0
    outputs: tuple[str, ...] = ("gradients",)
    amp: bool = False
    native: bool = False

    @property
    def unit(self) -> str:
        """Plans of one unit are computed by one call: "mish-float32"."""
        return f"{self.activation.rpartition(':')[2]}-{self.dtype}-{self.seed}"

    def as_data(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of_data(cls, data: Mapping[str, Any]) -> Plan:
        """The plan that `as_data` wrote."""
        return cls(**{**data, "outputs": tuple(data["outputs"])})


@dataclass(frozen=True)
class Line:
    """A plan in a framework, on a device, in a mode: what one row of the result is about."""

    plan: Plan
    framework: str
    device: str
    mode: str

    def record(self, **facts: Any) -> Record:
        plan = self.plan
        file, _, name = plan.activation.rpartition(":")
        origin = {"file": file} if file else {"native": name} if plan.native else {}
        return Record(
            activation=name + (" (native)" if plan.native else ""),
            framework=self.framework,
            device=self.device,
            dtype=plan.dtype,
            mode=self.mode,
            data=plan.data,
            options=plan.options,
            training=plan.training,
            seed=plan.seed,
            origin=origin,
            **facts,
        )

    @property
    def id(self) -> str:
        return self.record(status="not run").id


def lines(
    name: str,
    spec: Spec,
    frameworks: Sequence[str],
    *,
    level: Level = "default",
    devices: Sequence[str] = ("cpu",),
    dtypes: Sequence[str] = DTYPES,
    seed: int = 0,
) -> Iterator[Line]:
    """Every line of an activation. The default level is float32 in the main modes: values, gradients, statistics."""
    for plan, modes in plans(name, spec, level, dtypes, seed):
        for framework in frameworks:
            for i, mode in enumerate(MODES[framework]):
                narrow = (spec.element_wise or plan.options) and plan.dtype not in NARROW.get(framework, DTYPES)
                narrow = narrow and plan.data not in SHOWN
                if ("main" if i == 0 else mode) in modes and not narrow:
                    places = [d for d in devices if mode != "interpreted" or d == "cpu"]
                    yield from (Line(plan, framework, device, mode) for device in places)


def plans(
    name: str, spec: Spec, level: Level, dtypes: Sequence[str], seed: int
) -> Iterator[tuple[Plan, Sequence[str]]]:
    """Each plan with the modes that it runs in; "main" is each framework's first."""
    wide = level == "full"
    made = _pointwise if spec.element_wise else _module
    for dtype in DTYPES if wide else DTYPES[:1]:
        if dtype in dtypes:
            for i, options in enumerate(configurations(spec.name, wide)):
                for training in (True, False) if spec.trains else (None,):
                    base = Plan(name, "", dtype, options, training, seed)
                    yield from made(base, spec, wide, first=i == 0)


def configurations(name: str, wide: bool = True) -> tuple[Mapping[str, Any], ...]:
    """The options of an activation, the defaults first."""
    return (*CONFIGURATIONS.get(name, ({},)), *(MORE.get(name, ()) if wide else ()))


def _pointwise(base: Plan, spec: Spec, wide: bool, first: bool) -> Iterator[tuple[Plan, Sequence[str]]]:
    single = base.dtype == "float32"
    order = ("second", "tangent") if wide else ()
    compiled = ["compiled"] if wide and first and base.dtype != "float64" else []
    kernels = ["kernels", *(["interpreted"] if single else [])] if wide else []
    yield replace(base, data="sweep", outputs=("gradient", *order)), ["main", *compiled, *kernels]
    modes = ["main"]
    if single:
        yield replace(base, data="pixels"), ["main"]
        modes.append("channels_last")
    if single and wide:  # numbers that differ with the seed, as those of the sweep do not
        yield replace(base, data="random", outputs=("gradient", *order)), ["main", *(["eager"] if first else [])]
        few = "single" if spec.uses_channels or "channels" in base.options.values() else "small"
        yield replace(base, data=few, outputs=("gradients", *order)), ["main"]
        modes += [FUNCTIONAL] if spec.functional else []
    if single and wide and first:
        modes += ["strided", "vmap", "eager", "amp", "kernels"]
        shapes = [s for s in POINTWISE_SHAPES if not spec.uses_channels or s in ("empty", "1d", "2d", "3d")]
        yield from ((replace(base, data=f"shape-{shape}"), ["main"]) for shape in shapes)
    elif wide and first:
        yield replace(base, data=ONE_SHAPE), ["main"]
    yield replace(base, data="features", outputs=("gradients", "initial", *order)), modes


def _module(base: Plan, spec: Spec, wide: bool, first: bool) -> Iterator[tuple[Plan, Sequence[str]]]:
    single = base.dtype == "float32"
    updates = ("updates",) if base.training else ()
    base = replace(base, outputs=("gradients", *updates))
    if not (single or first):
        yield replace(base, data="random"), ["main"]
        return
    modes = ["main"]
    if single and base.options.get("conv_type", "2d") == "2d":
        modes.append("channels_last")
    if single and wide and first:
        modes += ["compiled", "strided", "eager"]
        modes += [] if base.training else ["vmap"]
    modes += ["kernels", *(["interpreted"] if single else [])] if wide else []
    yield replace(base, data="features", outputs=(*base.outputs, "initial")), modes
    order = ("second", "tangent") if wide else ()
    if first or (single and wide):
        yield replace(base, data="random", outputs=(*base.outputs, *order)), ["main"]
    if single and wide:
        yield from ((replace(base, data=data, outputs=(*base.outputs, *order)), ["main"]) for data in EDGES)
        yield replace(base, data="nan", outputs=()), ["main"]
    if not first:
        return
    if single:
        yield replace(base, data="pixels"), ["main"]
    if single and wide:
        yield replace(base, data="features", amp=True), ["amp"]
        if not base.training:
            yield from ((replace(base, data=f"shape-{shape}"), ["main"]) for shape in MODULE_SHAPES)
