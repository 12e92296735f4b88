# Made by: actzoo render --write
"""RReLU: Rectified linear unit whose slope below 0 is drawn for each element in training."""

import triton
from actzoo_kernels.triton._blocks import here, keep, place
from actzoo_kernels.triton._kernel import Blocks
from triton import language as tl


@triton.jit
def _rrelu_value(x, lower, upper, noise):
    slope = lower + (upper - lower) * noise
    return tl.where(x > 0, x, slope * x)


@triton.jit
def _rrelu_partials(grad, x, lower, upper, noise):
    slope = lower + (upper - lower) * noise
    return (grad * tl.where(x > 0, 1, slope),)


@triton.jit
def _rrelu_forward(
    x,
    x_n,
    x_c,
    x_kind: tl.constexpr,
    lower,
    lower_n,
    lower_c,
    lower_kind: tl.constexpr,
    upper,
    upper_n,
    upper_c,
    upper_kind: tl.constexpr,
    noise,
    noise_n,
    noise_c,
    noise_kind: tl.constexpr,
    result,
    channels,
    extent,
    runs,
    BLOCK: tl.constexpr,
):
    row, n, c, i, inside = place(channels, extent, runs, BLOCK)
    x_here = here(x, x_n, x_c, x_kind, n, c, i, inside, extent)
    lower_here = here(lower, lower_n, lower_c, lower_kind, n, c, i, inside, extent)
    upper_here = here(upper, upper_n, upper_c, upper_kind, n, c, i, inside, extent)
    noise_here = here(noise, noise_n, noise_c, noise_kind, n, c, i, inside, extent)
    value = _rrelu_value(x_here, lower_here, upper_here, noise_here)
    tl.store(result + row * extent + i, value, mask=inside)


@triton.jit
def _rrelu_backward(
    grad,
    x,
    x_n,
    x_c,
    x_kind: tl.constexpr,
    lower,
    lower_n,
    lower_c,
    lower_kind: tl.constexpr,
    upper,
    upper_n,
    upper_c,
    upper_kind: tl.constexpr,
    noise,
    noise_n,
    noise_c,
    noise_kind: tl.constexpr,
    grad_x,
    channels,
    extent,
    runs,
    BLOCK: tl.constexpr,
):
    row, n, c, i, inside = place(channels, extent, runs, BLOCK)
    grad_here = tl.load(grad + row * extent + i, mask=inside, other=0.0)
    x_here = here(x, x_n, x_c, x_kind, n, c, i, inside, extent)
    lower_here = here(lower, lower_n, lower_c, lower_kind, n, c, i, inside, extent)
    upper_here = here(upper, upper_n, upper_c, upper_kind, n, c, i, inside, extent)
    noise_here = here(noise, noise_n, noise_c, noise_kind, n, c, i, inside, extent)
    (x_grad,) = _rrelu_partials(grad_here, x_here, lower_here, upper_here, noise_here)
    keep(grad_x, x_kind, x_grad, row, i, inside, extent)


@triton.jit
def _rrelu_2_value(x, lower, upper):
    return tl.where(x > 0, x, (lower + upper) / 2 * x)


@triton.jit
def _rrelu_2_partials(grad, x, lower, upper):
    return (tl.where(x > 0, grad, grad * ((lower + upper) / 2)),)


@triton.jit
def _rrelu_2_forward(
    x,
    x_n,
    x_c,
    x_kind: tl.constexpr,
    lower,
    lower_n,
    lower_c,
    lower_kind: tl.constexpr,
    upper,
    upper_n,
    upper_c,
    upper_kind: tl.constexpr,
    result,
    channels,
    extent,
    runs,
    BLOCK: tl.constexpr,
):
    row, n, c, i, inside = place(channels, extent, runs, BLOCK)
    x_here = here(x, x_n, x_c, x_kind, n, c, i, inside, extent)
    lower_here = here(lower, lower_n, lower_c, lower_kind, n, c, i, inside, extent)
    upper_here = here(upper, upper_n, upper_c, upper_kind, n, c, i, inside, extent)
    value = _rrelu_2_value(x_here, lower_here, upper_here)
    tl.store(result + row * extent + i, value, mask=inside)


@triton.jit
def _rrelu_2_backward(
    grad,
    x,
    x_n,
    x_c,
    x_kind: tl.constexpr,
    lower,
    lower_n,
    lower_c,
    lower_kind: tl.constexpr,
    upper,
    upper_n,
    upper_c,
    upper_kind: tl.constexpr,
    grad_x,
    channels,
    extent,
    runs,
    BLOCK: tl.constexpr,
):
    row, n, c, i, inside = place(channels, extent, runs, BLOCK)
    grad_here = tl.load(grad + row * extent + i, mask=inside, other=0.0)
    x_here = here(x, x_n, x_c, x_kind, n, c, i, inside, extent)
    lower_here = here(lower, lower_n, lower_c, lower_kind, n, c, i, inside, extent)
    upper_here = here(upper, upper_n, upper_c, upper_kind, n, c, i, inside, extent)
    (x_grad,) = _rrelu_2_partials(grad_here, x_here, lower_here, upper_here)
    keep(grad_x, x_kind, x_grad, row, i, inside, extent)


KERNELS = {
    "rrelu": Blocks(
        _rrelu_forward, _rrelu_backward, ("x", "lower", "upper", "noise"), differentiable=1, families=(), whole=()
    ),
    "rrelu_2": Blocks(
        _rrelu_2_forward, _rrelu_2_backward, ("x", "lower", "upper"), differentiable=1, families=(), whole=()
    ),
}
