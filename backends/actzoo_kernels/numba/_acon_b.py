# Made by: actzoo render --write
"""AconB: Smooth maximum of x and p x."""

from actzoo_kernels.numba._kernel import Loops
from actzoo_kernels.numba._loops import at, here, kept, loop, place, settle, slot, task_count
from actzoo_kernels.numba._scalars import clip, gated, like, scalar, select, sigmoid_gated
from numba import prange


@scalar
def _acon_b_value(x, beta, p):
    difference = like(x, 1) - p
    switched = gated(x, beta * difference)
    greater = switched > like(x, 0)
    closed = select(greater, -switched, switched)
    part = sigmoid_gated(difference, closed)
    return gated(x, select(greater, like(x, 1) - part, p + part))


@scalar
def _acon_b_partials(grad, x, beta, p):
    difference = like(x, 1) - p
    product = beta * difference
    switched = gated(x, product)
    greater = switched > like(x, 0)
    closed = select(greater, -switched, switched)
    negated = -closed
    clip_p = clip(difference, like(x, -1e30), like(x, 1e30))
    part = sigmoid_gated(difference, closed)
    sigmoid_gated_2 = sigmoid_gated(clip_p * gated(x, -beta), negated)
    return (
        grad
        * (
            select(greater, like(x, 1) - part, p + part)
            + gated(x, sigmoid_gated(sigmoid_gated(clip_p * product, negated), closed))
        ),
        grad * gated(x, sigmoid_gated(sigmoid_gated(clip_p * gated(x, difference), negated), closed)),
        grad
        * gated(
            x,
            select(
                greater,
                -sigmoid_gated(like(x, -1) - sigmoid_gated_2, closed),
                like(x, 1) + sigmoid_gated(like(x, -1) + sigmoid_gated_2, closed),
            ),
        ),
    )


@loop
def _acon_b_forward(x, beta, p, result):
    for task in prange(task_count(x)):
        n, c, run = place(x, task)
        x_here = here(x, n, c, run)
        beta_here = here(beta, n, c, run)
        p_here = here(p, n, c, run)
        to = slot(result, x_here, n, c, run)
        for i in range(len(to)):
            to[i] = _acon_b_value(at(x_here, i), at(beta_here, i), at(p_here, i))


@loop
def _acon_b_backward(grad, x, beta, p, grad_x, grad_beta, grad_p):
    for task in prange(task_count(x)):
        n, c, run = place(x, task)
        grad_here = here(grad, n, c, run)
        x_here = here(x, n, c, run)
        beta_here = here(beta, n, c, run)
        p_here = here(p, n, c, run)
        x_to = slot(grad_x, x_here, n, c, run)
        beta_to = slot(grad_beta, beta_here, n, c, run)
        p_to = slot(grad_p, p_here, n, c, run)
        x_total = like(grad_here[0], 0)
        beta_total = like(grad_here[0], 0)
        p_total = like(grad_here[0], 0)
        for i in range(len(grad_here)):
            x_grad, beta_grad, p_grad = _acon_b_partials(grad_here[i], at(x_here, i), at(beta_here, i), at(p_here, i))
            x_total = kept(x_here, x_to, i, x_total, x_grad)
            beta_total = kept(beta_here, beta_to, i, beta_total, beta_grad)
            p_total = kept(p_here, p_to, i, p_total, p_grad)
        settle(grad_x, x_here, n, c, run, x_total)
        settle(grad_beta, beta_here, n, c, run, beta_total)
        settle(grad_p, p_here, n, c, run, p_total)


KERNELS = {
    "acon_b": Loops(_acon_b_forward, _acon_b_backward, ("x", "beta", "p"), differentiable=3, families=(), whole=())
}
