# Made by: actzoo render --write
"""ELU: Exponential linear unit."""

import triton
from actzoo_kernels.triton._blocks import expm1, here, keep, place
from actzoo_kernels.triton._kernel import Blocks
from triton import language as tl


@triton.jit
def _elu_value(x, alpha):
    negative = tl.where(x > 0, 0, x)
    return tl.where(x > 0, x, alpha * expm1(negative))


@triton.jit
def _elu_partials(grad, x, alpha):
    negative = tl.where(x > 0, 0, x)
    return (grad * tl.where(x > 0, 1, alpha * tl.exp(negative)),)


@triton.jit
def _elu_forward(
    x,
    x_n,
    x_c,
    x_kind: tl.constexpr,
    alpha,
    alpha_n,
    alpha_c,
    alpha_kind: tl.constexpr,
    result,
    channels,
    extent,
    runs,
    BLOCK: tl.constexpr,
):
    row, n, c, i, inside = place(channels, extent, runs, BLOCK)
    x_here = here(x, x_n, x_c, x_kind, n, c, i, inside, extent)
    alpha_here = here(alpha, alpha_n, alpha_c, alpha_kind, n, c, i, inside, extent)
    value = _elu_value(x_here, alpha_here)
    tl.store(result + row * extent + i, value, mask=inside)


@triton.jit
def _elu_backward(
    grad,
    x,
    x_n,
    x_c,
    x_kind: tl.constexpr,
    alpha,
    alpha_n,
    alpha_c,
    alpha_kind: tl.constexpr,
    grad_x,
    channels,
    extent,
    runs,
    BLOCK: tl.constexpr,
):
    row, n, c, i, inside = place(channels, extent, runs, BLOCK)
    grad_here = tl.load(grad + row * extent + i, mask=inside, other=0.0)
    x_here = here(x, x_n, x_c, x_kind, n, c, i, inside, extent)
    alpha_here = here(alpha, alpha_n, alpha_c, alpha_kind, n, c, i, inside, extent)
    (x_grad,) = _elu_partials(grad_here, x_here, alpha_here)
    keep(grad_x, x_kind, x_grad, row, i, inside, extent)


KERNELS = {"elu": Blocks(_elu_forward, _elu_backward, ("x", "alpha"), differentiable=1, families=(), whole=())}
