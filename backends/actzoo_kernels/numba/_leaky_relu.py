# Made by: actzoo render --write
"""LeakyReLU: Rectified linear unit with a small slope below 0."""

from actzoo_kernels.numba._kernel import Loops
from actzoo_kernels.numba._loops import at, here, kept, loop, place, settle, slot, task_count
from actzoo_kernels.numba._scalars import like, scalar, select
from numba import prange


@scalar
def _leaky_relu_value(x, negative_slope):
    return select(x > like(x, 0), x, like(x, negative_slope) * x)


@scalar
def _leaky_relu_partials(grad, x, negative_slope):
    return (select(x > like(x, 0), grad, grad * like(x, negative_slope)),)


@loop
def _leaky_relu_forward(x, negative_slope, result):
    for task in prange(task_count(x)):
        n, c, run = place(x, task)
        x_here = here(x, n, c, run)
        negative_slope_here = here(negative_slope, n, c, run)
        to = slot(result, x_here, n, c, run)
        for i in range(len(to)):
            to[i] = _leaky_relu_value(at(x_here, i), at(negative_slope_here, i))


@loop
def _leaky_relu_backward(grad, x, negative_slope, grad_x):
    for task in prange(task_count(x)):
        n, c, run = place(x, task)
        grad_here = here(grad, n, c, run)
        x_here = here(x, n, c, run)
        negative_slope_here = here(negative_slope, n, c, run)
        x_to = slot(grad_x, x_here, n, c, run)
        x_total = like(grad_here[0], 0)
        for i in range(len(grad_here)):
            (x_grad,) = _leaky_relu_partials(grad_here[i], at(x_here, i), at(negative_slope_here, i))
            x_total = kept(x_here, x_to, i, x_total, x_grad)
        settle(grad_x, x_here, n, c, run, x_total)


KERNELS = {
    "leaky_relu": Loops(
        _leaky_relu_forward, _leaky_relu_backward, ("x", "negative_slope"), differentiable=1, families=(), whole=()
    )
}
