"""One framework's side of a comparison: inputs, contenders, their steps, and what they keep. Imports the framework."""

from __future__ import annotations

import abc
import importlib
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np

from actzoo.bench._plain import PLAIN, PUBLISHED
from actzoo.language import Spec

Step = Callable[[], object]


class Side(abc.ABC):
    """A framework, for one shape. Shapes are channels first."""

    package: str
    f: Any

    def __init__(self, shape: Sequence[int], seed: int = 0) -> None:
        rng = np.random.default_rng(seed)
        self.shape = tuple(shape)
        self.x, self.grad = (self.tensor(rng.standard_normal(shape, np.float32)) for _ in range(2))
        self.nbytes = 4 * int(np.prod(shape))

    @abc.abstractmethod
    def tensor(self, array: np.ndarray[Any, Any]) -> Any: ...

    @abc.abstractmethod
    def make(self, cls: Any, options: Mapping[str, Any]) -> Any:
        """A module, in training, as users have it."""

    @abc.abstractmethod
    def steps(self, call: Any, compiled: bool) -> tuple[Step, Step]:
        """Forward alone, and forward with backward."""

    @abc.abstractmethod
    def kept(self, call: Any) -> int:
        """Bytes that stay for backward, parameters left out."""

    @abc.abstractmethod
    def copy(self) -> tuple[Step, Step]:
        """One copy, and two."""

    def module(self, spec: Spec) -> Any:
        options = {"channels": self.shape[1]} if spec.uses_channels else {}
        return self.make(getattr(importlib.import_module(self.package), spec.module), options)

    def native(self, spec: Spec, ours: Any) -> Any:
        """The framework's own function, with our module's tensors; None if it has none."""
        from actzoo_parity._native import native_function

        found = native_function(
            self.package.removeprefix("actzoo_"), spec.name, {o.name: o.default for o in spec.options}
        )
        learnt = {p.key: getattr(ours, p.key) for p in spec.parameters() if p.learnt} if not spec.uses_channels else {}
        return found and (partial(found, **learnt) if learnt else found)

    def over(self, stage: Callable[..., Any]) -> Callable[..., Any]:
        """A stage over this framework's functions; no `partial`, which torch.compile does not take in."""
        f = self.f
        return lambda *inputs: stage(f, *inputs)

    @contextmanager
    def staged(self, spec: Spec, table: Mapping[str, Callable[..., Any]]) -> Iterator[None]:
        """A module's stages by other functions, while the context lasts."""
        file = importlib.import_module(f"{self.package}._{spec.name}")
        before = {name: getattr(file, f"_{name}") for name in table if hasattr(file, f"_{name}")}
        for name in before:
            setattr(file, f"_{name}", self.over(table[name]))
        try:
            yield
        finally:
            for name, stage in before.items():
                setattr(file, f"_{name}", stage)

    def contenders(self, spec: Spec) -> dict[str, tuple[Any, Mapping[str, Any]]]:
        """Each by its name: what is called, and the stages that it has instead of ours."""
        own = [n for n in PLAIN if n == spec.name or n.startswith(f"{spec.name}_")]
        ours = self.module(spec)
        found: dict[str, tuple[Any, Mapping[str, Any]]] = {"ours": (ours, {})}
        if (native := self.native(spec, ours)) is not None:
            found["native"] = (native, {})
        if own:
            found["plain"] = (self.module(spec), {n: PLAIN[n] for n in own})
        if spec.name in PUBLISHED:
            found["published"] = (self.module(spec), {spec.name: PUBLISHED[spec.name]})
        return found


