# Made by: actzoo render --write
"""RReLU: Rectified linear unit whose slope below 0 is drawn for each element in training."""

from actzoo_kernels.numba._kernel import Loops
from actzoo_kernels.numba._loops import at, here, kept, loop, place, settle, slot, task_count
from actzoo_kernels.numba._scalars import like, scalar, select
from numba import prange


@scalar
def _rrelu_value(x, lower, upper, noise):
    slope = like(x, lower) + like(x, upper - lower) * noise
    return select(x > like(x, 0), x, slope * x)


@scalar
def _rrelu_partials(grad, x, lower, upper, noise):
    slope = like(x, lower) + like(x, upper - lower) * noise
    return (grad * select(x > like(x, 0), like(x, 1), slope),)


@loop
def _rrelu_forward(x, lower, upper, noise, result):
    for task in prange(task_count(x)):
        n, c, run = place(x, task)
        x_here = here(x, n, c, run)
        lower_here = here(lower, n, c, run)
        upper_here = here(upper, n, c, run)
        noise_here = here(noise, n, c, run)
        to = slot(result, x_here, n, c, run)
        for i in range(len(to)):
            to[i] = _rrelu_value(at(x_here, i), at(lower_here, i), at(upper_here, i), at(noise_here, i))


@loop
def _rrelu_backward(grad, x, lower, upper, noise, grad_x):
    for task in prange(task_count(x)):
        n, c, run = place(x, task)
        grad_here = here(grad, n, c, run)
        x_here = here(x, n, c, run)
        lower_here = here(lower, n, c, run)
        upper_here = here(upper, n, c, run)
        noise_here = here(noise, n, c, run)
        x_to = slot(grad_x, x_here, n, c, run)
        x_total = like(grad_here[0], 0)
        for i in range(len(grad_here)):
            (x_grad,) = _rrelu_partials(
                grad_here[i], at(x_here, i), at(lower_here, i), at(upper_here, i), at(noise_here, i)
            )
            x_total = kept(x_here, x_to, i, x_total, x_grad)
        settle(grad_x, x_here, n, c, run, x_total)


@scalar
def _rrelu_2_value(x, lower, upper):
    return select(x > like(x, 0), x, like(x, (lower + upper) / 2) * x)


@scalar
def _rrelu_2_partials(grad, x, lower, upper):
    return (select(x > like(x, 0), grad, grad * like(x, (lower + upper) / 2)),)


@loop
def _rrelu_2_forward(x, lower, upper, result):
    for task in prange(task_count(x)):
        n, c, run = place(x, task)
        x_here = here(x, n, c, run)
        lower_here = here(lower, n, c, run)
        upper_here = here(upper, n, c, run)
        to = slot(result, x_here, n, c, run)
        for i in range(len(to)):
            to[i] = _rrelu_2_value(at(x_here, i), at(lower_here, i), at(upper_here, i))


@loop
def _rrelu_2_backward(grad, x, lower, upper, grad_x):
    for task in prange(task_count(x)):
        n, c, run = place(x, task)
        grad_here = here(grad, n, c, run)
        x_here = here(x, n, c, run)
        lower_here = here(lower, n, c, run)
        upper_here = here(upper, n, c, run)
        x_to = slot(grad_x, x_here, n, c, run)
        x_total = like(grad_here[0], 0)
        for i in range(len(grad_here)):
            (x_grad,) = _rrelu_2_partials(grad_here[i], at(x_here, i), at(lower_here, i), at(upper_here, i))
            x_total = kept(x_here, x_to, i, x_total, x_grad)
        settle(grad_x, x_here, n, c, run, x_total)


KERNELS = {
    "rrelu": Loops(
        _rrelu_forward, _rrelu_backward, ("x", "lower", "upper", "noise"), differentiable=1, families=(), whole=()
    ),
    "rrelu_2": Loops(
        _rrelu_2_forward, _rrelu_2_backward, ("x", "lower", "upper"), differentiable=1, families=(), whole=()
    ),
}
