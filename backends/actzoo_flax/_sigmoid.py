# Made by: actzoo render sigmoid --to flax
"""Sigmoid: Logistic function."""

from __future__ import annotations

from flax import nnx
from jax import Array

from actzoo_flax._runtime import curved, sech2, stable_sigmoid


def _sigmoid_value(x):
    return stable_sigmoid(x)


def _sigmoid_by_x(x, dx):
    return 0.25 * sech2(0.5 * x) * dx


_sigmoid = curved("sigmoid", _sigmoid_value, _sigmoid_by_x)


def sigmoid(x: Array) -> Array:
    """Logistic function: 1 / (1 + exp(-x)).

    x of any shape; the result has it too.
    """
    return _sigmoid(x)


class Sigmoid(nnx.Module):
    """Logistic function: 1 / (1 + exp(-x)).

    x: any shape, floating; the result has its shape and dtype.
    Errors: `ValueError` for an option or a shape that does not fit, `TypeError` for an x that is not floating.
    """

    def __call__(self, x: Array) -> Array:
        return sigmoid(x)
