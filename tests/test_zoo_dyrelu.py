"""Dynamic ReLU in every framework: what it becomes for suitable coefficients, and its layouts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from frameworks import FRAMEWORKS, build, compare, expected, parameters, random, random_state

C = 8
VARIANTS = {
    "a": ("dyrelu_a", {}),
    "b": ("dyrelu_b", {}),
    "c-residual": ("dyrelu_c", {"attend": "residual"}),
    "c-notebook": ("dyrelu_c", {"attend": "residual", "softmax_over": "last_axis"}),
}
SHAPES = {"1d": (3, C, 7), "2d": (3, C, 5, 6), "3d": (3, C, 3, 4, 2)}

# Multiples of 1/8 of some size: their products with such numbers, and sums of those, are exact in float64, fused or
# not, so that what follows is compared bit for bit.
X = np.random.default_rng(0).integers(-40, 41, (3, C, 5, 6)) / 8


def zero_state(name: str, options: dict[str, Any]) -> dict[str, np.ndarray]:
    """All weights and biases 0, so that the residuals are; buffers as given."""
    buffers = random_state(name, options)
    return {p.key: np.zeros(p.shape) if p.learnt else buffers[p.key] for p in parameters(name, options)}


@pytest.mark.parametrize("conv_type", SHAPES)
@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("variant", VARIANTS)
def test_zero_weights_give_relu(variant: str, framework: str, conv_type: str) -> None:
    name, more = VARIANTS[variant]
    options = {"channels": C, "conv_type": conv_type, **more}
    x = random(*SHAPES[conv_type])
    y = build(framework, name, zero_state(name, options), **options)(x)
    np.testing.assert_array_equal(y, np.maximum(x, 0))


@pytest.mark.parametrize("softmax_over", ["positions", "last_axis"])
@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_zero_weights_give_a_third_of_relu_in_the_paper_s_c(framework: str, softmax_over: str) -> None:
    """All attention is alike, gamma. Over the last axis alone it would be more than 1, and is held there."""
    options = {"channels": C, "softmax_over": softmax_over}
    x = random(*SHAPES["2d"])
    state = zero_state("dyrelu_c", options)
    y = build(framework, "dyrelu_c", state, **options)(x)
    share = 1 / 3 if softmax_over == "positions" else 1
    wanted = expected("dyrelu_c", x, state, options)
    np.testing.assert_array_less(np.abs(wanted.value - share * np.maximum(x, 0)), wanted.value_bound + 1e-300)
    found = compare(wanted, y)
    assert found.passed, found


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("variant", VARIANTS)
def test_it_becomes_leaky_relu(variant: str, framework: str) -> None:
    name, more = VARIANTS[variant]
    options = {"channels": C, "init_v": [1.0, 0.125, 0.0, 0.0], **more}
    y = build(framework, name, zero_state(name, options), **options)(X)
    np.testing.assert_array_equal(y, np.where(X > 0, X, 0.125 * X))
    np.testing.assert_array_equal(y, build(framework, "leaky_relu", negative_slope=0.125)(X))


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_it_becomes_prelu(framework: str) -> None:
    """The second slope of each channel by fc2's bias; the hard normaliser makes of 3 s exactly s."""
    slopes = np.array([0.25, -0.5, 0.75, 0.125, 0.0, -0.25, 0.5, -0.875])
    options = {"channels": C, "normaliser": "hard_sigmoid"}
    state = zero_state("dyrelu_b", options)
    state["fc2.bias"].reshape(C, 4)[:, 1] = 3 * slopes
    y = build(framework, "dyrelu_b", state, **options)(X)
    np.testing.assert_array_equal(y, np.where(X > 0, X, slopes.reshape(1, C, 1, 1) * X))
    np.testing.assert_array_equal(y, build(framework, "prelu", {"weight": slopes}, num_parameters=C)(X))


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_it_becomes_squeeze_and_excite(framework: str) -> None:
    """One line through 0 whose slope is 1/2 + (2 sigmoid(theta) - 1) / 2, which is sigmoid(theta)."""
    squeeze = {"channels": C, "rd_channels": 2}
    weights = random_state("squeeze_excite", squeeze)
    options = {"channels": C, "reduction": 4, "k": 1, "init_v": [0.5, 0.0], "lambdas": [0.5, 0.0]}
    state = random_state("dyrelu_b", options)
    state["fc1.weight"], state["fc1.bias"] = weights["fc1.weight"][:, :, 0, 0], weights["fc1.bias"]
    state["fc2.weight"].reshape(C, 2, 2)[:, 0] = weights["fc2.weight"][:, :, 0, 0]
    state["fc2.bias"].reshape(C, 2)[:, 0] = weights["fc2.bias"]
    x = random(*SHAPES["2d"])
    y = build(framework, "dyrelu_b", state, **options)(x)
    z = build(framework, "squeeze_excite", weights, **squeeze)(x)
    both = expected("dyrelu_b", x, state, options), expected("squeeze_excite", x, weights, squeeze)
    # each is within its own bound of what both are
    assert (np.abs(y - z) <= both[0].value_bound + both[1].value_bound).all()
    assert np.abs(z).max() > 0.1


