# Made by: actzoo render --write
"""DyReLUC: The lines of DyReLU-B."""

import numpy as np
from actzoo_kernels.numba._kernel import Loops
from actzoo_kernels.numba._loops import at, clear, here, kept, loop, members, more, place, settle, slot, task_count
from actzoo_kernels.numba._scalars import clip, like, maximum, minimum, plus, scalar, sech2, select, sigmoid
from numba import prange


@scalar
def _dyrelu_c_residual_value(theta):
    return like(theta, 2) * sigmoid(theta) - like(theta, 1)


@scalar
def _dyrelu_c_residual_partials(grad, theta):
    return (grad * (like(theta, 0.5) * sech2(like(theta, 0.5) * theta)),)


@loop
def _dyrelu_c_residual_forward(theta, result):
    for task in prange(task_count(theta)):
        n, c, run = place(theta, task)
        theta_here = here(theta, n, c, run)
        to = slot(result, theta_here, n, c, run)
        for i in range(len(to)):
            to[i] = _dyrelu_c_residual_value(at(theta_here, i))


@loop
def _dyrelu_c_residual_backward(grad, theta, grad_theta):
    for task in prange(task_count(theta)):
        n, c, run = place(theta, task)
        grad_here = here(grad, n, c, run)
        theta_here = here(theta, n, c, run)
        theta_to = slot(grad_theta, theta_here, n, c, run)
        theta_total = like(grad_here[0], 0)
        for i in range(len(grad_here)):
            (theta_grad,) = _dyrelu_c_residual_partials(grad_here[i], at(theta_here, i))
            theta_total = kept(theta_here, theta_to, i, theta_total, theta_grad)
        settle(grad_theta, theta_here, n, c, run, theta_total)


@scalar
def _dyrelu_c_residual_2_value(theta):
    return like(theta, 2) * (clip(theta + like(theta, 3), like(theta, 0), like(theta, 6)) / like(theta, 6)) - like(
        theta, 1
    )


@scalar
def _dyrelu_c_residual_2_partials(grad, theta):
    total = theta + like(theta, 3)
    return (
        select(
            (total > like(theta, 0)) & (total < like(theta, 6)),
            grad * (like(theta, 2) / like(theta, 6)),
            like(theta, 0),
        ),
    )


@loop
def _dyrelu_c_residual_2_forward(theta, result):
    for task in prange(task_count(theta)):
        n, c, run = place(theta, task)
        theta_here = here(theta, n, c, run)
        to = slot(result, theta_here, n, c, run)
        for i in range(len(to)):
            to[i] = _dyrelu_c_residual_2_value(at(theta_here, i))


@loop
def _dyrelu_c_residual_2_backward(grad, theta, grad_theta):
    for task in prange(task_count(theta)):
        n, c, run = place(theta, task)
        grad_here = here(grad, n, c, run)
        theta_here = here(theta, n, c, run)
        theta_to = slot(grad_theta, theta_here, n, c, run)
        theta_total = like(grad_here[0], 0)
        for i in range(len(grad_here)):
            (theta_grad,) = _dyrelu_c_residual_2_partials(grad_here[i], at(theta_here, i))
            theta_total = kept(theta_here, theta_to, i, theta_total, theta_grad)
        settle(grad_theta, theta_here, n, c, run, theta_total)


@scalar
def _dyrelu_c_logits_value(conv_out, tau):
    return conv_out / like(conv_out, tau)


@scalar
def _dyrelu_c_logits_partials(grad, conv_out, tau):
    return (grad / like(conv_out, tau),)


@loop
def _dyrelu_c_logits_forward(conv_out, tau, result):
    for task in prange(task_count(conv_out)):
        n, c, run = place(conv_out, task)
        conv_out_here = here(conv_out, n, c, run)
        tau_here = here(tau, n, c, run)
        to = slot(result, conv_out_here, n, c, run)
        for i in range(len(to)):
            to[i] = _dyrelu_c_logits_value(at(conv_out_here, i), at(tau_here, i))


