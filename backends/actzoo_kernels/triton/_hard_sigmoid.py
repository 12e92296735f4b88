# Made by: actzoo render --write
"""HardSigmoid: Piecewise linear logistic function."""

import triton
from actzoo_kernels.triton._blocks import clip, here, keep, place
from actzoo_kernels.triton._kernel import Blocks
from triton import language as tl


@triton.jit
def _hard_sigmoid_value(x):
    return clip(x + 3, 0, 6) / 6


@triton.jit
def _hard_sigmoid_partials(grad, x):
    total = x + 3
    return (tl.where((total > 0) & (total < 6), grad / 6, 0),)


@triton.jit
def _hard_sigmoid_forward(x, x_n, x_c, x_kind: tl.constexpr, result, channels, extent, runs, BLOCK: tl.constexpr):
    row, n, c, i, inside = place(channels, extent, runs, BLOCK)
    x_here = here(x, x_n, x_c, x_kind, n, c, i, inside, extent)
    value = _hard_sigmoid_value(x_here)
    tl.store(result + row * extent + i, value, mask=inside)


@triton.jit
def _hard_sigmoid_backward(
    grad, x, x_n, x_c, x_kind: tl.constexpr, grad_x, channels, extent, runs, BLOCK: tl.constexpr
):
    row, n, c, i, inside = place(channels, extent, runs, BLOCK)
    grad_here = tl.load(grad + row * extent + i, mask=inside, other=0.0)
    x_here = here(x, x_n, x_c, x_kind, n, c, i, inside, extent)
    (x_grad,) = _hard_sigmoid_partials(grad_here, x_here)
    keep(grad_x, x_kind, x_grad, row, i, inside, extent)


KERNELS = {
    "hard_sigmoid": Blocks(
        _hard_sigmoid_forward, _hard_sigmoid_backward, ("x",), differentiable=1, families=(), whole=()
    )
}
