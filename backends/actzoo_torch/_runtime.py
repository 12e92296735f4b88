"""What rendered torch code shares: stages, layers, pooling, checks. Knows no spec.

Each function stands by itself, so that `actzoo render` can carry the few that a file needs along with it.
"""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable, Sequence
from typing import Any, Literal, get_origin

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.overrides import handle_torch_function, has_torch_function

from actzoo_torch._checks import check_choice

# calls


def overridable(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function that arguments which are no plain tensors answer, as torch's own: one node of a `torch.fx` graph."""

    @functools.wraps(function)
    def call(*arguments: Any) -> Any:
        if has_torch_function(arguments):
            return handle_torch_function(call, arguments, *arguments)
        return function(*arguments)

    return call


def unscripted(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function that `torch.jit.script` leaves to Python.

    It reads the types of those as well, but neither in strings nor `Literal` (2.13).
    """
    types = inspect.get_annotations(function, eval_str=True)
    function.__annotations__ = {n: str if get_origin(t) is Literal else t for n, t in types.items()}
    left: Callable[..., Any] = torch.jit.ignore(function)
    return left


def not_scriptable(module: nn.Module) -> nn.Module:
    """The answer to `torch.jit.script` of a module with layers or noise: Python code has no layers and no defaults there."""
    raise NotImplementedError(
        f"torch.jit.script cannot hold {type(module).__name__}: use torch.jit.trace, torch.export or torch.compile"
    )


# pointwise stages


def pointwise(
    name: str,
    value: Callable[..., Tensor],
    vjp: Callable[..., tuple[Tensor | None, ...]],
    tangent: Callable[..., Tensor],
    differentiable: int,
) -> Callable[..., Tensor]:
    """A function of its first `differentiable` arguments that keeps only its arguments for backward.

    Float16 and bfloat16 are computed in float32 and rounded once; the result has the dtype of the first argument.
    """

    def forward(*inputs: Any) -> Tensor:
        return value(*widened(inputs)).to(inputs[0].dtype)

    # without gradients torch.compile (2.13) leaves the context out if it counts as many parameters as inputs
    forward.__signature__ = inspect.signature(value)  # type: ignore[attr-defined]

    def keep(ctx: Any, inputs: tuple[Any, ...], output: Tensor | None = None) -> None:
        tensors = [i if isinstance(i, Tensor) else None for i in inputs]
        ctx.numbers = [None if isinstance(i, Tensor) else i for i in inputs]
        ctx.save_for_backward(*tensors)
        ctx.save_for_forward(*tensors)

    def saved(ctx: Any) -> list[Any]:
        return [n if t is None else t for t, n in zip(ctx.saved_tensors, ctx.numbers, strict=True)]

    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        inputs = saved(ctx)
        grads = vjp(widened([grad])[0], ctx.needs_input_grad, *widened(inputs))
        narrow = [
            g.to(i.dtype) if isinstance(i, Tensor) and isinstance(g, Tensor) else None
            for g, i in zip(grads, inputs, strict=False)
        ]
        return (*narrow, *[None] * (len(inputs) - len(narrow)))

    def jvp(ctx: Any, *tangents: Any) -> Tensor:
        inputs = saved(ctx)
        known = zip(tangents[:differentiable], inputs, strict=False)
        filled = [0.0 if t is None else t for t, _ in known]
        first, rest = inputs[:differentiable], inputs[differentiable:]
        result = tangent(*widened([*first, *filled, *rest]))
        return result.to(inputs[0].dtype)

    def forward_in_context(ctx: Any, *inputs: Any) -> Tensor:
        keep(ctx, inputs)
        return forward(*inputs)

    def function(**methods: Callable[..., Any]) -> Any:
        rules = {key: staticmethod(method) for key, method in methods.items()}
        return type(name, (torch.autograd.Function,), {**rules, "generate_vmap_rule": "setup_context" in rules})

    compiled = function(forward=forward, setup_context=keep, backward=backward)  # torch.compile refuses a jvp (2.13)

    @functools.cache
    def eager(mapped: bool) -> Any:
        """Made when it is needed. A context set up beside forward costs five times as much (2.13), and vmap needs it."""
        if mapped:
            return function(forward=forward, setup_context=keep, backward=backward, jvp=jvp)
        return function(forward=forward_in_context, backward=backward, jvp=jvp)

    def apply(*inputs: Any) -> Tensor:
        x = inputs[0]
        if not (isinstance(x, Tensor) and x.is_floating_point()):
            got = x.dtype if isinstance(x, Tensor) else type(x).__name__
            raise TypeError(f"{name} takes a floating-point tensor, got {got}")
        mapped = torch._C._are_functorch_transforms_active()
        if torch.compiler.is_compiling():
            # a function of ours within torch.func is refused there (2.13), where the formula is differentiated
            return forward(*inputs) if mapped else compiled.apply(*inputs)
        if torch.jit.is_tracing():
            return forward(*inputs)  # a trace holds operations, and differentiates them itself
        return eager(mapped).apply(*inputs)

    apply.__module__, apply.__qualname__ = value.__module__, f"_{name}"  # where rendered files have it
    return overridable(apply)


def in_place(
    name: str,
    stage: Callable[..., Tensor],
    value: Callable[..., Tensor],
    vjp: Callable[..., tuple[Tensor | None, ...]],
    write: Callable[..., object] | None = None,
) -> Callable[..., Tensor]:
    """A stage over its first argument, of which, and of numbers, it is a function with f'(f(x)) = f'(x).

    write: how the value comes to stand in the argument's memory, if not by a copy of it.
    """

    def forward(ctx: Any, x: Tensor, *numbers: Any) -> Tensor:
        if write is None or x.dtype != widened([x])[0].dtype:
            x.copy_(value(*widened([x]), *numbers))
        else:
            write(x, *numbers)
        ctx.mark_dirty(x)
        ctx.numbers = numbers
        ctx.save_for_backward(x)
        return x

    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        (y,) = ctx.saved_tensors
        (slope,) = vjp(widened([grad])[0], ctx.needs_input_grad, *widened([y]), *ctx.numbers)
        assert slope is not None
        return (slope.to(y.dtype), *[None] * len(ctx.numbers))

    rules = {"forward": staticmethod(forward), "backward": staticmethod(backward)}
    function: Any = type(f"{name}_", (torch.autograd.Function,), rules)

    def apply(x: Any, *numbers: Any) -> Tensor:
        if not (isinstance(x, Tensor) and x.is_floating_point()):
            got = x.dtype if isinstance(x, Tensor) else type(x).__name__
            raise TypeError(f"{name}_ takes a floating-point tensor, got {got}")
        if torch.compiler.is_compiling() or torch._C._are_functorch_transforms_active():
            return x.copy_(stage(x.clone(), *numbers))
        return function.apply(x, *numbers)

    return apply


def widened(values: Sequence[Any]) -> list[Any]:
    """Half-precision tensors as float32; everything else as it is."""
    half = (torch.float16, torch.bfloat16)
    return [v.float() if isinstance(v, Tensor) and v.dtype in half else v for v in values]


def sum_to(grad: Any, like: Any) -> Any:
    """A gradient summed over the axes along which `like` was broadcast; None for a plain number."""
    if not isinstance(like, Tensor):
        return None
    grad = grad if isinstance(grad, Tensor) else torch.full_like(like, grad)
    if grad.shape == like.shape:
        return grad
    if grad.ndim < like.ndim:
        return grad.expand_as(like)
    return grad.sum_to_size(like.shape)


def zeros_like_index(x: Tensor) -> Tensor:
    return torch.zeros_like(x, dtype=torch.int32)


# primitives


def stable_sigmoid(x: Tensor) -> Tensor:
    """1 / (1 + exp(-x)), so that its derivative keeps both tails when it is differentiated; the frameworks' own do not."""
    e = torch.exp(torch.where(x < 0, x, -x))
    return torch.where(x < 0, e, 1.0) / (1 + e)


def stable_softplus(x: Tensor) -> Tensor:
    """log(1 + exp(x)), at every x; `F.softplus` is cut off at 20."""
    if for_onnx():
        return x.clamp(min=0) + torch.log1p(torch.exp(-x.abs()))
    return torch.logaddexp(x, torch.zeros_like(x))


def expm1(x: Tensor) -> Tensor:
    """exp(x) - 1, accurate near 0; inductor makes the difference of it on the CPU (torch 2.13)."""
    if torch.compiler.is_compiling() or for_onnx():
        return torch.tanh(x / 2) * (torch.exp(x) + 1)
    return torch.expm1(x)


def erfc(x: Tensor) -> Tensor:
    """1 - erf(x), accurate in its tail."""
    return 1 - torch.erf(x) if for_onnx() else torch.erfc(x)


def for_onnx() -> bool:
    """Whether this call is traced for ONNX, whose operators have no `expm1`, `erfc`, `logaddexp` (torch 2.13's exporter)."""
    return torch.jit.is_tracing() and torch.onnx.is_in_onnx_export()


def sech(x: Tensor) -> Tensor:
    e = torch.exp(-x.abs())
    return 2 * e / (1 + e * e)


def _sech2_value(x: Tensor) -> Tensor:
    """1 - tanh(x)^2 without the cancellation; squared at the end, so that nothing before underflows."""
    root = sech(x)
    return root * root


def _sech2_vjp(grad: Tensor, needs: Any, x: Tensor) -> tuple[Tensor]:
    return (grad * (-2 * torch.tanh(x) * sech2(x)),)


def _sech2_tangent(x: Tensor, dx: Tensor) -> Tensor:
    return dx * (-2 * torch.tanh(x) * sech2(x))


sech2 = pointwise("sech2", _sech2_value, _sech2_vjp, _sech2_tangent, differentiable=1)


def _normal_cdf_value(x: Tensor) -> Tensor:
    """The normal distribution function. Differentiated by x itself: erfc's argument, squared, is off by a rounding."""
    return erfc(-0.7071067811865476 * x) / 2


def _normal_cdf_vjp(grad: Tensor, needs: Any, x: Tensor) -> tuple[Tensor]:
    return (grad * (0.3989422804014327 * torch.exp(-(x * x / 2))),)


def _normal_cdf_tangent(x: Tensor, dx: Tensor) -> Tensor:
    return dx * (0.3989422804014327 * torch.exp(-(x * x / 2)))


normal_cdf = pointwise("normal_cdf", _normal_cdf_value, _normal_cdf_vjp, _normal_cdf_tangent, differentiable=1)


def exp_gated(x: Any, u: Tensor) -> Tensor:
    """x exp(u), in two halves."""
    half = torch.exp(u / 2)
    return torch.where(half > 0, x, 0.0) * half * half


def sigmoid_gated(x: Any, u: Tensor) -> Tensor:
    """x sigmoid(u). Its tail is multiplied in two halves, since sigmoid(u) alone underflows before the product."""
    half = torch.exp(torch.where(u < 0, u, -u) / 2)
    root = torch.where(u < 0, half, 1.0)
    return torch.where(root > 0, x, 0.0) * root * (root / (1 + half * half))


def normal_gated(x: Any, u: Tensor) -> Tensor:
    """x Phi(u), by the normal distribution function."""
    return gated(x, normal_cdf(u))


def gated(x: Tensor, gate: Tensor) -> Tensor:
    """x gate, and 0 where the gate is 0, even for infinite x. Not 0 for x there: the gate may have a derivative."""
    return torch.where(gate == 0, x.clamp(-1e30, 1e30), x) * gate


def maximum(a: Any, b: Any) -> Tensor:
    """The larger; either may be a number, which `torch.maximum` does not take."""
    like = a if isinstance(a, Tensor) else b
    a, b = (torch.as_tensor(v, dtype=like.dtype, device=like.device) for v in (a, b))
    return torch.maximum(a, b)


def minimum(a: Any, b: Any) -> Tensor:
    """The smaller; either may be a number, which `torch.minimum` does not take."""
    like = a if isinstance(a, Tensor) else b
    a, b = (torch.as_tensor(v, dtype=like.dtype, device=like.device) for v in (a, b))
    return torch.minimum(a, b)


# structure


@overridable
def spatial_mean(x: Tensor) -> Tensor:
    """By a sum, whose gradient is one number seen from every position; that of torch's mean is a map (2.13)."""
    total = x.sum(dim=tuple(range(2, x.ndim)), keepdim=True, dtype=torch.promote_types(x.dtype, torch.float32))
    return (total / positions(x)).to(x.dtype)


@overridable
def spatial_max(x: Tensor) -> Tensor:
    return x.amax(dim=tuple(range(2, x.ndim)), keepdim=True)


@overridable
def pooled(x: Tensor) -> Tensor:
    return spatial_mean(x).flatten(1)


def positions(x: Tensor) -> int:
    return math.prod(x.shape[2:])


@overridable
def per_sample(theta: Tensor, k: int, layout: str, x: Tensor) -> Tensor:
    """(N, 2k) to (2k, N, 1, ...): k slopes, then k intercepts."""
    if layout == "blocked":
        theta = theta.reshape(-1, k, 2).transpose(1, 2).reshape(-1, 2 * k)
    return theta.t().reshape(2 * k, x.shape[0], *[1] * (x.ndim - 1))


@overridable
def per_channel(theta: Tensor, k: int, layout: str, x: Tensor) -> Tensor:
    """(N, 2kC) to (2k, N, C, 1, ...): k slopes, then k intercepts."""
    n, c = x.shape[:2]
    if layout == "blocked":
        members = theta.reshape(n, k, 2, c).permute(2, 1, 0, 3)
    else:
        members = theta.reshape(n, c, 2 * k).permute(2, 0, 1)
    return members.reshape(2 * k, n, c, *[1] * (x.ndim - 2))


@overridable
def channelwise(vector: Any, x: Tensor) -> Any:
    """A vector of C values, or of one, along x's channel axis, which is axis 1; a number as it is."""
    if not isinstance(vector, Tensor):
        return vector
    channels = x.shape[1] if x.ndim > 1 else 1
    fits = torch.jit.is_tracing() or vector.numel() == 1 or vector.numel() == channels
    if not fits:  # torch.compile sees no equality in `in` (2.13)
        raise ValueError(f"a parameter of {vector.numel()} values does not fit an input of {channels} channels")
    return vector.reshape(-1, *[1] * (x.ndim - 2)) if x.ndim > 1 else vector.reshape(())


@overridable
def softmax(x: Tensor, over: str) -> Tensor:
    """Over all positions of space, or over its last axis."""
    return x.softmax(-1) if over == "last_axis" else x.flatten(2).softmax(-1).reshape(x.shape)


@overridable
def average_pool(x: Tensor, extent: int) -> Tensor:
    """Windows of 2 extent - 1 at a stride of extent; padding is not counted."""
    return F.avg_pool2d(x, 2 * extent - 1, extent, extent - 1, count_include_pad=False)


@overridable
def max_pool(x: Tensor, extent: int) -> Tensor:
    """Windows of 2 extent - 1 at a stride of extent; the first of equals gets the gradient."""
    return F.max_pool2d(x, 2 * extent - 1, extent, extent - 1)


@overridable
def resize_nearest(y: Tensor, x: Tensor) -> Tensor:
    """y at x's spatial size, index floor(i * in / out); a map of one position is left to broadcast.

    `F.interpolate` computes that index in float32, and is one off at some sizes (8 to 122).
    """
    if y.shape[2:].numel() == 1:
        return y
    for axis in range(2, x.ndim):
        index = torch.arange(x.shape[axis], device=x.device) * y.shape[axis] // x.shape[axis]
        y = y.index_select(axis, index)
    return y


@overridable
def uniform_like(x: Tensor) -> Tensor:
    return torch.rand_like(x)


# layers


def new_conv(
    rank: str,
    inputs: int,
    outputs: int,
    kernel: Any,
    stride: int = 1,
    padding: Any = 0,
    groups: int = 1,
    bias: bool = True,
) -> nn.Module:
    """A convolution; padding "half" is (kernel - 1) // 2 on every side."""
    size = tuple(kernel) if isinstance(kernel, Sequence) else (kernel,) * int(rank[0])
    sides = tuple((k - 1) // 2 for k in size) if padding == "half" else padding
    layer = {"1d": nn.Conv1d, "2d": nn.Conv2d, "3d": nn.Conv3d}[rank]
    return layer(inputs, outputs, size, stride, sides, groups=groups, bias=bias)  # type: ignore[arg-type]


def new_norm(kind: str, features: int, rank: str) -> nn.Module:
    """A normalisation by name."""
    batch_norm = {"1d": nn.BatchNorm1d, "2d": nn.BatchNorm2d, "3d": nn.BatchNorm3d}[rank]
    check_choice("norm_layer", "the name", kind, ("batch_norm", "group_norm", "instance_norm"))
    if kind == "batch_norm":
        return batch_norm(features)
    return nn.GroupNorm(1 if kind == "group_norm" else features, features)


def normalise(layer: nn.Module, x: Tensor) -> Tensor:
    """A norm applied. Statistics of one value are refused, as in every framework of the zoo."""
    check_statistics(x, layer.num_groups if isinstance(layer, nn.GroupNorm) else None, layer.training)
    return layer(x)


@overridable
def check_statistics(x: Tensor, groups: int | None, training: bool) -> None:
    if torch.jit.is_tracing():
        return
    if groups is None:
        if training and x.numel() == x.shape[1]:
            raise ValueError(f"batch_norm needs more than one value per channel in training, got {tuple(x.shape)}")
    elif x.shape[1:].numel() == groups:
        raise ValueError(
            f"instance_norm and group_norm need more than one value per channel or group, got {tuple(x.shape)}"
        )


# checks


@overridable
def check_input(owner: str, x: Any, channels: int, rank: str | None = None) -> None:
    if torch.jit.is_tracing():
        return  # a trace keeps no check, and warns of each
    if not (isinstance(x, Tensor) and x.is_floating_point()):
        got = x.dtype if isinstance(x, Tensor) else type(x).__name__
        raise TypeError(f"{owner} takes a floating-point tensor, got {got}")
    axes = int(rank[0]) + 2 if rank else max(x.ndim, 2)
    if x.ndim != axes or x.shape[1] != channels:
        wanted = ", ".join(["N", str(channels), *["size"] * (axes - 2)])
        raise ValueError(f"{owner} takes an input of shape ({wanted}), got {tuple(x.shape)}")
