# Made by: actzoo render --write
"""SqueezeExcite: The input times a gate for each channel."""

import triton
from actzoo_kernels.triton._blocks import here, keep, place
from actzoo_kernels.triton._kernel import Blocks
from triton import language as tl


@triton.jit
def _squeeze_excite_context_value(context, spatial_max):
    return 0.5 * context + 0.5 * spatial_max


@triton.jit
def _squeeze_excite_context_partials(grad, context, spatial_max):
    product = 0.5 * grad
    return product, product


@triton.jit
def _squeeze_excite_context_forward(
    context,
    context_n,
    context_c,
    context_kind: tl.constexpr,
    spatial_max,
    spatial_max_n,
    spatial_max_c,
    spatial_max_kind: tl.constexpr,
    result,
    channels,
    extent,
    runs,
    BLOCK: tl.constexpr,
):
    row, n, c, i, inside = place(channels, extent, runs, BLOCK)
    context_here = here(context, context_n, context_c, context_kind, n, c, i, inside, extent)
    spatial_max_here = here(spatial_max, spatial_max_n, spatial_max_c, spatial_max_kind, n, c, i, inside, extent)
    value = _squeeze_excite_context_value(context_here, spatial_max_here)
    tl.store(result + row * extent + i, value, mask=inside)


@triton.jit
def _squeeze_excite_context_backward(
    grad,
    context,
    context_n,
    context_c,
    context_kind: tl.constexpr,
    spatial_max,
    spatial_max_n,
    spatial_max_c,
    spatial_max_kind: tl.constexpr,
    grad_context,
    grad_spatial_max,
    channels,
    extent,
    runs,
    BLOCK: tl.constexpr,
):
    row, n, c, i, inside = place(channels, extent, runs, BLOCK)
    grad_here = tl.load(grad + row * extent + i, mask=inside, other=0.0)
    context_here = here(context, context_n, context_c, context_kind, n, c, i, inside, extent)
    spatial_max_here = here(spatial_max, spatial_max_n, spatial_max_c, spatial_max_kind, n, c, i, inside, extent)
    context_grad, spatial_max_grad = _squeeze_excite_context_partials(grad_here, context_here, spatial_max_here)
    keep(grad_context, context_kind, context_grad, row, i, inside, extent)
    keep(grad_spatial_max, spatial_max_kind, spatial_max_grad, row, i, inside, extent)


@triton.jit
def _squeeze_excite_value(x, gate):
    return x * gate


@triton.jit
def _squeeze_excite_partials(grad, x, gate):
    return grad * gate, grad * x


@triton.jit
def _squeeze_excite_forward(
    x,
    x_n,
    x_c,
    x_kind: tl.constexpr,
    gate,
    gate_n,
    gate_c,
    gate_kind: tl.constexpr,
    result,
    channels,
    extent,
    runs,
    BLOCK: tl.constexpr,
):
    row, n, c, i, inside = place(channels, extent, runs, BLOCK)
    x_here = here(x, x_n, x_c, x_kind, n, c, i, inside, extent)
    gate_here = here(gate, gate_n, gate_c, gate_kind, n, c, i, inside, extent)
    value = _squeeze_excite_value(x_here, gate_here)
    tl.store(result + row * extent + i, value, mask=inside)


@triton.jit
def _squeeze_excite_backward(
    grad,
    x,
    x_n,
    x_c,
    x_kind: tl.constexpr,
    gate,
    gate_n,
    gate_c,
    gate_kind: tl.constexpr,
    grad_x,
    grad_gate,
    channels,
    extent,
    runs,
    BLOCK: tl.constexpr,
):
    row, n, c, i, inside = place(channels, extent, runs, BLOCK)
    grad_here = tl.load(grad + row * extent + i, mask=inside, other=0.0)
    x_here = here(x, x_n, x_c, x_kind, n, c, i, inside, extent)
    gate_here = here(gate, gate_n, gate_c, gate_kind, n, c, i, inside, extent)
    x_grad, gate_grad = _squeeze_excite_partials(grad_here, x_here, gate_here)
    keep(grad_x, x_kind, x_grad, row, i, inside, extent)
    keep(grad_gate, gate_kind, gate_grad, row, i, inside, extent)


KERNELS = {
    "squeeze_excite_context": Blocks(
        _squeeze_excite_context_forward,
        _squeeze_excite_context_backward,
        ("context", "spatial_max"),
        differentiable=2,
        families=(),
        whole=(),
        arithmetic=True,
    ),
    "squeeze_excite": Blocks(
        _squeeze_excite_forward,
        _squeeze_excite_backward,
        ("x", "gate"),
        differentiable=2,
        families=(),
        whole=(),
        arithmetic=True,
    ),
}
