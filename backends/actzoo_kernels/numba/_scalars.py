"""What rendered kernels compute with, on one number. LLVM makes vector code of all of it.

It does so of arithmetic and of selections, not of calls into the C library. So float32 has exponentials and logarithms
of its own, within three units in the last place, erfc but for the rounding of x^2; float64 calls the library.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic, overload

ARITHMETIC: dict[str, Any] = {"error_model": "numpy", "fastmath": {"contract"}}
"""No exception at a division by 0; a product and a sum may be rounded once. Nothing is reordered."""

INLINE: dict[str, Any] = {**ARITHMETIC, "forceinline": True}
"""A loop that calls is no vector code."""

scalar = njit(**INLINE)
"""A function of numbers."""


# what Python has no word for


@intrinsic
def like(context: Any, x: Any, number: Any) -> Any:
    """A number in the type of x: a Python number would make float64 of everything."""

    def write(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return context.cast(builder, values[1], signature.args[1], signature.args[0])

    return x(x, number), write


@intrinsic
def select(context: Any, condition: Any, a: Any, b: Any) -> Any:
    """a where the condition holds, else b; both are computed, and nothing branches."""

    def write(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.select(values[0], values[1], values[2])

    return a(types.boolean, a, a), write


@intrinsic
def plus(context: Any, a: Any, b: Any) -> Any:
    """a + b of a long sum, whose terms may be added in any order."""

    def write(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.fadd(*values, flags=("reassoc", "nsz"))

    return a(a, a), write


@intrinsic
def float_of(context: Any, bits: Any) -> Any:
    """The float32 of 32 bits."""

    def write(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.bitcast(values[0], ir.FloatType())

    return types.float32(types.int32), write


@intrinsic
def bits_of(context: Any, x: Any) -> Any:
    """The 32 bits of a float32."""

    def write(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.bitcast(values[0], ir.IntType(32))

    return types.int32(types.float32), write


@intrinsic
def widest_vectors(context: Any) -> Any:
    """Vectors of 512 bits, where the processor has them, in the function that this is written into.

    LLVM makes half as wide ones for several of Intel's, lest their clocks fall; those of torch are as wide. llvmlite
    (0.50) knows no such attribute, and refuses it where it is not added as to any set.
    """

    def write(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        set.add(builder.function.attributes, '"prefer-vector-width"="512"')
        return context.get_dummy_value()

    return types.none(), write


# float32: exponentials and logarithms


@scalar
def polynomial(x: Any, coefficients: Any) -> Any:
    """By Horner's rule; the highest first."""
    total = like(x, coefficients[0])
    for c in coefficients[1:]:
        total = total * x + like(x, c)
    return total


EXP = (1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1)
"""(e^r - 1 - r) / r^2 where |r| <= ln(2) / 2: Cephes, expf."""

LOG = (
    7.0376836292e-2,
    -1.1514610310e-1,
    1.1676998740e-1,
    -1.2420140846e-1,
    1.4249322787e-1,
    -1.6668057665e-1,
    2.0000714765e-1,
    -2.4999993993e-1,
    3.3333331174e-1,
)
"""(log(1 + f) - f + f^2 / 2) / f^3 where sqrt(1/2) <= 1 + f < sqrt(2): Cephes, logf."""


@scalar
def reduced(x: Any) -> Any:
    """e^r - 1 and the powers of 2 whose product with e^r is e^x: two, since their product alone may be out of range."""
    held = select(x > like(x, -104.0), x, like(x, -104.0))
    held = select(held < like(x, 89.0), held, like(x, 89.0))
    n = np.floor(held * like(x, 1.4426950408889634) + like(x, 0.5))
    r = held - n * like(x, 0.693359375) - n * like(x, -2.12194440e-4)
    less = polynomial(r, EXP) * r * r + r
    exponent = np.int32(n)
    half = exponent >> np.int32(1)
    low = float_of(np.int32((half + np.int32(127)) << np.int32(23)))
    high = float_of(np.int32((exponent - half + np.int32(127)) << np.int32(23)))
    return less, low, high


@scalar
def exp32(x: Any) -> Any:
    """By one power of 2, whose bits are a sum's last. What keeps it in range, 2^24, is in the other factor.

    Written in -x, of which LLVM sees that it is positive where x is -|u|, and leaves the half for x > 0 out.
    """
    y = -x
    rising = y < like(x, 0)
    held = select(y > like(x, 104), like(x, 104), y)
    held = select(held < like(x, -89), like(x, -89), held)
    offset = select(rising, like(x, 12582912 + 127 - 24), like(x, 12582912 + 127 + 24))
    shifted = offset - held * like(x, 1.4426950408889634)
    n = shifted - offset
    r = -held - n * like(x, 0.693359375) - n * like(x, -2.12194440e-4)
    less = polynomial(r, EXP) * r * r + r
    part = select(rising, like(x, 16777216), like(x, 1 / 16777216))
    return (less * part + part) * float_of(np.int32(bits_of(shifted) << np.int32(23)))


@scalar
def expm1_32(x: Any) -> Any:
    less, low, high = reduced(x)
    value = (less * low + (low - like(x, 1.0) / high)) * high
    return select((x == x) & (x != like(x, 0.0)), value, x)


