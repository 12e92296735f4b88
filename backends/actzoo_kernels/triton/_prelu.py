# Made by: actzoo render --write
"""PReLU: Rectified linear unit whose slope below 0 is learnt."""

import triton
from actzoo_kernels.triton._blocks import here, keep, place
from actzoo_kernels.triton._kernel import Blocks
from triton import language as tl


@triton.jit
def _prelu_value(x, slope):
    return tl.where(x > 0, x, slope * x)


@triton.jit
def _prelu_partials(grad, x, slope):
    return grad * tl.where(x > 0, 1, slope), grad * tl.where(x > 0, 0, x)


@triton.jit
def _prelu_forward(
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
    value = _prelu_value(x_here, slope_here)
    tl.store(result + row * extent + i, value, mask=inside)


@triton.jit
def _prelu_backward(
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
    x_grad, slope_grad = _prelu_partials(grad_here, x_here, slope_here)
    keep(grad_x, x_kind, x_grad, row, i, inside, extent)
    keep(grad_slope, slope_kind, slope_grad, row, i, inside, extent)


KERNELS = {"prelu": Blocks(_prelu_forward, _prelu_backward, ("x", "slope"), differentiable=2, families=(), whole=())}
