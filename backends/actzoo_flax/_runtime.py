"""What rendered Flax code shares: stages, layers, pooling, checks. Channels last. Knows no spec.

Each function stands by itself, so that `actzoo render` can carry the few that a file needs along with it.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np
from flax import nnx
from jax import Array
from jax import numpy as jnp

from actzoo_flax._checks import check_choice

# pointwise stages


def pointwise(
    name: str, value: Callable[..., Array], tangent: Callable[..., Array], differentiable: int
) -> Callable[..., Array]:
    """A function of its first `differentiable` arguments that keeps only its arguments for backward.

    Float16 and bfloat16 are computed in float32 and rounded once; the result has the dtype of the first argument.
    """

    @functools.cache
    def stage(numbers: tuple[Any, ...]) -> Callable[..., Array]:
        """The function of the arrays; a number stands in its place, an array's place holds None."""

        def merged(arrays: Sequence[Any], otherwise: Callable[[Any], Any]) -> list[Any]:
            given = iter(arrays)
            return [next(given) if n is None else otherwise(n) for n in numbers]

        @jax.custom_jvp
        def function(*arrays: Array) -> Array:
            inputs = merged(arrays, lambda n: n)
            return value(*widened(inputs)).astype(inputs[0].dtype)

        @function.defjvp
        def rule(primals: Any, tangents: Any) -> tuple[Array, Array]:
            inputs, dots = merged(primals, lambda n: n), merged(tangents, lambda n: 0.0)
            result = function(*primals)
            arguments = [*inputs[:differentiable], *dots[:differentiable], *inputs[differentiable:]]
            return result, tangent(*widened(arguments)).astype(result.dtype)

        return jax.checkpoint(function)

    def apply(*inputs: Any) -> Array:
        x = inputs[0]
        if not (isinstance(x, Array | np.ndarray) and jnp.issubdtype(x.dtype, jnp.floating)):
            got = getattr(x, "dtype", type(x).__name__)
            raise TypeError(f"{name} takes a floating-point array, got {got}")
        arrays = [jnp.asarray(i) for i in inputs if isinstance(i, Array | np.ndarray)]
        return stage(tuple(None if isinstance(i, Array | np.ndarray) else i for i in inputs))(*arrays)

    return apply


def curved(name: str, value: Callable[..., Array], *partials: Callable[..., Array]) -> Callable[..., Array]:
    """`pointwise` of a function that bends, given its tangent along each of its first arguments.

    XLA makes 0 of what is below the normal range, on the CPU (JAX 0.10). So slopes are in a unit that keeps above it
    what is small on the way only. They are themselves differentiated forward, along one argument at a time: backward, a
    gate would be multiplied before what makes it large, and a gate of 0 by the infinity that it holds back.
    """
    unit = 2.0**20

    def unit_at(x: Any) -> Array:
        """Of a slope at x: where x is so large that only a slope like its powers is left, 1, or that would overflow."""
        return jnp.where(jnp.abs(x) < unit**4, unit, 1.0)

    def along(slope: Array, dot: Any, x: Any) -> Array:
        """The product of a slope and a tangent, out of the unit.

        A slope is never above infinity. But where a plain product is summed, XLA (JAX 0.10) calls a library, which
        takes each factor from memory.
        """
        slope = slope * jnp.where(jnp.abs(x) < unit**4, 1 / unit, 1.0)
        return slope * jnp.where(slope > jnp.inf, 0.0, dot)

    def tangent(*arguments: Any) -> Array:
        n = len(partials)
        dots, inputs = arguments[n : 2 * n], [*arguments[:n], *arguments[2 * n :]]
        places = [i for i, v in enumerate(inputs) if isinstance(v, Array)]
        shape = jnp.broadcast_shapes(*(inputs[i].shape for i in places))

        def at(*arrays: Array) -> tuple[Array, ...]:
            given = dict(zip(places, arrays, strict=True))
            merged = [given.get(i, v) for i, v in enumerate(inputs)]
            return tuple(jnp.broadcast_to(p(*merged, unit_at(merged[0])), shape) for p in partials)

        slopes = jax.custom_jvp(at)

        @functools.partial(slopes.defjvp, symbolic_zeros=True)
        def rule(arrays: Any, tangents: Any) -> tuple[Any, Any]:
            found = slopes(*arrays)
            total = tuple(map(jnp.zeros_like, found))
            wide = [jnp.broadcast_to(array, shape) for array in arrays]  # so that each point has a unit of its own
            for i, dot in enumerate(tangents):
                if isinstance(dot, jax.custom_derivatives.SymbolicZero):  # at infinity the slope of what it multiplies is NaN
                    continue
                line = functools.partial(lambda i, v: at(*wide[:i], v, *wide[i + 1 :]), i)
                seed = unit_at(wide[0]).astype(wide[i].dtype)
                _, bends = jax.jvp(line, (wide[i],), (seed,))
                total = tuple(t + b / seed * dot for t, b in zip(total, bends, strict=True))
            return found, total

        found = slopes(*(inputs[i] for i in places))
        return sum(along(f, dot, inputs[0]) for f, dot in zip(found, dots, strict=True))

    return pointwise(name, value, tangent, len(partials))


