# Made by: actzoo render --write
"""Tanhshrink: Soft threshold without an edge."""

import triton
from actzoo_kernels.triton._blocks import here, keep, place, sech2, tanh
from actzoo_kernels.triton._kernel import Blocks
from triton import language as tl


@triton.jit
def _tanh_shrink_value(x):
    inside = tl.where(x < 0, -x, x) < 1
    near = tl.where(inside, x, 0)
    w = near * near
    below = 654729075 + w * (310134825 + w * (18918900 + w * (315315 + w * (1485 + w))))
    above = 218243025 + w * (16081065 + w * (289575 + w * (1430 + w)))
    return tl.where(inside, near * w * above / below, x - tanh(x))


@triton.jit
def _tanh_shrink_partials(grad, x):
    inside = tl.where(x < 0, -x, x) < 1
    near = tl.where(inside, x, 0)
    product = 2 * near
    w = near * near
    product_2 = w * product
    total = 1485 + w
    total_2 = 315315 + w * total
    total_3 = 18918900 + w * total_2
    total_4 = 310134825 + w * total_3
    below = 654729075 + w * total_4
    total_5 = 1430 + w
    total_6 = 289575 + w * total_5
    total_7 = 16081065 + w * total_6
    above = 218243025 + w * total_7
    product_3 = near * w
    return (
        grad
        * tl.where(
            inside,
            (
                (w + near * product) * above
                + product_3 * (product * total_7 + w * (product * total_6 + w * (product * total_5 + product_2)))
            )
            / below
            - product_3
            * above
            / below
            / below
            * (
                product * total_4
                + w * (product * total_3 + w * (product * total_2 + w * (product * total + product_2)))
            ),
            1 - sech2(x),
        ),
    )


@triton.jit
def _tanh_shrink_forward(x, x_n, x_c, x_kind: tl.constexpr, result, channels, extent, runs, BLOCK: tl.constexpr):
    row, n, c, i, inside = place(channels, extent, runs, BLOCK)
    x_here = here(x, x_n, x_c, x_kind, n, c, i, inside, extent)
    value = _tanh_shrink_value(x_here)
    tl.store(result + row * extent + i, value, mask=inside)


@triton.jit
def _tanh_shrink_backward(grad, x, x_n, x_c, x_kind: tl.constexpr, grad_x, channels, extent, runs, BLOCK: tl.constexpr):
    row, n, c, i, inside = place(channels, extent, runs, BLOCK)
    grad_here = tl.load(grad + row * extent + i, mask=inside, other=0.0)
    x_here = here(x, x_n, x_c, x_kind, n, c, i, inside, extent)
    (x_grad,) = _tanh_shrink_partials(grad_here, x_here)
    keep(grad_x, x_kind, x_grad, row, i, inside, extent)


KERNELS = {
    "tanh_shrink": Blocks(_tanh_shrink_forward, _tanh_shrink_backward, ("x",), differentiable=1, families=(), whole=())
}
