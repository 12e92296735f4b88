# Made by: actzoo render --write
"""Softplus: Smooth rectified linear unit."""

import triton
from actzoo_kernels.triton._blocks import here, keep, place, sigmoid, softplus
from actzoo_kernels.triton._kernel import Blocks
from triton import language as tl


@triton.jit
def _softplus_value(x, beta):
    decay = tl.where(x > 0, -beta * x, beta * x)
    rest = softplus(decay) / beta
    return tl.where(x > 0, x + rest, rest)


@triton.jit
def _softplus_partials(grad, x, beta):
    decay = tl.where(x > 0, -beta * x, beta * x)
    sigmoid_x = sigmoid(decay)
    return (grad * tl.where(x > 0, 1 + -beta * sigmoid_x / beta, beta * sigmoid_x / beta),)


@triton.jit
def _softplus_forward(
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
    value = _softplus_value(x_here, beta_here)
    tl.store(result + row * extent + i, value, mask=inside)


@triton.jit
def _softplus_backward(
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
    channels,
    extent,
    runs,
    BLOCK: tl.constexpr,
):
    row, n, c, i, inside = place(channels, extent, runs, BLOCK)
    grad_here = tl.load(grad + row * extent + i, mask=inside, other=0.0)
    x_here = here(x, x_n, x_c, x_kind, n, c, i, inside, extent)
    beta_here = here(beta, beta_n, beta_c, beta_kind, n, c, i, inside, extent)
    (x_grad,) = _softplus_partials(grad_here, x_here, beta_here)
    keep(grad_x, x_kind, x_grad, row, i, inside, extent)


KERNELS = {
    "softplus": Blocks(_softplus_forward, _softplus_backward, ("x", "beta"), differentiable=1, families=(), whole=())
}
