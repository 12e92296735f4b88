"""The frameworks' own functions: the table of them is right, and known defects are there, and are noticed.

A defect is exact: the day a framework repairs it, its line here fails, and goes.
"""

from __future__ import annotations

import importlib
import math
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
import paddle
import pytest
import torch
from frameworks import from_paddle, from_torch, function, to_paddle, to_torch
from jax import numpy as jnp

from actzoo.zoo import ZOO
from actzoo_parity import Expected, evaluate, judge
from actzoo_parity._native import BENDS, NATIVES, choices, find_native, native_function
from actzoo_parity._plan import CONFIGURATIONS

SIZE = 24
"""Elements of an input: vector instructions compute most of them, and loops the rest."""
WEIGHT = 0.25
STATE = {"weight": WEIGHT}


def tensor(framework: str, array: np.ndarray) -> Any:
    return {"torch": to_torch, "paddle": to_paddle, "flax": jnp.asarray}[framework](array)


def first_order(
    framework: str, f: Callable[[Any], Any], x: np.ndarray, compiled: bool = False
) -> dict[str, np.ndarray]:
    """The value and the derivative, by the names of the judge."""
    leaf = tensor(framework, x)
    if framework == "torch":
        y = f(leaf.requires_grad_())
        found = y, torch.autograd.grad(y, leaf, torch.ones_like(y))[0]
        value, slope = map(from_torch, found)
    elif framework == "paddle":
        leaf.stop_gradient = False
        y = f(leaf)
        value, slope = map(from_paddle, (y, paddle.grad([y], [leaf], [paddle.ones_like(y)])[0]))
    else:

        def both(x: Any) -> tuple[Any, Any]:
            y, pull = jax.vjp(f, x)
            return y, pull(jnp.ones_like(y))[0]

        value, slope = map(np.asarray, (jax.jit(both) if compiled else both)(leaf))
    return {"value": value, "gradient of x": slope}


def own(framework: str, name: str, options: dict[str, Any]) -> Callable[[Any], Any]:
    """A framework's own function of x alone."""
    f = native_function(framework, name, options)
    assert f is not None
    parts = {key: STATE[key] for key in find_native(framework, name, options).parts}

    def of_x(x: Any) -> Any:
        made = {key: tensor(framework, np.array([value], np.float32)) for key, value in parts.items()}
        return f(x, **made)

    return of_x


def expected(name: str, options: dict[str, Any], x: np.ndarray, nan_slope: float = math.nan) -> Expected:
    state = {key: np.array([STATE[key]]) for key in ZOO[name].parts if key in STATE}
    return evaluate(
        name,
        {"x": x},
        state,
        {o.name: o.default for o in ZOO[name].options} | options,
        dtype=x.dtype.name,
        cotangent=np.ones_like(x),
        outputs=("gradient",),
        elementwise=True,
        nan_slope=nan_slope,
    )


# the table

ROWS = {
    f"{framework}-{name}-{number}": (framework, name, {k: 1 if v == "channels" else v for k, v in options.items()})
    for framework, rows in NATIVES.items()
    for name in rows
    for number, options in enumerate(CONFIGURATIONS.get(name, ({},)))
}
ROWS = {case: row for case, row in ROWS.items() if find_native(*row)}


def test_the_table_imports_no_framework() -> None:
    script = "import sys, actzoo_parity._native; assert not {'torch', 'paddle', 'jax', 'flax'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", script], check=True)


@pytest.mark.parametrize(("framework", "name"), [(f, n) for f, rows in NATIVES.items() for n in rows])
def test_a_row_is_of_the_zoo_and_of_the_framework(framework: str, name: str) -> None:
    row = NATIVES[framework][name]
    assert ZOO[name].element_wise
    assert set(row.parts) == {key for key in ZOO[name].parts if key in STATE}
    module, _, attribute = row.path.rpartition(".")
    assert callable(getattr(importlib.import_module(module), attribute))
    assert (framework, row.orders) != ("flax", 1)