def with_tangent(value: Callable[..., Array], tangent: Callable[..., Array]) -> Callable[..., Array]:
    """A function differentiated by `tangent(*arguments, *tangents)`."""
    function = jax.custom_jvp(value)
    function.defjvp(lambda primals, tangents: (function(*primals), tangent(*primals, *tangents)))
    return function


def widened(values: Sequence[Any]) -> list[Any]:
    """Half-precision arrays as float32; everything else as it is."""
    half = (jnp.float16, jnp.bfloat16)
    return [v.astype(jnp.float32) if isinstance(v, Array) and v.dtype in half else v for v in values]


# primitives


def stable_sigmoid(x: Array) -> Array:
    """1 / (1 + exp(-x)), so that its derivative keeps both tails when it is differentiated; the frameworks' own do not."""
    e = jnp.exp(jnp.where(x < 0, x, -x))
    return jnp.where(x < 0, e, 1.0) / (1 + e)


def stable_softplus(x: Array) -> Array:
    """log(1 + exp(x)), at every x."""
    return jnp.logaddexp(x, jnp.zeros_like(x))


def one_and_square(e: Array) -> Array:
    """1 + e^2 of an exponential, whose product with itself XLA would compute as one more exponential (JAX 0.10)."""
    return 1 - e * -e


def sech(x: Array) -> Array:
    e = jnp.exp(-jnp.abs(x))
    return 2 * e / one_and_square(e)


def _sech2_value(x: Array) -> Array:
    """1 - tanh(x)^2 without the cancellation; squared at the end, so that nothing before underflows."""
    root = sech(x)
    return root * root


def _sech2_by_x(x: Array, dx: Any) -> Array:
    return -2 * jnp.tanh(x) * dx * sech(x) * sech(x)


sech2 = curved("sech2", _sech2_value, _sech2_by_x)


def normal_cdf(x: Array) -> Array:
    return jax.scipy.special.erfc(-0.7071067811865476 * x) / 2


def _magnitude_value(x: Array) -> Array:
    """|x|, whose derivative at 0 is 1. Of x and of -x it is one expression to XLA, which `jnp.abs` is not."""
    return jnp.maximum(x, -x)


def _magnitude_tangent(x: Array, dx: Array) -> Array:
    return jnp.where(x < 0, -dx, dx)


magnitude = with_tangent(_magnitude_value, _magnitude_tangent)


def exp_gated(x: Any, u: Array) -> Array:
    """x exp(u), in two halves."""
    half = jnp.exp(u / 2)
    return jnp.where(half > 0, x, 0.0) * half * half


def sigmoid_gated(x: Any, u: Array) -> Array:
    """x sigmoid(u). Its tail is multiplied in two halves, since sigmoid(u) alone underflows before the product.

    Most of it is the same for u and for -u, and XLA sees that.
    """
    half = jnp.exp(-magnitude(u) / 2)
    root = jnp.where(u < 0, half, 1.0)
    return jnp.where(root > 0, x, 0.0) * root * (root * (1 / one_and_square(half)))


