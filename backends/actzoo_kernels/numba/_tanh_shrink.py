# Made by: actzoo render --write
"""Tanhshrink: Soft threshold without an edge."""

from actzoo_kernels.numba._kernel import Loops
from actzoo_kernels.numba._loops import at, here, kept, loop, place, settle, slot, task_count
from actzoo_kernels.numba._scalars import like, scalar, sech2, select, tanh
from numba import prange


@scalar
def _tanh_shrink_value(x):
    inside = select(x < like(x, 0), -x, x) < like(x, 1)
    near = select(inside, x, like(x, 0))
    w = near * near
    below = like(x, 654729075) + w * (
        like(x, 310134825) + w * (like(x, 18918900) + w * (like(x, 315315) + w * (like(x, 1485) + w)))
    )
    above = like(x, 218243025) + w * (like(x, 16081065) + w * (like(x, 289575) + w * (like(x, 1430) + w)))
    return select(inside, near * w * above / below, x - tanh(x))


@scalar
def _tanh_shrink_partials(grad, x):
    inside = select(x < like(x, 0), -x, x) < like(x, 1)
    near = select(inside, x, like(x, 0))
    product = like(x, 2) * near
    w = near * near
    product_2 = w * product
    total = like(x, 1485) + w
    total_2 = like(x, 315315) + w * total
    total_3 = like(x, 18918900) + w * total_2
    total_4 = like(x, 310134825) + w * total_3
    below = like(x, 654729075) + w * total_4
    total_5 = like(x, 1430) + w
    total_6 = like(x, 289575) + w * total_5
    total_7 = like(x, 16081065) + w * total_6
    above = like(x, 218243025) + w * total_7
    product_3 = near * w
    return (
        grad
        * select(
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
            like(x, 1) - sech2(x),
        ),
    )


@loop
def _tanh_shrink_forward(x, result):
    for task in prange(task_count(x)):
        n, c, run = place(x, task)
        x_here = here(x, n, c, run)
        to = slot(result, x_here, n, c, run)
        for i in range(len(to)):
            to[i] = _tanh_shrink_value(at(x_here, i))


@loop
def _tanh_shrink_backward(grad, x, grad_x):
    for task in prange(task_count(x)):
        n, c, run = place(x, task)
        grad_here = here(grad, n, c, run)
        x_here = here(x, n, c, run)
        x_to = slot(grad_x, x_here, n, c, run)
        x_total = like(grad_here[0], 0)
        for i in range(len(grad_here)):
            (x_grad,) = _tanh_shrink_partials(grad_here[i], at(x_here, i))
            x_total = kept(x_here, x_to, i, x_total, x_grad)
        settle(grad_x, x_here, n, c, run, x_total)


KERNELS = {
    "tanh_shrink": Loops(_tanh_shrink_forward, _tanh_shrink_backward, ("x",), differentiable=1, families=(), whole=())
}
