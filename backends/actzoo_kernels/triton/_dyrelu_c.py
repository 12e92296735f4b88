# Made by: actzoo render --write
"""DyReLUC: The lines of DyReLU-B."""

import triton
from actzoo_kernels.triton._blocks import clip, here, keep, maximum, minimum, place, sech2, sigmoid, summed
from actzoo_kernels.triton._kernel import Blocks
from triton import language as tl


@triton.jit
def _dyrelu_c_residual_value(theta):
    return 2 * sigmoid(theta) - 1


@triton.jit
def _dyrelu_c_residual_partials(grad, theta):
    return (grad * (0.5 * sech2(0.5 * theta)),)


@triton.jit
def _dyrelu_c_residual_forward(
    theta, theta_n, theta_c, theta_kind: tl.constexpr, result, channels, extent, runs, BLOCK: tl.constexpr
):
    row, n, c, i, inside = place(channels, extent, runs, BLOCK)
    theta_here = here(theta, theta_n, theta_c, theta_kind, n, c, i, inside, extent)
    value = _dyrelu_c_residual_value(theta_here)
    tl.store(result + row * extent + i, value, mask=inside)


@triton.jit
def _dyrelu_c_residual_backward(
    grad, theta, theta_n, theta_c, theta_kind: tl.constexpr, grad_theta, channels, extent, runs, BLOCK: tl.constexpr
):
    row, n, c, i, inside = place(channels, extent, runs, BLOCK)
    grad_here = tl.load(grad + row * extent + i, mask=inside, other=0.0)
    theta_here = here(theta, theta_n, theta_c, theta_kind, n, c, i, inside, extent)
    (theta_grad,) = _dyrelu_c_residual_partials(grad_here, theta_here)
    keep(grad_theta, theta_kind, theta_grad, row, i, inside, extent)


@triton.jit
def _dyrelu_c_residual_2_value(theta):
    return 2 * (clip(theta + 3, 0, 6) / 6) - 1


@triton.jit
def _dyrelu_c_residual_2_partials(grad, theta):
    total = theta + 3
    return (tl.where((total > 0) & (total < 6), grad * (2 / 6), 0),)


@triton.jit
def _dyrelu_c_residual_2_forward(
    theta, theta_n, theta_c, theta_kind: tl.constexpr, result, channels, extent, runs, BLOCK: tl.constexpr
):
    row, n, c, i, inside = place(channels, extent, runs, BLOCK)
    theta_here = here(theta, theta_n, theta_c, theta_kind, n, c, i, inside, extent)
    value = _dyrelu_c_residual_2_value(theta_here)
    tl.store(result + row * extent + i, value, mask=inside)


@triton.jit
def _dyrelu_c_residual_2_backward(
    grad, theta, theta_n, theta_c, theta_kind: tl.constexpr, grad_theta, channels, extent, runs, BLOCK: tl.constexpr
):
    row, n, c, i, inside = place(channels, extent, runs, BLOCK)
    grad_here = tl.load(grad + row * extent + i, mask=inside, other=0.0)
    theta_here = here(theta, theta_n, theta_c, theta_kind, n, c, i, inside, extent)
    (theta_grad,) = _dyrelu_c_residual_2_partials(grad_here, theta_here)
    keep(grad_theta, theta_kind, theta_grad, row, i, inside, extent)


@triton.jit
def _dyrelu_c_logits_value(conv_out, tau):
    return conv_out / tau


@triton.jit
def _dyrelu_c_logits_partials(grad, conv_out, tau):
    return (grad / tau,)


@triton.jit
def _dyrelu_c_logits_forward(
    conv_out,
    conv_out_n,
    conv_out_c,
    conv_out_kind: tl.constexpr,
    tau,
    tau_n,
    tau_c,
    tau_kind: tl.constexpr,
    result,
    channels,
    extent,
    runs,
    BLOCK: tl.constexpr,
):
    row, n, c, i, inside = place(channels, extent, runs, BLOCK)
    conv_out_here = here(conv_out, conv_out_n, conv_out_c, conv_out_kind, n, c, i, inside, extent)
    tau_here = here(tau, tau_n, tau_c, tau_kind, n, c, i, inside, extent)
    value = _dyrelu_c_logits_value(conv_out_here, tau_here)
    tl.store(result + row * extent + i, value, mask=inside)


