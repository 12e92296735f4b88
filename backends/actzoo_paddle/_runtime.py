"""What rendered Paddle code shares: stages, layers, pooling, checks. Knows no spec.

Each function stands by itself, so that `actzoo render` can carry the few that a file needs along with it.
"""

from __future__ import annotations

import math
import traceback
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import paddle
from paddle import Tensor, nn
from paddle.autograd import PyLayer
from paddle.jit import api
from paddle.jit.dy2static.py_layer import StaticPyLayerContext
from paddle.jit.marker import unified
from paddle.jit.sot import psdb
from paddle.jit.sot.utils import no_eval_frame
from paddle.nn import functional as F
from paddle.static.nn import static_pylayer

from actzoo_paddle._checks import check_choice

# pointwise stages


def pointwise(
    name: str,
    value: Callable[..., Tensor],
    vjp: Callable[..., tuple[Tensor | None, ...]],
    differentiable: int,
) -> Callable[..., Tensor]:
    """A function of its first `differentiable` arguments that keeps only its arguments for backward.

    Float16 and bfloat16 are computed in float32 and rounded once; the result has the dtype of the first argument.
    """

    def forward(ctx: Any, wanting: Sequence[Tensor], given: dict[int, Any]) -> Tensor:
        inputs = list(given.values())
        ctx.numbers = [None if paddle.is_tensor(i) else i for i in inputs]
        ctx.needs = [any(i is w for w in wanting) for i in inputs]
        # in order, since the hooks of saved tensors give them back so, whatever their strides were (3.3)
        kept = [i.contiguous() for i in inputs if paddle.is_tensor(i)]
        ctx.versions = [i.inplace_version for i in kept]
        ctx.save_for_backward(*kept)
        return cast(value(*widened(inputs)), inputs[0].dtype)

    def backward(ctx: Any, grad: Tensor) -> Any:
        kept = ctx.saved_tensor()
        check_versions(name, kept, ctx.versions)
        tensors = iter(kept)
        inputs = [next(tensors) if n is None else n for n in ctx.numbers]
        grads = vjp(widened([grad])[0], ctx.needs, *widened(inputs))
        return (apart([cast(g, i.dtype) for g, i, n in zip(grads, inputs, ctx.needs, strict=False) if n]),)

    stage: Any = type(name, (PyLayer,), {"forward": staticmethod(forward), "backward": staticmethod(backward)})
    eagerly = no_eval_frame(stage.apply)  # beside a break of its graph, `to_static` looks into what runs eagerly (3.3)

    @unified
    def apply(*inputs: Any) -> Tensor:
        x = inputs[0]
        if not (paddle.is_tensor(x) and paddle.is_floating_point(x)):
            got = x.dtype if paddle.is_tensor(x) else type(x).__name__
            raise TypeError(f"{name} takes a floating-point tensor, got {got}")
        wanting = [i for i in inputs[:differentiable] if paddle.is_tensor(i) and not i.stop_gradient]
        if not wanting or saving():
            return cast(value(*widened(inputs)), x.dtype)
        if not paddle.in_dynamic_mode():
            return in_graph(value, vjp, inputs, differentiable)
        # one list, since of several arguments Paddle wants a gradient of each or of none (3.3); the rest out of its sight
        return eagerly(wanting, dict(enumerate(inputs)))

    return apply


def in_graph(
    value: Callable[..., Tensor],
    vjp: Callable[..., tuple[Tensor | None, ...]],
    inputs: Sequence[Any],
    differentiable: int,
) -> Tensor:
    """A PyLayer of a static graph; `to_static` makes one itself only where it can read the class's source (3.3)."""
    context = StaticPyLayerContext()
    needs = [n < differentiable and paddle.is_tensor(i) and not i.stop_gradient for n, i in enumerate(inputs)]

    def forward(*inputs: Any) -> Tensor:
        context.save_for_backward(*[i for i in inputs if paddle.is_tensor(i)])
        return cast(value(*widened(inputs)), inputs[0].dtype)

    def backward(grad: Tensor) -> Any:
        tensors = iter(context.saved_tensor())
        again = [next(tensors) if paddle.is_tensor(i) else i for i in inputs]
        grads = vjp(widened([grad])[0], needs, *widened(again))
        wanted = apart([cast(g, i.dtype) for g, i, n in zip(grads, again, needs, strict=False) if n])
        found = iter(wanted)
        given = [next(found) if n else None for i, n in zip(inputs, needs, strict=True) if paddle.is_tensor(i)]
        return given[0] if len(given) == 1 else tuple(given)

    return static_pylayer(forward, list(inputs), backward)


