"""An activation of one's own, in a file of one's own: rendered, built and run in every framework."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest
from expressions import run_file
from flax import nnx
from frameworks import from_paddle, from_torch, to_paddle, to_torch

from actzoo import SpecError, native_class, native_function
from actzoo.language import PRIMITIVES, STRUCTURES, Spec
from actzoo.language._graph import Apply, Name, Return
from actzoo.render import TARGETS, Target, render
from actzoo.render._stage import Stage, functions
from actzoo.render._table import ARITHMETIC
from actzoo.zoo import ZOO

TEXT = '''
from actzoo import activation
from actzoo.language import C, Conv, Param, channelwise, clip, maximum, sigmoid, spatial_mean


@activation(paper="1908.08681", kinks={"-2": ("0", "0"), "0": ("0", "1")})
def hard_mish(x):
    """Mish without exponentials: x clip(x + 2, 0, 2) / 2."""
    return 0.5 * x * clip(x + 2, 0, 2)


@activation
def leaning(x, slope=Param("C", init=0.5), *, power: int = 2):
    """The larger of x and a learnt slope of it."""
    assert power >= 1
    return maximum(x, channelwise(slope) * x / power)


@activation
def gated_by_mean(x, fc=Conv("C", "C")):
    """The input times a gate from its mean."""
    return x * sigmoid(fc(spatial_mean(x)))
'''


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return run_file(tmp_path_factory.mktemp("own"), TEXT)


def run(to: str, callable_: Any, x: np.ndarray, *more: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Value and gradient of the sum; x and the result channels first, JAX's moved."""
    if to == "torch":
        leaf = to_torch(x).requires_grad_()
        y = callable_(leaf, *map(to_torch, more))
        y.sum().backward()
        return from_torch(y), from_torch(leaf.grad)
    if to == "paddle":
        leaf = to_paddle(x)
        leaf.stop_gradient = False
        y = callable_(leaf, *map(to_paddle, more))
        y.sum().backward()
        return from_paddle(y), from_paddle(leaf.grad)
    y, pull = jax.vjp(lambda v: callable_(v, *map(jax.numpy.asarray, more)), jax.numpy.asarray(np.moveaxis(x, 1, -1)))
    return np.moveaxis(np.asarray(y), -1, 1), np.moveaxis(np.asarray(pull(jax.numpy.ones_like(y))[0]), -1, 1)


def made(to: str, module: Any, *arguments: Any, **options: Any) -> Any:
    """A module ready to be called."""
    if to == "flax":
        try:
            return module(*arguments, **options)
        except TypeError:
            return module(*arguments, **options, rngs=nnx.Rngs(0))
    built = module(*arguments, **options)
    if to == "linen":
        return lambda v: built.apply(built.init(jax.random.key(0), v), v)
    return built


# Every product and sum of these is a number of float32, so that any right result is exact.
X = (np.arange(-24, 24, dtype=np.float32) / 4).reshape(2, 4, 3, 2)


@pytest.mark.parametrize("to", TARGETS)
def test_class_is_the_formula(own: dict[str, Any], to: str) -> None:
    value, gradient = run(to, made(to, native_class(own["hard_mish"], to)), X)
    np.testing.assert_array_equal(value, X * np.clip(X + 2, 0, 2) / 2)
    inner = np.where((X > -2) & (X < 0), 0.5 * X, 0)
    np.testing.assert_array_equal(gradient, np.clip(X + 2, 0, 2) / 2 + inner)


@pytest.mark.parametrize("to", TARGETS)
def test_function_is_the_class(own: dict[str, Any], to: str) -> None:
    of_function = run(to, native_function(own["hard_mish"], to), X)
    of_class = run(to, made(to, native_class(own["hard_mish"], to)), X)
    np.testing.assert_array_equal(of_function, of_class)


@pytest.mark.parametrize("to", TARGETS)
def test_own_parameters(own: dict[str, Any], to: str) -> None:
    value, gradient = run(to, made(to, native_class(own["leaning"], to), 4), X)
    np.testing.assert_array_equal(value, np.maximum(X, X / 4))
    np.testing.assert_array_equal(gradient, np.where(X >= 0, 1, 0.25))


@pytest.mark.parametrize("to", TARGETS)
def test_own_layers(own: dict[str, Any], to: str) -> None:
    value, _ = run(to, made(to, native_class(own["gated_by_mean"], to), 4), X)
    assert value.shape == X.shape
    assert np.all(np.sign(value) == np.sign(X))
    assert np.all(np.abs(value) <= np.abs(X))


@pytest.mark.parametrize("to", TARGETS)
def test_own_option_is_checked(own: dict[str, Any], to: str) -> None:
    with pytest.raises(ValueError, match="Leaning: power is a whole number from 1 up, got 0"):
        run(to, made(to, native_class(own["leaning"], to), 4, power=0), X)


@pytest.mark.parametrize("to", TARGETS)
def test_a_class_is_made_once(own: dict[str, Any], to: str) -> None:
    assert native_class(own["hard_mish"], to) is native_class(own["hard_mish"], to)


@pytest.mark.parametrize("to", TARGETS)
def test_two_specs_of_one_name_stay_apart(own: dict[str, Any], to: str, tmp_path: Path) -> None:
    other = run_file(tmp_path, TEXT.replace("0.5 * x * clip", "0.25 * x * clip"))
    first, _ = run(to, native_function(own["hard_mish"], to), X)
    second, _ = run(to, native_function(other["hard_mish"], to), X)
    np.testing.assert_array_equal(first, 2 * second)