@triton.jit
def _dyrelu_c_logits_backward(
    grad,
    conv_out,
    conv_out_n,
    conv_out_c,
    conv_out_kind: tl.constexpr,
    tau,
    tau_n,
    tau_c,
    tau_kind: tl.constexpr,
    grad_conv_out,
    channels,
    extent,
    runs,
    BLOCK: tl.constexpr,
):
    row, n, c, i, inside = place(channels, extent, runs, BLOCK)
    grad_here = tl.load(grad + row * extent + i, mask=inside, other=0.0)
    conv_out_here = here(conv_out, conv_out_n, conv_out_c, conv_out_kind, n, c, i, inside, extent)
    tau_here = here(tau, tau_n, tau_c, tau_kind, n, c, i, inside, extent)
    (conv_out_grad,) = _dyrelu_c_logits_partials(grad_here, conv_out_here, tau_here)
    keep(grad_conv_out, conv_out_kind, conv_out_grad, row, i, inside, extent)


@triton.jit
def _dyrelu_c_term(x, weights, gamma, positions, init_v_i, lambdas_i, delta_i, init_v_k_i, lambdas_k_i, delta_k_i):
    attention = minimum(gamma * positions * weights, 1)
    intercept = init_v_k_i + lambdas_k_i * (attention * delta_k_i)
    slope = init_v_i + lambdas_i * (attention * delta_i)
    return x * slope + intercept


@triton.jit
def _dyrelu_c_partials(
    won, x, weights, gamma, positions, init_v_i, lambdas_i, delta_i, init_v_k_i, lambdas_k_i, delta_k_i
):
    product = gamma * positions
    product_2 = product * weights
    attention = minimum(product_2, 1)
    slope = init_v_i + lambdas_i * (attention * delta_i)
    return (
        won * slope,
        won * tl.where(product_2 > 1, 0, x * (lambdas_i * (product * delta_i)) + lambdas_k_i * (product * delta_k_i)),
        won * (x * (lambdas_i * attention)),
        won * (lambdas_k_i * attention),
    )


@triton.jit
def _dyrelu_c_forward(
    x,
    x_n,
    x_c,
    x_kind: tl.constexpr,
    weights,
    weights_n,
    weights_c,
    weights_kind: tl.constexpr,
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
    gamma,
    gamma_n,
    gamma_c,
    gamma_kind: tl.constexpr,
    positions,
    positions_n,
    positions_c,
    positions_kind: tl.constexpr,
    k: tl.constexpr,
    result,
    channels,
    extent,
    runs,
    BLOCK: tl.constexpr,
):
    row, n, c, i_, inside = place(channels, extent, runs, BLOCK)
    x_here = here(x, x_n, x_c, x_kind, n, c, i_, inside, extent)
    weights_here = here(weights, weights_n, weights_c, weights_kind, n, c, i_, inside, extent)
    gamma_here = here(gamma, gamma_n, gamma_c, gamma_kind, n, c, i_, inside, extent)
    positions_here = here(positions, positions_n, positions_c, positions_kind, n, c, i_, inside, extent)
    value = x_here
    for i in tl.static_range(k):
        init_v_i = tl.load(init_v + (n * init_v_n + c * init_v_c) * init_v_size + i)
        lambdas_i = tl.load(lambdas + (n * lambdas_n + c * lambdas_c) * lambdas_size + i)
        delta_i = tl.load(delta + (n * delta_n + c * delta_c) * delta_size + i)
        init_v_k_i = tl.load(init_v + (n * init_v_n + c * init_v_c) * init_v_size + k + i)
        lambdas_k_i = tl.load(lambdas + (n * lambdas_n + c * lambdas_c) * lambdas_size + k + i)
        delta_k_i = tl.load(delta + (n * delta_n + c * delta_c) * delta_size + k + i)
        term = _dyrelu_c_term(
            x_here,
            weights_here,
            gamma_here,
            positions_here,
            init_v_i,
            lambdas_i,
            delta_i,
            init_v_k_i,
            lambdas_k_i,
            delta_k_i,
        )
        value = term if i == 0 else maximum(value, term)
    tl.store(result + row * extent + i_, value, mask=inside)


