"""The rendered zoo behind one interface: NumPy in, NumPy out, channels first. Knows no formula.

A module is made in a framework, given a state under the canonical keys (torch's) and run, with or without gradients,
which come back under the same keys and in torch's shapes. How a key is called and how its axes lie in each framework
is written here by hand, apart from `actzoo.weights`, so that a mistake there is not repeated here.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

import jax
import ml_dtypes
import numpy as np
import paddle
import torch
from flax import nnx
from jax import numpy as jnp

from actzoo.language import Parameter
from actzoo.zoo import ZOO, find
from actzoo_parity import Actual, Comparison, Expected, Verdict, evaluate, judge

FRAMEWORKS = ("torch", "paddle", "flax", "linen")
PACKAGES = {"torch": "actzoo_torch", "paddle": "actzoo_paddle", "flax": "actzoo_flax", "linen": "actzoo_flax.linen"}
FUNCTIONS = {
    "torch": "actzoo_torch.functional",
    "paddle": "actzoo_paddle.functional",
    "flax": "actzoo_flax.functional",
}
CHANNELS_LAST = frozenset({"flax", "linen"})
PARAMETER_FREE = tuple(s.name for s in ZOO.values() if s.by_name)
ELEMENT_WISE = tuple(s.name for s in ZOO.values() if s.element_wise)

# A layer's part in each framework, where it has another name than torch's.
_PADDLE = {("batch_norm", "running_mean"): "_mean", ("batch_norm", "running_var"): "_variance"}
_FLAX = {
    ("dense", "weight"): "kernel",
    ("conv", "weight"): "kernel",
    ("batch_norm", "weight"): "scale",
    ("group_norm", "weight"): "scale",
    ("batch_norm", "running_mean"): "mean",
    ("batch_norm", "running_var"): "var",
}
_NAMES: Mapping[str, Mapping[tuple[str, str], str]] = {
    "torch": {},
    "paddle": _PADDLE,
    "flax": _FLAX,
    "linen": _FLAX,
}


def native_key(p: Parameter, framework: str) -> str:
    """Where a tensor of the state lies: "mlp.fc1.weight" is "mlp.fc1.kernel" in Flax."""
    prefix = p.key.removesuffix(p.part)
    return prefix + _NAMES[framework].get((p.kind, p.part), p.part)


def _axes(p: Parameter, framework: str) -> tuple[int, ...]:
    """The transpose from torch's layout: Linear (out, in), convolution (out, in, *kernel)."""
    axes = tuple(range(len(p.shape)))
    if p.part == "weight" and p.kind == "dense" and framework != "torch":
        return (1, 0)
    if p.part == "weight" and p.kind == "conv" and framework in CHANNELS_LAST:
        return (*axes[2:], 1, 0)
    return axes


def to_native(array: Any, p: Parameter, framework: str) -> Any:
    return array.transpose(_axes(p, framework))


def from_native(array: Any, p: Parameter, framework: str) -> Any:
    return array.transpose(tuple(np.argsort(_axes(p, framework))))


def channels_last(x: Any) -> Any:
    return x.transpose((0, *range(2, x.ndim), 1)) if x.ndim > 2 else x


def channels_first(x: Any) -> Any:
    return x.transpose((0, x.ndim - 1, *range(1, x.ndim - 1))) if x.ndim > 2 else x


# tensors


def to_torch(array: np.ndarray) -> torch.Tensor:
    if array.dtype == ml_dtypes.bfloat16:
        return torch.from_numpy(array.view(np.int16).copy()).view(torch.bfloat16)
    return torch.from_numpy(np.array(array))


def from_torch(tensor: torch.Tensor) -> np.ndarray:
    tensor = tensor.detach()
    if tensor.dtype == torch.bfloat16:
        return tensor.contiguous().view(torch.int16).numpy().view(ml_dtypes.bfloat16)
    return tensor.numpy()


def to_paddle(array: np.ndarray) -> paddle.Tensor:
    if array.dtype == ml_dtypes.bfloat16:
        return paddle.to_tensor(array.astype(np.float32)).astype("bfloat16")
    return paddle.to_tensor(np.array(array, order="C"))


def from_paddle(tensor: paddle.Tensor) -> np.ndarray:
    if tensor.dtype == paddle.bfloat16:
        return tensor.detach().astype("float32").numpy().astype(ml_dtypes.bfloat16)
    return tensor.detach().numpy()


