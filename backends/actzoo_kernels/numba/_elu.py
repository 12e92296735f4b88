# Made by: actzoo render --write
"""ELU: Exponential linear unit."""

from actzoo_kernels.numba._kernel import Loops
from actzoo_kernels.numba._loops import at, here, kept, loop, place, settle, slot, task_count
from actzoo_kernels.numba._scalars import exp, expm1, like, scalar, select
from numba import prange


@scalar
def _elu_value(x, alpha):
    negative = select(x > like(x, 0), like(x, 0), x)
    return select(x > like(x, 0), x, like(x, alpha) * expm1(negative))


@scalar
def _elu_partials(grad, x, alpha):
    negative = select(x > like(x, 0), like(x, 0), x)
    return (grad * select(x > like(x, 0), like(x, 1), like(x, alpha) * exp(negative)),)


@loop
def _elu_forward(x, alpha, result):
    for task in prange(task_count(x)):
        n, c, run = place(x, task)
        x_here = here(x, n, c, run)
        alpha_here = here(alpha, n, c, run)
        to = slot(result, x_here, n, c, run)
        for i in range(len(to)):
            to[i] = _elu_value(at(x_here, i), at(alpha_here, i))


@loop
def _elu_backward(grad, x, alpha, grad_x):
    for task in prange(task_count(x)):
        n, c, run = place(x, task)
        grad_here = here(grad, n, c, run)
        x_here = here(x, n, c, run)
        alpha_here = here(alpha, n, c, run)
        x_to = slot(grad_x, x_here, n, c, run)
        x_total = like(grad_here[0], 0)
        for i in range(len(grad_here)):
            (x_grad,) = _elu_partials(grad_here[i], at(x_here, i), at(alpha_here, i))
            x_total = kept(x_here, x_to, i, x_total, x_grad)
        settle(grad_x, x_here, n, c, run, x_total)


KERNELS = {"elu": Loops(_elu_forward, _elu_backward, ("x", "alpha"), differentiable=1, families=(), whole=())}
