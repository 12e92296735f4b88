# Made by: actzoo render --write
"""Swish: Self-gated unit."""

import triton
from actzoo_kernels.triton._blocks import clip, here, keep, place, sigmoid_gated
from actzoo_kernels.triton._kernel import Blocks
from triton import language as tl


@triton.jit
def _swish_value(x, slope):
    return sigmoid_gated(x, slope * x)


@triton.jit
def _swish_partials(grad, x, slope):
    product = slope * x
    negated = -product
    clip_x = clip(x, -1e30, 1e30)
    return grad * sigmoid_gated(1 + sigmoid_gated(clip_x * slope, negated), product), grad * sigmoid_gated(
        sigmoid_gated(clip_x * x, negated), product
    )


@triton.jit
def _swish_forward(
    x,
    x_n,
    x_c,
    x_kind: tl.constexpr,
    slope,
    slope_n,
    slope_c,
    slope_kind: tl.constexpr,
    result,
    channels,
    extent,
    runs,
    BLOCK: tl.constexpr,
):
    row, n, c, i, inside = place(channels, extent, runs, BLOCK)
    x_here = here(x, x_n, x_c, x_kind, n, c, i, inside, extent)
    slope_here = here(slope, slope_n, slope_c, slope_kind, n, c, i, inside, extent)
    value = _swish_value(x_here, slope_here)
    tl.store(result + row * extent + i, value, mask=inside)


@triton.jit
def _swish_backward(
    grad,
    x,
    x_n,
    x_c,
    x_kind: tl.constexpr,
    slope,
    slope_n,
    slope_c,
    slope_kind: tl.constexpr,
    grad_x,
    grad_slope,
    channels,
    extent,
    runs,
    BLOCK: tl.constexpr,
):
    row, n, c, i, inside = place(channels, extent, runs, BLOCK)
    grad_here = tl.load(grad + row * extent + i, mask=inside, other=0.0)
    x_here = here(x, x_n, x_c, x_kind, n, c, i, inside, extent)
    slope_here = here(slope, slope_n, slope_c, slope_kind, n, c, i, inside, extent)
    x_grad, slope_grad = _swish_partials(grad_here, x_here, slope_here)
    keep(grad_x, x_kind, x_grad, row, i, inside, extent)
    keep(grad_slope, slope_kind, slope_grad, row, i, inside, extent)


KERNELS = {"swish": Blocks(_swish_forward, _swish_backward, ("x", "slope"), differentiable=2, families=(), whole=())}
