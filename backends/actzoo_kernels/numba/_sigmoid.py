# Made by: actzoo render --write
"""Sigmoid: Logistic function."""

from actzoo_kernels.numba._kernel import Loops
from actzoo_kernels.numba._loops import at, here, kept, loop, place, settle, slot, task_count
from actzoo_kernels.numba._scalars import like, scalar, sech2, sigmoid
from numba import prange


@scalar
def _sigmoid_value(x):
    return sigmoid(x)


@scalar
def _sigmoid_partials(grad, x):
    return (grad * (like(x, 0.25) * sech2(like(x, 0.5) * x)),)


@loop
def _sigmoid_forward(x, result):
    for task in prange(task_count(x)):
        n, c, run = place(x, task)
        x_here = here(x, n, c, run)
        to = slot(result, x_here, n, c, run)
        for i in range(len(to)):
            to[i] = _sigmoid_value(at(x_here, i))


@loop
def _sigmoid_backward(grad, x, grad_x):
    for task in prange(task_count(x)):
        n, c, run = place(x, task)
        grad_here = here(grad, n, c, run)
        x_here = here(x, n, c, run)
        x_to = slot(grad_x, x_here, n, c, run)
        x_total = like(grad_here[0], 0)
        for i in range(len(grad_here)):
            (x_grad,) = _sigmoid_partials(grad_here[i], at(x_here, i))
            x_total = kept(x_here, x_to, i, x_total, x_grad)
        settle(grad_x, x_here, n, c, run, x_total)


KERNELS = {"sigmoid": Loops(_sigmoid_forward, _sigmoid_backward, ("x",), differentiable=1, families=(), whole=())}