@pytest.mark.parametrize(("framework", "name", "options"), ROWS.values(), ids=ROWS)
def test_a_row_is_the_activation(framework: str, name: str, options: dict[str, Any]) -> None:
    """Away from kinks and tails, where Paddle too has four digits."""
    x = np.float32([-4.7, -3.1, -1.6, -0.7, -0.31, 0.31, 0.73, 1.6, 3.1, 6.5])
    wanted, found = expected(name, options, x), first_order(framework, own(framework, name, options), x)
    for output, each in wanted.outputs.items():
        np.testing.assert_allclose(found[output], each.value, rtol=0, atol=2e-4 * np.abs(each.value).max())


@pytest.mark.parametrize(("framework", "name", "options"), ROWS.values(), ids=ROWS)
def test_its_policies_are_those_of_its_row(framework: str, name: str, options: dict[str, Any]) -> None:
    """Exactly: at kinks value and derivative, at NaN the derivative, in a whole number of vectors and in less."""
    row, spec = find_native(framework, name, options), ZOO[name]
    known = spec.values(**options) | STATE | {"training": False}
    f = own(framework, name, options)
    for kink in row.kink_points(spec, known):
        found = first_order(framework, f, np.full(SIZE, kink.at, np.float32))
        np.testing.assert_array_equal(found["value"], np.full(SIZE, kink.value, np.float32))
        np.testing.assert_array_equal(found["gradient of x"], np.full(SIZE, kink.derivative, np.float32))
    slopes = [first_order(framework, f, np.full(n, math.nan, np.float32))["gradient of x"] for n in (128, 3)]
    wanted = np.float32(row.slopes_at_nan(spec, known))
    for found, slope in zip(slopes, (wanted[0], wanted[-1]), strict=True):
        np.testing.assert_array_equal(found, np.full_like(found, slope))


def twice(framework: str, f: Callable[[Any], Any], x: Any) -> None:
    """The derivative of the derivative; of a piecewise linear function there may be none to take."""
    if framework == "torch":
        y = f(x.requires_grad_())
        (slope,) = torch.autograd.grad(y, x, torch.ones_like(y), create_graph=True)
        if slope.requires_grad:
            torch.autograd.grad(slope, x, torch.ones_like(y), allow_unused=True)
    else:
        x.stop_gradient = False
        y = f(x)
        (slope,) = paddle.grad([y], [x], [paddle.ones_like(y)], create_graph=True)
        if not slope.stop_gradient:
            paddle.grad([slope], [x], [paddle.ones_like(y)], allow_unused=True)


@pytest.mark.parametrize(("framework", "name"), [(f, n) for f in ("torch", "paddle") for n in NATIVES[f]])
def test_it_has_as_many_derivatives_as_its_row_says(framework: str, name: str) -> None:
    f, x = own(framework, name, {}), tensor(framework, np.float32([-0.7, 0.7]))
    if NATIVES[framework][name].orders == 2:
        twice(framework, f, x)
    else:
        with pytest.raises(RuntimeError, match=r"is not implemented|doesn't have any grad op"):
            twice(framework, f, x)


def test_what_a_framework_has_not() -> None:
    assert native_function("flax", "softplus", {"beta": 2.5}) is None
    assert native_function("flax", "softshrink", {}) is None
    assert native_function("torch", "swish", {"learnable": True}) is None
    assert native_function("torch", "frelu", {}) is None
    assert native_function("linen", "relu", {}) is None


def test_options_reach_the_framework_by_its_own_names() -> None:
    x = np.float32([-1.0])
    shrunk = native_function("paddle", "softshrink", {"lambd": 0.25})
    assert shrunk(to_paddle(x)).item() == -0.75
    tanh_form = native_function("flax", "gelu", {"approximate": "tanh"})
    assert tanh_form(x).item() == jax.nn.gelu(x, approximate=True).item()


def test_where_a_second_derivative_is_a_choice() -> None:
    assert choices("hard_tanh", {"max_val": 2.0}) == [-1.0, 2.0]
    assert choices("celu", {}) == [0.0]
    assert choices("mish", {}) == []
    assert set(BENDS) <= set(ZOO)


# known defects


@dataclass(frozen=True)
class Defect:
    """At one input, `output` is `wrong`."""

    framework: str
    name: str
    options: dict[str, Any]
    dtype: Any
    at: float
    output: str
    wrong: float
    compiled: bool = False