def saving() -> bool:
    """Whether `paddle.jit.save` makes the graph: one that has a PyLayer is not to be trained again nor exported (3.3)."""
    if paddle.in_dynamic_mode():
        return False
    frames = (frame for frame, _ in traceback.walk_stack(None))
    return any(f.f_code.co_name == "save" and f.f_globals is vars(api) for f in frames)


def check_versions(name: str, kept: Sequence[Tensor], versions: Sequence[int]) -> None:
    """Refuse inputs that were written over since forward; those that hooks of saved tensors made anew begin at 0."""
    for tensor, version in zip(kept, versions, strict=True):
        if tensor.inplace_version > version:
            raise RuntimeError(
                f"an input of {name} has been modified by an inplace operation after forward: its version is "
                f"{tensor.inplace_version}, not {version}; give {name} a copy, or write over it after backward"
            )


def apart(grads: Sequence[Tensor]) -> list[Tensor]:
    """Gradients no two of which are one tensor, since Paddle adds to one where it lies (3.3)."""
    return [paddle.assign(g) if any(g is other for other in grads[:i]) else g for i, g in enumerate(grads)]


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
        if write is None or is_half(x):
            paddle.assign(cast(value(*widened([x]), *numbers), x.dtype), x)
        else:
            write(x, *numbers)
        ctx.numbers = numbers
        ctx.save_for_backward(x)
        return x

    def backward(ctx: Any, grad: Tensor) -> Tensor:
        (y,) = ctx.saved_tensor()
        (slope,) = vjp(widened([grad])[0], [True], *widened([y]), *ctx.numbers)
        return cast(slope, y.dtype)

    rules = {"forward": staticmethod(forward), "backward": staticmethod(backward)}
    function: Any = type(f"{name}_", (PyLayer,), rules)

    def apply(x: Any, *numbers: Any) -> Tensor:
        if not (paddle.is_tensor(x) and paddle.is_floating_point(x)):
            got = x.dtype if paddle.is_tensor(x) else type(x).__name__
            raise TypeError(f"{name}_ takes a floating-point tensor, got {got}")
        # in static graphs nothing is written over, as with Paddle's own in-place functions (3.3)
        return function.apply(x, *numbers) if paddle.in_dynamic_mode() else stage(x, *numbers)

    return apply


class Cast(PyLayer):  # type: ignore[misc]
    """`rounded`, whose gradient is rounded in the same way."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, dtype: Any) -> Tensor:
        ctx.dtype = x.dtype
        return rounded(x, dtype)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        return Cast.apply(grad, ctx.dtype)


def rounded(x: Tensor, dtype: Any) -> Tensor:
    """x in another dtype; Paddle makes 1e-4 of a float32 below float16's range, on the CPU (3.3)."""
    if dtype == paddle.float16:
        x = x - constant(where(x.abs() < 2.0**-25, x, 0.0))
    return x.astype(dtype)


def constant(x: Tensor) -> Tensor:
    """A result of an operation without its gradient; what `detach` shares in a graph is written over there (3.3)."""
    if paddle.in_dynamic_mode():
        return x.detach()
    x.stop_gradient = True
    return x


def cast(x: Tensor, dtype: Any) -> Tensor:
    if x.dtype == dtype:
        return x
    return Cast.apply(x, dtype) if paddle.in_dynamic_mode() else rounded(x, dtype)


