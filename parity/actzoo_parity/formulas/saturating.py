"""Functions of one number that saturate, on one side or on both."""

from __future__ import annotations

from .._registry import reference
from ..arithmetic import Mathematics
from ..arithmetic._mathematics import Number


@reference
def log_sigmoid(m: Mathematics, x: Number) -> Number:
    """log(1 / (1 + exp(-x))), which is x far to the left."""
    return -m.softplus(-x)


@reference
def celu(m: Mathematics, x: Number, *, alpha: float = 1.0) -> Number:
    """1704.07483: max(0, x) + min(0, alpha (exp(x / alpha) - 1)), of derivative 1 at 0."""
    return m.where(x > 0, x, alpha * m.expm1(m.minimum(x, 0) / alpha))


@reference
def selu(m: Mathematics, x: Number) -> Number:
    """1706.02515, with the constants of its equation 14. At 0 the exponential branch."""
    alpha, scale = 1.6732632423543772848170429916717, 1.0507009873554804934193349852946
    return m.where(x > 0, scale * x, scale * alpha * m.expm1(m.minimum(x, 0)))


@reference
def softsign(m: Mathematics, x: Number) -> Number:
    """x / (1 + |x|), from 1 up as sign(x) (1 - 1 / (1 + |x|)): its slope there is a small difference otherwise."""
    size = m.where(x < 0, -x, x)
    share = 1 / (1 + size)
    return m.where(size < 1, x * share, m.where(x < 0, share - 1, 1 - share))


@reference
def hard_tanh(m: Mathematics, x: Number, *, min_val: float = -1.0, max_val: float = 1.0) -> Number:
    return m.clip(x, min_val, max_val)
