"""x times a gate of x."""

from __future__ import annotations

from .._registry import reference
from ..arithmetic import Mathematics
from ..arithmetic._mathematics import Number
from .elementary import hard_sigmoid


@reference
def swish(m: Mathematics, x: Number, beta: Number = 1.0) -> Number:
    """1710.05941: x sigmoid(beta x), SiLU at beta = 1."""
    return x * m.sigmoid(m.channelwise(beta, x) * x)


@reference
def hard_swish(m: Mathematics, x: Number) -> Number:
    """1905.02244: x relu6(x + 3) / 6. The gate is 1 at 3 and 0 at -3, and so is the derivative."""
    return x * hard_sigmoid(m, x)


@reference
def mish(m: Mathematics, x: Number) -> Number:
    """1908.08681."""
    return x * m.tanh(m.softplus(x))


@reference
def gelu(m: Mathematics, x: Number, *, approximate: str = "none") -> Number:
    """1606.08415: x times the normal distribution function of x, or the paper's tanh formula.

    Phi(x) = erfc(-x / sqrt 2) / 2 and (1 + tanh z) / 2 = sigmoid(2 z) keep the tail on the left.
    """
    if approximate == "none":
        return x * m.erfc(-x / m.sqrt(2)) / 2
    if approximate == "tanh":
        return x * m.sigmoid(2 * (m.sqrt(2 / m.pi) * (x + 0.044715 * (x * x * x))))
    raise ValueError(f"gelu has no approximation {approximate!r}; it has 'none' and 'tanh'")