def widened(values: Sequence[Any]) -> list[Any]:
    """Half-precision tensors as float32; everything else as it is."""
    return [cast(v, paddle.float32) if is_half(v) else v for v in values]


def is_half(value: Any) -> bool:
    return paddle.is_tensor(value) and value.dtype in (paddle.float16, paddle.bfloat16)


def compiling() -> bool:
    """Whether a graph is made, where shapes may be open, by `to_static` or by its tracer of bytecode."""
    return psdb.in_sot() or not paddle.in_dynamic_mode()


def computed(function: Callable[..., Tensor], *inputs: Any) -> Tensor:
    """function(*inputs); halves in float32 and rounded once on the CPU, where Paddle has no kernels for them (3.3)."""
    x = inputs[0]
    if not is_half(x):
        return function(*inputs)
    on_cpu = paddle.get_device() == "cpu" if compiling() else x.place.is_cpu_place()
    return cast(function(*widened(inputs)), x.dtype) if on_cpu else function(*inputs)


def sum_to(grad: Any, like: Any) -> Any:
    """A gradient summed over the axes along which `like` was broadcast; None for a plain number."""
    if not paddle.is_tensor(like):
        return None
    grad = grad if paddle.is_tensor(grad) else paddle.full_like(like, grad)
    if grad.shape == like.shape:
        return grad
    extra = grad.ndim - like.ndim
    if extra < 0 or any(g == 1 and n != 1 for g, n in zip(grad.shape[extra:], like.shape, strict=True)):
        return paddle.expand_as(grad, like)
    axes = [i for i in range(grad.ndim) if i < extra or (like.shape[i - extra] == 1 and grad.shape[i] != 1)]
    summed = grad.sum(axis=axes, keepdim=True)
    return summed.squeeze(list(range(extra))) if extra else summed


def zeros_like_index(x: Tensor) -> Tensor:
    return paddle.zeros_like(x, dtype="int32")


# primitives


def where(condition: Tensor, a: Any, b: Any) -> Tensor:
    """Selects between tensors and numbers; `paddle.where` takes no number beside a tensor of another dtype (3.3).

    A number becomes a tensor of the condition's shape: to make shapes equal, Paddle adds zeros to all three (3.3).
    """
    if not paddle.is_tensor(a):
        return paddle.where(condition, paddle.full_like(condition, a, b.dtype), b)
    if not paddle.is_tensor(b):
        b = paddle.full_like(condition, b, a.dtype)
    return paddle.where(condition, fresh(a), b)


def fresh(x: Tensor) -> Tensor:
    """A copy that stays: `where` and `log1p` of Paddle's predictor write over what oneDNN reads later (3.3)."""
    if saving():
        x = paddle.assign(x)
        x.persistable = True
    return x


def expm1(x: Tensor) -> Tensor:
    """exp(x) - 1; in saved programs by tanh, which the predictor writes over nothing for, and which ONNX has."""
    if not saving():
        return paddle.expm1(x)
    root = paddle.tanh(where(x > 0, -x, x) / 2)
    below = 2 * root / (1 - root)
    return where(x > 0, -below * paddle.exp(x), below)


def log1p(x: Tensor) -> Tensor:
    return paddle.log1p(fresh(x))


def stable_exp(x: Tensor) -> Tensor:
    """exp(x); Paddle's own stops at 3e-39 and 6e-309, where the normal range ends (3.3). So x is moved up far below."""
    far = x < -64
    e = paddle.exp(where(far, x + 64, x))  # x + 64 is exact there
    return where(far, e * math.exp(-64), e)


def stable_sigmoid(x: Tensor) -> Tensor:
    """1 / (1 + exp(-x)), so that its derivative keeps both tails when it is differentiated; the frameworks' own do not."""
    e = stable_exp(where(x < 0, x, -x))
    return where(x < 0, e, paddle.ones_like(e)) / (1 + e)


