# Made by: actzoo render --write
"""GELU: Gaussian error linear unit."""

import triton
from actzoo_kernels.triton._blocks import clip, exp_gated, here, keep, normal_cdf, normal_gated, place, sigmoid_gated
from actzoo_kernels.triton._kernel import Blocks
from triton import language as tl


@triton.jit
def _gelu_value(x):
    bounded = clip(x, -30, 30)
    return sigmoid_gated(x, 1.5957691216057308 * bounded * (1 + 0.044715 * (bounded * bounded)))


@triton.jit
def _gelu_partials(grad, x):
    bounded = clip(x, -30, 30)
    total = 1 + 0.044715 * (bounded * bounded)
    product = 1.5957691216057308 * bounded
    product_2 = product * total
    return (
        grad
        * sigmoid_gated(
            1
            + tl.where(
                (x > -30) & (x < 30),
                sigmoid_gated(
                    clip(x, -1e30, 1e30) * (1.5957691216057308 * total + product * (0.08943 * bounded)), -product_2
                ),
                0,
            ),
            product_2,
        ),
    )


@triton.jit
def _gelu_forward(x, x_n, x_c, x_kind: tl.constexpr, result, channels, extent, runs, BLOCK: tl.constexpr):
    row, n, c, i, inside = place(channels, extent, runs, BLOCK)
    x_here = here(x, x_n, x_c, x_kind, n, c, i, inside, extent)
    value = _gelu_value(x_here)
    tl.store(result + row * extent + i, value, mask=inside)


@triton.jit
def _gelu_backward(grad, x, x_n, x_c, x_kind: tl.constexpr, grad_x, channels, extent, runs, BLOCK: tl.constexpr):
    row, n, c, i, inside = place(channels, extent, runs, BLOCK)
    grad_here = tl.load(grad + row * extent + i, mask=inside, other=0.0)
    x_here = here(x, x_n, x_c, x_kind, n, c, i, inside, extent)
    (x_grad,) = _gelu_partials(grad_here, x_here)
    keep(grad_x, x_kind, x_grad, row, i, inside, extent)


@triton.jit
def _gelu_2_value(x):
    held = clip(x, -60, 60)
    return normal_gated(x, held)


@triton.jit
def _gelu_2_partials(grad, x):
    held = clip(x, -60, 60)
    return (
        grad
        * (
            normal_cdf(held)
            + tl.where(
                (x > -60) & (x < 60), exp_gated(0.3989422804014327 * clip(x, -1e30, 1e30), -(held * held / 2)), 0
            )
        ),
    )


@triton.jit
def _gelu_2_forward(x, x_n, x_c, x_kind: tl.constexpr, result, channels, extent, runs, BLOCK: tl.constexpr):
    row, n, c, i, inside = place(channels, extent, runs, BLOCK)
    x_here = here(x, x_n, x_c, x_kind, n, c, i, inside, extent)
    value = _gelu_2_value(x_here)
    tl.store(result + row * extent + i, value, mask=inside)


@triton.jit
def _gelu_2_backward(grad, x, x_n, x_c, x_kind: tl.constexpr, grad_x, channels, extent, runs, BLOCK: tl.constexpr):
    row, n, c, i, inside = place(channels, extent, runs, BLOCK)
    grad_here = tl.load(grad + row * extent + i, mask=inside, other=0.0)
    x_here = here(x, x_n, x_c, x_kind, n, c, i, inside, extent)
    (x_grad,) = _gelu_2_partials(grad_here, x_here)
    keep(grad_x, x_kind, x_grad, row, i, inside, extent)


KERNELS = {
    "gelu": Blocks(_gelu_forward, _gelu_backward, ("x",), differentiable=1, families=(), whole=()),
    "gelu_2": Blocks(_gelu_2_forward, _gelu_2_backward, ("x",), differentiable=1, families=(), whole=()),
}