@loop
def _dyrelu_c_logits_backward(grad, conv_out, tau, grad_conv_out):
    for task in prange(task_count(conv_out)):
        n, c, run = place(conv_out, task)
        grad_here = here(grad, n, c, run)
        conv_out_here = here(conv_out, n, c, run)
        tau_here = here(tau, n, c, run)
        conv_out_to = slot(grad_conv_out, conv_out_here, n, c, run)
        conv_out_total = like(grad_here[0], 0)
        for i in range(len(grad_here)):
            (conv_out_grad,) = _dyrelu_c_logits_partials(grad_here[i], at(conv_out_here, i), at(tau_here, i))
            conv_out_total = kept(conv_out_here, conv_out_to, i, conv_out_total, conv_out_grad)
        settle(grad_conv_out, conv_out_here, n, c, run, conv_out_total)


@scalar
def _dyrelu_c_term(x, weights, gamma, positions, init_v_i, lambdas_i, delta_i, init_v_k_i, lambdas_k_i, delta_k_i):
    attention = minimum(like(x, gamma) * positions * weights, like(x, 1))
    intercept = init_v_k_i + lambdas_k_i * (attention * delta_k_i)
    slope = init_v_i + lambdas_i * (attention * delta_i)
    return x * slope + intercept


@scalar
def _dyrelu_c_partials(
    won, x, weights, gamma, positions, init_v_i, lambdas_i, delta_i, init_v_k_i, lambdas_k_i, delta_k_i
):
    product = like(x, gamma) * positions
    product_2 = product * weights
    attention = minimum(product_2, like(x, 1))
    slope = init_v_i + lambdas_i * (attention * delta_i)
    return (
        won * slope,
        won
        * select(
            product_2 > like(x, 1),
            like(x, 0),
            x * (lambdas_i * (product * delta_i)) + lambdas_k_i * (product * delta_k_i),
        ),
        won * (x * (lambdas_i * attention)),
        won * (lambdas_k_i * attention),
    )


@loop
def _dyrelu_c_forward(x, weights, delta, init_v, lambdas, gamma, positions, k, result):
    for task in prange(task_count(x)):
        n, c, run = place(x, task)
        x_here = here(x, n, c, run)
        weights_here = here(weights, n, c, run)
        gamma_here = here(gamma, n, c, run)
        positions_here = here(positions, n, c, run)
        delta_here = members(delta, n, c)
        init_v_here = members(init_v, n, c)
        lambdas_here = members(lambdas, n, c)
        to = slot(result, x_here, n, c, run)
        for i in range(k):
            init_v_i = init_v_here[i]
            lambdas_i = lambdas_here[i]
            delta_i = delta_here[i]
            init_v_k_i = init_v_here[k + i]
            lambdas_k_i = lambdas_here[k + i]
            delta_k_i = delta_here[k + i]
            if i == 0:
                for j in range(len(to)):
                    to[j] = _dyrelu_c_term(
                        at(x_here, j),
                        at(weights_here, j),
                        at(gamma_here, j),
                        at(positions_here, j),
                        init_v_i,
                        lambdas_i,
                        delta_i,
                        init_v_k_i,
                        lambdas_k_i,
                        delta_k_i,
                    )
            else:
                for j in range(len(to)):
                    to[j] = maximum(
                        to[j],
                        _dyrelu_c_term(
                            at(x_here, j),
                            at(weights_here, j),
                            at(gamma_here, j),
                            at(positions_here, j),
                            init_v_i,
                            lambdas_i,
                            delta_i,
                            init_v_k_i,
                            lambdas_k_i,
                            delta_k_i,
                        ),
                    )


