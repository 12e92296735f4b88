# Made by: actzoo render --write
"""Mish: Smooth and non-monotone."""

import triton
from actzoo_kernels.triton._blocks import clip, exp_gated, gated, here, keep, place
from actzoo_kernels.triton._kernel import Blocks
from triton import language as tl


@triton.jit
def _mish_value(x):
    decay = tl.where(x > 0, -x, x)
    e = tl.exp(decay)
    total = 2 + e
    below = exp_gated(x, decay) * total / (2 + e * total)
    above = gated(x, 1 - 2 * (e * e) / (1 + 2 * e * (1 + e)))
    return tl.where(x > 0, above, below)


@triton.jit
def _mish_partials(grad, x):
    decay = tl.where(x > 0, -x, x)
    e = tl.exp(decay)
    product = e * e
    total = 2 + e
    product_2 = e * total
    total_2 = 2 + product_2
    exp_gated_x = exp_gated(x, decay)
    below = exp_gated_x * total / total_2
    product_3 = 2 * e
    product_4 = product_3 * e
    total_3 = 1 + e
    total_4 = 1 + product_3 * total_3
    quotient = 2 * product / total_4
    return (
        grad
        * tl.where(
            x > 0,
            1 - quotient + gated(x, -(-2 * product_4 / total_4 - quotient / total_4 * (-2 * e * total_3 - product_4))),
            (exp_gated(1 + clip(x, -1e30, 1e30), decay) * total + exp_gated_x * e) / total_2
            - below / total_2 * (product_2 + product),
        ),
    )


@triton.jit
def _mish_forward(x, x_n, x_c, x_kind: tl.constexpr, result, channels, extent, runs, BLOCK: tl.constexpr):
    row, n, c, i, inside = place(channels, extent, runs, BLOCK)
    x_here = here(x, x_n, x_c, x_kind, n, c, i, inside, extent)
    value = _mish_value(x_here)
    tl.store(result + row * extent + i, value, mask=inside)


@triton.jit
def _mish_backward(grad, x, x_n, x_c, x_kind: tl.constexpr, grad_x, channels, extent, runs, BLOCK: tl.constexpr):
    row, n, c, i, inside = place(channels, extent, runs, BLOCK)
    grad_here = tl.load(grad + row * extent + i, mask=inside, other=0.0)
    x_here = here(x, x_n, x_c, x_kind, n, c, i, inside, extent)
    (x_grad,) = _mish_partials(grad_here, x_here)
    keep(grad_x, x_kind, x_grad, row, i, inside, extent)


KERNELS = {"mish": Blocks(_mish_forward, _mish_backward, ("x",), differentiable=1, families=(), whole=())}
