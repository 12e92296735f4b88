# Made by: actzoo render --write
"""ReLU: Rectified linear unit."""

import triton
from actzoo_kernels.triton._blocks import here, keep, place
from actzoo_kernels.triton._kernel import Blocks
from triton import language as tl


@triton.jit
def _relu_value(x):
    return tl.where(x <= 0, 0, x)


@triton.jit
def _relu_partials(grad, x):
    return (tl.where(x <= 0, 0, grad),)


@triton.jit
def _relu_forward(x, x_n, x_c, x_kind: tl.constexpr, result, channels, extent, runs, BLOCK: tl.constexpr):
    row, n, c, i, inside = place(channels, extent, runs, BLOCK)
    x_here = here(x, x_n, x_c, x_kind, n, c, i, inside, extent)
    value = _relu_value(x_here)
    tl.store(result + row * extent + i, value, mask=inside)


@triton.jit
def _relu_backward(grad, x, x_n, x_c, x_kind: tl.constexpr, grad_x, channels, extent, runs, BLOCK: tl.constexpr):
    row, n, c, i, inside = place(channels, extent, runs, BLOCK)
    grad_here = tl.load(grad + row * extent + i, mask=inside, other=0.0)
    x_here = here(x, x_n, x_c, x_kind, n, c, i, inside, extent)
    (x_grad,) = _relu_partials(grad_here, x_here)
    keep(grad_x, x_kind, x_grad, row, i, inside, extent)


KERNELS = {"relu": Blocks(_relu_forward, _relu_backward, ("x",), differentiable=1, families=(), whole=())}
