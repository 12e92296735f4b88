"""Paddle: a layer or a function as a side.

Paddle shows its layers, by hooks, and not its operations: noise is put into what each layer takes
and gives, forward and backward.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any, final

import ml_dtypes
import numpy as np
import paddle

from actzoo.weights._outline import Outline, without_wrappers, wrapped

from ._paddle_noise import Errors
from ._settings import MOMENTUM, settings
from ._side import Array, Call, Inputs, Question, Quirks, Run, Shape, leaves
from ._state import Flatten, States

MADE = frozenset(("full", "gaussian_random", "uniform_random", "assign_value", "fill_constant", "cast", "full_like"))
"""Operations that make numbers, in the narrower dtype maybe, and pass none on."""

STATISTICS = ("running_mean", "running_var")
"""Kept by a batch norm with a momentum that is an attribute of an operation: a float32 number (Paddle 3.3)."""

WITHOUT_SLOPES = "what paddle.jit.to_static makes with full_graph=True has no gradients in eval mode (Paddle 3.3)"


@final
class PaddleSide:
    """Runs copies of the layer, one a dtype, in the mode (training or not) that it is in."""

    framework = "paddle"
    granular = False

    def __init__(
        self, name: str, target: Any, keywords: Mapping[str, Any], output: Callable[[Any], Any], flatten: Flatten
    ) -> None:
        self.name = name
        target = _unwrapped(target)
        self._module = target if isinstance(target, paddle.nn.Layer) else None
        self._target, self._keywords, self._output = target, keywords, output
        self._states = None if self._module is None else States("paddle", self._module, flatten)
        self._copies: dict[str, paddle.nn.Layer] = {}
        self.quirks = self._quirks()
        self.differentiable = not self.quirks.remark

    def _quirks(self) -> Quirks:
        if self._states is None or self._module is None:
            return Quirks()
        held = {e.key for e in self._states.entries}
        momenta: dict[str, float] = {}
        for path, layer in _layers(self._module):
            share = settings(layer, "paddle").get(MOMENTUM)
            keys = [f"{path}.{part}".strip(".") for part in STATISTICS]
            momenta |= {key: share for key in keys if share and key in held}
        still = any(not layer.training and _is_static(layer) for _, layer in _layers(self._module))
        return Quirks(momenta=momenta, remark=WITHOUT_SLOPES if still else "")

    @property
    def device(self) -> str:
        return "cuda" if str(paddle.get_device()).startswith("gpu") else "cpu"

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
        learnt = {key for key, p in self._module.state_dict().items() if not p.stop_gradient}
        return frozenset(e.key for e in self._states.entries if _key(e.native) in learnt)

    def run(self, question: Question) -> Run:
        callee = self._target if self._module is None else self._loaded(question)
        made = {name: to_paddle(array) for name, array in question.inputs.arrays.items()}
        for tensor in made.values():
            tensor.stop_gradient = not (tensor.is_floating_point() and question.cotangent is not None)
        args, kwargs = question.inputs.call(made)
        before = self._buffers(callee)
        calls: list[Call] = []
        with (
            default_dtype(question.dtype),
            _hooks(callee, calls, question) as errors,
            _narrowed(question) as narrowed,
        ):
            with widened() if question.widen else nullcontext():
                out = self._output(callee(*args, **kwargs, **self._keywords))
            outputs = dict(leaves(out, lambda each: isinstance(each, paddle.Tensor)))
            gradients = self._gradients(callee, made, outputs, question, errors)
        after = self._buffers(callee)
        return Run(
            outputs={name: to_numpy(each) for name, each in outputs.items()},
            gradients=gradients,
            updated={key: each for key, each in after.items() if not np.array_equal(each, before[key], equal_nan=True)},
            calls=tuple(calls),
            narrowed=narrowed,
        )

    def _loaded(self, question: Question) -> paddle.nn.Layer:
        assert self._module is not None
        assert self._states is not None
        if question.dtype not in self._copies:
            # `to` would cast whole numbers too (Paddle 3.3)
            self._copies[question.dtype] = copy.deepcopy(self._module)
            self._copies[question.dtype]._to_impl(dtype=question.dtype, floating_only=True)
        model = self._copies[question.dtype]
        tensors = model.state_dict()
        for path, array in self._states.native(question.state).items():
            tensors[_key(path)].set_value(to_paddle(array))
        return model

    def _gradients(
        self,
        callee: Any,
        made: Mapping[str, Any],
        outputs: Mapping[str, Any],
        question: Question,
        errors: Sequence[Errors],
    ) -> dict[str, Array]:
        if question.cotangent is None:
            return {}
        leaf = {name: tensor for name, tensor in made.items() if not tensor.stop_gradient}
        weights = {}
        if self._states is not None:
            tensors = callee.state_dict()
            weights = {e.native: tensors[_key(e.native)] for e in self._states.entries}
            first = {id(p): path for path, p in reversed(weights.items()) if not p.stop_gradient}
            weights = {path: p for path, p in weights.items() if first.get(id(p)) == path}  # a shared one once
        ends = {k: y for k, y in outputs.items() if isinstance(y, paddle.Tensor) and not y.stop_gradient}
        every = [*leaf.values(), *weights.values()]
        if ends and every:
            adjoints = [to_paddle(question.cotangent(name, tuple(y.shape), _name(y.dtype))) for name, y in ends.items()]
            found = paddle.grad(list(ends.values()), every, adjoints, allow_unused=True)
        else:
            found = [None] * len(every)
        arrays = [to_numpy(paddle.zeros_like(p) if g is None else g) for p, g in zip(every, found, strict=True)]
        given = dict(zip(leaf, arrays, strict=False))
        learnt = dict(zip(weights, arrays[len(leaf) :], strict=True))
        for each in errors:
            learnt |= {path: each.of_slope(learnt[path]) for path, p in weights.items() if each.owns(p)}
        return {**given, **(self._states.canonical(learnt) if self._states else {})}

    def _buffers(self, callee: Any) -> dict[str, Array]:
        if self._states is None:
            return {}
        tensors = {path: t for path, t in callee.state_dict().items() if t.stop_gradient}
        found = {e.native: to_numpy(tensors[_key(e.native)]) for e in self._states.entries if _key(e.native) in tensors}
        return self._states.canonical(found)


def to_paddle(array: Array) -> Any:
    """A tensor; NumPy's bfloat16 is Paddle's."""
    if array.dtype == ml_dtypes.bfloat16:
        return paddle.to_tensor(array.astype(np.float32)).astype("bfloat16")
    return paddle.to_tensor(np.array(array))


def to_numpy(tensor: Any) -> Array:
    """An array of its own memory."""
    if not isinstance(tensor, paddle.Tensor):
        return np.asarray(tensor)
    if _name(tensor.dtype) == "bfloat16":
        return np.asarray(tensor.detach().astype("float32").numpy()).astype(ml_dtypes.bfloat16)
    return np.array(tensor.detach().numpy())


def _name(dtype: Any) -> str:
    return str(dtype).removeprefix("paddle.")


def _unwrapped(target: Any) -> Any:
    """What a `paddle.DataParallel` wraps, which cannot be copied; in one process it calls that and nothing else."""
    inner = wrapped(target, "paddle")
    return target if inner is None else _unwrapped(getattr(target, inner))


def _is_static(layer: paddle.nn.Layer) -> bool:
    """Whether `paddle.jit.to_static` has made one graph of it."""
    return isinstance(layer.forward, paddle.jit.dy2static.program_translator.ASTStaticFunction)


def _layers(model: paddle.nn.Layer) -> Iterator[tuple[str, paddle.nn.Layer]]:
    """The layers by their canonical paths."""
    layers = dict(model.named_sublayers(include_self=True))
    wrappers = {_path(name): inner for name, layer in layers.items() if (inner := wrapped(layer, "paddle"))}
    for name, layer in layers.items():
        if _path(name) not in wrappers:
            yield ".".join(without_wrappers(_path(name), wrappers)), layer


def _path(name: str) -> tuple[str, ...]:
    return tuple(name.split(".")) if name else ()


def _key(native: tuple[str | int, ...]) -> str:
    return ".".join(map(str, native))


@contextmanager
def default_dtype(dtype: str) -> Iterator[None]:
    """In float64, numbers that the code makes are float64 too."""
    before = paddle.get_default_dtype()
    paddle.set_default_dtype("float64" if dtype == "float64" else before)
    try:
        yield
    finally:
        paddle.set_default_dtype(before)


@contextmanager
def widened() -> Iterator[None]:
    """Casts to float32 are casts to float64. Paddle has no mode for it, so its casts are replaced meanwhile."""
    places = [(paddle.Tensor, "astype"), (paddle.Tensor, "cast"), (paddle, "cast")]
    kept = [getattr(owner, name) for owner, name in places]
    float32 = (paddle.float32, np.float32, np.dtype(np.float32), "float32", "paddle.float32")

    def wide(cast: Callable[..., Any]) -> Callable[..., Any]:
        return lambda x, dtype, *more: cast(x, "float64" if dtype in float32 else dtype, *more)

    for (owner, name), cast in zip(places, kept, strict=True):
        setattr(owner, name, wide(cast))
    try:
        yield
    finally:
        for (owner, name), cast in zip(places, kept, strict=True):
            setattr(owner, name, cast)


@contextmanager
def _narrowed(question: Question) -> Iterator[dict[str, str]]:
    """Which narrower floats are computed in, during a run in float64, as Paddle's own count of operations has it."""
    found: dict[str, str] = {}
    if question.dtype != "float64" or question.noise is not None:
        yield found
        return
    paddle.base.core.clear_low_precision_op_list()
    paddle.set_flags({"FLAGS_low_precision_op_list": 1})
    try:
        yield found
    finally:
        paddle.set_flags({"FLAGS_low_precision_op_list": 0})
        for operation, counts in paddle.base.core.get_low_precision_op_list().items():
            for dtype, count in zip(("float16", "bfloat16", "float32"), counts.split(","), strict=False):
                if int(count) and operation not in MADE:
                    found.setdefault(dtype, operation)


@contextmanager
def _hooks(callee: Any, calls: list[Call], question: Question) -> Iterator[list[Errors]]:
    """Keep or disturb what each layer takes and gives, by hooks that are taken off again."""
    hooks: list[Any] = []
    errors: list[Errors] = []
    draw = question.noise.generator() if question.noise else None
    for path, layer in _layers(callee) if isinstance(callee, paddle.nn.Layer) else ():
        if question.noise is not None and draw is not None:
            errors.append(Errors(layer, question.noise, draw))
            hooks.append(layer.register_forward_pre_hook(errors[-1].before))
            hooks.append(layer.register_forward_post_hook(errors[-1].after))

        def keep(layer: Any, inputs: Any, out: Any, path: str = path) -> None:
            taken = tuple(to_numpy(x) for x in inputs if isinstance(x, paddle.Tensor))
            given = (y for _, y in leaves(out, lambda each: isinstance(each, paddle.Tensor)))
            calls.append(
                Call(path, type(layer).__name__, taken, tuple(map(to_numpy, given)), settings(layer, "paddle"))
            )

        if question.watch:
            hooks.append(layer.register_forward_post_hook(keep))
    try:
        yield errors
    finally:
        for hook in hooks:
            hook.remove()
