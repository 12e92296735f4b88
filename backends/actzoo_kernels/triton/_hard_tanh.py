# Made by: actzoo render --write
"""Hardtanh: Piecewise linear tanh."""

import triton
from actzoo_kernels.triton._blocks import clip, here, keep, place
from actzoo_kernels.triton._kernel import Blocks
from triton import language as tl


@triton.jit
def _hard_tanh_value(x, min_val, max_val):
    return clip(x, min_val, max_val)


@triton.jit
def _hard_tanh_partials(grad, x, min_val, max_val):
    return (tl.where((x > min_val) & (x < max_val), grad, 0),)


@triton.jit
def _hard_tanh_forward(
    x,
    x_n,
    x_c,
    x_kind: tl.constexpr,
    min_val,
    min_val_n,
    min_val_c,
    min_val_kind: tl.constexpr,
    max_val,
    max_val_n,
    max_val_c,
    max_val_kind: tl.constexpr,
    result,
    channels,
    extent,
    runs,
    BLOCK: tl.constexpr,
):
    row, n, c, i, inside = place(channels, extent, runs, BLOCK)
    x_here = here(x, x_n, x_c, x_kind, n, c, i, inside, extent)
    min_val_here = here(min_val, min_val_n, min_val_c, min_val_kind, n, c, i, inside, extent)
    max_val_here = here(max_val, max_val_n, max_val_c, max_val_kind, n, c, i, inside, extent)
    value = _hard_tanh_value(x_here, min_val_here, max_val_here)
    tl.store(result + row * extent + i, value, mask=inside)


@triton.jit
def _hard_tanh_backward(
    grad,
    x,
    x_n,
    x_c,
    x_kind: tl.constexpr,
    min_val,
    min_val_n,
    min_val_c,
    min_val_kind: tl.constexpr,
    max_val,
    max_val_n,
    max_val_c,
    max_val_kind: tl.constexpr,
    grad_x,
    channels,
    extent,
    runs,
    BLOCK: tl.constexpr,
):
    row, n, c, i, inside = place(channels, extent, runs, BLOCK)
    grad_here = tl.load(grad + row * extent + i, mask=inside, other=0.0)
    x_here = here(x, x_n, x_c, x_kind, n, c, i, inside, extent)
    min_val_here = here(min_val, min_val_n, min_val_c, min_val_kind, n, c, i, inside, extent)
    max_val_here = here(max_val, max_val_n, max_val_c, max_val_kind, n, c, i, inside, extent)
    (x_grad,) = _hard_tanh_partials(grad_here, x_here, min_val_here, max_val_here)
    keep(grad_x, x_kind, x_grad, row, i, inside, extent)


KERNELS = {
    "hard_tanh": Blocks(
        _hard_tanh_forward, _hard_tanh_backward, ("x", "min_val", "max_val"), differentiable=1, families=(), whole=()
    )
}