@loop
def _dyrelu_c_backward(grad, x, weights, delta, init_v, lambdas, gamma, positions, k, grad_x, grad_weights, grad_delta):
    for task in prange(task_count(x)):
        n, c, run = place(x, task)
        grad_here = here(grad, n, c, run)
        x_here = here(x, n, c, run)
        weights_here = here(weights, n, c, run)
        gamma_here = here(gamma, n, c, run)
        positions_here = here(positions, n, c, run)
        delta_here = members(delta, n, c)
        init_v_here = members(init_v, n, c)
        lambdas_here = members(lambdas, n, c)
        x_to = slot(grad_x, x_here, n, c, run)
        weights_to = slot(grad_weights, weights_here, n, c, run)
        x_total = like(grad_here[0], 0)
        weights_total = like(grad_here[0], 0)
        if k == 2:
            init_v_0 = init_v_here[0]
            lambdas_0 = lambdas_here[0]
            delta_0 = delta_here[0]
            init_v_k_0 = init_v_here[k + 0]
            lambdas_k_0 = lambdas_here[k + 0]
            delta_k_0 = delta_here[k + 0]
            init_v_1 = init_v_here[1]
            lambdas_1 = lambdas_here[1]
            delta_1 = delta_here[1]
            init_v_k_1 = init_v_here[k + 1]
            lambdas_k_1 = lambdas_here[k + 1]
            delta_k_1 = delta_here[k + 1]
            delta_0_total = like(grad_here[0], 0)
            delta_k_0_total = like(grad_here[0], 0)
            delta_1_total = like(grad_here[0], 0)
            delta_k_1_total = like(grad_here[0], 0)
            for j in range(len(grad_here)):
                second = _dyrelu_c_term(
                    at(x_here, j),
                    at(weights_here, j),
                    at(gamma_here, j),
                    at(positions_here, j),
                    init_v_1,
                    lambdas_1,
                    delta_1,
                    init_v_k_1,
                    lambdas_k_1,
                    delta_k_1,
                ) > _dyrelu_c_term(
                    at(x_here, j),
                    at(weights_here, j),
                    at(gamma_here, j),
                    at(positions_here, j),
                    init_v_0,
                    lambdas_0,
                    delta_0,
                    init_v_k_0,
                    lambdas_k_0,
                    delta_k_0,
                )
                x_grad_0, weights_grad_0, delta_0_grad, delta_k_0_grad = _dyrelu_c_partials(
                    select(second, like(grad_here[j], 0), grad_here[j]),
                    at(x_here, j),
                    at(weights_here, j),
                    at(gamma_here, j),
                    at(positions_here, j),
                    init_v_0,
                    lambdas_0,
                    delta_0,
                    init_v_k_0,
                    lambdas_k_0,
                    delta_k_0,
                )
                x_grad_1, weights_grad_1, delta_1_grad, delta_k_1_grad = _dyrelu_c_partials(
                    select(second, grad_here[j], like(grad_here[j], 0)),
                    at(x_here, j),
                    at(weights_here, j),
                    at(gamma_here, j),
                    at(positions_here, j),
                    init_v_1,
                    lambdas_1,
                    delta_1,
                    init_v_k_1,
                    lambdas_k_1,
                    delta_k_1,
                )
                x_total = kept(x_here, x_to, j, x_total, x_grad_0 + x_grad_1)
                weights_total = kept(weights_here, weights_to, j, weights_total, weights_grad_0 + weights_grad_1)
                delta_0_total = plus(delta_0_total, delta_0_grad)
                delta_k_0_total = plus(delta_k_0_total, delta_k_0_grad)
                delta_1_total = plus(delta_1_total, delta_1_grad)
                delta_k_1_total = plus(delta_k_1_total, delta_k_1_grad)
            grad_delta[n, c, run, 0] += delta_0_total
            grad_delta[n, c, run, k + 0] += delta_k_0_total
            grad_delta[n, c, run, 1] += delta_1_total
            grad_delta[n, c, run, k + 1] += delta_k_1_total
        else:
            clear(x_to)
            clear(weights_to)
            largest = np.empty(len(grad_here), x.dtype)
            winner = np.zeros(len(grad_here), np.int32)
            for i in range(k):
                init_v_i = init_v_here[i]
                lambdas_i = lambdas_here[i]
                delta_i = delta_here[i]
                init_v_k_i = init_v_here[k + i]
                lambdas_k_i = lambdas_here[k + i]
                delta_k_i = delta_here[k + i]
                if i == 0:
                    for j in range(len(largest)):
                        largest[j] = _dyrelu_c_term(
                            at(x_here, j),
                            at(weights_here, j),
                            at(gamma_here, j),
                            at(positions_here, j),
                            init_v_i,
                            lambdas_i,
                            delta_i,
                            init_v_k_i,
                            lambdas_k_i,
                            delta_k_i,
                        )
                else:
                    for j in range(len(largest)):
                        term = _dyrelu_c_term(
                            at(x_here, j),
                            at(weights_here, j),
                            at(gamma_here, j),
                            at(positions_here, j),
                            init_v_i,
                            lambdas_i,
                            delta_i,
                            init_v_k_i,
                            lambdas_k_i,
                            delta_k_i,
                        )
                        winner[j] = select(term > largest[j], np.int32(i), winner[j])
                        largest[j] = maximum(largest[j], term)
            for i in range(k):
                init_v_i = init_v_here[i]
                lambdas_i = lambdas_here[i]
                delta_i = delta_here[i]
                init_v_k_i = init_v_here[k + i]
                lambdas_k_i = lambdas_here[k + i]
                delta_k_i = delta_here[k + i]
                delta_i_total = like(grad_here[0], 0)
                delta_k_i_total = like(grad_here[0], 0)
                for j in range(len(grad_here)):
                    won = select(winner[j] == i, grad_here[j], like(grad_here[j], 0))
                    x_grad, weights_grad, delta_i_grad, delta_k_i_grad = _dyrelu_c_partials(
                        won,
                        at(x_here, j),
                        at(weights_here, j),
                        at(gamma_here, j),
                        at(positions_here, j),
                        init_v_i,
                        lambdas_i,
                        delta_i,
                        init_v_k_i,
                        lambdas_k_i,
                        delta_k_i,
                    )
                    x_total = more(x_here, x_to, j, x_total, x_grad)
                    weights_total = more(weights_here, weights_to, j, weights_total, weights_grad)
                    delta_i_total = plus(delta_i_total, delta_i_grad)
                    delta_k_i_total = plus(delta_k_i_total, delta_k_i_grad)
                grad_delta[n, c, run, i] += delta_i_total
                grad_delta[n, c, run, k + i] += delta_k_i_total
        settle(grad_x, x_here, n, c, run, x_total)
        settle(grad_weights, weights_here, n, c, run, weights_total)


