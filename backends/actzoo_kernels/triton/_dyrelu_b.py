# Made by: actzoo render --write
"""DyReLUB: The largest of k lines of each channel."""

import triton
from actzoo_kernels.triton._blocks import clip, here, keep, maximum, place, sech2, sigmoid, summed
from actzoo_kernels.triton._kernel import Blocks
from triton import language as tl


@triton.jit
def _dyrelu_b_residual_value(theta):
    return 2 * sigmoid(theta) - 1


@triton.jit
def _dyrelu_b_residual_partials(grad, theta):
    return (grad * (0.5 * sech2(0.5 * theta)),)


@triton.jit
def _dyrelu_b_residual_forward(
    theta, theta_n, theta_c, theta_kind: tl.constexpr, result, channels, extent, runs, BLOCK: tl.constexpr
):
    row, n, c, i, inside = place(channels, extent, runs, BLOCK)
    theta_here = here(theta, theta_n, theta_c, theta_kind, n, c, i, inside, extent)
    value = _dyrelu_b_residual_value(theta_here)
    tl.store(result + row * extent + i, value, mask=inside)


@triton.jit
def _dyrelu_b_residual_backward(
    grad, theta, theta_n, theta_c, theta_kind: tl.constexpr, grad_theta, channels, extent, runs, BLOCK: tl.constexpr
):
    row, n, c, i, inside = place(channels, extent, runs, BLOCK)
    grad_here = tl.load(grad + row * extent + i, mask=inside, other=0.0)
    theta_here = here(theta, theta_n, theta_c, theta_kind, n, c, i, inside, extent)
    (theta_grad,) = _dyrelu_b_residual_partials(grad_here, theta_here)
    keep(grad_theta, theta_kind, theta_grad, row, i, inside, extent)


@triton.jit
def _dyrelu_b_residual_2_value(theta):
    return 2 * (clip(theta + 3, 0, 6) / 6) - 1


@triton.jit
def _dyrelu_b_residual_2_partials(grad, theta):
    total = theta + 3
    return (tl.where((total > 0) & (total < 6), grad * (2 / 6), 0),)


@triton.jit
def _dyrelu_b_residual_2_forward(
    theta, theta_n, theta_c, theta_kind: tl.constexpr, result, channels, extent, runs, BLOCK: tl.constexpr
):
    row, n, c, i, inside = place(channels, extent, runs, BLOCK)
    theta_here = here(theta, theta_n, theta_c, theta_kind, n, c, i, inside, extent)
    value = _dyrelu_b_residual_2_value(theta_here)
    tl.store(result + row * extent + i, value, mask=inside)


@triton.jit
def _dyrelu_b_residual_2_backward(
    grad, theta, theta_n, theta_c, theta_kind: tl.constexpr, grad_theta, channels, extent, runs, BLOCK: tl.constexpr
):
    row, n, c, i, inside = place(channels, extent, runs, BLOCK)
    grad_here = tl.load(grad + row * extent + i, mask=inside, other=0.0)
    theta_here = here(theta, theta_n, theta_c, theta_kind, n, c, i, inside, extent)
    (theta_grad,) = _dyrelu_b_residual_2_partials(grad_here, theta_here)
    keep(grad_theta, theta_kind, theta_grad, row, i, inside, extent)


@triton.jit
def _dyrelu_b_term(x, init_v_i, lambdas_i, delta_i, init_v_k_i, lambdas_k_i, delta_k_i):
    intercept = init_v_k_i + lambdas_k_i * delta_k_i
    slope = init_v_i + lambdas_i * delta_i
    return x * slope + intercept


@triton.jit
def _dyrelu_b_partials(won, x, init_v_i, lambdas_i, delta_i, init_v_k_i, lambdas_k_i, delta_k_i):
    slope = init_v_i + lambdas_i * delta_i
    return won * slope, won * (x * lambdas_i), won * lambdas_k_i


@triton.jit
def _dyrelu_b_forward(
    x,
    x_n,
    x_c,
    x_kind: tl.constexpr,
    delta,
    delta_n,
    delta_c,
    delta_size,
    init_v,
    init_v_n,
    init_v_c,
    init_v_size,
    lambdas,
    lambdas_n,
    lambdas_c,
    lambdas_size,
    k: tl.constexpr,
    result,
    channels,
    extent,
    runs,
    BLOCK: tl.constexpr,
):
    row, n, c, i_, inside = place(channels, extent, runs, BLOCK)
    x_here = here(x, x_n, x_c, x_kind, n, c, i_, inside, extent)
    value = x_here
    for i in tl.static_range(k):
        init_v_i = tl.load(init_v + (n * init_v_n + c * init_v_c) * init_v_size + i)
        lambdas_i = tl.load(lambdas + (n * lambdas_n + c * lambdas_c) * lambdas_size + i)
        delta_i = tl.load(delta + (n * delta_n + c * delta_c) * delta_size + i)
        init_v_k_i = tl.load(init_v + (n * init_v_n + c * init_v_c) * init_v_size + k + i)
        lambdas_k_i = tl.load(lambdas + (n * lambdas_n + c * lambdas_c) * lambdas_size + k + i)
        delta_k_i = tl.load(delta + (n * delta_n + c * delta_c) * delta_size + k + i)
        term = _dyrelu_b_term(x_here, init_v_i, lambdas_i, delta_i, init_v_k_i, lambdas_k_i, delta_k_i)
        value = term if i == 0 else maximum(value, term)
    tl.store(result + row * extent + i_, value, mask=inside)


