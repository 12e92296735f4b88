# Made by: actzoo render --write
"""Hardshrink: Hard threshold."""

import triton
from actzoo_kernels.triton._blocks import here, keep, place
from actzoo_kernels.triton._kernel import Blocks
from triton import language as tl


@triton.jit
def _hard_shrink_value(x, lambd):
    return tl.where(x > lambd, x, tl.where(x >= -lambd, 0, x))


@triton.jit
def _hard_shrink_partials(grad, x, lambd):
    return (tl.where(x > lambd, grad, tl.where(x >= -lambd, 0, grad)),)


@triton.jit
def _hard_shrink_forward(
    x,
    x_n,
    x_c,
    x_kind: tl.constexpr,
    lambd,
    lambd_n,
    lambd_c,
    lambd_kind: tl.constexpr,
    result,
    channels,
    extent,
    runs,
    BLOCK: tl.constexpr,
):
    row, n, c, i, inside = place(channels, extent, runs, BLOCK)
    x_here = here(x, x_n, x_c, x_kind, n, c, i, inside, extent)
    lambd_here = here(lambd, lambd_n, lambd_c, lambd_kind, n, c, i, inside, extent)
    value = _hard_shrink_value(x_here, lambd_here)
    tl.store(result + row * extent + i, value, mask=inside)


@triton.jit
def _hard_shrink_backward(
    grad,
    x,
    x_n,
    x_c,
    x_kind: tl.constexpr,
    lambd,
    lambd_n,
    lambd_c,
    lambd_kind: tl.constexpr,
    grad_x,
    channels,
    extent,
    runs,
    BLOCK: tl.constexpr,
):
    row, n, c, i, inside = place(channels, extent, runs, BLOCK)
    grad_here = tl.load(grad + row * extent + i, mask=inside, other=0.0)
    x_here = here(x, x_n, x_c, x_kind, n, c, i, inside, extent)
    lambd_here = here(lambd, lambd_n, lambd_c, lambd_kind, n, c, i, inside, extent)
    (x_grad,) = _hard_shrink_partials(grad_here, x_here, lambd_here)
    keep(grad_x, x_kind, x_grad, row, i, inside, extent)


KERNELS = {
    "hard_shrink": Blocks(
        _hard_shrink_forward, _hard_shrink_backward, ("x", "lambd"), differentiable=1, families=(), whole=()
    )
}
