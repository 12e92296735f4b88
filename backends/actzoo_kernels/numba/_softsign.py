# Made by: actzoo render --write
"""Softsign: Rational sigmoid."""

from actzoo_kernels.numba._kernel import Loops
from actzoo_kernels.numba._loops import at, here, kept, loop, place, settle, slot, task_count
from actzoo_kernels.numba._scalars import gated, like, scalar, select
from numba import prange


@scalar
def _softsign_value(x):
    size = select(x < like(x, 0), -x, x)
    rest = like(x, 1024) / (like(x, 1) + size)
    return select(
        size < like(x, 1), gated(x, rest), select(x < like(x, 0), rest - like(x, 1024), like(x, 1024) - rest)
    ) / like(x, 1024)


@scalar
def _softsign_partials(grad, x):
    size = select(x < like(x, 0), -x, x)
    total = like(x, 1) + size
    rest = like(x, 1024) / total
    quotient = rest / total
    return (
        grad
        * (
            select(size < like(x, 1), rest + gated(x, -select(x < like(x, 0), -quotient, quotient)), quotient)
            / like(x, 1024)
        ),
    )


@loop
def _softsign_forward(x, result):
    for task in prange(task_count(x)):
        n, c, run = place(x, task)
        x_here = here(x, n, c, run)
        to = slot(result, x_here, n, c, run)
        for i in range(len(to)):
            to[i] = _softsign_value(at(x_here, i))


@loop
def _softsign_backward(grad, x, grad_x):
    for task in prange(task_count(x)):
        n, c, run = place(x, task)
        grad_here = here(grad, n, c, run)
        x_here = here(x, n, c, run)
        x_to = slot(grad_x, x_here, n, c, run)
        x_total = like(grad_here[0], 0)
        for i in range(len(grad_here)):
            (x_grad,) = _softsign_partials(grad_here[i], at(x_here, i))
            x_total = kept(x_here, x_to, i, x_total, x_grad)
        settle(grad_x, x_here, n, c, run, x_total)


KERNELS = {"softsign": Loops(_softsign_forward, _softsign_backward, ("x",), differentiable=1, families=(), whole=())}