@triton.jit
def _dyrelu_c_backward(
    grad,
    x,
    x_n,
    x_c,
    x_kind: tl.constexpr,
    weights,
    weights_n,
    weights_c,
    weights_kind: tl.constexpr,
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
    gamma,
    gamma_n,
    gamma_c,
    gamma_kind: tl.constexpr,
    positions,
    positions_n,
    positions_c,
    positions_kind: tl.constexpr,
    k: tl.constexpr,
    grad_x,
    grad_weights,
    grad_delta,
    channels,
    extent,
    runs,
    BLOCK: tl.constexpr,
):
    row, n, c, i_, inside = place(channels, extent, runs, BLOCK)
    grad_here = tl.load(grad + row * extent + i_, mask=inside, other=0.0)
    x_here = here(x, x_n, x_c, x_kind, n, c, i_, inside, extent)
    weights_here = here(weights, weights_n, weights_c, weights_kind, n, c, i_, inside, extent)
    gamma_here = here(gamma, gamma_n, gamma_c, gamma_kind, n, c, i_, inside, extent)
    positions_here = here(positions, positions_n, positions_c, positions_kind, n, c, i_, inside, extent)
    largest = x_here
    winner = tl.zeros([BLOCK], tl.int32)
    for i in tl.static_range(k):
        init_v_i = tl.load(init_v + (n * init_v_n + c * init_v_c) * init_v_size + i)
        lambdas_i = tl.load(lambdas + (n * lambdas_n + c * lambdas_c) * lambdas_size + i)
        delta_i = tl.load(delta + (n * delta_n + c * delta_c) * delta_size + i)
        init_v_k_i = tl.load(init_v + (n * init_v_n + c * init_v_c) * init_v_size + k + i)
        lambdas_k_i = tl.load(lambdas + (n * lambdas_n + c * lambdas_c) * lambdas_size + k + i)
        delta_k_i = tl.load(delta + (n * delta_n + c * delta_c) * delta_size + k + i)
        term = _dyrelu_c_term(
            x_here,
            weights_here,
            gamma_here,
            positions_here,
            init_v_i,
            lambdas_i,
            delta_i,
            init_v_k_i,
            lambdas_k_i,
            delta_k_i,
        )
        winner = winner if i == 0 else tl.where(term > largest, i, winner)
        largest = term if i == 0 else maximum(largest, term)
    x_total = tl.zeros([BLOCK], x_here.dtype)
    weights_total = tl.zeros([BLOCK], x_here.dtype)
    for i in tl.static_range(k):
        init_v_i = tl.load(init_v + (n * init_v_n + c * init_v_c) * init_v_size + i)
        lambdas_i = tl.load(lambdas + (n * lambdas_n + c * lambdas_c) * lambdas_size + i)
        delta_i = tl.load(delta + (n * delta_n + c * delta_c) * delta_size + i)
        init_v_k_i = tl.load(init_v + (n * init_v_n + c * init_v_c) * init_v_size + k + i)
        lambdas_k_i = tl.load(lambdas + (n * lambdas_n + c * lambdas_c) * lambdas_size + k + i)
        delta_k_i = tl.load(delta + (n * delta_n + c * delta_c) * delta_size + k + i)
        won = tl.where(winner == i, grad_here, 0.0)
        x_grad, weights_grad, delta_i_grad, delta_k_i_grad = _dyrelu_c_partials(
            won,
            x_here,
            weights_here,
            gamma_here,
            positions_here,
            init_v_i,
            lambdas_i,
            delta_i,
            init_v_k_i,
            lambdas_k_i,
            delta_k_i,
        )
        x_total += x_grad
        weights_total += weights_grad
        tl.store(grad_delta + tl.program_id(0) * delta_size + i, summed(delta_i_grad, inside))
        tl.store(grad_delta + tl.program_id(0) * delta_size + k + i, summed(delta_k_i_grad, inside))
    keep(grad_x, x_kind, x_total, row, i_, inside, extent)
    keep(grad_weights, weights_kind, weights_total, row, i_, inside, extent)


