# Made by: actzoo render --write
"""FReLU: Funnel activation."""

import triton
from actzoo_kernels.triton._blocks import here, keep, maximum, place
from actzoo_kernels.triton._kernel import Blocks
from triton import language as tl


@triton.jit
def _frelu_value(x, condition):
    return maximum(x, condition)


@triton.jit
def _frelu_partials(grad, x, condition):
    return tl.where(condition > x, 0, grad), tl.where(condition > x, grad, 0)


@triton.jit
def _frelu_forward(
    x,
    x_n,
    x_c,
    x_kind: tl.constexpr,
    condition,
    condition_n,
    condition_c,
    condition_kind: tl.constexpr,
    result,
    channels,
    extent,
    runs,
    BLOCK: tl.constexpr,
):
    row, n, c, i, inside = place(channels, extent, runs, BLOCK)
    x_here = here(x, x_n, x_c, x_kind, n, c, i, inside, extent)
    condition_here = here(condition, condition_n, condition_c, condition_kind, n, c, i, inside, extent)
    value = _frelu_value(x_here, condition_here)
    tl.store(result + row * extent + i, value, mask=inside)


@triton.jit
def _frelu_backward(
    grad,
    x,
    x_n,
    x_c,
    x_kind: tl.constexpr,
    condition,
    condition_n,
    condition_c,
    condition_kind: tl.constexpr,
    grad_x,
    grad_condition,
    channels,
    extent,
    runs,
    BLOCK: tl.constexpr,
):
    row, n, c, i, inside = place(channels, extent, runs, BLOCK)
    grad_here = tl.load(grad + row * extent + i, mask=inside, other=0.0)
    x_here = here(x, x_n, x_c, x_kind, n, c, i, inside, extent)
    condition_here = here(condition, condition_n, condition_c, condition_kind, n, c, i, inside, extent)
    x_grad, condition_grad = _frelu_partials(grad_here, x_here, condition_here)
    keep(grad_x, x_kind, x_grad, row, i, inside, extent)
    keep(grad_condition, condition_kind, condition_grad, row, i, inside, extent)


KERNELS = {
    "frelu": Blocks(_frelu_forward, _frelu_backward, ("x", "condition"), differentiable=2, families=(), whole=())
}