def stable_softplus(x: Tensor) -> Tensor:
    """log(1 + exp(x)), at every x; `F.softplus` is cut off at 20. At 0 both selects take one branch, and so do derivatives."""
    return where(x < 0, 0.0, x) + log1p(stable_exp(where(x < 0, x, -x)))


def sech(x: Tensor) -> Tensor:
    e = stable_exp(-x.abs())
    return 2 * e / (1 + e * e)


def _sech2_value(x: Tensor) -> Tensor:
    """1 - tanh(x)^2 without the cancellation; squared at the end, so that nothing before underflows."""
    root = sech(x)
    return root * root


def _sech2_vjp(grad: Tensor, needs: Any, x: Tensor) -> tuple[Tensor]:
    return (grad * (-2 * paddle.tanh(x) * sech2(x)),)


_sech2 = pointwise("sech2", _sech2_value, _sech2_vjp, differentiable=1)


def sech2(x: Tensor) -> Tensor:
    """1 - tanh(x)^2, with a derivative of its own where a stage around it is differentiated twice: not in a graph."""
    return _sech2(x) if paddle.in_dynamic_mode() else _sech2_value(x)


# Chebyshev coefficients of (1 + 2t) exp(t^2) erfc(t) in s = (t - 2) / (t + 2); the series is within 2e-16 of it.
ERFC_SERIES = (
    1.1760066555883004,
    0.025779673870048207,
    -0.10659315067778503,
    0.03880887957448382,
    -0.005414899930893725,
    -0.00040815257282372384,
    0.00019843768248553527,
    9.842532776048127e-06,
    -7.763265561062859e-06,
    -7.174001457529682e-07,
    3.140694955581843e-07,
    6.188423669546144e-08,
    -9.890619934492214e-09,
    -4.59539962251018e-09,
    -7.180587728177086e-11,
    2.6296183336364044e-10,
    4.867734056607904e-11,
    -8.026804193759018e-12,
    -4.779133570845298e-12,
    -4.3470126478464435e-13,
    2.412314273846194e-13,
    8.610900521277247e-14,
    2.59476489837122e-15,
    -5.872254381501051e-15,
    -1.7019328812344317e-15,
    1.387358712117345e-17,
)


def _erfc_value(x: Tensor) -> Tensor:
    """1 - erf(x), accurate in its tail; Paddle has none (3.3)."""
    t = where(x < 0, -x, x)
    t = where(t > 30, 30.0, t)
    s = (t - 2) / (t + 2)
    b1, b2 = paddle.zeros_like(x), paddle.zeros_like(x)
    for c in ERFC_SERIES[:0:-1]:
        b1, b2 = 2 * s * b1 - b2 + c, b1
    tail = stable_exp(-t * t) * (s * b1 - b2 + ERFC_SERIES[0]) / (1 + 2 * t)
    return where(x < 0, 2 - tail, tail)


def _erfc_vjp(grad: Tensor, needs: Any, x: Tensor) -> tuple[Tensor]:
    return (grad * (-1.1283791670955126 * stable_exp(-(x * x))),)


_erfc = pointwise("erfc", _erfc_value, _erfc_vjp, differentiable=1)


def erfc(x: Tensor) -> Tensor:
    """1 - erf(x), differentiated as `sech2` is."""
    return _erfc(x) if paddle.in_dynamic_mode() else _erfc_value(x)


def _normal_cdf_value(x: Tensor) -> Tensor:
    """The normal distribution function. Differentiated by x itself: erfc's argument, squared, is off by a rounding."""
    return _erfc_value(-0.7071067811865476 * x) / 2


def _normal_cdf_vjp(grad: Tensor, needs: Any, x: Tensor) -> tuple[Tensor]:
    return (grad * (0.3989422804014327 * stable_exp(-(x * x / 2))),)


_normal_cdf = pointwise("normal_cdf", _normal_cdf_value, _normal_cdf_vjp, differentiable=1)


def normal_cdf(x: Tensor) -> Tensor:
    return _normal_cdf(x) if paddle.in_dynamic_mode() else _normal_cdf_value(x)


