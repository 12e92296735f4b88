# Made by: actzoo render --write
"""FReLU: Funnel activation."""

from actzoo_kernels.numba._kernel import Loops
from actzoo_kernels.numba._loops import at, here, kept, loop, place, settle, slot, task_count
from actzoo_kernels.numba._scalars import like, maximum, scalar, select
from numba import prange


@scalar
def _frelu_value(x, condition):
    return maximum(x, condition)


@scalar
def _frelu_partials(grad, x, condition):
    return select(condition > x, like(x, 0), grad), select(condition > x, grad, like(x, 0))


@loop
def _frelu_forward(x, condition, result):
    for task in prange(task_count(x)):
        n, c, run = place(x, task)
        x_here = here(x, n, c, run)
        condition_here = here(condition, n, c, run)
        to = slot(result, x_here, n, c, run)
        for i in range(len(to)):
            to[i] = _frelu_value(at(x_here, i), at(condition_here, i))


@loop
def _frelu_backward(grad, x, condition, grad_x, grad_condition):
    for task in prange(task_count(x)):
        n, c, run = place(x, task)
        grad_here = here(grad, n, c, run)
        x_here = here(x, n, c, run)
        condition_here = here(condition, n, c, run)
        x_to = slot(grad_x, x_here, n, c, run)
        condition_to = slot(grad_condition, condition_here, n, c, run)
        x_total = like(grad_here[0], 0)
        condition_total = like(grad_here[0], 0)
        for i in range(len(grad_here)):
            x_grad, condition_grad = _frelu_partials(grad_here[i], at(x_here, i), at(condition_here, i))
            x_total = kept(x_here, x_to, i, x_total, x_grad)
            condition_total = kept(condition_here, condition_to, i, condition_total, condition_grad)
        settle(grad_x, x_here, n, c, run, x_total)
        settle(grad_condition, condition_here, n, c, run, condition_total)


KERNELS = {"frelu": Loops(_frelu_forward, _frelu_backward, ("x", "condition"), differentiable=2, families=(), whole=())}
