# Made by: actzoo render --write
"""Softshrink: Soft threshold."""

from actzoo_kernels.numba._kernel import Loops
from actzoo_kernels.numba._loops import at, here, kept, loop, place, settle, slot, task_count
from actzoo_kernels.numba._scalars import like, scalar, select
from numba import prange


@scalar
def _softshrink_value(x, lambd):
    return select(x > like(x, lambd), x - like(x, lambd), select(x >= like(x, -lambd), like(x, 0), x + like(x, lambd)))


@scalar
def _softshrink_partials(grad, x, lambd):
    return (select(x > like(x, lambd), grad, select(x >= like(x, -lambd), like(x, 0), grad)),)


@loop
def _softshrink_forward(x, lambd, result):
    for task in prange(task_count(x)):
        n, c, run = place(x, task)
        x_here = here(x, n, c, run)
        lambd_here = here(lambd, n, c, run)
        to = slot(result, x_here, n, c, run)
        for i in range(len(to)):
            to[i] = _softshrink_value(at(x_here, i), at(lambd_here, i))


@loop
def _softshrink_backward(grad, x, lambd, grad_x):
    for task in prange(task_count(x)):
        n, c, run = place(x, task)
        grad_here = here(grad, n, c, run)
        x_here = here(x, n, c, run)
        lambd_here = here(lambd, n, c, run)
        x_to = slot(grad_x, x_here, n, c, run)
        x_total = like(grad_here[0], 0)
        for i in range(len(grad_here)):
            (x_grad,) = _softshrink_partials(grad_here[i], at(x_here, i), at(lambd_here, i))
            x_total = kept(x_here, x_to, i, x_total, x_grad)
        settle(grad_x, x_here, n, c, run, x_total)


KERNELS = {
    "softshrink": Loops(
        _softshrink_forward, _softshrink_backward, ("x", "lambd"), differentiable=1, families=(), whole=()
    )
}
