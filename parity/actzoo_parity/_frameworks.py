"""One adapter a framework: builds a module, gives it weights, takes its value and gradients, all as NumPy arrays."""

from __future__ import annotations

import importlib
import inspect
import logging
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from actzoo._backend import PACKAGES, installed
from actzoo.render import native_class
from actzoo.weights import convert
from actzoo.zoo import ZOO

from ._cases import Array, Case
from ._judge import Actual


class NotRun(Exception):
    """A framework that is not there; the message says why."""


NOISE = ("No ccache found", "When training, we now always track")
"""What Paddle 3.3 warns of at import and at each batch norm in training."""


def quiet() -> None:
    """Keep the frameworks' own remarks out of the table."""
    for message in NOISE:
        warnings.filterwarnings("ignore", message=message, category=UserWarning)
    logging.getLogger("jax._src.xla_bridge").setLevel(logging.WARNING)  # tells of accelerators that are not there


def run(framework: str, case: Case) -> Iterator[tuple[str, Actual]]:
    """What a framework makes of a case, by variant: torch runs in its channels-last memory format too."""
    if not installed(framework):
        raise NotRun(f"{framework} is not installed: pip install 'actzoo[{framework}]'")
    yield from ADAPTERS[framework](case, _class(framework, case))


def _class(framework: str, case: Case) -> Any:
    """The rendered class; of an own activation, rendered now."""
    if ZOO.get(case.spec.name) is case.spec:
        return getattr(importlib.import_module(PACKAGES[framework]), case.spec.module)
    return native_class(case.spec, framework)


def _arguments(case: Case) -> dict[str, Any]:
    given = {} if case.channels is None else {"channels": case.channels}
    return {**given, **case.options}


def _noise(case: Case, tensor: Callable[[Array], Any]) -> dict[str, Any]:
    return {} if case.noise is None else {"noise": tensor(case.noise)}


def _last(array: Array) -> Array:
    return np.ascontiguousarray(np.moveaxis(array, 1, -1))


def _first(array: Any) -> Array:
    return np.moveaxis(np.asarray(array), -1, 1)


def _canonical(state: Any, framework: str, case: Case, model: Any) -> dict[str, Array]:
    """Gradients in the form of a state, under torch's keys; what is not learnt left out."""
    converted = convert(state, source=framework, target="torch", model=model)
    return {p.key: converted[p.key].numpy() for p in case.parameters if p.learnt}


def _torch(case: Case, cls: Any) -> Iterator[tuple[str, Actual]]:
    import torch

    formats = {"": torch.contiguous_format}
    if case.x.ndim == 4:
        formats["channels last"] = torch.channels_last
    for variant, memory_format in formats.items():
        module = cls(**_arguments(case)).train(case.training)
        missing, surplus = module.load_state_dict(
            {k: torch.from_numpy(np.array(v)) for k, v in case.state.items()}, strict=False
        )
        wrong = [k for k in missing if not k.endswith("num_batches_tracked")] + surplus
        if wrong:
            raise KeyError(f"{case.name}: the rendered module and the spec differ in {wrong}")
        module = module.to(memory_format=memory_format)
        x = torch.from_numpy(case.x).clone(memory_format=memory_format).requires_grad_()
        y = module(x, **_noise(case, torch.from_numpy))
        y.backward(torch.from_numpy(case.cotangent))
        assert x.grad is not None
        gradients = {k: p.grad.numpy() for k, p in module.named_parameters() if p.grad is not None}
        yield variant, Actual(y.detach().numpy(), {"x": x.grad.numpy(), **gradients})


def _paddle(case: Case, cls: Any) -> Iterator[tuple[str, Actual]]:
    import paddle

    module = cls(**_arguments(case))
    module.train() if case.training else module.eval()
    missing, surplus = module.set_state_dict(convert(case.state, source="torch", target="paddle", model=module))
    if missing or surplus:
        raise KeyError(f"{case.name}: the rendered module and the spec differ in {[*missing, *surplus]}")
    x = paddle.to_tensor(case.x, stop_gradient=False)
    y = module(x, **_noise(case, paddle.to_tensor))
    y.backward(paddle.to_tensor(case.cotangent))
    state = dict(module.state_dict())
    state |= {k: p.grad for k, p in module.named_parameters() if p.grad is not None}
    yield "", Actual(y.numpy(), {"x": x.grad.numpy(), **_canonical(state, "paddle", case, module)})


def _flax(case: Case, cls: Any) -> Iterator[tuple[str, Actual]]:
    import jax
    from flax import nnx
    from jax import numpy as jnp

    arguments = _arguments(case)
    if "rngs" in inspect.signature(cls.__init__).parameters:
        arguments["rngs"] = nnx.Rngs(0)
    module = cls(**arguments)
    module.train() if case.training else module.eval()
    keys = convert(case.state, source="torch", target="flax", model=module)
    state = nnx.state(module)
    nnx.replace_by_pure_dict(state, keys)
    nnx.update(module, state)
    graph, learnt, rest = nnx.split(module, nnx.Param, ...)

    def forward(learnt: Any, x: Any) -> Any:
        own = jax.tree.map(lambda a: a, rest)  # variables of this trace, which a norm may update
        return nnx.merge(graph, learnt, own)(x, **_noise(case, lambda a: jnp.asarray(_last(a))))

    y, grads, grad_x = _differentiated(forward)(learnt, jnp.asarray(_last(case.x)), jnp.asarray(_last(case.cotangent)))
    whole = nnx.state(nnx.merge(graph, grads, rest))
    yield "", Actual(_first(y), {"x": _first(grad_x), **_canonical(whole, "flax", case, module)})


def _differentiated(forward: Callable[..., Any]) -> Callable[..., Any]:
    """Value and gradients in one compiled function: op by op, JAX compiles each by itself."""
    import jax

    def function(learnt: Any, x: Any, cotangent: Any) -> Any:
        y, vjp = jax.vjp(forward, learnt, x)
        return y, *vjp(cotangent)

    compiled: Callable[..., Any] = jax.jit(function)
    return compiled


def _linen(case: Case, cls: Any) -> Iterator[tuple[str, Actual]]:
    from jax import numpy as jnp

    module = cls(**_arguments(case))
    x = jnp.asarray(_last(case.x))
    train = {"train": case.training} if case.spec.trains else {}
    noise = _noise(case, lambda a: jnp.asarray(_last(a)))
    model = (module, x)
    variables = convert(case.state, source="torch", target="linen", model=model)
    learnt = variables.pop("params", {})

    def forward(learnt: Any, x: Any) -> Any:
        y, _ = module.apply({"params": learnt, **variables}, x, **train, **noise, mutable=["batch_stats"])
        return y

    y, grads, grad_x = _differentiated(forward)(learnt, x, jnp.asarray(_last(case.cotangent)))
    whole = {"params": grads, **variables}
    yield "", Actual(_first(y), {"x": _first(grad_x), **_canonical(whole, "linen", case, model)})


ADAPTERS: Mapping[str, Callable[[Case, Any], Iterator[tuple[str, Actual]]]] = {
    "torch": _torch,
    "paddle": _paddle,
    "flax": _flax,
    "linen": _linen,
}
