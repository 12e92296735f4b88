"""torch: a module or a function as a side."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any, final

import ml_dtypes
import numpy as np
import torch

from actzoo.weights._outline import Outline, without_wrappers, wrapped

from ._settings import settings
from ._side import Array, Call, Inputs, Question, Quirks, Run, Shape, leaves
from ._state import Flatten, States
from ._torch_noise import Operations, Update, Widened


@final
class TorchSide:
    """Runs copies of the module, one a dtype, in the mode (training or not) that it is in."""

    framework = "torch"
    differentiable = True
    granular = True
    quirks = Quirks(unbiased=True)

    def __init__(
        self, name: str, target: Any, keywords: Mapping[str, Any], output: Callable[[Any], Any], flatten: Flatten
    ) -> None:
        self.name = name
        self._module = target if isinstance(target, torch.nn.Module) else None
        self._target, self._keywords, self._output = target, keywords, output
        self._states = None if self._module is None else States("torch", self._module, flatten)
        self._copies: dict[str, torch.nn.Module] = {}
        self._updates: Mapping[str, Sequence[Update]] | None = None

    @property
    def device(self) -> str:
        return str(self._place().type)

    def _place(self) -> torch.device:
        parameters = iter(()) if self._module is None else self._module.parameters()
        return next((p.device for p in parameters), torch.device("cpu"))

    def outline(self, inputs: Inputs) -> Outline | None:
        return None if self._states is None else self._states.outline

    def state(self) -> Mapping[str, Array]:
        if self._states is None or self._module is None:
            return {}
        tensors = self._module.state_dict()
        return self._states.canonical({e.native: to_numpy(tensors[_key(e.native)]) for e in self._states.entries})

    def shapes(self, inputs: Inputs) -> Mapping[str, Shape]:
        return {} if self._states is None else self._states.shapes()

    def learnt(self) -> frozenset[str]:
        if self._states is None or self._module is None:
            return frozenset()
        learnt = {key for key, p in self._module.named_parameters(remove_duplicate=False) if p.requires_grad}
        return frozenset(e.key for e in self._states.entries if _key(e.native) in learnt)

    def run(self, question: Question) -> Run:
        dtype = getattr(torch, question.dtype)
        updates = self._seen_updates(question) if question.biased else {}
        callee = self._target if self._module is None else self._loaded(question)
        made = {name: to_torch(array).to(self._place()) for name, array in question.inputs.arrays.items()}
        for tensor in made.values():
            tensor.requires_grad_(tensor.is_floating_point() and question.cotangent is not None)
        args, kwargs = question.inputs.call(made)
        before = self._buffers(callee)
        calls: list[Call] = []
        operations = Operations(question.noise)
        observed = operations if question.noise or dtype is torch.float64 else nullcontext()
        with default_dtype(dtype), torch.enable_grad(), _watching(callee, calls, question.watch), observed:
            with Widened() if question.widen else nullcontext():
                out = self._output(callee(*args, **kwargs, **self._keywords))
            outputs = dict(leaves(out, lambda each: isinstance(each, torch.Tensor)))
            gradients = self._gradients(callee, made, outputs, question)
        after = self._buffers(callee)
        for key in question.biased & after.keys():
            after[key] = _biased(after[key], before[key], updates.get(key, ()))
        return Run(
            outputs={name: np.asarray(to_numpy(each)) for name, each in outputs.items()},
            gradients=gradients,
            updated={key: each for key, each in after.items() if not np.array_equal(each, before[key], equal_nan=True)},
            calls=tuple(calls),
            narrowed=operations.narrowed,
        )

    def _loaded(self, question: Question) -> torch.nn.Module:
        assert self._module is not None
        assert self._states is not None
        if question.dtype not in self._copies:
            with torch.no_grad():  # what a scripted module copies would not be leaves (torch 2.13)
                made = copy.deepcopy(self._module)
            for parameter, own in zip(made.parameters(), self._module.parameters(), strict=True):
                parameter.requires_grad_(own.requires_grad)
            self._copies[question.dtype] = made.to(getattr(torch, question.dtype))
        model = self._copies[question.dtype]
        kept = self._module.state_dict()  # what is not carried, as counters are, begins as it is
        arrays = self._states.native(question.state)
        with torch.no_grad():
            for key, tensor in model.state_dict().items():
                tensor.copy_(to_torch(arrays[path]) if (path := tuple(key.split("."))) in arrays else kept[key])
        return model

    def _seen_updates(self, question: Question) -> Mapping[str, Sequence[Update]]:
        """What a call does to running variances: seen once, in a forward pass by itself."""
        if self._updates is None:
            callee = self._loaded(question)
            made = {name: to_torch(array).to(self._place()) for name, array in question.inputs.arrays.items()}
            args, kwargs = question.inputs.call(made)
            operations = Operations(None)
            with default_dtype(getattr(torch, question.dtype)), operations:
                callee(*args, **kwargs, **self._keywords)
            places = {name: buffer.data_ptr() for name, buffer in callee.named_buffers(remove_duplicate=False)}
            entries = {} if self._states is None else {e.key: _key(e.native) for e in self._states.entries}
            self._updates = {key: operations.updates.get(places.get(name, 0), ()) for key, name in entries.items()}
        return self._updates

    def _gradients(
        self, callee: Any, made: Mapping[str, torch.Tensor], outputs: Mapping[str, Any], question: Question
    ) -> dict[str, Array]:
        if question.cotangent is None:
            return {}
        leaf = {name: tensor for name, tensor in made.items() if tensor.requires_grad}
        if self._states is not None:
            by_path = {e.native: e.key for e in self._states.entries}
            leaf |= {by_path[tuple(k.split("."))]: p for k, p in callee.named_parameters() if p.requires_grad}
        ends = {k: y for k, y in outputs.items() if isinstance(y, torch.Tensor) and y.requires_grad}
        if not leaf or not ends:
            return {name: np.zeros(tensor.shape, question.dtype) for name, tensor in leaf.items()}
        adjoints = [
            to_torch(question.cotangent(name, tuple(y.shape), str(y.dtype).removeprefix("torch."))).to(y.device)
            for name, y in ends.items()
        ]
        found = torch.autograd.grad(list(ends.values()), list(leaf.values()), adjoints, allow_unused=True)
        gradients = {
            name: to_numpy(torch.zeros_like(tensor) if each is None else each)
            for (name, tensor), each in zip(leaf.items(), found, strict=True)
        }
        return {**gradients, **self._canonical({k: g for k, g in gradients.items() if k not in made})}

    def _canonical(self, gradients: Mapping[str, Array]) -> dict[str, Array]:
        if self._states is None:
            return {}
        return self._states.canonical({e.native: gradients[e.key] for e in self._states.entries if e.key in gradients})

    def _buffers(self, callee: Any) -> dict[str, Array]:
        if self._states is None:
            return {}
        tensors = dict(callee.named_buffers(remove_duplicate=False))
        found = {e.native: to_numpy(tensors[_key(e.native)]) for e in self._states.entries if _key(e.native) in tensors}
        return self._states.canonical(found)


def to_torch(array: Array) -> torch.Tensor:
    """A tensor of its own memory; NumPy's bfloat16 is torch's."""
    if array.dtype == ml_dtypes.bfloat16:
        return torch.from_numpy(array.astype(np.float32)).to(torch.bfloat16)
    return torch.from_numpy(np.array(array))


def to_numpy(tensor: Any) -> Array:
    """An array of its own memory."""
    if not isinstance(tensor, torch.Tensor):
        return np.asarray(tensor)
    plain = tensor.detach().cpu()
    if plain.dtype is torch.bfloat16:
        return np.asarray(plain.to(torch.float32).numpy().astype(ml_dtypes.bfloat16))
    return np.array(plain.numpy())


def _biased(after: Array, before: Array, updates: Sequence[Update]) -> Array:
    """A running variance as if each update had been the mean of n squares, where n is the same in all."""
    numbers = {update.numbers for update in updates}
    if len(numbers) != 1 or 1 in numbers:
        return after
    n = min(numbers)
    kept = math.prod(1 - update.share for update in updates) * before.astype(np.float64)
    return np.asarray((kept + (after.astype(np.float64) - kept) * (n - 1) / n).astype(after.dtype))


def _path(name: str) -> tuple[str, ...]:
    return tuple(name.split(".")) if name else ()


def _key(native: tuple[str | int, ...]) -> str:
    return ".".join(map(str, native))


@contextmanager
def default_dtype(dtype: torch.dtype) -> Iterator[None]:
    """In float64, numbers that the code makes are float64 too."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype if dtype is torch.float64 else before)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


@contextmanager
def _watching(callee: Any, calls: list[Call], watch: bool) -> Iterator[None]:
    """Keep what each layer gives, by hooks that are taken off again."""
    hooks = []
    layers = dict(callee.named_modules()) if watch and isinstance(callee, torch.nn.Module) else {}
    wrappers = {_path(name): inner for name, layer in layers.items() if (inner := wrapped(layer, "torch"))}
    for name, layer in layers.items():
        if _path(name) in wrappers:
            continue
        path = ".".join(without_wrappers(_path(name), wrappers))

        def keep(layer: torch.nn.Module, inputs: Any, out: Any, path: str = path) -> None:
            taken = tuple(to_numpy(x) for x in inputs if isinstance(x, torch.Tensor))
            given = (y for _, y in leaves(out, lambda each: isinstance(each, torch.Tensor)))
            calls.append(Call(path, type(layer).__name__, taken, tuple(map(to_numpy, given)), settings(layer, "torch")))

        hooks.append(layer.register_forward_hook(keep))
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()
