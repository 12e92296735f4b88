# Made by: actzoo render --write
"""Hardtanh: Piecewise linear tanh."""

from actzoo_kernels.numba._kernel import Loops
from actzoo_kernels.numba._loops import at, here, kept, loop, place, settle, slot, task_count
from actzoo_kernels.numba._scalars import clip, like, scalar, select
from numba import prange


@scalar
def _hard_tanh_value(x, min_val, max_val):
    return clip(x, like(x, min_val), like(x, max_val))


@scalar
def _hard_tanh_partials(grad, x, min_val, max_val):
    return (select((x > like(x, min_val)) & (x < like(x, max_val)), grad, like(x, 0)),)


@loop
def _hard_tanh_forward(x, min_val, max_val, result):
    for task in prange(task_count(x)):
        n, c, run = place(x, task)
        x_here = here(x, n, c, run)
        min_val_here = here(min_val, n, c, run)
        max_val_here = here(max_val, n, c, run)
        to = slot(result, x_here, n, c, run)
        for i in range(len(to)):
            to[i] = _hard_tanh_value(at(x_here, i), at(min_val_here, i), at(max_val_here, i))


@loop
def _hard_tanh_backward(grad, x, min_val, max_val, grad_x):
    for task in prange(task_count(x)):
        n, c, run = place(x, task)
        grad_here = here(grad, n, c, run)
        x_here = here(x, n, c, run)
        min_val_here = here(min_val, n, c, run)
        max_val_here = here(max_val, n, c, run)
        x_to = slot(grad_x, x_here, n, c, run)
        x_total = like(grad_here[0], 0)
        for i in range(len(grad_here)):
            (x_grad,) = _hard_tanh_partials(grad_here[i], at(x_here, i), at(min_val_here, i), at(max_val_here, i))
            x_total = kept(x_here, x_to, i, x_total, x_grad)
        settle(grad_x, x_here, n, c, run, x_total)


KERNELS = {
    "hard_tanh": Loops(
        _hard_tanh_forward, _hard_tanh_backward, ("x", "min_val", "max_val"), differentiable=1, families=(), whole=()
    )
}