def x64() -> Any:
    """JAX knows float64 within this only."""
    return jax.enable_x64(True)


# modules


Gradients = dict[str, np.ndarray]


class Module(Protocol):
    """A module of the zoo in some framework."""

    def __call__(self, x: np.ndarray, noise: np.ndarray | None = None) -> np.ndarray: ...

    def vjp(
        self, x: np.ndarray, cotangent: np.ndarray, noise: np.ndarray | None = None
    ) -> tuple[np.ndarray, Gradients]: ...


def new(framework: str, name: str, **options: Any) -> Any:
    """A native module, by its spec's name, with initial values of its own."""
    package = importlib.import_module(PACKAGES[framework])
    made = getattr(package, find(name).module)
    if framework == "flax" and "rngs" in inspect.signature(made.__init__).parameters:
        options["rngs"] = nnx.Rngs(0)
    return made(**options)


def function(framework: str, name: str) -> Any:
    """A native function; Linen's are NNX's."""
    return getattr(importlib.import_module(FUNCTIONS[framework]), name)


def parameters(name: str, options: Mapping[str, Any]) -> list[Parameter]:
    """The module's state by its spec; `options` are the constructor's."""
    kept = {k: v for k, v in options.items() if k not in ("channels", "lambdas", "init_v", "beta")}
    return find(name).parameters(options.get("channels"), **kept)


class TorchModule:
    """A module of `actzoo_torch`."""

    def __init__(self, name: str, options: Mapping[str, Any], state: Mapping[str, np.ndarray], training: bool) -> None:
        self.module = new("torch", name, **options)
        for dtype in {v.dtype for v in state.values()}:
            self.module.to(to_torch(np.zeros(1, dtype)).dtype)
        counters = {k: v for k, v in self.module.state_dict().items() if k.endswith("num_batches_tracked")}
        self.module.load_state_dict({k: to_torch(v) for k, v in state.items()} | counters, strict=True)
        self.module.train(training)

    def __call__(self, x: np.ndarray, noise: np.ndarray | None = None) -> np.ndarray:
        with torch.no_grad():
            return from_torch(self.module(to_torch(x), *[to_torch(n) for n in (noise,) if n is not None]))

    def vjp(
        self, x: np.ndarray, cotangent: np.ndarray, noise: np.ndarray | None = None
    ) -> tuple[np.ndarray, Gradients]:
        leaf = to_torch(x).requires_grad_()
        y = self.module(leaf, *[to_torch(n) for n in (noise,) if n is not None])
        leaves = {"x": leaf, **dict(self.module.named_parameters())}
        grads = torch.autograd.grad(y, list(leaves.values()), to_torch(cotangent))
        return from_torch(y), {k: from_torch(g) for k, g in zip(leaves, grads, strict=True)}


class PaddleModule:
    """A layer of `actzoo_paddle`."""

    def __init__(self, name: str, options: Mapping[str, Any], state: Mapping[str, np.ndarray], training: bool) -> None:
        self.module = new("paddle", name, **options)
        self.known = parameters(name, options)
        for dtype in {v.dtype.name for v in state.values()}:
            self.module.to(dtype=dtype)
        given = {native_key(p, "paddle"): to_paddle(to_native(state[p.key], p, "paddle")) for p in self.known}
        assert self.module.set_state_dict(given) == ([], []), "missing or unexpected keys"
        self.module.train() if training else self.module.eval()

    def __call__(self, x: np.ndarray, noise: np.ndarray | None = None) -> np.ndarray:
        with paddle.no_grad():
            return from_paddle(self.module(to_paddle(x), *[to_paddle(n) for n in (noise,) if n is not None]))

    def vjp(
        self, x: np.ndarray, cotangent: np.ndarray, noise: np.ndarray | None = None
    ) -> tuple[np.ndarray, Gradients]:
        leaf = to_paddle(x)
        leaf.stop_gradient = False
        y = self.module(leaf, *[to_paddle(n) for n in (noise,) if n is not None])
        own = dict(self.module.named_parameters())
        learnt = [p for p in self.known if p.learnt]
        grads = paddle.grad([y], [leaf, *(own[native_key(p, "paddle")] for p in learnt)], [to_paddle(cotangent)])
        named = {p.key: from_native(from_paddle(g), p, "paddle") for p, g in zip(learnt, grads[1:], strict=True)}
        return from_paddle(y), {"x": from_paddle(grads[0]), **named}