@triton.jit
def _dyrelu_b_backward(
    grad,
    x,
    x_n,
    x_c,
    x_kind: tl.constexpr,
    delta,
    delta_n,
    delta_c,
    delta_size,
    init_v,
    init_v_n,
    init_v_c,
    init_v_size,
    lambdas,
    lambdas_n,
    lambdas_c,
    lambdas_size,
    k: tl.constexpr,
    grad_x,
    grad_delta,
    channels,
    extent,
    runs,
    BLOCK: tl.constexpr,
):
    row, n, c, i_, inside = place(channels, extent, runs, BLOCK)
    grad_here = tl.load(grad + row * extent + i_, mask=inside, other=0.0)
    x_here = here(x, x_n, x_c, x_kind, n, c, i_, inside, extent)
    largest = x_here
    winner = tl.zeros([BLOCK], tl.int32)
    for i in tl.static_range(k):
        init_v_i = tl.load(init_v + (n * init_v_n + c * init_v_c) * init_v_size + i)
        lambdas_i = tl.load(lambdas + (n * lambdas_n + c * lambdas_c) * lambdas_size + i)
        delta_i = tl.load(delta + (n * delta_n + c * delta_c) * delta_size + i)
        init_v_k_i = tl.load(init_v + (n * init_v_n + c * init_v_c) * init_v_size + k + i)
        lambdas_k_i = tl.load(lambdas + (n * lambdas_n + c * lambdas_c) * lambdas_size + k + i)
        delta_k_i = tl.load(delta + (n * delta_n + c * delta_c) * delta_size + k + i)
        term = _dyrelu_b_term(x_here, init_v_i, lambdas_i, delta_i, init_v_k_i, lambdas_k_i, delta_k_i)
        winner = winner if i == 0 else tl.where(term > largest, i, winner)
        largest = term if i == 0 else maximum(largest, term)
    x_total = tl.zeros([BLOCK], x_here.dtype)
    for i in tl.static_range(k):
        init_v_i = tl.load(init_v + (n * init_v_n + c * init_v_c) * init_v_size + i)
        lambdas_i = tl.load(lambdas + (n * lambdas_n + c * lambdas_c) * lambdas_size + i)
        delta_i = tl.load(delta + (n * delta_n + c * delta_c) * delta_size + i)
        init_v_k_i = tl.load(init_v + (n * init_v_n + c * init_v_c) * init_v_size + k + i)
        lambdas_k_i = tl.load(lambdas + (n * lambdas_n + c * lambdas_c) * lambdas_size + k + i)
        delta_k_i = tl.load(delta + (n * delta_n + c * delta_c) * delta_size + k + i)
        won = tl.where(winner == i, grad_here, 0.0)
        x_grad, delta_i_grad, delta_k_i_grad = _dyrelu_b_partials(
            won, x_here, init_v_i, lambdas_i, delta_i, init_v_k_i, lambdas_k_i, delta_k_i
        )
        x_total += x_grad
        tl.store(grad_delta + tl.program_id(0) * delta_size + i, summed(delta_i_grad, inside))
        tl.store(grad_delta + tl.program_id(0) * delta_size + k + i, summed(delta_k_i_grad, inside))
    keep(grad_x, x_kind, x_total, row, i_, inside, extent)


KERNELS = {
    "dyrelu_b_residual": Blocks(
        _dyrelu_b_residual_forward, _dyrelu_b_residual_backward, ("theta",), differentiable=1, families=(), whole=()
    ),
    "dyrelu_b_residual_2": Blocks(
        _dyrelu_b_residual_2_forward, _dyrelu_b_residual_2_backward, ("theta",), differentiable=1, families=(), whole=()
    ),
    "dyrelu_b": Blocks(
        _dyrelu_b_forward,
        _dyrelu_b_backward,
        ("x", "delta", "init_v", "lambdas", "k"),
        differentiable=2,
        families=("delta", "init_v", "lambdas"),
        whole=("k",),
    ),
}
