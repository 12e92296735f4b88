# Made by: actzoo render --write
"""HardSwish: Piecewise quadratic swish."""

import triton
from actzoo_kernels.triton._blocks import here, keep, place
from actzoo_kernels.triton._kernel import Blocks
from triton import language as tl


@triton.jit
def _hard_swish_value(x):
    return tl.where(x <= -3, 0, tl.where(x >= 3, x, x * (x + 3) / 6))


@triton.jit
def _hard_swish_partials(grad, x):
    return (grad * tl.where(x <= -3, 0, tl.where(x >= 3, 1, (x + 3 + x) / 6)),)


@triton.jit
def _hard_swish_forward(x, x_n, x_c, x_kind: tl.constexpr, result, channels, extent, runs, BLOCK: tl.constexpr):
    row, n, c, i, inside = place(channels, extent, runs, BLOCK)
    x_here = here(x, x_n, x_c, x_kind, n, c, i, inside, extent)
    value = _hard_swish_value(x_here)
    tl.store(result + row * extent + i, value, mask=inside)


@triton.jit
def _hard_swish_backward(grad, x, x_n, x_c, x_kind: tl.constexpr, grad_x, channels, extent, runs, BLOCK: tl.constexpr):
    row, n, c, i, inside = place(channels, extent, runs, BLOCK)
    grad_here = tl.load(grad + row * extent + i, mask=inside, other=0.0)
    x_here = here(x, x_n, x_c, x_kind, n, c, i, inside, extent)
    (x_grad,) = _hard_swish_partials(grad_here, x_here)
    keep(grad_x, x_kind, x_grad, row, i, inside, extent)


KERNELS = {
    "hard_swish": Blocks(_hard_swish_forward, _hard_swish_backward, ("x",), differentiable=1, families=(), whole=())
}
