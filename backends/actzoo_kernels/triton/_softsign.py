# Made by: actzoo render --write
"""Softsign: Rational sigmoid."""

import triton
from actzoo_kernels.triton._blocks import gated, here, keep, place
from actzoo_kernels.triton._kernel import Blocks
from triton import language as tl


@triton.jit
def _softsign_value(x):
    size = tl.where(x < 0, -x, x)
    rest = 1024 / (1 + size)
    return tl.where(size < 1, gated(x, rest), tl.where(x < 0, rest - 1024, 1024 - rest)) / 1024


@triton.jit
def _softsign_partials(grad, x):
    size = tl.where(x < 0, -x, x)
    total = 1 + size
    rest = 1024 / total
    quotient = rest / total
    return (grad * (tl.where(size < 1, rest + gated(x, -tl.where(x < 0, -quotient, quotient)), quotient) / 1024),)


@triton.jit
def _softsign_forward(x, x_n, x_c, x_kind: tl.constexpr, result, channels, extent, runs, BLOCK: tl.constexpr):
    row, n, c, i, inside = place(channels, extent, runs, BLOCK)
    x_here = here(x, x_n, x_c, x_kind, n, c, i, inside, extent)
    value = _softsign_value(x_here)
    tl.store(result + row * extent + i, value, mask=inside)


@triton.jit
def _softsign_backward(grad, x, x_n, x_c, x_kind: tl.constexpr, grad_x, channels, extent, runs, BLOCK: tl.constexpr):
    row, n, c, i, inside = place(channels, extent, runs, BLOCK)
    grad_here = tl.load(grad + row * extent + i, mask=inside, other=0.0)
    x_here = here(x, x_n, x_c, x_kind, n, c, i, inside, extent)
    (x_grad,) = _softsign_partials(grad_here, x_here)
    keep(grad_x, x_kind, x_grad, row, i, inside, extent)


KERNELS = {"softsign": Blocks(_softsign_forward, _softsign_backward, ("x",), differentiable=1, families=(), whole=())}
