"""What rendered Triton kernels compute with, and how they read and write their operands."""

from __future__ import annotations

from typing import Any

import triton
from triton import language as tl

NUMBER, ROW, MAP = tl.constexpr(0), tl.constexpr(1), tl.constexpr(2)
"""Kinds of operands: a number of Python, one for each sample and channel, one for each position."""


# operands


@triton.jit
def place(channels: Any, extent: Any, runs: Any, BLOCK: tl.constexpr) -> Any:
    """Of a program: its row, sample, channel, positions, and which of these there are."""
    task = tl.program_id(0)
    row = (task // runs).to(tl.int64)
    i = (task % runs) * BLOCK + tl.arange(0, BLOCK)
    return row, row // channels, row % channels, i, i < extent


@triton.jit
def here(operand: Any, by_n: Any, by_c: Any, kind: tl.constexpr, n: Any, c: Any, i: Any, inside: Any, extent: Any) -> Any:
    """What a program reads of an operand."""
    if kind == NUMBER:
        return operand
    row = n * by_n + c * by_c
    if kind == ROW:
        return tl.load(operand + row)
    return tl.load(operand + row * extent + i, mask=inside, other=0.0)


@triton.jit
def keep(result: Any, kind: tl.constexpr, value: Any, row: Any, i: Any, inside: Any, extent: Any) -> None:
    """Write a gradient: a map's positions, the sum of a row's over this program, nothing of a number's."""
    if kind == MAP:
        tl.store(result + row * extent + i, value, mask=inside)
    if kind == ROW:
        tl.store(result + tl.program_id(0), summed(value, inside))


@triton.jit
def summed(value: Any, inside: Any) -> Any:
    return tl.sum(tl.where(inside, value, 0.0), axis=0)


# primitives, as in every runtime


@triton.jit
def expm1(x: Any) -> Any:
    """By Kahan: what exp(x) was rounded by, its logarithm tells."""
    u = tl.exp(x)
    near = (u - 1) * (x / tl.where(u == 1, 1.0, tl.log(u)))
    return tl.where(u == 1, x, tl.where((u < 0.5) | (u > 2), u - 1, near))


@triton.jit
def log1p(x: Any) -> Any:
    """log(u) of u = 1 + x as it was rounded, and what the rounding took."""
    u = 1 + x
    corrected = tl.log(u) + (x - (u - 1)) / u
    return tl.where((x == 0) | (u == float("inf")), x, tl.where(u == 0, float("-inf"), corrected))


@triton.jit
def tanh(x: Any) -> Any:
    less = expm1(-2 * tl.abs(x))
    size = -less / (less + 2)
    return tl.where(x < 0, -size, tl.where(x == 0, x, size))


@triton.jit
def erfc(x: Any) -> Any:
    """(1 + 2 z) e^(z^2) erfc(z) over q = (z - 4) / (z + 4): a Chebyshev fit, within 1.7e-8 of it."""
    z = minimum(tl.abs(x), 10.2)
    q = (z - 4) / (z + 4)
    p = 8.4288203e-4 * q + 6.9064545e-3
    p = p * q - 1.5989013e-2
    p = p * q + 3.6425564e-2
    p = p * q - 6.6602424e-2
    p = p * q + 9.3825959e-2
    p = p * q - 1.0099453e-1
    p = p * q + 6.8092652e-2
    p = p * q + 1.5377514e-2
    p = p * q - 1.3962105e-1
    p = p * q + 1.2329952
    tail = tl.exp(-z * z) * p / (1 + 2 * z)
    return tl.where(x < 0, 2 - tail, tail)


@triton.jit
def sigmoid(x: Any) -> Any:
    e = tl.exp(-tl.abs(x))
    return tl.where(x < 0, e, 1.0) / (1 + e)


@triton.jit
def softplus(x: Any) -> Any:
    return log1p(tl.exp(-tl.abs(x))) + maximum(x, 0.0)


@triton.jit
def sech2(x: Any) -> Any:
    """1 - tanh(x)^2, without the cancellation; squared at the end, so that nothing before underflows."""
    e = tl.exp(-tl.abs(x))
    root = 2 * e / (1 + e * e)
    return root * root


@triton.jit
def maximum(a: Any, b: Any) -> Any:
    return tl.where((a > b) | (a != a), a, b)


@triton.jit
def minimum(a: Any, b: Any) -> Any:
    return tl.where((a < b) | (a != a), a, b)


@triton.jit
def clip(x: Any, low: Any, high: Any) -> Any:
    return minimum(maximum(x, low), high)


@triton.jit
def gated(x: Any, gate: Any) -> Any:
    """x gate, and 0 where the gate is 0, even for infinite x."""
    return tl.where(gate == 0, 0.0, x) * gate


@triton.jit
def normal_cdf(x: Any) -> Any:
    return erfc(-0.7071067811865476 * x) / 2


@triton.jit
def exp_gated(x: Any, u: Any) -> Any:
    """x exp(u), in two halves."""
    half = tl.exp(u / 2)
    return tl.where(half > 0, x, 0.0) * half * half


@triton.jit
def sigmoid_gated(x: Any, u: Any) -> Any:
    """x sigmoid(u). Its tail is multiplied in two halves, since sigmoid(u) alone underflows before the product."""
    half = tl.exp(-tl.abs(u) / 2)
    root = tl.where(u < 0, half, 1.0)
    return tl.where(root > 0, x, 0.0) * root * (root / (1 + half * half))


@triton.jit
def normal_gated(x: Any, u: Any) -> Any:
    """x Phi(u), by the normal distribution function."""
    return gated(x, normal_cdf(u))