def exp_gated(x: Any, u: Tensor) -> Tensor:
    """x exp(u), far out in two halves."""
    far = u.abs() > 64
    e = stable_exp(where(far, u / 2, u))
    return where(e > 0, x, 0.0) * e * where(far, e, paddle.ones_like(e))


def sigmoid_gated(x: Any, u: Tensor) -> Tensor:
    """x sigmoid(u). Its tail is multiplied in two halves, since sigmoid(u) alone underflows before the product."""
    low = where(u < 0, u, -u)
    far = low < -64
    e = stable_exp(where(far, low / 2, low))
    one = paddle.ones_like(e)
    root, rest = where(u < 0, e, one), where(far, e, one)
    return where(root > 0, x, 0.0) * root * (where(u < 0, rest, one) / (1 + e * rest))


def normal_gated(x: Any, u: Tensor) -> Tensor:
    """x Phi(u), by the normal distribution function."""
    return gated(x, normal_cdf(u))


def gated(x: Tensor, gate: Tensor) -> Tensor:
    """x gate, and 0 where the gate is 0, even for infinite x. Not 0 for x there: the gate may have a derivative."""
    return where(gate.abs() > 0, x, x.clip(-1e30, 1e30)) * gate  # Paddle's == holds up to 1e-8 (3.3)


def maximum(a: Any, b: Any) -> Tensor:
    """The larger; either may be a number, which `paddle.maximum` does not take (3.3)."""
    dtype = a.dtype if paddle.is_tensor(a) else b.dtype
    a = a if paddle.is_tensor(a) else paddle.full([], a, dtype)
    b = b if paddle.is_tensor(b) else paddle.full([], b, dtype)
    return paddle.maximum(a, b)


def minimum(a: Any, b: Any) -> Tensor:
    """The smaller; either may be a number, which `paddle.minimum` does not take (3.3)."""
    dtype = a.dtype if paddle.is_tensor(a) else b.dtype
    a = a if paddle.is_tensor(a) else paddle.full([], a, dtype)
    b = b if paddle.is_tensor(b) else paddle.full([], b, dtype)
    return paddle.minimum(a, b)


# structure


@unified
def spatial_mean(x: Tensor) -> Tensor:
    """By a sum: the gradient of Paddle's mean over several axes takes ten times as long (3.3)."""
    axes = list(range(2, x.ndim))
    if is_open(x):
        return computed(lambda x: x.mean(axis=axes, keepdim=True), x)
    return computed(lambda x: x.sum(axis=axes, keepdim=True) / positions(x), x)


@unified
def spatial_max(x: Tensor) -> Tensor:
    """The maximum over space, whose gradient ties share; that of `paddle.amax` takes a minute for a photograph (3.3)."""

    def shared(x: Tensor) -> Tensor:
        axes = list(range(2, x.ndim))
        peak = constant(x.max(axis=axes, keepdim=True))
        tied = x >= peak
        difference = where(tied & paddle.isfinite(peak), x - peak, 0.0).sum(axis=axes, keepdim=True)
        return peak + difference / tied.astype(x.dtype).sum(axis=axes, keepdim=True)

    return computed(shared, x)


def pooled(x: Tensor) -> Tensor:
    return spatial_mean(x).squeeze(list(range(2, x.ndim)))


def is_open(x: Tensor) -> bool:
    """Whether a size over space is known when a static graph runs, and not before."""
    return -1 in x.shape[2:]


@unified
def positions(x: Tensor) -> Any:
    """Their number; a tensor where it is not known yet."""
    if is_open(x):
        return paddle.shape(x)[2:].prod().astype("float32" if is_half(x) else x.dtype)
    return math.prod(x.shape[2:])


@unified
def per_sample(theta: Tensor, k: int, layout: str, x: Tensor) -> Tensor:
    """(N, 2k) to (2k, N, 1, ...): k slopes, then k intercepts."""
    n = x.shape[0]
    if layout == "blocked":
        theta = theta.reshape([n, k, 2]).transpose([0, 2, 1]).reshape([n, 2 * k])
    return theta.t().reshape([2 * k, n, *[1] * (x.ndim - 1)])


