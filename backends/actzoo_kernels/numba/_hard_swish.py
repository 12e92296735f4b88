# Made by: actzoo render --write
"""HardSwish: Piecewise quadratic swish."""

from actzoo_kernels.numba._kernel import Loops
from actzoo_kernels.numba._loops import at, here, kept, loop, place, settle, slot, task_count
from actzoo_kernels.numba._scalars import like, scalar, select
from numba import prange


@scalar
def _hard_swish_value(x):
    return select(x <= like(x, -3), like(x, 0), select(x >= like(x, 3), x, x * (x + like(x, 3)) / like(x, 6)))


@scalar
def _hard_swish_partials(grad, x):
    return (
        grad
        * select(x <= like(x, -3), like(x, 0), select(x >= like(x, 3), like(x, 1), (x + like(x, 3) + x) / like(x, 6))),
    )


@loop
def _hard_swish_forward(x, result):
    for task in prange(task_count(x)):
        n, c, run = place(x, task)
        x_here = here(x, n, c, run)
        to = slot(result, x_here, n, c, run)
        for i in range(len(to)):
            to[i] = _hard_swish_value(at(x_here, i))


@loop
def _hard_swish_backward(grad, x, grad_x):
    for task in prange(task_count(x)):
        n, c, run = place(x, task)
        grad_here = here(grad, n, c, run)
        x_here = here(x, n, c, run)
        x_to = slot(grad_x, x_here, n, c, run)
        x_total = like(grad_here[0], 0)
        for i in range(len(grad_here)):
            (x_grad,) = _hard_swish_partials(grad_here[i], at(x_here, i))
            x_total = kept(x_here, x_to, i, x_total, x_grad)
        settle(grad_x, x_here, n, c, run, x_total)


KERNELS = {
    "hard_swish": Loops(_hard_swish_forward, _hard_swish_backward, ("x",), differentiable=1, families=(), whole=())
}
