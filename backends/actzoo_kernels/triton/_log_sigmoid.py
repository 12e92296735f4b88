# Made by: actzoo render --write
"""LogSigmoid: Logarithm of the logistic function."""

import triton
from actzoo_kernels.triton._blocks import here, keep, place, sigmoid, softplus
from actzoo_kernels.triton._kernel import Blocks
from triton import language as tl


@triton.jit
def _log_sigmoid_value(x):
    return -softplus(-x)


@triton.jit
def _log_sigmoid_partials(grad, x):
    return (grad * sigmoid(-x),)


@triton.jit
def _log_sigmoid_forward(x, x_n, x_c, x_kind: tl.constexpr, result, channels, extent, runs, BLOCK: tl.constexpr):
    row, n, c, i, inside = place(channels, extent, runs, BLOCK)
    x_here = here(x, x_n, x_c, x_kind, n, c, i, inside, extent)
    value = _log_sigmoid_value(x_here)
    tl.store(result + row * extent + i, value, mask=inside)


@triton.jit
def _log_sigmoid_backward(grad, x, x_n, x_c, x_kind: tl.constexpr, grad_x, channels, extent, runs, BLOCK: tl.constexpr):
    row, n, c, i, inside = place(channels, extent, runs, BLOCK)
    grad_here = tl.load(grad + row * extent + i, mask=inside, other=0.0)
    x_here = here(x, x_n, x_c, x_kind, n, c, i, inside, extent)
    (x_grad,) = _log_sigmoid_partials(grad_here, x_here)
    keep(grad_x, x_kind, x_grad, row, i, inside, extent)


KERNELS = {
    "log_sigmoid": Blocks(_log_sigmoid_forward, _log_sigmoid_backward, ("x",), differentiable=1, families=(), whole=())
}
