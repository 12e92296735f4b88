# Made by: actzoo render --write
"""GatherExcite: The input times a gate that is gathered from the surroundings of each position."""

from actzoo_kernels.numba._kernel import Loops
from actzoo_kernels.numba._loops import at, here, kept, loop, place, settle, slot, task_count
from actzoo_kernels.numba._scalars import like, scalar
from numba import prange


@scalar
def _gather_excite_context_value(context, spatial_max):
    return like(context, 0.5) * context + like(context, 0.5) * spatial_max


@scalar
def _gather_excite_context_partials(grad, context, spatial_max):
    product = like(context, 0.5) * grad
    return product, product


@loop
def _gather_excite_context_forward(context, spatial_max, result):
    for task in prange(task_count(context)):
        n, c, run = place(context, task)
        context_here = here(context, n, c, run)
        spatial_max_here = here(spatial_max, n, c, run)
        to = slot(result, context_here, n, c, run)
        for i in range(len(to)):
            to[i] = _gather_excite_context_value(at(context_here, i), at(spatial_max_here, i))


@loop
def _gather_excite_context_backward(grad, context, spatial_max, grad_context, grad_spatial_max):
    for task in prange(task_count(context)):
        n, c, run = place(context, task)
        grad_here = here(grad, n, c, run)
        context_here = here(context, n, c, run)
        spatial_max_here = here(spatial_max, n, c, run)
        context_to = slot(grad_context, context_here, n, c, run)
        spatial_max_to = slot(grad_spatial_max, spatial_max_here, n, c, run)
        context_total = like(grad_here[0], 0)
        spatial_max_total = like(grad_here[0], 0)
        for i in range(len(grad_here)):
            context_grad, spatial_max_grad = _gather_excite_context_partials(
                grad_here[i], at(context_here, i), at(spatial_max_here, i)
            )
            context_total = kept(context_here, context_to, i, context_total, context_grad)
            spatial_max_total = kept(spatial_max_here, spatial_max_to, i, spatial_max_total, spatial_max_grad)
        settle(grad_context, context_here, n, c, run, context_total)
        settle(grad_spatial_max, spatial_max_here, n, c, run, spatial_max_total)


@scalar
def _gather_excite_context_2_value(context, max_pool):
    return like(context, 0.5) * context + like(context, 0.5) * max_pool


@scalar
def _gather_excite_context_2_partials(grad, context, max_pool):
    product = like(context, 0.5) * grad
    return product, product


@loop
def _gather_excite_context_2_forward(context, max_pool, result):
    for task in prange(task_count(context)):
        n, c, run = place(context, task)
        context_here = here(context, n, c, run)
        max_pool_here = here(max_pool, n, c, run)
        to = slot(result, context_here, n, c, run)
        for i in range(len(to)):
            to[i] = _gather_excite_context_2_value(at(context_here, i), at(max_pool_here, i))


@loop
def _gather_excite_context_2_backward(grad, context, max_pool, grad_context, grad_max_pool):
    for task in prange(task_count(context)):
        n, c, run = place(context, task)
        grad_here = here(grad, n, c, run)
        context_here = here(context, n, c, run)
        max_pool_here = here(max_pool, n, c, run)
        context_to = slot(grad_context, context_here, n, c, run)
        max_pool_to = slot(grad_max_pool, max_pool_here, n, c, run)
        context_total = like(grad_here[0], 0)
        max_pool_total = like(grad_here[0], 0)
        for i in range(len(grad_here)):
            context_grad, max_pool_grad = _gather_excite_context_2_partials(
                grad_here[i], at(context_here, i), at(max_pool_here, i)
            )
            context_total = kept(context_here, context_to, i, context_total, context_grad)
            max_pool_total = kept(max_pool_here, max_pool_to, i, max_pool_total, max_pool_grad)
        settle(grad_context, context_here, n, c, run, context_total)
        settle(grad_max_pool, max_pool_here, n, c, run, max_pool_total)


@scalar
def _gather_excite_value(x, gate):
    return x * gate


@scalar
def _gather_excite_partials(grad, x, gate):
    return grad * gate, grad * x


@loop
def _gather_excite_forward(x, gate, result):
    for task in prange(task_count(x)):
        n, c, run = place(x, task)
        x_here = here(x, n, c, run)
        gate_here = here(gate, n, c, run)
        to = slot(result, x_here, n, c, run)
        for i in range(len(to)):
            to[i] = _gather_excite_value(at(x_here, i), at(gate_here, i))


@loop
def _gather_excite_backward(grad, x, gate, grad_x, grad_gate):
    for task in prange(task_count(x)):
        n, c, run = place(x, task)
        grad_here = here(grad, n, c, run)
        x_here = here(x, n, c, run)
        gate_here = here(gate, n, c, run)
        x_to = slot(grad_x, x_here, n, c, run)
        gate_to = slot(grad_gate, gate_here, n, c, run)
        x_total = like(grad_here[0], 0)
        gate_total = like(grad_here[0], 0)
        for i in range(len(grad_here)):
            x_grad, gate_grad = _gather_excite_partials(grad_here[i], at(x_here, i), at(gate_here, i))
            x_total = kept(x_here, x_to, i, x_total, x_grad)
            gate_total = kept(gate_here, gate_to, i, gate_total, gate_grad)
        settle(grad_x, x_here, n, c, run, x_total)
        settle(grad_gate, gate_here, n, c, run, gate_total)


KERNELS = {
    "gather_excite_context": Loops(
        _gather_excite_context_forward,
        _gather_excite_context_backward,
        ("context", "spatial_max"),
        differentiable=2,
        families=(),
        whole=(),
        arithmetic=True,
    ),
    "gather_excite_context_2": Loops(
        _gather_excite_context_2_forward,
        _gather_excite_context_2_backward,
        ("context", "max_pool"),
        differentiable=2,
        families=(),
        whole=(),
        arithmetic=True,
    ),
    "gather_excite": Loops(
        _gather_excite_forward,
        _gather_excite_backward,
        ("x", "gate"),
        differentiable=2,
        families=(),
        whole=(),
        arithmetic=True,
    ),
}
