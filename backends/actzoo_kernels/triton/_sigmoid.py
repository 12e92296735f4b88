# Made by: actzoo render --write
"""Sigmoid: Logistic function."""

import triton
from actzoo_kernels.triton._blocks import here, keep, place, sech2, sigmoid
from actzoo_kernels.triton._kernel import Blocks
from triton import language as tl


@triton.jit
def _sigmoid_value(x):
    return sigmoid(x)


@triton.jit
def _sigmoid_partials(grad, x):
    return (grad * (0.25 * sech2(0.5 * x)),)


@triton.jit
def _sigmoid_forward(x, x_n, x_c, x_kind: tl.constexpr, result, channels, extent, runs, BLOCK: tl.constexpr):
    row, n, c, i, inside = place(channels, extent, runs, BLOCK)
    x_here = here(x, x_n, x_c, x_kind, n, c, i, inside, extent)
    value = _sigmoid_value(x_here)
    tl.store(result + row * extent + i, value, mask=inside)


@triton.jit
def _sigmoid_backward(grad, x, x_n, x_c, x_kind: tl.constexpr, grad_x, channels, extent, runs, BLOCK: tl.constexpr):
    row, n, c, i, inside = place(channels, extent, runs, BLOCK)
    grad_here = tl.load(grad + row * extent + i, mask=inside, other=0.0)
    x_here = here(x, x_n, x_c, x_kind, n, c, i, inside, extent)
    (x_grad,) = _sigmoid_partials(grad_here, x_here)
    keep(grad_x, x_kind, x_grad, row, i, inside, extent)


KERNELS = {"sigmoid": Blocks(_sigmoid_forward, _sigmoid_backward, ("x",), differentiable=1, families=(), whole=())}
