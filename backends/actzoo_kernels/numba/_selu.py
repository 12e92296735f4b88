# Made by: actzoo render --write
"""SELU: Scaled exponential linear unit."""

from actzoo_kernels.numba._kernel import Loops
from actzoo_kernels.numba._loops import at, here, kept, loop, place, settle, slot, task_count
from actzoo_kernels.numba._scalars import exp, expm1, like, scalar, select
from numba import prange


@scalar
def _selu_value(x):
    negative = select(x > like(x, 0), like(x, 0), x)
    return select(x > like(x, 0), like(x, 1.0507009873554805) * x, like(x, 1.7580993408473766) * expm1(negative))


@scalar
def _selu_partials(grad, x):
    negative = select(x > like(x, 0), like(x, 0), x)
    return (grad * select(x > like(x, 0), like(x, 1.0507009873554805), like(x, 1.7580993408473766) * exp(negative)),)


@loop
def _selu_forward(x, result):
    for task in prange(task_count(x)):
        n, c, run = place(x, task)
        x_here = here(x, n, c, run)
        to = slot(result, x_here, n, c, run)
        for i in range(len(to)):
            to[i] = _selu_value(at(x_here, i))


@loop
def _selu_backward(grad, x, grad_x):
    for task in prange(task_count(x)):
        n, c, run = place(x, task)
        grad_here = here(grad, n, c, run)
        x_here = here(x, n, c, run)
        x_to = slot(grad_x, x_here, n, c, run)
        x_total = like(grad_here[0], 0)
        for i in range(len(grad_here)):
            (x_grad,) = _selu_partials(grad_here[i], at(x_here, i))
            x_total = kept(x_here, x_to, i, x_total, x_grad)
        settle(grad_x, x_here, n, c, run, x_total)


KERNELS = {"selu": Loops(_selu_forward, _selu_backward, ("x",), differentiable=1, families=(), whole=())}
