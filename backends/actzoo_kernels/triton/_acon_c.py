# Made by: actzoo render --write
"""AconC: Smooth maximum of p1 x and p2 x."""

import triton
from actzoo_kernels.triton._blocks import clip, gated, here, keep, place, sigmoid_gated
from actzoo_kernels.triton._kernel import Blocks
from triton import language as tl


@triton.jit
def _acon_c_value(x, beta, p1, p2):
    difference = p1 - p2
    switched = gated(x, beta * difference)
    greater = switched > 0
    closed = tl.where(greater, -switched, switched)
    part = sigmoid_gated(difference, closed)
    return gated(x, tl.where(greater, p1 - part, p2 + part))


@triton.jit
def _acon_c_partials(grad, x, beta, p1, p2):
    difference = p1 - p2
    product = beta * difference
    switched = gated(x, product)
    greater = switched > 0
    closed = tl.where(greater, -switched, switched)
    negated = -closed
    clip_2 = clip(difference, -1e30, 1e30)
    part = sigmoid_gated(difference, closed)
    sigmoid_gated_2 = sigmoid_gated(clip_2 * gated(x, beta), negated)
    sigmoid_gated_3 = sigmoid_gated(clip_2 * gated(x, -beta), negated)
    return (
        grad
        * (
            tl.where(greater, p1 - part, p2 + part)
            + gated(x, sigmoid_gated(sigmoid_gated(clip_2 * product, negated), closed))
        ),
        grad * gated(x, sigmoid_gated(sigmoid_gated(clip_2 * gated(x, difference), negated), closed)),
        grad
        * gated(
            x,
            tl.where(
                greater, 1 - sigmoid_gated(1 - sigmoid_gated_2, closed), sigmoid_gated(1 + sigmoid_gated_2, closed)
            ),
        ),
        grad
        * gated(
            x,
            tl.where(
                greater, -sigmoid_gated(-1 - sigmoid_gated_3, closed), 1 + sigmoid_gated(-1 + sigmoid_gated_3, closed)
            ),
        ),
    )


@triton.jit
def _acon_c_forward(
    x,
    x_n,
    x_c,
    x_kind: tl.constexpr,
    beta,
    beta_n,
    beta_c,
    beta_kind: tl.constexpr,
    p1,
    p1_n,
    p1_c,
    p1_kind: tl.constexpr,
    p2,
    p2_n,
    p2_c,
    p2_kind: tl.constexpr,
    result,
    channels,
    extent,
    runs,
    BLOCK: tl.constexpr,
):
    row, n, c, i, inside = place(channels, extent, runs, BLOCK)
    x_here = here(x, x_n, x_c, x_kind, n, c, i, inside, extent)
    beta_here = here(beta, beta_n, beta_c, beta_kind, n, c, i, inside, extent)
    p1_here = here(p1, p1_n, p1_c, p1_kind, n, c, i, inside, extent)
    p2_here = here(p2, p2_n, p2_c, p2_kind, n, c, i, inside, extent)
    value = _acon_c_value(x_here, beta_here, p1_here, p2_here)
    tl.store(result + row * extent + i, value, mask=inside)


@triton.jit
def _acon_c_backward(
    grad,
    x,
    x_n,
    x_c,
    x_kind: tl.constexpr,
    beta,
    beta_n,
    beta_c,
    beta_kind: tl.constexpr,
    p1,
    p1_n,
    p1_c,
    p1_kind: tl.constexpr,
    p2,
    p2_n,
    p2_c,
    p2_kind: tl.constexpr,
    grad_x,
    grad_beta,
    grad_p1,
    grad_p2,
    channels,
    extent,
    runs,
    BLOCK: tl.constexpr,
):
    row, n, c, i, inside = place(channels, extent, runs, BLOCK)
    grad_here = tl.load(grad + row * extent + i, mask=inside, other=0.0)
    x_here = here(x, x_n, x_c, x_kind, n, c, i, inside, extent)
    beta_here = here(beta, beta_n, beta_c, beta_kind, n, c, i, inside, extent)
    p1_here = here(p1, p1_n, p1_c, p1_kind, n, c, i, inside, extent)
    p2_here = here(p2, p2_n, p2_c, p2_kind, n, c, i, inside, extent)
    x_grad, beta_grad, p1_grad, p2_grad = _acon_c_partials(grad_here, x_here, beta_here, p1_here, p2_here)
    keep(grad_x, x_kind, x_grad, row, i, inside, extent)
    keep(grad_beta, beta_kind, beta_grad, row, i, inside, extent)
    keep(grad_p1, p1_kind, p1_grad, row, i, inside, extent)
    keep(grad_p2, p2_kind, p2_grad, row, i, inside, extent)


KERNELS = {
    "acon_c": Blocks(
        _acon_c_forward, _acon_c_backward, ("x", "beta", "p1", "p2"), differentiable=4, families=(), whole=()
    )
}
