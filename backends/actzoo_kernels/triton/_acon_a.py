# Made by: actzoo render --write
"""AconA: Smooth maximum of x and 0."""

import triton
from actzoo_kernels.triton._blocks import clip, here, keep, place, sigmoid_gated
from actzoo_kernels.triton._kernel import Blocks
from triton import language as tl


@triton.jit
def _acon_a_value(x, beta):
    return sigmoid_gated(x, beta * x)


@triton.jit
def _acon_a_partials(grad, x, beta):
    product = beta * x
    negated = -product
    clip_x = clip(x, -1e30, 1e30)
    return grad * sigmoid_gated(1 + sigmoid_gated(clip_x * beta, negated), product), grad * sigmoid_gated(
        sigmoid_gated(clip_x * x, negated), product
    )


@triton.jit
def _acon_a_forward(
    x,
    x_n,
    x_c,
    x_kind: tl.constexpr,
    beta,
    beta_n,
    beta_c,
    beta_kind: tl.constexpr,
    result,
    channels,
    extent,
    runs,
    BLOCK: tl.constexpr,
):
    row, n, c, i, inside = place(channels, extent, runs, BLOCK)
    x_here = here(x, x_n, x_c, x_kind, n, c, i, inside, extent)
    beta_here = here(beta, beta_n, beta_c, beta_kind, n, c, i, inside, extent)
    value = _acon_a_value(x_here, beta_here)
    tl.store(result + row * extent + i, value, mask=inside)


@triton.jit
def _acon_a_backward(
    grad,
    x,
    x_n,
    x_c,
    x_kind: tl.constexpr,
    beta,
    beta_n,
    beta_c,
    beta_kind: tl.constexpr,
    grad_x,
    grad_beta,
    channels,
    extent,
    runs,
    BLOCK: tl.constexpr,
):
    row, n, c, i, inside = place(channels, extent, runs, BLOCK)
    grad_here = tl.load(grad + row * extent + i, mask=inside, other=0.0)
    x_here = here(x, x_n, x_c, x_kind, n, c, i, inside, extent)
    beta_here = here(beta, beta_n, beta_c, beta_kind, n, c, i, inside, extent)
    x_grad, beta_grad = _acon_a_partials(grad_here, x_here, beta_here)
    keep(grad_x, x_kind, x_grad, row, i, inside, extent)
    keep(grad_beta, beta_kind, beta_grad, row, i, inside, extent)


KERNELS = {"acon_a": Blocks(_acon_a_forward, _acon_a_backward, ("x", "beta"), differentiable=2, families=(), whole=())}
