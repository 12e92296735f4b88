# Made by: actzoo render --write
"""AconB: Smooth maximum of x and p x."""

import triton
from actzoo_kernels.triton._blocks import clip, gated, here, keep, place, sigmoid_gated
from actzoo_kernels.triton._kernel import Blocks
from triton import language as tl


@triton.jit
def _acon_b_value(x, beta, p):
    difference = 1 - p
    switched = gated(x, beta * difference)
    greater = switched > 0
    closed = tl.where(greater, -switched, switched)
    part = sigmoid_gated(difference, closed)
    return gated(x, tl.where(greater, 1 - part, p + part))


@triton.jit
def _acon_b_partials(grad, x, beta, p):
    difference = 1 - p
    product = beta * difference
    switched = gated(x, product)
    greater = switched > 0
    closed = tl.where(greater, -switched, switched)
    negated = -closed
    clip_p = clip(difference, -1e30, 1e30)
    part = sigmoid_gated(difference, closed)
    sigmoid_gated_2 = sigmoid_gated(clip_p * gated(x, -beta), negated)
    return (
        grad
        * (
            tl.where(greater, 1 - part, p + part)
            + gated(x, sigmoid_gated(sigmoid_gated(clip_p * product, negated), closed))
        ),
        grad * gated(x, sigmoid_gated(sigmoid_gated(clip_p * gated(x, difference), negated), closed)),
        grad
        * gated(
            x,
            tl.where(
                greater, -sigmoid_gated(-1 - sigmoid_gated_2, closed), 1 + sigmoid_gated(-1 + sigmoid_gated_2, closed)
            ),
        ),
    )


@triton.jit
def _acon_b_forward(
    x,
    x_n,
    x_c,
    x_kind: tl.constexpr,
    beta,
    beta_n,
    beta_c,
    beta_kind: tl.constexpr,
    p,
    p_n,
    p_c,
    p_kind: tl.constexpr,
    result,
    channels,
    extent,
    runs,
    BLOCK: tl.constexpr,
):
    row, n, c, i, inside = place(channels, extent, runs, BLOCK)
    x_here = here(x, x_n, x_c, x_kind, n, c, i, inside, extent)
    beta_here = here(beta, beta_n, beta_c, beta_kind, n, c, i, inside, extent)
    p_here = here(p, p_n, p_c, p_kind, n, c, i, inside, extent)
    value = _acon_b_value(x_here, beta_here, p_here)
    tl.store(result + row * extent + i, value, mask=inside)


@triton.jit
def _acon_b_backward(
    grad,
    x,
    x_n,
    x_c,
    x_kind: tl.constexpr,
    beta,
    beta_n,
    beta_c,
    beta_kind: tl.constexpr,
    p,
    p_n,
    p_c,
    p_kind: tl.constexpr,
    grad_x,
    grad_beta,
    grad_p,
    channels,
    extent,
    runs,
    BLOCK: tl.constexpr,
):
    row, n, c, i, inside = place(channels, extent, runs, BLOCK)
    grad_here = tl.load(grad + row * extent + i, mask=inside, other=0.0)
    x_here = here(x, x_n, x_c, x_kind, n, c, i, inside, extent)
    beta_here = here(beta, beta_n, beta_c, beta_kind, n, c, i, inside, extent)
    p_here = here(p, p_n, p_c, p_kind, n, c, i, inside, extent)
    x_grad, beta_grad, p_grad = _acon_b_partials(grad_here, x_here, beta_here, p_here)
    keep(grad_x, x_kind, x_grad, row, i, inside, extent)
    keep(grad_beta, beta_kind, beta_grad, row, i, inside, extent)
    keep(grad_p, p_kind, p_grad, row, i, inside, extent)


KERNELS = {
    "acon_b": Blocks(_acon_b_forward, _acon_b_backward, ("x", "beta", "p"), differentiable=3, families=(), whole=())
}
