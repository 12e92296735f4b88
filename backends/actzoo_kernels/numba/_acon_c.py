# Made by: actzoo render --write
"""AconC: Smooth maximum of p1 x and p2 x."""

from actzoo_kernels.numba._kernel import Loops
from actzoo_kernels.numba._loops import at, here, kept, loop, place, settle, slot, task_count
from actzoo_kernels.numba._scalars import clip, gated, like, scalar, select, sigmoid_gated
from numba import prange


@scalar
def _acon_c_value(x, beta, p1, p2):
    difference = p1 - p2
    switched = gated(x, beta * difference)
    greater = switched > like(x, 0)
    closed = select(greater, -switched, switched)
    part = sigmoid_gated(difference, closed)
    return gated(x, select(greater, p1 - part, p2 + part))


@scalar
def _acon_c_partials(grad, x, beta, p1, p2):
    difference = p1 - p2
    product = beta * difference
    switched = gated(x, product)
    greater = switched > like(x, 0)
    closed = select(greater, -switched, switched)
    negated = -closed
    clip_2 = clip(difference, like(x, -1e30), like(x, 1e30))
    part = sigmoid_gated(difference, closed)
    sigmoid_gated_2 = sigmoid_gated(clip_2 * gated(x, beta), negated)
    sigmoid_gated_3 = sigmoid_gated(clip_2 * gated(x, -beta), negated)
    return (
        grad
        * (
            select(greater, p1 - part, p2 + part)
            + gated(x, sigmoid_gated(sigmoid_gated(clip_2 * product, negated), closed))
        ),
        grad * gated(x, sigmoid_gated(sigmoid_gated(clip_2 * gated(x, difference), negated), closed)),
        grad
        * gated(
            x,
            select(
                greater,
                like(x, 1) - sigmoid_gated(like(x, 1) - sigmoid_gated_2, closed),
                sigmoid_gated(like(x, 1) + sigmoid_gated_2, closed),
            ),
        ),
        grad
        * gated(
            x,
            select(
                greater,
                -sigmoid_gated(like(x, -1) - sigmoid_gated_3, closed),
                like(x, 1) + sigmoid_gated(like(x, -1) + sigmoid_gated_3, closed),
            ),
        ),
    )


@loop
def _acon_c_forward(x, beta, p1, p2, result):
    for task in prange(task_count(x)):
        n, c, run = place(x, task)
        x_here = here(x, n, c, run)
        beta_here = here(beta, n, c, run)
        p1_here = here(p1, n, c, run)
        p2_here = here(p2, n, c, run)
        to = slot(result, x_here, n, c, run)
        for i in range(len(to)):
            to[i] = _acon_c_value(at(x_here, i), at(beta_here, i), at(p1_here, i), at(p2_here, i))


@loop
def _acon_c_backward(grad, x, beta, p1, p2, grad_x, grad_beta, grad_p1, grad_p2):
    for task in prange(task_count(x)):
        n, c, run = place(x, task)
        grad_here = here(grad, n, c, run)
        x_here = here(x, n, c, run)
        beta_here = here(beta, n, c, run)
        p1_here = here(p1, n, c, run)
        p2_here = here(p2, n, c, run)
        x_to = slot(grad_x, x_here, n, c, run)
        beta_to = slot(grad_beta, beta_here, n, c, run)
        p1_to = slot(grad_p1, p1_here, n, c, run)
        p2_to = slot(grad_p2, p2_here, n, c, run)
        x_total = like(grad_here[0], 0)
        beta_total = like(grad_here[0], 0)
        p1_total = like(grad_here[0], 0)
        p2_total = like(grad_here[0], 0)
        for i in range(len(grad_here)):
            x_grad, beta_grad, p1_grad, p2_grad = _acon_c_partials(
                grad_here[i], at(x_here, i), at(beta_here, i), at(p1_here, i), at(p2_here, i)
            )
            x_total = kept(x_here, x_to, i, x_total, x_grad)
            beta_total = kept(beta_here, beta_to, i, beta_total, beta_grad)
            p1_total = kept(p1_here, p1_to, i, p1_total, p1_grad)
            p2_total = kept(p2_here, p2_to, i, p2_total, p2_grad)
        settle(grad_x, x_here, n, c, run, x_total)
        settle(grad_beta, beta_here, n, c, run, beta_total)
        settle(grad_p1, p1_here, n, c, run, p1_total)
        settle(grad_p2, p2_here, n, c, run, p2_total)


KERNELS = {
    "acon_c": Loops(
        _acon_c_forward, _acon_c_backward, ("x", "beta", "p1", "p2"), differentiable=4, families=(), whole=()
    )
}