@triton.jit
def _dyrelu_c_2_term(x, weights, gamma, positions, init_v_i, lambdas_i, delta_i, init_v_k_i, lambdas_k_i, delta_k_i):
    intercept = init_v_k_i + lambdas_k_i * delta_k_i
    slope = init_v_i + lambdas_i * delta_i
    line = x * slope + intercept
    attention = minimum(gamma * positions * weights, 1)
    return attention * line


@triton.jit
def _dyrelu_c_2_partials(
    won, x, weights, gamma, positions, init_v_i, lambdas_i, delta_i, init_v_k_i, lambdas_k_i, delta_k_i
):
    slope = init_v_i + lambdas_i * delta_i
    product = gamma * positions
    product_2 = product * weights
    attention = minimum(product_2, 1)
    intercept = init_v_k_i + lambdas_k_i * delta_k_i
    line = x * slope + intercept
    return (
        won * (attention * slope),
        won * tl.where(product_2 > 1, 0, product * line),
        won * (attention * (x * lambdas_i)),
        won * (attention * lambdas_k_i),
    )


@triton.jit
def _dyrelu_c_2_forward(
    x,
    x_n,
    x_c,
    x_kind: tl.constexpr,
    weights,
    weights_n,
    weights_c,
    weights_kind: tl.constexpr,
    delta,
    delta_n,
    delta_c,
    delta_size,
    gamma,
    gamma_n,
    gamma_c,
    gamma_kind: tl.constexpr,
    positions,
    positions_n,
    positions_c,
    positions_kind: tl.constexpr,
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
    weights_here = here(weights, weights_n, weights_c, weights_kind, n, c, i_, inside, extent)
    gamma_here = here(gamma, gamma_n, gamma_c, gamma_kind, n, c, i_, inside, extent)
    positions_here = here(positions, positions_n, positions_c, positions_kind, n, c, i_, inside, extent)
    value = x_here
    for i in tl.static_range(k):
        init_v_i = tl.load(init_v + (n * init_v_n + c * init_v_c) * init_v_size + i)
        lambdas_i = tl.load(lambdas + (n * lambdas_n + c * lambdas_c) * lambdas_size + i)
        delta_i = tl.load(delta + (n * delta_n + c * delta_c) * delta_size + i)
        init_v_k_i = tl.load(init_v + (n * init_v_n + c * init_v_c) * init_v_size + k + i)
        lambdas_k_i = tl.load(lambdas + (n * lambdas_n + c * lambdas_c) * lambdas_size + k + i)
        delta_k_i = tl.load(delta + (n * delta_n + c * delta_c) * delta_size + k + i)
        term = _dyrelu_c_2_term(
            x_here,
            weights_here,
            gamma_here,
            positions_here,
            init_v_i,
            lambdas_i,
            delta_i,
            init_v_k_i,
            lambdas_k_i,
            delta_k_i,
        )
        value = term if i == 0 else maximum(value, term)
    tl.store(result + row * extent + i_, value, mask=inside)


@triton.jit
def _dyrelu_c_2_backward(
    grad,
    x,
    x_n,
    x_c,
    x_kind: tl.constexpr,
    weights,
    weights_n,
    weights_c,
    weights_kind: tl.constexpr,
    delta,
    delta_n,
    delta_c,
    delta_size,
    gamma,
    gamma_n,
    gamma_c,
    gamma_kind: tl.constexpr,
    positions,
    positions_n,
    positions_c,
    positions_kind: tl.constexpr,
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
    grad_weights,
    grad_delta,
    channels,
    extent,
    runs,
    BLOCK: tl.constexpr,
):
    row, n, c, i_, inside = place(channels, extent, runs, BLOCK)
    grad_here = tl.load(grad + row * extent + i_, mask=inside, other=0.0)
    x_here = here(x, x_n, x_c, x_kind, n, c, i_, inside, extent)
    weights_here = here(weights, weights_n, weights_c, weights_kind, n, c, i_, inside, extent)
    gamma_here = here(gamma, gamma_n, gamma_c, gamma_kind, n, c, i_, inside, extent)
    positions_here = here(positions, positions_n, positions_c, positions_kind, n, c, i_, inside, extent)
    largest = x_here
    winner = tl.zeros([BLOCK], tl.int32)
    for i in tl.static_range(k):
        init_v_i = tl.load(init_v + (n * init_v_n + c * init_v_c) * init_v_size + i)
        lambdas_i = tl.load(lambdas + (n * lambdas_n + c * lambdas_c) * lambdas_size + i)
        delta_i = tl.load(delta + (n * delta_n + c * delta_c) * delta_size + i)
        init_v_k_i = tl.load(init_v + (n * init_v_n + c * init_v_c) * init_v_size + k + i)
        lambdas_k_i = tl.load(lambdas + (n * lambdas_n + c * lambdas_c) * lambdas_size + k + i)
        delta_k_i = tl.load(delta + (n * delta_n + c * delta_c) * delta_size + k + i)
        term = _dyrelu_c_2_term(
            x_here,
            weights_here,
            gamma_here,
            positions_here,
            init_v_i,
            lambdas_i,
            delta_i,
            init_v_k_i,
            lambdas_k_i,
            delta_k_i,
        )
        winner = winner if i == 0 else tl.where(term > largest, i, winner)
        largest = term if i == 0 else maximum(largest, term)
    x_total = tl.zeros([BLOCK], x_here.dtype)
    weights_total = tl.zeros([BLOCK], x_here.dtype)
    for i in tl.static_range(k):
        init_v_i = tl.load(init_v + (n * init_v_n + c * init_v_c) * init_v_size + i)
        lambdas_i = tl.load(lambdas + (n * lambdas_n + c * lambdas_c) * lambdas_size + i)
        delta_i = tl.load(delta + (n * delta_n + c * delta_c) * delta_size + i)
        init_v_k_i = tl.load(init_v + (n * init_v_n + c * init_v_c) * init_v_size + k + i)
        lambdas_k_i = tl.load(lambdas + (n * lambdas_n + c * lambdas_c) * lambdas_size + k + i)
        delta_k_i = tl.load(delta + (n * delta_n + c * delta_c) * delta_size + k + i)
        won = tl.where(winner == i, grad_here, 0.0)
        x_grad, weights_grad, delta_i_grad, delta_k_i_grad = _dyrelu_c_2_partials(
            won,
            x_here,
            weights_here,
            gamma_here,
            positions_here,
            init_v_i,
            lambdas_i,
            delta_i,
            init_v_k_i,
            lambdas_k_i,
            delta_k_i,
        )
        x_total += x_grad
        weights_total += weights_grad
        tl.store(grad_delta + tl.program_id(0) * delta_size + i, summed(delta_i_grad, inside))
        tl.store(grad_delta + tl.program_id(0) * delta_size + k + i, summed(delta_k_i_grad, inside))
    keep(grad_x, x_kind, x_total, row, i_, inside, extent)
    keep(grad_weights, weights_kind, weights_total, row, i_, inside, extent)


KERNELS = {
    "dyrelu_c_residual": Blocks(
        _dyrelu_c_residual_forward, _dyrelu_c_residual_backward, ("theta",), differentiable=1, families=(), whole=()
    ),
    "dyrelu_c_residual_2": Blocks(
        _dyrelu_c_residual_2_forward, _dyrelu_c_residual_2_backward, ("theta",), differentiable=1, families=(), whole=()
    ),
    "dyrelu_c_logits": Blocks(
        _dyrelu_c_logits_forward,
        _dyrelu_c_logits_backward,
        ("conv_out", "tau"),
        differentiable=1,
        families=(),
        whole=(),
    ),
    "dyrelu_c": Blocks(
        _dyrelu_c_forward,
        _dyrelu_c_backward,
        ("x", "weights", "delta", "init_v", "lambdas", "gamma", "positions", "k"),
        differentiable=3,
        families=("delta", "init_v", "lambdas"),
        whole=("k",),
    ),
    "dyrelu_c_2": Blocks(
        _dyrelu_c_2_forward,
        _dyrelu_c_2_backward,
        ("x", "weights", "delta", "gamma", "positions", "init_v", "lambdas", "k"),
        differentiable=3,
        families=("delta", "init_v", "lambdas"),
        whole=("k",),
    ),
}
