# Made by: actzoo render --write
"""Softplus: Smooth rectified linear unit."""

from actzoo_kernels.numba._kernel import Loops
from actzoo_kernels.numba._loops import at, here, kept, loop, place, settle, slot, task_count
from actzoo_kernels.numba._scalars import like, scalar, select, sigmoid, softplus
from numba import prange


@scalar
def _softplus_value(x, beta):
    decay = select(x > like(x, 0), like(x, -beta) * x, like(x, beta) * x)
    rest = softplus(decay) / like(x, beta)
    return select(x > like(x, 0), x + rest, rest)


@scalar
def _softplus_partials(grad, x, beta):
    decay = select(x > like(x, 0), like(x, -beta) * x, like(x, beta) * x)
    sigmoid_x = sigmoid(decay)
    return (
        grad
        * select(
            x > like(x, 0),
            like(x, 1) + like(x, -beta) * sigmoid_x / like(x, beta),
            like(x, beta) * sigmoid_x / like(x, beta),
        ),
    )


@loop
def _softplus_forward(x, beta, result):
    for task in prange(task_count(x)):
        n, c, run = place(x, task)
        x_here = here(x, n, c, run)
        beta_here = here(beta, n, c, run)
        to = slot(result, x_here, n, c, run)
        for i in range(len(to)):
            to[i] = _softplus_value(at(x_here, i), at(beta_here, i))


@loop
def _softplus_backward(grad, x, beta, grad_x):
    for task in prange(task_count(x)):
        n, c, run = place(x, task)
        grad_here = here(grad, n, c, run)
        x_here = here(x, n, c, run)
        beta_here = here(beta, n, c, run)
        x_to = slot(grad_x, x_here, n, c, run)
        x_total = like(grad_here[0], 0)
        for i in range(len(grad_here)):
            (x_grad,) = _softplus_partials(grad_here[i], at(x_here, i), at(beta_here, i))
            x_total = kept(x_here, x_to, i, x_total, x_grad)
        settle(grad_x, x_here, n, c, run, x_total)


KERNELS = {
    "softplus": Loops(_softplus_forward, _softplus_backward, ("x", "beta"), differentiable=1, families=(), whole=())
}
