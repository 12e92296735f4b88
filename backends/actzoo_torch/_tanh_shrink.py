# Made by: actzoo render tanh_shrink --to torch
"""Tanhshrink: Soft threshold without an edge."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from actzoo_torch._fast import pointwise
from actzoo_torch._runtime import sech2, unscripted


def _tanh_shrink_value(x):
    inside = torch.where(x < 0, -x, x) < 1
    near = torch.where(inside, x, 0)
    w = near * near
    below = 654729075 + w * (310134825 + w * (18918900 + w * (315315 + w * (1485 + w))))
    above = 218243025 + w * (16081065 + w * (289575 + w * (1430 + w)))
    return torch.where(inside, near * w * above / below, x - torch.tanh(x))


def _tanh_shrink_vjp(grad, needs, x):
    inside = torch.where(x < 0, -x, x) < 1
    near = torch.where(inside, x, 0)
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
    grad_x = grad * torch.where(
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
        * (product * total_4 + w * (product * total_3 + w * (product * total_2 + w * (product * total + product_2)))),
        1 - sech2(x),
    )
    return (grad_x,)


def _tanh_shrink_tangent(x, dx):
    inside = torch.where(x < 0, -x, x) < 1
    near = torch.where(inside, x, 0)
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
    return dx * torch.where(
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
        * (product * total_4 + w * (product * total_3 + w * (product * total_2 + w * (product * total + product_2)))),
        1 - sech2(x),
    )


_tanh_shrink = pointwise("tanh_shrink", _tanh_shrink_value, _tanh_shrink_vjp, _tanh_shrink_tangent, differentiable=1)


@unscripted
def tanh_shrink(x: Tensor) -> Tensor:
    """Soft threshold without an edge: x - tanh(x), which is x^3 / 3 near 0.

    x of any shape; the result has it too.
    """
    return _tanh_shrink(x)


class Tanhshrink(nn.Module):
    """Soft threshold without an edge: x - tanh(x), which is x^3 / 3 near 0.

    x: any shape, floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    """

    @unscripted
    def forward(self, x: Tensor) -> Tensor:
        return tanh_shrink(x)
