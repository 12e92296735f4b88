"""Paddle: layers and functions of the zoo, eager and as a static graph."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import ml_dtypes
import numpy as np
import paddle

from ._places import Place, places
from ._subject import Adapter, Array, Outputs, Subject


def tensor(array: Array) -> Any:
    """A copy as a tensor. NumPy's bfloat16 is an extension that Paddle does not know."""
    if array.dtype == ml_dtypes.bfloat16:
        return paddle.to_tensor(array.astype(np.float32)).astype("bfloat16")
    return paddle.to_tensor(np.array(array, order="C"))


def array(value: Any) -> Array:
    value = value.detach()
    if value.dtype == paddle.bfloat16:
        return np.asarray(value.astype("float32").numpy().astype(ml_dtypes.bfloat16))
    return np.asarray(value.numpy())


@dataclass
class Built:
    """A subject with its weights, and the tensors that it is run on."""

    call: Any
    module: Any
    places: dict[str, Place]
    learnt: dict[str, Any]
    x: Any
    noise: tuple[Any, ...]


def built(subject: Subject, mode: str) -> Built:
    case = subject.case
    where = places(case.parameters, "paddle")
    module, learnt = None, {p.key: tensor(case.state[p.key]) for p in subject.learnt}
    for value in learnt.values():
        value.stop_gradient = False
    if subject.function is None:
        module = subject.cls(**subject.arguments)
        module.to(dtype=case.plan.dtype)
        module.train() if case.training else module.eval()
        given = {place.name: tensor(place.there(case.state[key])) for key, place in where.items()}
        missing, surplus = module.set_state_dict(given)
        if missing or surplus:
            raise KeyError(f"the rendered module and the spec differ in {', '.join([*missing, *surplus])}")
        own = dict(module.named_parameters())
        learnt = {p.key: own[where[p.key].name] for p in case.parameters if p.learnt}
    x = tensor(case.x)
    if mode == "strided":
        order = [*range(1, x.ndim), 0]
        back = [x.ndim - 1, *range(x.ndim - 1)]
        x = x.transpose(order).contiguous().transpose(back)
    x.stop_gradient = False
    noise = () if case.noise is None else (tensor(case.noise),)
    return Built(module or subject.called(learnt), module, where, learnt, x, noise)


class Paddle(Adapter):
    def facts(self) -> dict[str, str]:
        return {"paddle": paddle.__version__, "paddle device": paddle.device.get_device()}

    def missing(self, device: str) -> str:
        there = paddle.device.is_compiled_with_cuda() and paddle.device.cuda.device_count()
        return "" if device == "cpu" or there else "paddle has no CUDA device here"

    def run(
        self, subjects: Sequence[Subject], mode: str, device: str, wanted: Sequence[frozenset[str]]
    ) -> Iterator[Outputs]:
        paddle.set_device("gpu" if device == "cuda" else device)
        for subject, kinds in zip(subjects, wanted, strict=True):
            b = built(subject, mode)
            yield outputs(subject, b, forward(b, mode), kinds, static=mode == "compiled")


def forward(b: Built, mode: str) -> Any:
    if mode == "compiled":
        # a Layer itself would be compiled without its gradient where it is in evaluation (3.3)
        def call(x: Any, noise: tuple[Any, ...]) -> Any:
            return b.call(x, *noise)

        return paddle.jit.to_static(call, full_graph=True)(b.x, b.noise)
    if mode == "amp":
        with paddle.amp.auto_cast(dtype="bfloat16", level="O1"):
            return b.call(b.x, *b.noise)
    return b.call(b.x, *b.noise)


def outputs(subject: Subject, b: Built, y: Any, kinds: frozenset[str], static: bool) -> Outputs:
    case, found = subject.case, {"value": array(y)}
    if "updates" in kinds and b.module is not None:
        state, running = b.module.state_dict(), [p.key for p in case.parameters if p.part.startswith("running_")]
        found |= {f"updated {key}": array(state[b.places[key].name]) for key in running}
    second = "second" in kinds
    leaves = [b.x, *b.learnt.values()]
    if static:  # `paddle.grad` goes around a static graph (3.3)
        y.backward(tensor(case.cotangent))
        grads = [leaf.grad for leaf in leaves]
    else:
        grads = paddle.grad([y], leaves, [tensor(case.cotangent)], create_graph=second, allow_unused=True)
    if grads[0] is not None:
        found["gradient of x"] = array(grads[0])
    for (key, _), grad in zip(b.learnt.items(), grads[1:], strict=False):
        if grad is not None and "gradients" in kinds:
            found[f"gradient of {key}"] = b.places[key].back(array(grad))
    if second:
        (along,) = paddle.grad([grads[0]], [b.x], [tensor(case.direction)], allow_unused=True)
        found["second derivative"] = np.zeros_like(case.x) if along is None else array(along)
    if "initial" in kinds and b.module is not None:
        paddle.seed(case.plan.seed)
        where = places(case.parameters_of_fresh, "paddle")
        state = subject.cls(**subject.fresh).state_dict()
        found |= {f"initial {key}": place.back(array(state[place.name])) for key, place in where.items()}
    return found


ADAPTER = Paddle()