@scalar
def log1p_inside(x: Any) -> Any:
    """log(1 + x) where 1 + x is positive and finite, or NaN. What the rounding of 1 + x took is added to its fraction."""
    u = like(x, 1.0) + x
    bits = bits_of(u)
    exponent = (bits - np.int32(0x3F3504F3)) >> np.int32(23)
    scale = float_of(np.int32(max(np.int32(127) - exponent, np.int32(1)) << np.int32(23)))
    f = float_of(np.int32(bits - (exponent << np.int32(23)))) - like(x, 1.0) + (x - (u - like(x, 1.0))) * scale
    e = like(x, np.float32(exponent))
    rest = polynomial(f, LOG) * f * f * f + e * like(x, -2.12194440e-4) - like(x, 0.5) * f * f
    return rest + f + e * like(x, 0.693359375)


@scalar
def log1p32(x: Any) -> Any:
    u = like(x, 1.0) + x
    log = select((x < like(x, np.inf)) & (x != like(x, 0.0)), log1p_inside(x), x)
    log = select(u == like(x, 0.0), like(x, -np.inf), log)
    return select(u < like(x, 0.0), like(x, np.nan), log)


@scalar
def tanh32(x: Any) -> Any:
    less = expm1_32(like(x, -2.0) * abs(x))
    size = -less / (less + like(x, 2.0))
    return select(x < like(x, 0.0), -size, select(x == like(x, 0.0), x, size))


ERFC = (
    8.4288203e-4,
    6.9064545e-3,
    -1.5989013e-2,
    3.6425564e-2,
    -6.6602424e-2,
    9.3825959e-2,
    -1.0099453e-1,
    6.8092652e-2,
    1.5377514e-2,
    -1.3962105e-1,
    1.2329952,
)
"""(1 + 2 x) e^(x^2) erfc(x) over q = (x - 4) / (x + 4), from q = -1 to 0.44: a Chebyshev fit, within 1.7e-8 of it."""


@scalar
def erfc32(x: Any) -> Any:
    z = minimum(abs(x), like(x, 10.2))
    q = (z - like(x, 4)) / (z + like(x, 4))
    tail = exp32(-z * z) * polynomial(q, ERFC) / (like(x, 1) + like(x, 2) * z)
    return select(x < like(x, 0), like(x, 2) - tail, tail)


# every format


def of_formats(float32: Any, float64: Any) -> Any:
    """One function of numbers, which is one of two by its argument's format."""

    def function(x: Any) -> Any:
        raise NotImplementedError

    @overload(function, jit_options=INLINE, strict=False)
    def chosen(x: Any) -> Any:
        return float32 if x == types.float32 else float64

    return function


exp = of_formats(lambda x: exp32(x), lambda x: math.exp(x))
expm1 = of_formats(lambda x: expm1_32(x), lambda x: math.expm1(x))
log1p = of_formats(lambda x: log1p32(x), lambda x: math.log1p(x))
log1p_of_exp = of_formats(lambda x: log1p_inside(x), lambda x: math.log1p(x))
tanh = of_formats(lambda x: tanh32(x), lambda x: math.tanh(x))
erfc = of_formats(lambda x: erfc32(x), lambda x: math.erfc(x))


# primitives, as in every runtime


@scalar
def sigmoid(x: Any) -> Any:
    e = exp(-abs(x))
    return select(x < like(x, 0), e, like(x, 1)) / (like(x, 1) + e)


@scalar
def softplus(x: Any) -> Any:
    return log1p_of_exp(exp(-abs(x))) + maximum(x, like(x, 0))


@scalar
def sech2(x: Any) -> Any:
    """1 - tanh(x)^2, without the cancellation; squared at the end, so that nothing before underflows."""
    e = exp(-abs(x))
    root = like(x, 2) * e / (like(x, 1) + e * e)
    return root * root


@scalar
def maximum(a: Any, b: Any) -> Any:
    return select((a > b) | (a != a), a, b)


@scalar
def minimum(a: Any, b: Any) -> Any:
    return select((a < b) | (a != a), a, b)


@scalar
def clip(x: Any, low: Any, high: Any) -> Any:
    return minimum(maximum(x, low), high)


@scalar
def gated(x: Any, gate: Any) -> Any:
    """x gate, and 0 where the gate is 0, even for infinite x."""
    return select(gate == like(gate, 0), like(x, 0), x) * gate


@scalar
def normal_cdf(x: Any) -> Any:
    return erfc(like(x, -0.7071067811865476) * x) / like(x, 2)


@scalar
def exp_gated(x: Any, u: Any) -> Any:
    """x exp(u), in two halves."""
    half = exp(u / like(u, 2))
    return select(half > like(u, 0), x, like(x, 0)) * half * half


@scalar
def sigmoid_gated(x: Any, u: Any) -> Any:
    """x sigmoid(u). Its tail is multiplied in two halves, since sigmoid(u) alone underflows before the product."""
    half = exp(-abs(u) / like(u, 2))
    root = select(u < like(u, 0), half, like(u, 1))
    share = like(u, 1) / (like(u, 1) + half * half)  # the same for u and for -u
    return select(root > like(u, 0), x, like(x, 0)) * root * (root * share)


@scalar
def normal_gated(x: Any, u: Any) -> Any:
    """x Phi(u), by the normal distribution function."""
    return gated(x, normal_cdf(u))