def normal_gated(x: Any, u: Array) -> Array:
    """x Phi(u), by the normal distribution function. Its far tail is multiplied in two halves."""
    far = jnp.abs(u) > (37 if u.dtype == jnp.float64 else 12)
    w = 1 / jnp.square(jnp.where(far, u, 37.0))
    series = 1 - w * (1 - 3 * w * (1 - 5 * w * (1 - 7 * w * (1 - 9 * w * (1 - 11 * w)))))
    tail = exp_gated(0.3989422804014327 * x * series * jnp.sqrt(w), -u * u / 2)
    near = gated(x, normal_cdf(jnp.where(far, 0.0, u)))
    return jnp.where(far, jnp.where(u < 0, tail, x - tail), near)


def gated(x: Any, gate: Array) -> Array:
    """x gate, and 0 where the gate is 0, even for infinite x. Not 0 for x there: the gate may have a derivative."""
    return jnp.where(gate == 0, jnp.clip(x, -1e30, 1e30), x) * gate


# structure


def space(x: Array) -> tuple[int, ...]:
    """The spatial axes: all but the first and the last."""
    return tuple(range(1, x.ndim - 1))


def spatial_mean(x: Array) -> Array:
    return x.mean(axis=space(x), keepdims=True)


def spatial_max(x: Array) -> Array:
    return x.max(axis=space(x), keepdims=True)


def pooled(x: Array) -> Array:
    return x.mean(axis=space(x))


def positions(x: Array) -> int:
    return math.prod(x.shape[1:-1])


def per_sample(theta: Array, k: int, layout: str, x: Array) -> Array:
    """(N, 2k) to (2k, N, 1, ...): k slopes, then k intercepts."""
    n = x.shape[0]
    if layout == "blocked":
        theta = theta.reshape(n, k, 2).swapaxes(1, 2).reshape(n, 2 * k)
    return theta.T.reshape(2 * k, n, *[1] * (x.ndim - 1))


def per_channel(theta: Array, k: int, layout: str, x: Array) -> Array:
    """(N, 2kC) to (2k, N, 1, ..., C): k slopes, then k intercepts."""
    n, c = x.shape[0], x.shape[-1]
    if layout == "blocked":
        members = theta.reshape(n, k, 2, c).transpose(2, 1, 0, 3)
    else:
        members = theta.reshape(n, c, 2 * k).transpose(2, 0, 1)
    return members.reshape(2 * k, n, *[1] * (x.ndim - 2), c)


def channelwise(vector: Any, x: Array) -> Any:
    """A vector of C values, or of one, along x's channel axis, which is the last; a number as it is."""
    if isinstance(vector, float | int):
        return vector
    channels = x.shape[-1] if x.ndim > 1 else 1
    if vector.size not in (1, channels):
        raise ValueError(f"a parameter of {vector.size} values does not fit an input of {channels} channels")
    return vector.reshape((*[1] * (x.ndim - 1), -1)) if x.ndim > 1 else vector.reshape(())


def softmax(x: Array, over: str) -> Array:
    """Over all positions of space, or over its last axis."""
    return jax.nn.softmax(x, axis=-2 if over == "last_axis" else space(x))


def average_pool(x: Array, extent: int) -> Array:
    """Windows of 2 extent - 1 at a stride of extent; padding is not counted. Halves are summed in float32."""
    size, sides = 2 * extent - 1, (extent - 1, extent - 1)
    (wide,) = widened([x])
    return nnx.avg_pool(wide, (size, size), (extent, extent), (sides, sides), count_include_pad=False).astype(x.dtype)


def max_pool(x: Array, extent: int) -> Array:
    """Windows of 2 extent - 1 at a stride of extent; the first of equals gets the gradient."""
    size, sides = 2 * extent - 1, (extent - 1, extent - 1)
    return nnx.max_pool(x, (size, size), (extent, extent), (sides, sides))


