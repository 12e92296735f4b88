# Made by: actzoo render --write
"""Tanh: Hyperbolic tangent."""

import triton
from actzoo_kernels.triton._blocks import here, keep, place, sech2, tanh
from actzoo_kernels.triton._kernel import Blocks
from triton import language as tl


@triton.jit
def _tanh_value(x):
    return tanh(x)


@triton.jit
def _tanh_partials(grad, x):
    return (grad * sech2(x),)


@triton.jit
def _tanh_forward(x, x_n, x_c, x_kind: tl.constexpr, result, channels, extent, runs, BLOCK: tl.constexpr):
    row, n, c, i, inside = place(channels, extent, runs, BLOCK)
    x_here = here(x, x_n, x_c, x_kind, n, c, i, inside, extent)
    value = _tanh_value(x_here)
    tl.store(result + row * extent + i, value, mask=inside)


@triton.jit
def _tanh_backward(grad, x, x_n, x_c, x_kind: tl.constexpr, grad_x, channels, extent, runs, BLOCK: tl.constexpr):
    row, n, c, i, inside = place(channels, extent, runs, BLOCK)
    grad_here = tl.load(grad + row * extent + i, mask=inside, other=0.0)
    x_here = here(x, x_n, x_c, x_kind, n, c, i, inside, extent)
    (x_grad,) = _tanh_partials(grad_here, x_here)
    keep(grad_x, x_kind, x_grad, row, i, inside, extent)


KERNELS = {"tanh": Blocks(_tanh_forward, _tanh_backward, ("x",), differentiable=1, families=(), whole=())}
