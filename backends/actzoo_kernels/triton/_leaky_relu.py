# Made by: actzoo render --write
"""LeakyReLU: Rectified linear unit with a small slope below 0."""

import triton
from actzoo_kernels.triton._blocks import here, keep, place
from actzoo_kernels.triton._kernel import Blocks
from triton import language as tl


@triton.jit
def _leaky_relu_value(x, negative_slope):
    return tl.where(x > 0, x, negative_slope * x)


@triton.jit
def _leaky_relu_partials(grad, x, negative_slope):
    return (tl.where(x > 0, grad, grad * negative_slope),)


@triton.jit
def _leaky_relu_forward(
    x,
    x_n,
    x_c,
    x_kind: tl.constexpr,
    negative_slope,
    negative_slope_n,
    negative_slope_c,
    negative_slope_kind: tl.constexpr,
    result,
    channels,
    extent,
    runs,
    BLOCK: tl.constexpr,
):
    row, n, c, i, inside = place(channels, extent, runs, BLOCK)
    x_here = here(x, x_n, x_c, x_kind, n, c, i, inside, extent)
    negative_slope_here = here(
        negative_slope, negative_slope_n, negative_slope_c, negative_slope_kind, n, c, i, inside, extent
    )
    value = _leaky_relu_value(x_here, negative_slope_here)
    tl.store(result + row * extent + i, value, mask=inside)


@triton.jit
def _leaky_relu_backward(
    grad,
    x,
    x_n,
    x_c,
    x_kind: tl.constexpr,
    negative_slope,
    negative_slope_n,
    negative_slope_c,
    negative_slope_kind: tl.constexpr,
    grad_x,
    channels,
    extent,
    runs,
    BLOCK: tl.constexpr,
):
    row, n, c, i, inside = place(channels, extent, runs, BLOCK)
    grad_here = tl.load(grad + row * extent + i, mask=inside, other=0.0)
    x_here = here(x, x_n, x_c, x_kind, n, c, i, inside, extent)
    negative_slope_here = here(
        negative_slope, negative_slope_n, negative_slope_c, negative_slope_kind, n, c, i, inside, extent
    )
    (x_grad,) = _leaky_relu_partials(grad_here, x_here, negative_slope_here)
    keep(grad_x, x_kind, x_grad, row, i, inside, extent)


KERNELS = {
    "leaky_relu": Blocks(
        _leaky_relu_forward, _leaky_relu_backward, ("x", "negative_slope"), differentiable=1, families=(), whole=()
    )
}
