# Made by: actzoo render --write
"""Swish: Self-gated unit."""

from actzoo_kernels.numba._kernel import Loops
from actzoo_kernels.numba._loops import at, here, kept, loop, place, settle, slot, task_count
from actzoo_kernels.numba._scalars import clip, like, scalar, sigmoid_gated
from numba import prange


@scalar
def _swish_value(x, beta):
    return sigmoid_gated(x, beta * x)


@scalar
def _swish_partials(grad, x, beta):
    product = beta * x
    negated = -product
    clip_x = clip(x, like(x, -1e30), like(x, 1e30))
    return grad * sigmoid_gated(like(x, 1) + sigmoid_gated(clip_x * beta, negated), product), grad * sigmoid_gated(
        sigmoid_gated(clip_x * x, negated), product
    )


@loop
def _swish_forward(x, beta, result):
    for task in prange(task_count(x)):
        n, c, run = place(x, task)
        x_here = here(x, n, c, run)
        beta_here = here(beta, n, c, run)
        to = slot(result, x_here, n, c, run)
        for i in range(len(to)):
            to[i] = _swish_value(at(x_here, i), at(beta_here, i))


@loop
def _swish_backward(grad, x, beta, grad_x, grad_beta):
    for task in prange(task_count(x)):
        n, c, run = place(x, task)
        grad_here = here(grad, n, c, run)
        x_here = here(x, n, c, run)
        beta_here = here(beta, n, c, run)
        x_to = slot(grad_x, x_here, n, c, run)
        beta_to = slot(grad_beta, beta_here, n, c, run)
        x_total = like(grad_here[0], 0)
        beta_total = like(grad_here[0], 0)
        for i in range(len(grad_here)):
            x_grad, beta_grad = _swish_partials(grad_here[i], at(x_here, i), at(beta_here, i))
            x_total = kept(x_here, x_to, i, x_total, x_grad)
            beta_total = kept(beta_here, beta_to, i, beta_total, beta_grad)
        settle(grad_x, x_here, n, c, run, x_total)
        settle(grad_beta, beta_here, n, c, run, beta_total)


KERNELS = {"swish": Loops(_swish_forward, _swish_backward, ("x", "beta"), differentiable=2, families=(), whole=())}
