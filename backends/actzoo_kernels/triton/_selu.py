# Made by: actzoo render --write
"""SELU: Scaled exponential linear unit."""

import triton
from actzoo_kernels.triton._blocks import expm1, here, keep, place
from actzoo_kernels.triton._kernel import Blocks
from triton import language as tl


@triton.jit
def _selu_value(x):
    negative = tl.where(x > 0, 0, x)
    return tl.where(x > 0, 1.0507009873554805 * x, 1.7580993408473766 * expm1(negative))


@triton.jit
def _selu_partials(grad, x):
    negative = tl.where(x > 0, 0, x)
    return (grad * tl.where(x > 0, 1.0507009873554805, 1.7580993408473766 * tl.exp(negative)),)


@triton.jit
def _selu_forward(x, x_n, x_c, x_kind: tl.constexpr, result, channels, extent, runs, BLOCK: tl.constexpr):
    row, n, c, i, inside = place(channels, extent, runs, BLOCK)
    x_here = here(x, x_n, x_c, x_kind, n, c, i, inside, extent)
    value = _selu_value(x_here)
    tl.store(result + row * extent + i, value, mask=inside)


@triton.jit
def _selu_backward(grad, x, x_n, x_c, x_kind: tl.constexpr, grad_x, channels, extent, runs, BLOCK: tl.constexpr):
    row, n, c, i, inside = place(channels, extent, runs, BLOCK)
    grad_here = tl.load(grad + row * extent + i, mask=inside, other=0.0)
    x_here = here(x, x_n, x_c, x_kind, n, c, i, inside, extent)
    (x_grad,) = _selu_partials(grad_here, x_here)
    keep(grad_x, x_kind, x_grad, row, i, inside, extent)


KERNELS = {"selu": Blocks(_selu_forward, _selu_backward, ("x",), differentiable=1, families=(), whole=())}