@pytest.mark.parametrize("k", [1, 2, 3, 5])
@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("variant", VARIANTS)
def test_it_becomes_maxout(variant: str, framework: str, k: int) -> None:
    """The largest of k fixed lines."""
    name, more = VARIANTS[variant]
    slopes, intercepts = [1.5, -0.5, 0.25, -2.0, 0.0][:k], [-0.25, 0.5, 1.0, -3.0, 0.75][:k]
    options = {"channels": C, "k": k, "init_v": [*slopes, *intercepts], **more}
    y = build(framework, name, zero_state(name, options), **options)(X)
    np.testing.assert_array_equal(y, np.max([a * X + b for a, b in zip(slopes, intercepts, strict=True)], axis=0))


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_it_becomes_maxout_of_each_channel(framework: str) -> None:
    """Different lines for each channel, by fc2's bias."""
    lines = np.random.default_rng(1).integers(-6, 7, (C, 2, 3)) / 8
    options = {"channels": C, "k": 3, "normaliser": "hard_sigmoid", "init_v": [0.0] * 6, "lambdas": [1.0] * 6}
    state = zero_state("dyrelu_b", options)
    state["fc2.bias"][:] = 3 * lines.reshape(-1)
    y = build(framework, "dyrelu_b", state, **options)(X)
    a, b = lines.transpose(1, 2, 0).reshape(2, 3, 1, C, 1, 1)
    np.testing.assert_array_equal(y, (a * X + b).max(axis=0))


# ties


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("variant", VARIANTS)
def test_the_first_of_equal_lines_gets_the_gradient(variant: str, framework: str) -> None:
    """At 0 the lines x and x / 2 meet: the slope there is the first's, whichever is the steeper."""
    name, more = VARIANTS[variant]
    slopes = []
    for init_v in ([1.0, 0.5, 0.0, 0.0], [0.5, 1.0, 0.0, 0.0]):
        options = {"channels": C, "init_v": init_v, **more}
        x = np.zeros((1, C, 5, 6))
        _, gradients = build(framework, name, zero_state(name, options), **options).vjp(x, np.ones_like(x))
        slopes.append(np.unique(gradients["x"]).tolist())
    assert slopes == [[1.0], [0.5]]


# batches


@pytest.mark.parametrize("batch", [1, 3, C])
@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("name", ["dyrelu_a", "dyrelu_b", "dyrelu_c"])
def test_any_batch(name: str, framework: str, batch: int) -> None:
    """Each sample by itself; published versions of A mix up samples and channels."""
    options = {"channels": C}
    state = random_state(name, options)
    x = random(batch, C, 5, 6, seed=3)
    found = compare(expected(name, x, state, options), build(framework, name, state, **options)(x))
    assert found.passed, found


# layouts of fc2's outputs


def blocked_row(row: int, k: int, channels: int) -> int:
    """Of a blocked layer's row (a_1 of all channels, b_1, a_2, b_2, ...), its row in an interleaved layer."""
    block, channel = divmod(row, channels)
    line, kind = divmod(block, 2)
    return channel * 2 * k + kind * k + line


def test_the_rows_of_two_lines_are_as_published() -> None:
    """DyHead's row block C + c is row 4 c + (0, 2, 1, 3)[block] of the interleaved layer."""
    published = [c * 4 + (0, 2, 1, 3)[block] for block in range(4) for c in range(C)]
    assert [blocked_row(r, 2, C) for r in range(4 * C)] == published


@pytest.mark.parametrize("k", [1, 2, 3])
@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("name", ["dyrelu_a", "dyrelu_b", "dyrelu_c"])
def test_blocked_is_interleaved_with_its_rows_permuted(name: str, framework: str, k: int) -> None:
    options = {"channels": C, "k": k}
    state = random_state(name, options)
    groups = 1 if name == "dyrelu_a" else C
    rows = [blocked_row(r, k, groups) for r in range(2 * k * groups)]
    permuted = {**state, "fc2.weight": state["fc2.weight"][rows], "fc2.bias": state["fc2.bias"][rows]}
    x = random(*SHAPES["2d"], seed=3)
    wanted = expected(name, x, state, options)
    y = build(framework, name, permuted, layout="blocked", **options)(x)
    found = compare(wanted, y)
    assert found.passed, found
    unpermuted = build(framework, name, state, layout="blocked", **options)(x)
    assert (k == 1 and name == "dyrelu_a") or not compare(wanted, unpermuted).passed, "the permutation matters"


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("name", ["dyrelu_a", "dyrelu_b", "dyrelu_c"])
def test_the_normalisers_differ(name: str, framework: str) -> None:
    """Slopes 1/2 and 1/3 at 0: a checkpoint needs its own."""
    state = random_state(name, {"channels": C})
    x = random(*SHAPES["2d"], seed=3)
    wanted = expected(name, x, state, {"channels": C, "normaliser": "hard_sigmoid"})
    assert compare(wanted, build(framework, name, state, channels=C, normaliser="hard_sigmoid")(x)).passed
    assert not compare(wanted, build(framework, name, state, channels=C)(x)).passed