@unified
def per_channel(theta: Tensor, k: int, layout: str, x: Tensor) -> Tensor:
    """(N, 2kC) to (2k, N, C, 1, ...): k slopes, then k intercepts."""
    n, c = x.shape[:2]
    if layout == "blocked":
        members = theta.reshape([n, k, 2, c]).transpose([2, 1, 0, 3])
    else:
        members = theta.reshape([n, c, 2 * k]).transpose([2, 0, 1])
    return members.reshape([2 * k, n, c, *[1] * (x.ndim - 2)])


@unified
def channelwise(vector: Any, x: Tensor) -> Any:
    """A vector of C values, or of one, along x's channel axis, which is axis 1; a number as it is."""
    if not paddle.is_tensor(vector):
        return vector
    channels = x.shape[1] if x.ndim > 1 else 1
    values = math.prod(vector.shape)
    if values not in (1, channels) and -1 not in (*vector.shape, channels):  # as yet unknown, in a static graph
        raise ValueError(f"a parameter of {values} values does not fit an input of {channels} channels")
    return vector.reshape([-1, *[1] * (x.ndim - 2)]) if x.ndim > 1 else vector.reshape([])


@unified
def softmax(x: Tensor, over: str) -> Tensor:
    """Over all positions of space, or over its last axis; `F.softmax` is 1e-28 where it should be less (3.3)."""
    axes = [-1] if over == "last_axis" else list(range(2, x.ndim))

    def shares(x: Tensor) -> Tensor:
        weights = stable_exp(x - constant(x.max(axis=axes, keepdim=True)))
        return weights / weights.sum(axis=axes, keepdim=True)

    return computed(shares, x)


@unified
def average_pool(x: Tensor, extent: int) -> Tensor:
    """Windows of 2 extent - 1 at a stride of extent; padding is not counted.

    In float64 by a convolution: the gradient of Paddle's own divides in float32 (3.3).
    """
    size, pad = 2 * extent - 1, extent - 1
    if x.dtype != paddle.float64:
        return computed(lambda x: F.avg_pool2d(x, size, extent, pad, exclusive=True), x)
    ones = paddle.ones([1, 1, size, size], x.dtype)
    maps = x.flatten(0, 1).unsqueeze(1)
    count = F.conv2d(paddle.ones_like(maps[:1]), ones, stride=extent, padding=pad)
    total = F.conv2d(maps, ones, stride=extent, padding=pad)
    return paddle.unflatten((total / count).squeeze(1), 0, [-1, x.shape[1]])


@unified
def max_pool(x: Tensor, extent: int) -> Tensor:
    """Windows of 2 extent - 1 at a stride of extent; the first of equals gets the gradient."""
    return computed(lambda x: F.max_pool2d(x, 2 * extent - 1, extent, extent - 1), x)


@unified
def resize_nearest(y: Tensor, x: Tensor) -> Tensor:
    """y at x's spatial size, index floor(i * in / out); a map of one position is left to broadcast."""
    if all(size == 1 for size in y.shape[2:]):
        return y
    for axis in range(2, x.ndim):
        to, of = (a.shape[axis] if a.shape[axis] >= 0 else paddle.shape(a)[axis] for a in (x, y))
        index = paddle.arange(to) * of // to
        y = computed(lambda y, index=index, axis=axis: paddle.gather(y, index, axis), y)
    return y


def uniform_like(x: Tensor) -> Tensor:
    sizes = paddle.shape(x) if -1 in x.shape else x.shape
    return paddle.rand(sizes, "float32").astype(x.dtype)


# layers


def fan_in_uniform(fan_in: int) -> Any:
    """The zoo's initial values: uniform in +-1 / sqrt(fan_in), for weights and biases, in every framework."""
    bound = 1 / math.sqrt(fan_in)
    return nn.initializer.Uniform(-bound, bound)