NAN, INF = math.nan, math.inf
VALUE, SLOPE = "value", "gradient of x"
TANH = {"approximate": "tanh"}
DEFECTS: dict[str, Defect] = {
    "paddle-silu'(-88)-is--inf": Defect("paddle", "swish", {}, np.float32, -88.0, SLOPE, -INF),
    "paddle-silu'-is-nan-below--88.72": Defect("paddle", "swish", {}, np.float32, -88.73, SLOPE, NAN),
    "paddle-celu'-is-nan-from-88.73": Defect("paddle", "celu", {}, np.float32, 88.73, SLOPE, NAN),
    "paddle-relu(nan)-is-0": Defect("paddle", "relu", {}, np.float32, NAN, VALUE, 0.0),
    "paddle-log_sigmoid(-inf)-is-nan": Defect("paddle", "log_sigmoid", {}, np.float32, -INF, VALUE, NAN),
    "paddle-softshrink(-inf)-is-nan": Defect("paddle", "softshrink", {}, np.float32, -INF, VALUE, NAN),
    "paddle-softshrink(inf)-is-nan": Defect("paddle", "softshrink", {}, np.float32, INF, VALUE, NAN),
    "paddle-softplus(-17)-is-0": Defect("paddle", "softplus", {}, np.float32, -17.0, VALUE, 0.0),
    "paddle-elu(-1e-8)-is-0": Defect("paddle", "elu", {}, np.float32, -1e-8, VALUE, 0.0),
    "paddle-softsign(inf)-is-nan": Defect("paddle", "softsign", {}, np.float32, INF, VALUE, NAN),
    "torch-gelu(inf)-is-nan": Defect("torch", "gelu", {}, np.float32, INF, VALUE, NAN),
    "torch-gelu(-6)-is-0": Defect("torch", "gelu", {}, np.float32, -6.0, VALUE, 0.0),
    "torch-silu(-inf)-is-nan": Defect("torch", "swish", {}, np.float32, -INF, VALUE, NAN),
    "torch-mish'(inf)-is-nan": Defect("torch", "mish", {}, np.float32, INF, SLOPE, NAN),
    "torch-tanh'(10)-is-0": Defect("torch", "tanh", {}, np.float32, 10.0, SLOPE, 0.0),
    "torch-tanhshrink(1e-7)-is-0": Defect("torch", "tanh_shrink", {}, np.float32, 1e-7, VALUE, 0.0),
    "torch-softsign(inf)-is-nan": Defect("torch", "softsign", {}, np.float32, INF, VALUE, NAN),
    "jax-gelu-tanh'-is-nan-from-147.875": Defect("flax", "gelu", TANH, np.float16, 147.875, SLOPE, NAN, True),
    "jax-gelu-tanh'-is-nan-beyond-1.07e19": Defect("flax", "gelu", TANH, np.float32, 1.08e19, SLOPE, NAN),
    "jax-silu(-inf)-is-nan": Defect("flax", "swish", {}, np.float32, -INF, VALUE, NAN),
    "jax-elu'(-20)-is-0": Defect("flax", "elu", {}, np.float32, -20.0, SLOPE, 0.0),
}


@pytest.mark.parametrize("defect", DEFECTS.values(), ids=DEFECTS)
def test_a_known_defect_is_there_and_is_noticed(defect: Defect) -> None:
    x = np.full(SIZE, defect.at, defect.dtype)
    f = own(defect.framework, defect.name, defect.options)
    found = first_order(defect.framework, f, x, defect.compiled)
    np.testing.assert_array_equal(found[defect.output], np.full_like(x, defect.wrong))
    assert not judge(expected(defect.name, defect.options, x), found).outputs[defect.output].passed


@pytest.mark.parametrize("defect", DEFECTS.values(), ids=DEFECTS)
def test_the_zoo_s_function_has_it_not(defect: Defect) -> None:
    x = np.full(SIZE, defect.at, defect.dtype)
    f = function(defect.framework, defect.name)
    found = first_order(defect.framework, lambda x: f(x, **defect.options), x, defect.compiled)
    slope = ZOO[defect.name].nan_slope(defect.options)
    assert judge(expected(defect.name, defect.options, x, slope), found).passed
