# Made by: actzoo render --write
"""CELU: Continuously differentiable exponential linear unit."""

import triton
from actzoo_kernels.triton._blocks import expm1, here, keep, place
from actzoo_kernels.triton._kernel import Blocks
from triton import language as tl


@triton.jit
def _celu_value(x, alpha):
    scaled = tl.where(x > 0, 0, x / alpha)
    return tl.where(scaled > -1e-20, x * (1 + scaled / 2), alpha * expm1(scaled))


@triton.jit
def _celu_partials(grad, x, alpha):
    scaled = tl.where(x > 0, 0, x / alpha)
    quotient = 1 / alpha
    return (
        grad
        * tl.where(
            scaled > -1e-20,
            1 + scaled / 2 + tl.where(x > 0, 0, x * (quotient / 2)),
            tl.where(x > 0, 0, alpha * (quotient * tl.exp(scaled))),
        ),
    )


@triton.jit
def _celu_forward(
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
    value = _celu_value(x_here, alpha_here)
    tl.store(result + row * extent + i, value, mask=inside)


@triton.jit
def _celu_backward(
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
    (x_grad,) = _celu_partials(grad_here, x_here, alpha_here)
    keep(grad_x, x_kind, x_grad, row, i, inside, extent)


KERNELS = {"celu": Blocks(_celu_forward, _celu_backward, ("x", "alpha"), differentiable=1, families=(), whole=())}