def new_dense(inputs: int, outputs: int) -> nn.Layer:
    init = fan_in_uniform(inputs)
    return nn.Linear(inputs, outputs, paddle.ParamAttr(initializer=init), paddle.ParamAttr(initializer=init))


def new_conv(
    rank: str,
    inputs: int,
    outputs: int,
    kernel: Any,
    stride: int = 1,
    padding: Any = 0,
    groups: int = 1,
    bias: bool = True,
) -> nn.Layer:
    """A convolution; padding "half" is (kernel - 1) // 2 on every side."""
    size = list(kernel) if isinstance(kernel, Sequence) else [kernel] * int(rank[0])
    sides = [(k - 1) // 2 for k in size] if padding == "half" else padding
    layer = {"1d": nn.Conv1D, "2d": nn.Conv2D, "3d": nn.Conv3D}[rank]
    init = fan_in_uniform(inputs // groups * math.prod(size))
    weight, bias_attr = paddle.ParamAttr(initializer=init), bias and paddle.ParamAttr(initializer=init)
    return layer(inputs, outputs, size, stride, sides, groups=groups, weight_attr=weight, bias_attr=bias_attr)


def new_norm(kind: str, features: int, rank: str) -> nn.Layer:
    """A normalisation by name."""
    batch_norm = {"1d": nn.BatchNorm1D, "2d": nn.BatchNorm2D, "3d": nn.BatchNorm3D}[rank]
    check_choice("norm_layer", "the name", kind, ("batch_norm", "group_norm", "instance_norm"))
    if kind == "batch_norm":
        return batch_norm(features, momentum=0.9, epsilon=1e-5)
    return nn.GroupNorm(1 if kind == "group_norm" else features, features, epsilon=1e-5)


def applied(layer: nn.Layer, x: Tensor) -> Tensor:
    """A dense layer or a convolution applied; on a CPU in float32 for halves, for which Paddle has no kernels there."""
    if type(layer) not in (nn.Linear, nn.Conv1D, nn.Conv2D, nn.Conv3D) or not is_half(x):
        return layer(x)
    return hooked(layer, partial(dense if type(layer) is nn.Linear else convolved, layer), x)


def dense(layer: Any, x: Tensor) -> Tensor:
    return computed(F.linear, x, layer.weight, layer.bias)


def convolved(layer: Any, x: Tensor) -> Tensor:
    conv: Any = {3: F.conv1d, 4: F.conv2d, 5: F.conv3d}[x.ndim]
    options = {"stride": layer._stride, "padding": layer._padding, "dilation": layer._dilation}
    return computed(partial(conv, groups=layer._groups, **options), x, layer.weight, layer.bias)


def normalise(layer: nn.Layer, x: Tensor) -> Tensor:
    """A norm applied. Statistics of one value are refused, as in every framework of the zoo."""
    if isinstance(layer, nn.GroupNorm):
        if not compiling() and math.prod(x.shape[1:]) == layer._num_groups:
            raise ValueError(
                f"instance_norm and group_norm need more than one value per channel or group, got {tuple(x.shape)}"
            )
        if type(layer) is nn.GroupNorm and (is_half(x) or x.dtype == paddle.float64):
            return hooked(layer, partial(group_normalised, layer), x)
        return layer(x)
    if layer.training and not compiling() and math.prod(x.shape) == x.shape[1]:
        raise ValueError(f"batch_norm needs more than one value per channel in training, got {tuple(x.shape)}")
    if type(layer) in (nn.BatchNorm1D, nn.BatchNorm2D, nn.BatchNorm3D):
        return hooked(layer, partial(batch_normalised, layer), x)
    return layer(x)  # a SyncBatchNorm in its place, or a layer that quantises


def hooked(layer: Any, forward: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """layer(x), hooks and all, with another function than its own `forward`, where that is not accurate (3.3)."""
    for key, hook in layer._forward_pre_hooks.items():
        if key in layer._forward_pre_hooks_with_kwargs_flag:
            changed = hook(layer, (x,), {})
            (x,), _ = ((x,), {}) if changed is None else changed
        else:
            changed = hook(layer, (x,))
            (x,) = changed if isinstance(changed, tuple) else (x if changed is None else changed,)
    y = forward(x)
    for key, hook in layer._forward_post_hooks.items():
        kwargs = ({},) if key in layer._forward_post_hooks_with_kwargs_flag else ()
        changed = hook(layer, (x,), *kwargs, y)
        y = y if changed is None else changed
    return y


def group_normalised(layer: Any, x: Tensor) -> Tensor:
    """Group norm; in float64 by its formula, since Paddle's own rounds epsilon to float32 (3.3)."""
    formula = partial(group_norm, groups=layer._num_groups, epsilon=layer._epsilon)
    return computed(formula, x, layer.weight, layer.bias)


def group_norm(x: Tensor, weight: Tensor, bias: Tensor, groups: int, epsilon: float) -> Tensor:
    if x.dtype != paddle.float64:
        return F.group_norm(x, groups, epsilon, weight, bias)
    members = x.reshape([0, groups, -1])  # 0: as it was
    difference = members - members.mean(axis=-1, keepdim=True)
    variance = (difference * difference).mean(axis=-1, keepdim=True)
    normal = paddle.reshape(difference / paddle.sqrt(variance + epsilon), paddle.shape(x))
    return normal * channelwise(weight, x) + channelwise(bias, x)


def batch_normalised(layer: Any, x: Tensor) -> Tensor:
    """Batch norm, with the layer's running statistics; Paddle's own rounds epsilon and momentum to float32 (3.3)."""
    return computed(partial(batch_norm, layer), x, layer.weight, layer.bias)


def batch_norm(layer: Any, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    mean, variance = layer._mean, layer._variance
    if x.dtype == mean.dtype and x.dtype != paddle.float64:
        # `use_global_stats`, since what it makes of evaluation otherwise has no second derivative
        use_global = None if layer.training else True
        return F.batch_norm(
            x, mean, variance, weight, bias, True, layer._momentum, layer._epsilon, use_global_stats=use_global
        )
    if layer.training:
        axes = [0, *range(2, x.ndim)]
        batch_mean = x.mean(axis=axes)
        difference = x - channelwise(batch_mean, x)
        batch_variance = (difference * difference).mean(axis=axes)
        for running, batch in ((mean, batch_mean), (variance, batch_variance)):
            (old,) = widened([running])
            new = layer._momentum * old + (1 - layer._momentum) * constant(batch * 1)
            paddle.assign(cast(new, running.dtype), running)
    else:
        batch_mean, batch_variance = widened([mean, variance])
        difference = x - channelwise(batch_mean, x)
    return difference * channelwise(weight / paddle.sqrt(batch_variance + layer._epsilon), x) + channelwise(bias, x)


def add_buffer(layer: nn.Layer, name: str, values: Sequence[float]) -> None:
    """A tensor of numbers that is saved and not trained; in a static program, which has no other, a parameter (3.3)."""
    if paddle.in_dynamic_mode():
        layer.register_buffer(name, paddle.to_tensor(values, "float32"))
        return
    init = nn.initializer.Assign(values)
    attr = paddle.ParamAttr(initializer=init, trainable=False)
    layer.add_parameter(name, layer.create_parameter([len(values)], attr, "float32"))


# checks


def check_input(owner: str, x: Any, channels: int, rank: str | None = None) -> None:
    if not (paddle.is_tensor(x) and paddle.is_floating_point(x)):
        got = x.dtype if paddle.is_tensor(x) else type(x).__name__
        raise TypeError(f"{owner} takes a floating-point tensor, got {got}")
    axes = int(rank[0]) + 2 if rank else max(x.ndim, 2)
    if x.ndim != axes or x.shape[1] != channels:
        wanted = ", ".join(["N", str(channels), *["size"] * (axes - 2)])
        raise ValueError(f"{owner} takes an input of shape ({wanted}), got {tuple(x.shape)}")