class FlaxModule:
    """A module of `actzoo_flax`, as a pure function of its learnt tensors and its input."""

    def __init__(self, name: str, options: Mapping[str, Any], state: Mapping[str, np.ndarray], training: bool) -> None:
        self.known = parameters(name, options)
        self.layered = bool(find(name).layers)

        def make() -> nnx.Module:
            module = new("flax", name, **options)
            module.train() if training else module.eval()
            return module

        with x64():
            self.module = nnx.eval_shape(make) if self.layered else make()
            self.state = {k: jnp.asarray(v) for k, v in state.items()}
        assert set(self.state) == {p.key for p in self.known}
        self.training = training

    def run(self, learnt: Mapping[str, Any], x: Any, *noise: Any) -> Any:
        """Channels first, canonical keys; differentiable."""
        graph, variables = nnx.split(self.module)
        flat = nnx.to_flat_state(variables)
        values = {**self.state, **learnt}
        native = {native_key(p, "flax"): to_native(values[p.key], p, "flax") for p in self.known}
        names = {".".join(map(str, path)): variable for path, variable in flat}
        rest = {n for n, v in names.items() if not isinstance(v, nnx.RngState)}
        assert rest == set(native), f"the module has {sorted(rest)}, its spec {sorted(native)}"
        for n in native:
            names[n] = names[n].replace(native[n])
        merged = nnx.merge(graph, nnx.from_flat_state({path: names[".".join(map(str, path))] for path, _ in flat}))
        return channels_first(merged(channels_last(x), *(channels_last(n) for n in noise)))

    def evaluated(self, f: Callable[..., Any], *arguments: Any) -> Any:
        """f of JAX arrays: few operations one by one, as many compiled together."""
        return compiled(f, *arguments) if self.layered else f(*arguments)

    def __call__(self, x: np.ndarray, noise: np.ndarray | None = None) -> np.ndarray:
        with x64():
            given = [jnp.asarray(n) for n in (noise,) if n is not None]
            return np.asarray(self.evaluated(self.run, {}, jnp.asarray(x), *given))

    def vjp(
        self, x: np.ndarray, cotangent: np.ndarray, noise: np.ndarray | None = None
    ) -> tuple[np.ndarray, Gradients]:
        def both(learnt: Mapping[str, Any], x: Any, cotangent: Any, *noise: Any) -> tuple[Any, Any]:
            y, pull = jax.vjp(lambda s, v: self.run(s, v, *noise), learnt, x)
            return y, pull(cotangent)

        with x64():
            learnt = {p.key: self.state[p.key] for p in self.known if p.learnt}
            given = [jnp.asarray(n) for n in (noise,) if n is not None]
            y, (grads, grad_x) = self.evaluated(both, learnt, jnp.asarray(x), jnp.asarray(cotangent), *given)
            return np.asarray(y), {"x": np.asarray(grad_x), **{k: np.asarray(g) for k, g in grads.items()}}


def compiled(f: Callable[..., Any], *arguments: Any) -> Any:
    """f of JAX arrays, by XLA at its lowest level: a tenth of the time that f takes operation by operation."""
    options = {"xla_backend_optimization_level": 0, "xla_llvm_disable_expensive_passes": True}
    return jax.jit(f).lower(*arguments).compile(compiler_options=options)(*arguments)


class LinenModule(FlaxModule):
    """A module of `actzoo_flax.linen`, likewise."""

    def __init__(self, name: str, options: Mapping[str, Any], state: Mapping[str, np.ndarray], training: bool) -> None:
        self.known = parameters(name, options)
        self.layered = bool(find(name).layers)
        self.module = new("linen", name, **options)
        with x64():
            self.state = {k: jnp.asarray(v) for k, v in state.items()}
        assert set(self.state) == {p.key for p in self.known}
        self.training = training

    def run(self, learnt: Mapping[str, Any], x: Any, *noise: Any) -> Any:
        values = {**self.state, **learnt}
        variables: dict[str, Any] = {}
        for p in self.known:
            collection = "params" if p.learnt else "buffers" if p.kind == "own" else "batch_stats"
            *path, leaf = native_key(p, "linen").split(".")
            level = variables.setdefault(collection, {})
            for group in path:
                level = level.setdefault(group, {})
            level[leaf] = to_native(values[p.key], p, "linen")
        takes = inspect.signature(self.module.__call__).parameters
        train = {"train": self.training} if "train" in takes else {}
        y, _ = self.module.apply(
            variables, channels_last(x), *(channels_last(n) for n in noise), **train, mutable=["batch_stats"]
        )
        return channels_first(y)