@pytest.mark.parametrize("to", TARGETS)
def test_layers_make_no_function(own: dict[str, Any], to: str) -> None:
    with pytest.raises(TypeError, match=r"GatedByMean has layers or buffers, so it is a class only: use native_class"):
        native_function(own["gated_by_mean"], to)


@pytest.mark.parametrize("make", [native_class, native_function], ids=["class", "function"])
def test_an_unknown_backend_lists_the_known(own: dict[str, Any], make: Any) -> None:
    with pytest.raises((ValueError, ImportError), match=r"'keras'.*torch, paddle, flax, linen"):
        make(own["hard_mish"], "keras")


def test_an_unknown_target_lists_the_known(own: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="no renderer to 'keras'; there are torch, paddle, flax, linen"):
        render(own["hard_mish"], "keras")


@pytest.mark.parametrize("to", TARGETS)
def test_a_traceback_shows_the_rendered_line(own: dict[str, Any], to: str) -> None:
    import traceback

    try:
        native_function(own["hard_mish"], to)("no tensor")
    except TypeError:
        text = traceback.format_exc()
    assert f"<actzoo render hard_mish --to {to}>" in text
    assert "return _hard_mish(x)" in text


@pytest.mark.parametrize("to", TARGETS)
def test_the_rendered_text_is_valid_by_itself(own: dict[str, Any], to: str) -> None:
    text = render(own["leaning"], to)
    compile(text, "leaning", "exec")
    assert text.startswith(f"# Made by: actzoo render leaning --to {to}\n")
    assert "actzoo_" not in text


@pytest.mark.parametrize("to", TARGETS)
def test_a_name_of_the_runtime_is_refused(to: str, tmp_path: Path) -> None:
    spec = run_file(tmp_path, TEXT.replace("hard_mish", "widened"))["widened"]
    with pytest.raises(SpecError, match=r"'widened' means something else in .*; choose another name"):
        render(spec, to)


@pytest.mark.parametrize("to", TARGETS)
@pytest.mark.parametrize("name", ["relu", "torch", "x", "math"])
def test_a_name_of_something_else_renders_or_is_refused(to: str, name: str, tmp_path: Path) -> None:
    """A spec may be called as the zoo's is, or as a module that its file imports; what runs is its own formula."""
    spec = run_file(tmp_path, TEXT.replace("hard_mish", name))[name]
    try:
        made_function = native_function(spec, to)
    except SpecError as error:
        said = str(error)
        made_function = None
    if made_function is None:
        assert f"'{name}'" in said
        assert "another name" in said
        return
    np.testing.assert_array_equal(run(to, made_function, X)[0], X * np.clip(X + 2, 0, 2) / 2)


# rows


@pytest.mark.parametrize("primitive", PRIMITIVES)
@pytest.mark.parametrize("to", TARGETS)
def test_every_primitive_has_a_row(to: str, primitive: str) -> None:
    assert TARGETS[to].row("primitives", primitive)


@pytest.mark.parametrize("structure", STRUCTURES)
@pytest.mark.parametrize("to", TARGETS)
def test_every_structure_has_a_row(to: str, structure: str) -> None:
    assert TARGETS[to].row("structures", structure)


@pytest.mark.parametrize("operator", ARITHMETIC)
def test_arithmetic_is_no_primitive(operator: str) -> None:
    assert operator not in PRIMITIVES


def without(target: Target, table: str, row: str) -> Target:
    from dataclasses import replace

    return replace(target, **{table: {k: v for k, v in getattr(target, table).items() if k != row}})


@pytest.mark.parametrize("to", TARGETS)
def test_a_missing_row_is_named_with_its_place(to: str) -> None:
    stage = Stage("own", Apply("tanh", (Name("x"),)), ("x",), ())
    said = f"{TARGETS[to].title} has no 'tanh'; add a row to primitives in actzoo/render/to_{to}.py"
    with pytest.raises(NotImplementedError, match=said):
        functions(stage, without(TARGETS[to], "primitives", "tanh"))


@pytest.mark.parametrize("to", TARGETS)
def test_a_missing_structure_is_named_with_its_place(to: str) -> None:
    from actzoo.render._module import render_body

    said = f"{TARGETS[to].title} has no 'max_pool'; add a row to structures in actzoo/render/to_{to}.py"
    with pytest.raises(NotImplementedError, match=said):
        render_body(ZOO["gather_excite"], without(TARGETS[to], "structures", "max_pool"))


@pytest.mark.parametrize("to", TARGETS)
def test_a_primitive_without_a_rule_is_named(to: str) -> None:
    from dataclasses import replace

    target = replace(TARGETS[to], primitives={**TARGETS[to].primitives, "cosh": "cosh(a)"})
    stage = Stage("own", Apply("cosh", (Name("x"),)), ("x",), ())
    with pytest.raises(NotImplementedError, match="no derivative rule for 'cosh'; add one to RULES"):
        functions(stage, target)


def test_own_activations_do_not_enter_the_zoo(own: dict[str, Any]) -> None:
    assert isinstance(own["hard_mish"], Spec)
    assert "hard_mish" not in ZOO
    assert isinstance(own["hard_mish"].body[-1], Return)
