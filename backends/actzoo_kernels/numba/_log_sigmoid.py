# Made by: actzoo render --write
"""LogSigmoid: Logarithm of the logistic function."""

from actzoo_kernels.numba._kernel import Loops
from actzoo_kernels.numba._loops import at, here, kept, loop, place, settle, slot, task_count
from actzoo_kernels.numba._scalars import like, scalar, sigmoid, softplus
from numba import prange


@scalar
def _log_sigmoid_value(x):
    return -softplus(-x)


@scalar
def _log_sigmoid_partials(grad, x):
    return (grad * sigmoid(-x),)


@loop
def _log_sigmoid_forward(x, result):
    for task in prange(task_count(x)):
        n, c, run = place(x, task)
        x_here = here(x, n, c, run)
        to = slot(result, x_here, n, c, run)
        for i in range(len(to)):
            to[i] = _log_sigmoid_value(at(x_here, i))


@loop
def _log_sigmoid_backward(grad, x, grad_x):
    for task in prange(task_count(x)):
        n, c, run = place(x, task)
        grad_here = here(grad, n, c, run)
        x_here = here(x, n, c, run)
        x_to = slot(grad_x, x_here, n, c, run)
        x_total = like(grad_here[0], 0)
        for i in range(len(grad_here)):
            (x_grad,) = _log_sigmoid_partials(grad_here[i], at(x_here, i))
            x_total = kept(x_here, x_to, i, x_total, x_grad)
        settle(grad_x, x_here, n, c, run, x_total)


KERNELS = {
    "log_sigmoid": Loops(_log_sigmoid_forward, _log_sigmoid_backward, ("x",), differentiable=1, families=(), whole=())
}