def resize_nearest(y: Array, x: Array) -> Array:
    """y at x's spatial size, index floor(i * in / out); a map of one position is left to broadcast."""
    if math.prod(y.shape[1:-1]) == 1:
        return y
    for axis in space(x):
        y = jnp.take(y, jnp.arange(x.shape[axis]) * y.shape[axis] // x.shape[axis], axis=axis)
    return y


def given_noise(owner: str, noise: Array | None) -> Array:
    if noise is None:
        raise ValueError(f"{owner} in training takes noise=: uniform numbers in [0, 1) of the input's shape")
    return noise


# layers


class Buffer(nnx.Variable[Any]):
    """A tensor that is saved and not learnt."""


def value_of(variable: Any) -> Any:
    """A variable's array; a plain number as it is."""
    return variable[...] if isinstance(variable, nnx.Variable) else variable


def fan_in_uniform(fan_in: int) -> Callable[..., Array]:
    """The zoo's initial values: uniform in +-1 / sqrt(fan_in), for weights and biases, in every framework."""
    bound = 1 / math.sqrt(fan_in)
    return lambda key, shape, dtype=jnp.float32: jax.random.uniform(key, shape, dtype, -bound, bound)


def new_dense(inputs: int, outputs: int, rngs: nnx.Rngs) -> nnx.Linear:
    init = fan_in_uniform(inputs)
    return nnx.Linear(inputs, outputs, kernel_init=init, bias_init=init, rngs=rngs)


def new_conv(
    rank: str,
    inputs: int,
    outputs: int,
    kernel: Any,
    stride: int = 1,
    padding: Any = 0,
    groups: int = 1,
    bias: bool = True,
    *,
    rngs: nnx.Rngs,
) -> nnx.Conv:
    """A convolution; padding "half" is (kernel - 1) // 2 on every side."""
    size = tuple(kernel) if isinstance(kernel, Sequence) else (kernel,) * int(rank[0])
    sides = tuple(((k - 1) // 2 if padding == "half" else padding,) * 2 for k in size)
    init = fan_in_uniform(inputs // groups * math.prod(size))
    return nnx.Conv(
        inputs,
        outputs,
        size,
        stride,
        padding=sides,
        feature_group_count=groups,
        use_bias=bias,
        kernel_init=init,
        bias_init=init,
        rngs=rngs,
    )


def new_norm(kind: str, features: int, rank: str, rngs: nnx.Rngs) -> nnx.BatchNorm | nnx.GroupNorm:
    """A normalisation by name. The fast variance loses all digits where the mean is large."""
    check_choice("norm_layer", "the name", kind, ("batch_norm", "group_norm", "instance_norm"))
    if kind == "batch_norm":
        return nnx.BatchNorm(features, momentum=0.9, epsilon=1e-5, use_fast_variance=False, rngs=rngs)
    groups = 1 if kind == "group_norm" else features
    return nnx.GroupNorm(features, groups, epsilon=1e-5, use_fast_variance=False, rngs=rngs)


def normalise(layer: Any, x: Array) -> Array:
    """A norm applied. Statistics of one value are refused, as in every framework of the zoo."""
    if isinstance(layer, nnx.GroupNorm):
        if math.prod(x.shape[1:]) == layer.num_groups:
            raise ValueError(
                f"instance_norm and group_norm need more than one value per channel or group, got {x.shape}"
            )
    elif not layer.use_running_average and x.size == x.shape[-1]:
        raise ValueError(f"batch_norm needs more than one value per channel in training, got {x.shape}")
    return layer(x)


# checks


def check_input(owner: str, x: Any, channels: int, rank: str | None = None) -> None:
    if not (isinstance(x, Array | np.ndarray) and jnp.issubdtype(x.dtype, jnp.floating)):
        raise TypeError(f"{owner} takes a floating-point array, got {getattr(x, 'dtype', type(x).__name__)}")
    axes = int(rank[0]) + 2 if rank else max(x.ndim, 2)
    if x.ndim != axes or x.shape[-1] != channels:
        wanted = ", ".join(["N", *["size"] * (axes - 2), str(channels)])
        raise ValueError(f"{owner} takes an input of shape ({wanted}), got {x.shape}")
