# Made by: actzoo render --write
"""GELU: Gaussian error linear unit."""

from actzoo_kernels.numba._kernel import Loops
from actzoo_kernels.numba._loops import at, here, kept, loop, place, settle, slot, task_count
from actzoo_kernels.numba._scalars import clip, exp_gated, like, normal_cdf, normal_gated, scalar, select, sigmoid_gated
from numba import prange


@scalar
def _gelu_value(x):
    bounded = clip(x, like(x, -30), like(x, 30))
    return sigmoid_gated(
        x, like(x, 1.5957691216057308) * bounded * (like(x, 1) + like(x, 0.044715) * (bounded * bounded))
    )


@scalar
def _gelu_partials(grad, x):
    bounded = clip(x, like(x, -30), like(x, 30))
    total = like(x, 1) + like(x, 0.044715) * (bounded * bounded)
    product = like(x, 1.5957691216057308) * bounded
    product_2 = product * total
    return (
        grad
        * sigmoid_gated(
            like(x, 1)
            + select(
                (x > like(x, -30)) & (x < like(x, 30)),
                sigmoid_gated(
                    clip(x, like(x, -1e30), like(x, 1e30))
                    * (like(x, 1.5957691216057308) * total + product * (like(x, 0.08943) * bounded)),
                    -product_2,
                ),
                like(x, 0),
            ),
            product_2,
        ),
    )


@loop
def _gelu_forward(x, result):
    for task in prange(task_count(x)):
        n, c, run = place(x, task)
        x_here = here(x, n, c, run)
        to = slot(result, x_here, n, c, run)
        for i in range(len(to)):
            to[i] = _gelu_value(at(x_here, i))


@loop
def _gelu_backward(grad, x, grad_x):
    for task in prange(task_count(x)):
        n, c, run = place(x, task)
        grad_here = here(grad, n, c, run)
        x_here = here(x, n, c, run)
        x_to = slot(grad_x, x_here, n, c, run)
        x_total = like(grad_here[0], 0)
        for i in range(len(grad_here)):
            (x_grad,) = _gelu_partials(grad_here[i], at(x_here, i))
            x_total = kept(x_here, x_to, i, x_total, x_grad)
        settle(grad_x, x_here, n, c, run, x_total)


@scalar
def _gelu_2_value(x):
    held = clip(x, like(x, -60), like(x, 60))
    return normal_gated(x, held)


@scalar
def _gelu_2_partials(grad, x):
    held = clip(x, like(x, -60), like(x, 60))
    return (
        grad
        * (
            normal_cdf(held)
            + select(
                (x > like(x, -60)) & (x < like(x, 60)),
                exp_gated(
                    like(x, 0.3989422804014327) * clip(x, like(x, -1e30), like(x, 1e30)), -(held * held / like(x, 2))
                ),
                like(x, 0),
            )
        ),
    )


@loop
def _gelu_2_forward(x, result):
    for task in prange(task_count(x)):
        n, c, run = place(x, task)
        x_here = here(x, n, c, run)
        to = slot(result, x_here, n, c, run)
        for i in range(len(to)):
            to[i] = _gelu_2_value(at(x_here, i))


@loop
def _gelu_2_backward(grad, x, grad_x):
    for task in prange(task_count(x)):
        n, c, run = place(x, task)
        grad_here = here(grad, n, c, run)
        x_here = here(x, n, c, run)
        x_to = slot(grad_x, x_here, n, c, run)
        x_total = like(grad_here[0], 0)
        for i in range(len(grad_here)):
            (x_grad,) = _gelu_2_partials(grad_here[i], at(x_here, i))
            x_total = kept(x_here, x_to, i, x_total, x_grad)
        settle(grad_x, x_here, n, c, run, x_total)


KERNELS = {
    "gelu": Loops(_gelu_forward, _gelu_backward, ("x",), differentiable=1, families=(), whole=()),
    "gelu_2": Loops(_gelu_2_forward, _gelu_2_backward, ("x",), differentiable=1, families=(), whole=()),
}