@scalar
def _dyrelu_c_2_term(x, weights, gamma, positions, init_v_i, lambdas_i, delta_i, init_v_k_i, lambdas_k_i, delta_k_i):
    intercept = init_v_k_i + lambdas_k_i * delta_k_i
    slope = init_v_i + lambdas_i * delta_i
    line = x * slope + intercept
    attention = minimum(like(x, gamma) * positions * weights, like(x, 1))
    return attention * line


@scalar
def _dyrelu_c_2_partials(
    won, x, weights, gamma, positions, init_v_i, lambdas_i, delta_i, init_v_k_i, lambdas_k_i, delta_k_i
):
    slope = init_v_i + lambdas_i * delta_i
    product = like(x, gamma) * positions
    product_2 = product * weights
    attention = minimum(product_2, like(x, 1))
    intercept = init_v_k_i + lambdas_k_i * delta_k_i
    line = x * slope + intercept
    return (
        won * (attention * slope),
        won * select(product_2 > like(x, 1), like(x, 0), product * line),
        won * (attention * (x * lambdas_i)),
        won * (attention * lambdas_k_i),
    )


@loop
def _dyrelu_c_2_forward(x, weights, delta, gamma, positions, init_v, lambdas, k, result):
    for task in prange(task_count(x)):
        n, c, run = place(x, task)
        x_here = here(x, n, c, run)
        weights_here = here(weights, n, c, run)
        gamma_here = here(gamma, n, c, run)
        positions_here = here(positions, n, c, run)
        delta_here = members(delta, n, c)
        init_v_here = members(init_v, n, c)
        lambdas_here = members(lambdas, n, c)
        to = slot(result, x_here, n, c, run)
        for i in range(k):
            init_v_i = init_v_here[i]
            lambdas_i = lambdas_here[i]
            delta_i = delta_here[i]
            init_v_k_i = init_v_here[k + i]
            lambdas_k_i = lambdas_here[k + i]
            delta_k_i = delta_here[k + i]
            if i == 0:
                for j in range(len(to)):
                    to[j] = _dyrelu_c_2_term(
                        at(x_here, j),
                        at(weights_here, j),
                        at(gamma_here, j),
                        at(positions_here, j),
                        init_v_i,
                        lambdas_i,
                        delta_i,
                        init_v_k_i,
                        lambdas_k_i,
                        delta_k_i,
                    )
            else:
                for j in range(len(to)):
                    to[j] = maximum(
                        to[j],
                        _dyrelu_c_2_term(
                            at(x_here, j),
                            at(weights_here, j),
                            at(gamma_here, j),
                            at(positions_here, j),
                            init_v_i,
                            lambdas_i,
                            delta_i,
                            init_v_k_i,
                            lambdas_k_i,
                            delta_k_i,
                        ),
                    )


