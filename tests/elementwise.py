"""Element-wise references with options and parts, and what is expected of them. For the tests of the references."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from actzoo_parity import Expected, evaluate, find_reference
from actzoo_parity._bind import bind_arguments

Case = tuple[str, dict[str, Any], dict[str, Any]]

CASES: dict[str, Case] = {  # name, options, parts
    "relu": ("relu", {}, {}),
    "relu6": ("relu6", {}, {}),
    "leaky_relu": ("leaky_relu", {}, {}),
    "leaky_relu-0.2": ("leaky_relu", {"negative_slope": 0.2}, {}),
    "sigmoid": ("sigmoid", {}, {}),
    "hard_sigmoid": ("hard_sigmoid", {}, {}),
    "tanh": ("tanh", {}, {}),
    "softplus": ("softplus", {}, {}),
    "softplus-beta2": ("softplus", {"beta": 2.0}, {}),
    "hard_swish": ("hard_swish", {}, {}),
    "mish": ("mish", {}, {}),
    "gelu": ("gelu", {}, {}),
    "gelu-tanh": ("gelu", {"approximate": "tanh"}, {}),
    "elu": ("elu", {}, {}),
    "elu-alpha0.5": ("elu", {"alpha": 0.5}, {}),
    "log_sigmoid": ("log_sigmoid", {}, {}),
    "celu": ("celu", {}, {}),
    "celu-alpha4": ("celu", {"alpha": 4.0}, {}),
    "selu": ("selu", {}, {}),
    "softsign": ("softsign", {}, {}),
    "softshrink": ("softshrink", {}, {}),
    "hard_shrink": ("hard_shrink", {}, {}),
    "tanh_shrink": ("tanh_shrink", {}, {}),
    "hard_tanh": ("hard_tanh", {"min_val": -2.0, "max_val": 0.5}, {}),
    "swish": ("swish", {}, {}),
    "swish-beta1.5": ("swish", {"beta": 1.5, "learnable": False}, {}),
    "swish-learnable": ("swish", {"learnable": True}, {"beta": 1.25}),
    "prelu": ("prelu", {}, {"weight": [0.25]}),
    "prelu-3": ("prelu", {}, {"weight": [0.25, -0.1, 1.5]}),
    "rrelu": ("rrelu", {}, {}),
    "acon_a": ("acon_a", {}, {"beta": [1.0, -0.5, 2.0]}),
    "acon_b": ("acon_b", {}, {"p": [0.25, 0.5, -1.0], "beta": [1.0, 0.5, 2.0]}),
    "acon_c": ("acon_c", {}, {"p1": [1.2, -0.8, 0.3], "p2": [0.1, 0.7, -0.9], "beta": [1, 0.5, 2]}),
}

OUTPUTS = ("value", "gradient of x", "second derivative")

# Away from kinks. The roots of swish', mish' and gelu' are among them.
POINTS = [1e-6, -1e-6, 0.3, -0.7, 1.0, -1.2784645, -1.1924012, -0.7517916, 2.9, -3.1, 5.9, 6.1]
POINTS += [-5.5, -8.7, 20.5, -20.5, 36.0, -36.0, 100.0, -100.0]


def state(parts: dict[str, Any], dtype: Any = np.float64) -> dict[str, np.ndarray]:
    """ACON's parts are (1, C, 1, 1), the others as they are."""
    return {
        key: np.reshape(np.asarray(value, dtype), (1, -1, 1, 1))
        if key != "weight" and np.ndim(value)
        else np.asarray(value, dtype)
        for key, value in parts.items()
    }


def arrange(points: Any, dtype: Any = np.float64) -> np.ndarray:
    """The points in each of three channels: (1, 3, n, 1)."""
    return np.tile(np.asarray(points, dtype)[:, None], (1, 3, 1, 1))


def expect(case: Case, x: np.ndarray, dtype: str = "float64", cotangent: Any = None) -> Expected:
    name, options, parts = case
    return evaluate(
        name,
        {"x": x},
        state(parts, np.float64 if dtype == "float64" else np.float32),
        options,
        dtype=dtype,
        cotangent=np.ones_like(x) if cotangent is None else cotangent,
        elementwise=True,
    )


def arguments(case: Case, convert: Callable[[np.ndarray], Any], dtype: Any = np.float64) -> Any:
    name, options, parts = case
    function = find_reference(name)
    assert function is not None
    converted = {key: convert(value) for key, value in state(parts, dtype).items()}
    return function, bind_arguments(function, {}, converted, options, False, {})
