# Made by: actzoo render --write
"""Swish: Self-gated unit."""

from actzoo_kernels.numba._kernel import Loops
from actzoo_kernels.numba._loops import at, here, kept, loop, place, settle, slot, task_count
from actzoo_kernels.numba._scalars import clip, like, scalar, sigmoid_gated
from numba import prange


@scalar
def _swish_value(x, slope):
    return sigmoid_gated(x, slope * x)


@scalar
def _swish_partials(grad, x, slope):
    product = slope * x
    negated = -product
    clip_x = clip(x, like(x, -1e30), like(x, 1e30))
    return grad * sigmoid_gated(like(x, 1) + sigmoid_gated(clip_x * slope, negated), product), grad * sigmoid_gated(
        sigmoid_gated(clip_x * x, negated), product
    )


@loop
def _swish_forward(x, slope, result):
    for task in prange(task_count(x)):
        n, c, run = place(x, task)
        x_here = here(x, n, c, run)
        slope_here = here(slope, n, c, run)
        to = slot(result, x_here, n, c, run)
        for i in range(len(to)):
            to[i] = _swish_value(at(x_here, i), at(slope_here, i))


@loop
def _swish_backward(grad, x, slope, grad_x, grad_slope):
    for task in prange(task_count(x)):
        n, c, run = place(x, task)
        grad_here = here(grad, n, c, run)
        x_here = here(x, n, c, run)
        slope_here = here(slope, n, c, run)
        x_to = slot(grad_x, x_here, n, c, run)
        slope_to = slot(grad_slope, slope_here, n, c, run)
        x_total = like(grad_here[0], 0)
        slope_total = like(grad_here[0], 0)
        for i in range(len(grad_here)):
            x_grad, slope_grad = _swish_partials(grad_here[i], at(x_here, i), at(slope_here, i))
            x_total = kept(x_here, x_to, i, x_total, x_grad)
            slope_total = kept(slope_here, slope_to, i, slope_total, slope_grad)
        settle(grad_x, x_here, n, c, run, x_total)
        settle(grad_slope, slope_here, n, c, run, slope_total)


KERNELS = {"swish": Loops(_swish_forward, _swish_backward, ("x", "slope"), differentiable=2, families=(), whole=())}