_MODULES: Mapping[str, Any] = {
    "torch": TorchModule,
    "paddle": PaddleModule,
    "flax": FlaxModule,
    "linen": LinenModule,
}


def build(
    framework: str,
    name: str,
    state: Mapping[str, np.ndarray] | None = None,
    *,
    training: bool = False,
    dtype: Any = np.float64,
    **options: Any,
) -> Module:
    """A module with a state, by default a random one (`random_state`); exactly its keys, or it is an error."""
    given = random_state(name, options, dtype=dtype) if state is None else state
    return _MODULES[framework](name, options, {k: np.asarray(v, dtype) for k, v in given.items()}, training)


# data


def random(*shape: int, seed: int = 0, scale: float = 1.0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape) * scale


def random_state(name: str, options: Mapping[str, Any], *, seed: int = 1, dtype: Any = np.float64) -> Gradients:
    """Random weights of a size that saturates nothing, variances above 0, buffers at their defaults or as given."""
    rng = np.random.default_rng(seed)
    found: Gradients = {}
    for p in parameters(name, options):
        if p.kind == "own" and not p.learnt:
            k = options.get("k", 2)
            defaults = {"lambdas": [1.0] * k + [0.5] * k, "init_v": [1.0] + [0.0] * (2 * k - 1)}
            found[p.key] = np.array(options.get(p.key) or defaults[p.key])
        elif p.part == "running_var":
            found[p.key] = rng.uniform(0.5, 1.5, p.shape)
        else:
            found[p.key] = rng.standard_normal(p.shape) / 2
    return {k: v.astype(dtype) for k, v in found.items()}


# judgement


def expected(
    name: str,
    x: np.ndarray,
    state: Mapping[str, np.ndarray],
    options: Mapping[str, Any],
    *,
    cotangent: np.ndarray | None = None,
    noise: np.ndarray | None = None,
    training: bool = False,
    reference: Any = None,
    outputs: Collection[str] = ("gradients",),
) -> Expected:
    """What the hand-written reference gives, with its bound for a computation in x's dtype."""
    spec = find(name)
    values = spec.values(options.get("channels"), **{k: v for k, v in options.items() if k in _options(name)})
    layers: dict[str, str | Sequence[str]] = {}
    for layer, part in spec.layers.items():
        keys = spec.keys(layer, values)
        layers[layer] = keys if getattr(part, "count", None) else (keys or [layer])[0]
    return evaluate(
        reference or spec.name,
        {"x": x, **({} if noise is None else {"noise": noise})},
        state,
        dict(options),
        dtype=x.dtype,
        cotangent=np.ones_like(x) if cotangent is None else cotangent,
        direction=np.ones_like(x),
        outputs=outputs,
        training=training,
        elementwise=spec.element_wise,
        constants=frozenset({"lambdas", "init_v"}),
        layers=layers,
    )


def _options(name: str) -> set[str]:
    return {o.name for o in find(name).options}


def verdict(
    framework: str,
    name: str,
    x: np.ndarray,
    *,
    state: Mapping[str, np.ndarray] | None = None,
    training: bool = False,
    noise: np.ndarray | None = None,
    **options: Any,
) -> Verdict:
    """A module's value and gradients against the hand-written reference, in units of the derived bound."""
    if state is None:
        state = random_state(name, options, dtype=x.dtype)
    cotangent = random(*x.shape, seed=7).astype(x.dtype)
    module = build(framework, name, state, training=training, dtype=x.dtype, **options)
    value, gradients = module.vjp(x, cotangent, noise)
    wanted = expected(name, x, state, options, cotangent=cotangent, noise=noise, training=training)
    return judge(wanted, Actual(value, gradients))


def explain(found: Verdict) -> str:
    """The worst output of a verdict, for an assertion's message."""
    return f"{found.worst}: {found.outputs[found.worst]}"


def compare(wanted: Expected, value: np.ndarray) -> Comparison:
    """A value alone against its bound."""
    return judge(replace(wanted, outputs={"value": wanted.outputs["value"]}), Actual(value)).value
