# Made by: actzoo render --write
"""Mish: Smooth and non-monotone."""

from actzoo_kernels.numba._kernel import Loops
from actzoo_kernels.numba._loops import at, here, kept, loop, place, settle, slot, task_count
from actzoo_kernels.numba._scalars import clip, exp, exp_gated, gated, like, scalar, select
from numba import prange


@scalar
def _mish_value(x):
    decay = select(x > like(x, 0), -x, x)
    e = exp(decay)
    total = like(x, 2) + e
    below = exp_gated(x, decay) * total / (like(x, 2) + e * total)
    above = gated(x, like(x, 1) - like(x, 2) * (e * e) / (like(x, 1) + like(x, 2) * e * (like(x, 1) + e)))
    return select(x > like(x, 0), above, below)


@scalar
def _mish_partials(grad, x):
    decay = select(x > like(x, 0), -x, x)
    e = exp(decay)
    product = e * e
    total = like(x, 2) + e
    product_2 = e * total
    total_2 = like(x, 2) + product_2
    exp_gated_x = exp_gated(x, decay)
    below = exp_gated_x * total / total_2
    product_3 = like(x, 2) * e
    product_4 = product_3 * e
    total_3 = like(x, 1) + e
    total_4 = like(x, 1) + product_3 * total_3
    quotient = like(x, 2) * product / total_4
    return (
        grad
        * select(
            x > like(x, 0),
            like(x, 1)
            - quotient
            + gated(
                x, -(like(x, -2) * product_4 / total_4 - quotient / total_4 * (like(x, -2) * e * total_3 - product_4))
            ),
            (exp_gated(like(x, 1) + clip(x, like(x, -1e30), like(x, 1e30)), decay) * total + exp_gated_x * e) / total_2
            - below / total_2 * (product_2 + product),
        ),
    )


@loop
def _mish_forward(x, result):
    for task in prange(task_count(x)):
        n, c, run = place(x, task)
        x_here = here(x, n, c, run)
        to = slot(result, x_here, n, c, run)
        for i in range(len(to)):
            to[i] = _mish_value(at(x_here, i))


@loop
def _mish_backward(grad, x, grad_x):
    for task in prange(task_count(x)):
        n, c, run = place(x, task)
        grad_here = here(grad, n, c, run)
        x_here = here(x, n, c, run)
        x_to = slot(grad_x, x_here, n, c, run)
        x_total = like(grad_here[0], 0)
        for i in range(len(grad_here)):
            (x_grad,) = _mish_partials(grad_here[i], at(x_here, i))
            x_total = kept(x_here, x_to, i, x_total, x_grad)
        settle(grad_x, x_here, n, c, run, x_total)


KERNELS = {"mish": Loops(_mish_forward, _mish_backward, ("x",), differentiable=1, families=(), whole=())}