@loop
def _dyrelu_c_2_backward(
    grad, x, weights, delta, gamma, positions, init_v, lambdas, k, grad_x, grad_weights, grad_delta
):
    for task in prange(task_count(x)):
        n, c, run = place(x, task)
        grad_here = here(grad, n, c, run)
        x_here = here(x, n, c, run)
        weights_here = here(weights, n, c, run)
        gamma_here = here(gamma, n, c, run)
        positions_here = here(positions, n, c, run)
        delta_here = members(delta, n, c)
        init_v_here = members(init_v, n, c)
        lambdas_here = members(lambdas, n, c)
        x_to = slot(grad_x, x_here, n, c, run)
        weights_to = slot(grad_weights, weights_here, n, c, run)
        x_total = like(grad_here[0], 0)
        weights_total = like(grad_here[0], 0)
        if k == 2:
            init_v_0 = init_v_here[0]
            lambdas_0 = lambdas_here[0]
            delta_0 = delta_here[0]
            init_v_k_0 = init_v_here[k + 0]
            lambdas_k_0 = lambdas_here[k + 0]
            delta_k_0 = delta_here[k + 0]
            init_v_1 = init_v_here[1]
            lambdas_1 = lambdas_here[1]
            delta_1 = delta_here[1]
            init_v_k_1 = init_v_here[k + 1]
            lambdas_k_1 = lambdas_here[k + 1]
            delta_k_1 = delta_here[k + 1]
            delta_0_total = like(grad_here[0], 0)
            delta_k_0_total = like(grad_here[0], 0)
            delta_1_total = like(grad_here[0], 0)
            delta_k_1_total = like(grad_here[0], 0)
            for j in range(len(grad_here)):
                second = _dyrelu_c_2_term(
                    at(x_here, j),
                    at(weights_here, j),
                    at(gamma_here, j),
                    at(positions_here, j),
                    init_v_1,
                    lambdas_1,
                    delta_1,
                    init_v_k_1,
                    lambdas_k_1,
                    delta_k_1,
                ) > _dyrelu_c_2_term(
                    at(x_here, j),
                    at(weights_here, j),
                    at(gamma_here, j),
                    at(positions_here, j),
                    init_v_0,
                    lambdas_0,
                    delta_0,
                    init_v_k_0,
                    lambdas_k_0,
                    delta_k_0,
                )
                x_grad_0, weights_grad_0, delta_0_grad, delta_k_0_grad = _dyrelu_c_2_partials(
                    select(second, like(grad_here[j], 0), grad_here[j]),
                    at(x_here, j),
                    at(weights_here, j),
                    at(gamma_here, j),
                    at(positions_here, j),
                    init_v_0,
                    lambdas_0,
                    delta_0,
                    init_v_k_0,
                    lambdas_k_0,
                    delta_k_0,
                )
                x_grad_1, weights_grad_1, delta_1_grad, delta_k_1_grad = _dyrelu_c_2_partials(
                    select(second, grad_here[j], like(grad_here[j], 0)),
                    at(x_here, j),
                    at(weights_here, j),
                    at(gamma_here, j),
                    at(positions_here, j),
                    init_v_1,
                    lambdas_1,
                    delta_1,
                    init_v_k_1,
                    lambdas_k_1,
                    delta_k_1,
                )
                x_total = kept(x_here, x_to, j, x_total, x_grad_0 + x_grad_1)
                weights_total = kept(weights_here, weights_to, j, weights_total, weights_grad_0 + weights_grad_1)
                delta_0_total = plus(delta_0_total, delta_0_grad)
                delta_k_0_total = plus(delta_k_0_total, delta_k_0_grad)
                delta_1_total = plus(delta_1_total, delta_1_grad)
                delta_k_1_total = plus(delta_k_1_total, delta_k_1_grad)
            grad_delta[n, c, run, 0] += delta_0_total
            grad_delta[n, c, run, k + 0] += delta_k_0_total
            grad_delta[n, c, run, 1] += delta_1_total
            grad_delta[n, c, run, k + 1] += delta_k_1_total
        else:
            clear(x_to)
            clear(weights_to)
            largest = np.empty(len(grad_here), x.dtype)
            winner = np.zeros(len(grad_here), np.int32)
            for i in range(k):
                init_v_i = init_v_here[i]
                lambdas_i = lambdas_here[i]
                delta_i = delta_here[i]
                init_v_k_i = init_v_here[k + i]
                lambdas_k_i = lambdas_here[k + i]
                delta_k_i = delta_here[k + i]
                if i == 0:
                    for j in range(len(largest)):
                        largest[j] = _dyrelu_c_2_term(
                            at(x_here, j),
                            at(weights_here, j),
                            at(gamma_here, j),
                            at(positions_here, j),
                            init_v_i,
                            lambdas_i,
                            delta_i,
                            init_v_k_i,
                            lambdas_k_i,
                            delta_k_i,
                        )
                else:
                    for j in range(len(largest)):
                        term = _dyrelu_c_2_term(
                            at(x_here, j),
                            at(weights_here, j),
                            at(gamma_here, j),
                            at(positions_here, j),
                            init_v_i,
                            lambdas_i,
                            delta_i,
                            init_v_k_i,
                            lambdas_k_i,
                            delta_k_i,
                        )
                        winner[j] = select(term > largest[j], np.int32(i), winner[j])
                        largest[j] = maximum(largest[j], term)
            for i in range(k):
                init_v_i = init_v_here[i]
                lambdas_i = lambdas_here[i]
                delta_i = delta_here[i]
                init_v_k_i = init_v_here[k + i]
                lambdas_k_i = lambdas_here[k + i]
                delta_k_i = delta_here[k + i]
                delta_i_total = like(grad_here[0], 0)
                delta_k_i_total = like(grad_here[0], 0)
                for j in range(len(grad_here)):
                    won = select(winner[j] == i, grad_here[j], like(grad_here[j], 0))
                    x_grad, weights_grad, delta_i_grad, delta_k_i_grad = _dyrelu_c_2_partials(
                        won,
                        at(x_here, j),
                        at(weights_here, j),
                        at(gamma_here, j),
                        at(positions_here, j),
                        init_v_i,
                        lambdas_i,
                        delta_i,
                        init_v_k_i,
                        lambdas_k_i,
                        delta_k_i,
                    )
                    x_total = more(x_here, x_to, j, x_total, x_grad)
                    weights_total = more(weights_here, weights_to, j, weights_total, weights_grad)
                    delta_i_total = plus(delta_i_total, delta_i_grad)
                    delta_k_i_total = plus(delta_k_i_total, delta_k_i_grad)
                grad_delta[n, c, run, i] += delta_i_total
                grad_delta[n, c, run, k + i] += delta_k_i_total
        settle(grad_x, x_here, n, c, run, x_total)
        settle(grad_weights, weights_here, n, c, run, weights_total)


KERNELS = {
    "dyrelu_c_residual": Loops(
        _dyrelu_c_residual_forward, _dyrelu_c_residual_backward, ("theta",), differentiable=1, families=(), whole=()
    ),
    "dyrelu_c_residual_2": Loops(
        _dyrelu_c_residual_2_forward, _dyrelu_c_residual_2_backward, ("theta",), differentiable=1, families=(), whole=()
    ),
    "dyrelu_c_logits": Loops(
        _dyrelu_c_logits_forward,
        _dyrelu_c_logits_backward,
        ("conv_out", "tau"),
        differentiable=1,
        families=(),
        whole=(),
    ),
    "dyrelu_c": Loops(
        _dyrelu_c_forward,
        _dyrelu_c_backward,
        ("x", "weights", "delta", "init_v", "lambdas", "gamma", "positions", "k"),
        differentiable=3,
        families=("delta", "init_v", "lambdas"),
        whole=("k",),
    ),
    "dyrelu_c_2": Loops(
        _dyrelu_c_2_forward,
        _dyrelu_c_2_backward,
        ("x", "weights", "delta", "gamma", "positions", "init_v", "lambdas", "k"),
        differentiable=3,
        families=("delta", "init_v", "lambdas"),
        whole=("k",),
    ),
}