class Torch(Side):
    package = "actzoo_torch"

    def __init__(self, shape: Sequence[int], seed: int = 0) -> None:
        import torch

        self.torch = torch
        self.f = SimpleNamespace(
            exp=torch.exp,
            log1p=torch.log1p,
            tanh=torch.tanh,
            sigmoid=torch.sigmoid,
            erf=torch.erf,
            abs=torch.abs,
            where=torch.where,
            stack=torch.stack,
            expand=torch.Tensor.expand,
            amax=lambda x, axis: x.max(axis)[0],
            maximum=lambda a, b: torch.maximum(a, b) if torch.is_tensor(b) else a.clamp(min=b),
            minimum=lambda a, b: torch.minimum(a, b) if torch.is_tensor(b) else a.clamp(max=b),
        )
        super().__init__(shape, seed)

    def tensor(self, array: np.ndarray[Any, Any]) -> Any:
        return self.torch.from_numpy(array)

    def make(self, cls: Any, options: Mapping[str, Any]) -> Any:
        return cls(**options)

    def parameters(self, call: Any) -> list[Any]:
        return list(call.parameters()) if isinstance(call, self.torch.nn.Module) else []

    def steps(self, call: Any, compiled: bool) -> tuple[Step, Step]:
        torch, parameters = self.torch, self.parameters(call)
        if compiled:
            torch.compiler.reset()
            call = torch.compile(call, fullgraph=True)

        def forward() -> object:
            with torch.no_grad():
                return call(self.x)

        def both() -> object:
            leaf = self.x.detach().requires_grad_()
            return torch.autograd.grad(call(leaf), [leaf, *parameters], self.grad, allow_unused=True)

        return forward, both

    def kept(self, call: Any) -> int:
        own = {p.data_ptr() for p in self.parameters(call)}
        seen: dict[int, int] = {}

        def pack(t: Any) -> Any:
            if t.data_ptr() not in own:
                seen[t.untyped_storage().data_ptr()] = t.untyped_storage().nbytes()
            return t

        with self.torch.autograd.graph.saved_tensors_hooks(pack, lambda t: t):
            y = call(self.x.detach().requires_grad_())
        del y
        return sum(seen.values())

    def copy(self) -> tuple[Step, Step]:
        return self.x.clone, lambda: (self.x.clone(), self.grad.clone())


class Paddle(Side):
    package = "actzoo_paddle"

    def __init__(self, shape: Sequence[int], seed: int = 0) -> None:
        import paddle

        self.paddle = paddle
        self.f = SimpleNamespace(
            exp=paddle.exp,
            log1p=paddle.log1p,
            tanh=paddle.tanh,
            sigmoid=paddle.nn.functional.sigmoid,
            erf=paddle.erf,
            abs=paddle.abs,
            where=self._where,
            stack=paddle.stack,
            expand=paddle.expand,
            amax=lambda x, axis: x.max(axis),
            maximum=lambda a, b: paddle.maximum(a, b) if paddle.is_tensor(b) else paddle.clip(a, min=b),
            minimum=lambda a, b: paddle.minimum(a, b) if paddle.is_tensor(b) else paddle.clip(a, max=b),
        )
        super().__init__(shape, seed)

    def _where(self, condition: Any, a: Any, b: Any) -> Any:
        return self.paddle.where(condition, a, b if self.paddle.is_tensor(b) else self.paddle.full_like(a, b))

    def tensor(self, array: np.ndarray[Any, Any]) -> Any:
        return self.paddle.to_tensor(array)

    def make(self, cls: Any, options: Mapping[str, Any]) -> Any:
        return cls(**options)

    def parameters(self, call: Any) -> list[Any]:
        return list(call.parameters()) if isinstance(call, self.paddle.nn.Layer) else []

    def steps(self, call: Any, compiled: bool) -> tuple[Step, Step]:
        paddle, parameters = self.paddle, self.parameters(call)
        if compiled:
            from paddle.jit.dy2static import program_translator

            # what it once made of a function has the globals of then (3.3): another contender's stages
            program_translator._FUNCTION_CACHE = program_translator.FunctionCache()
            own = call

            def static(x: Any) -> Any:  # Paddle (3.3) reads no source of a lambda
                return own(x)

            call = paddle.jit.to_static(static, full_graph=True)

        def forward() -> object:
            with paddle.no_grad():
                return call(self.x)

        def both() -> object:
            leaf = self.x.detach()
            leaf.stop_gradient = False
            return paddle.grad([call(leaf)], [leaf, *parameters], [self.grad], allow_unused=True)

        return forward, both

    def kept(self, call: Any) -> int:
        own = {p.data_ptr() for p in self.parameters(call)}
        seen: dict[int, int] = {}

        def pack(t: Any) -> Any:
            if t.data_ptr() not in own:
                seen[t.data_ptr()] = t.size * t.element_size()
            return t

        leaf = self.x.detach()
        leaf.stop_gradient = False
        with self.paddle.autograd.saved_tensors_hooks(pack, lambda t: t):
            y = call(leaf)
        del y
        return sum(seen.values())

    def copy(self) -> tuple[Step, Step]:
        return self.x.clone, lambda: (self.x.clone(), self.grad.clone())


class Flax(Side):
    package = "actzoo_flax"

    def __init__(self, shape: Sequence[int], seed: int = 0) -> None:
        import jax
        from flax import nnx
        from jax import numpy as jnp

        self.jax, self.jnp, self.nnx = jax, jnp, nnx
        self.f = SimpleNamespace(
            exp=jnp.exp,
            log1p=jnp.log1p,
            tanh=jnp.tanh,
            sigmoid=jax.nn.sigmoid,
            erf=jax.scipy.special.erf,
            abs=jnp.abs,
            where=jnp.where,
            stack=jnp.stack,
            expand=jnp.broadcast_to,
            amax=jnp.max,
            maximum=jnp.maximum,
            minimum=jnp.minimum,
        )
        super().__init__(shape, seed)

    def tensor(self, array: np.ndarray[Any, Any]) -> Any:
        return self.jnp.asarray(np.moveaxis(array, 1, -1) if array.ndim > 2 else array)

    def make(self, cls: Any, options: Mapping[str, Any]) -> Any:
        takes = inspect.signature(cls.__init__).parameters
        return cls(**options, **({"rngs": self.nnx.Rngs(0)} if "rngs" in takes else {}))

    def pure(self, call: Any) -> tuple[Any, Any]:
        """A function of parameters and input, and the parameters."""
        if not isinstance(call, self.nnx.Module):
            return (lambda state, x: call(x)), {}
        graph, learnt, rest = self.nnx.split(call, self.nnx.Param, ...)
        return (lambda state, x: self.nnx.merge(graph, state, rest, copy=True)(x)), learnt

    def steps(self, call: Any, compiled: bool) -> tuple[Step, Step]:
        jax = self.jax
        function, state = self.pure(call)
        value = jax.jit(function)

        def pulled(state: Any, x: Any, grad: Any) -> Any:
            y, pull = jax.vjp(function, state, x)
            return y, pull(grad)

        both = jax.jit(pulled)
        return (
            lambda: jax.block_until_ready(value(state, self.x)),
            lambda: jax.block_until_ready(both(state, self.x, self.grad)),
        )

    def kept(self, call: Any) -> int:
        function, state = self.pure(call)
        own: int = sum(leaf.nbytes for leaf in self.jax.tree.leaves(state))
        pull = self.jax.jit(lambda s, x: self.jax.vjp(function, s, x)[1])(state, self.x)
        held: int = sum(leaf.nbytes for leaf in self.jax.tree.leaves(pull))
        return max(0, held - own)

    def copy(self) -> tuple[Step, Step]:
        jax = self.jax
        once, twice = jax.jit(self.jnp.copy), jax.jit(lambda a, b: (self.jnp.copy(a), self.jnp.copy(b)))
        return lambda: jax.block_until_ready(once(self.x)), lambda: jax.block_until_ready(twice(self.x, self.grad))


SIDES: Mapping[str, type[Side]] = {"torch": Torch, "paddle": Paddle, "flax": Flax}
MODES: Mapping[str, Sequence[str]] = {"torch": ("eager", "compiled"), "paddle": ("eager", "compiled"), "flax": ("jit",)}
