"""Module references: every option against 50 digits, bounds against float32, special cases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from actzoo_parity import Actual, evaluate, find_reference, judge
from actzoo_parity._bind import STATISTICS, bind_arguments
from actzoo_parity.arithmetic import Decimals, ErrorCarrying

Shape = tuple[int, ...]
DECIMALS = Decimals(50)
STEP = DECIMALS.context.mpf(10) ** -15
CONSTANTS = frozenset({"lambdas", "init_v"})


@dataclass(frozen=True)
class Case:
    """An activation with options, and the shapes of x and of its state."""

    name: str
    shapes: Mapping[str, Shape]
    options: Mapping[str, Any] = field(default_factory=dict)
    layers: Mapping[str, Any] = field(default_factory=dict)
    x: Shape = (2, 4, 3, 5)
    training: bool = False


def linear(prefix: str, inputs: int, outputs: int, kernel: Shape = ()) -> dict[str, Shape]:
    return {f"{prefix}.weight": (outputs, inputs, *kernel), f"{prefix}.bias": (outputs,)}


def norm(prefix: str, channels: int, running: bool = True) -> dict[str, Shape]:
    names = ("weight", "bias", *(STATISTICS if running else ()))
    return {f"{prefix}.{name}": (channels,) for name in names}


def dyrelu(variant: str, axes: int = 2, k: int = 2, **options: Any) -> Case:
    size = (3, 5, 2)[:axes]
    shapes = linear("fc1", 4, 2) | linear("fc2", 2, 2 * k * (1 if variant == "a" else 4))
    if variant == "c":
        shapes |= linear("conv", 4, 1, (1,) * axes)
    shapes |= {"lambdas": (2 * k,), "init_v": (2 * k,)}
    return Case(f"dyrelu_{variant}", shapes, {"k": k, "reduction": 2, **options}, x=(2, 4, *size))


def meta_acon(training: bool, norm_layer: str | None = "batch_norm", x: Shape = (3, 4, 3, 5)) -> Case:
    kernel = (1,) * (len(x) - 2)
    shapes = {"p1": (1, 4, 1, 1), "p2": (1, 4, 1, 1)}
    shapes |= linear("fc1", 4, 2, kernel) | linear("fc2", 2, 4, kernel)
    if norm_layer:
        running = norm_layer == "batch_norm"
        shapes |= norm("bn1", 2, running) | norm("bn2", 4, running)
    return Case("meta_acon_c", shapes, {"norm_layer": norm_layer}, x=x, training=training)


def frelu(training: bool, kernel: Shape = (3, 3)) -> Case:
    shapes = {"conv.weight": (4, 1, *kernel)} | norm("bn", 4)
    return Case("frelu", shapes, x=(2, 4, 6, 5, 4)[: 2 + len(kernel)], training=training)


def squeeze(norm_layer: str | None = None, training: bool = False, **options: Any) -> Case:
    shapes = linear("fc1", 4, 2, (1, 1)) | linear("fc2", 2, 4, (1, 1))
    if norm_layer:
        shapes |= norm("bn", 2, norm_layer == "batch_norm")
    return Case("squeeze_excite", shapes, {"norm_layer": norm_layer, **options}, training=training)


def gather(
    kernels: tuple[Shape, ...] = (),
    x: Shape = (2, 4, 7, 6),
    norm_layer: str | None = "batch_norm",
    training: bool = False,
    use_mlp: bool = True,
    **options: Any,
) -> Case:
    shapes: dict[str, Shape] = {}
    layers: dict[str, Any] = {"fc1": "mlp.fc1", "fc2": "mlp.fc2"}
    for i, kernel in enumerate(kernels, start=1):
        shapes |= {f"gather.conv{i}.weight": (4, 1, *kernel)}
        if norm_layer:
            shapes |= norm(f"gather.norm{i}", 4, norm_layer == "batch_norm")
    layers["conv"] = [f"gather.conv{i + 1}" for i in range(len(kernels))]
    layers["norm"] = [f"gather.norm{i + 1}" for i in range(len(kernels) if norm_layer else 0)]
    if use_mlp:
        shapes |= linear("mlp.fc1", 4, 2, (1, 1)) | linear("mlp.fc2", 2, 4, (1, 1))
    return Case(
        "gather_excite",
        shapes,
        {
            "extra_params": bool(kernels),
            "use_mlp": use_mlp,
            "norm_layer": norm_layer,
            "rd_ratio": 0.5,
            **options,
        },
        layers,
        x,
        training,
    )


CASES = {
    "dyrelu_a": dyrelu("a"),
    "dyrelu_a-1d": dyrelu("a", axes=1),
    "dyrelu_a-3d-k3": dyrelu("a", axes=3, k=3),
    "dyrelu_a-blocked-hard": dyrelu("a", layout="blocked", normaliser="hard_sigmoid"),
    "dyrelu_b": dyrelu("b"),
    "dyrelu_b-1d": dyrelu("b", axes=1),
    "dyrelu_b-3d": dyrelu("b", axes=3),
    "dyrelu_b-k1": dyrelu("b", k=1),
    "dyrelu_b-k3": dyrelu("b", k=3),
    "dyrelu_b-hard": dyrelu("b", normaliser="hard_sigmoid"),
    "dyrelu_b-blocked": dyrelu("b", layout="blocked"),
    "dyrelu_c": dyrelu("c"),
    "dyrelu_c-1d": dyrelu("c", axes=1),
    "dyrelu_c-3d-blocked-k3": dyrelu("c", axes=3, k=3, layout="blocked"),
    "dyrelu_c-sharp": dyrelu("c", tau=0.7, gamma=0.9),
    "dyrelu_c-hard": dyrelu("c", normaliser="hard_sigmoid"),
    "dyrelu_c-last_axis": dyrelu("c", softmax_over="last_axis"),
    "dyrelu_c-residual": dyrelu("c", attend="residual"),
    "dyrelu_c-notebook": dyrelu("c", softmax_over="last_axis", attend="residual"),
    "meta_acon_c": meta_acon(training=False),
    "meta_acon_c-training": meta_acon(training=True),
    "meta_acon_c-no_norm": meta_acon(training=True, norm_layer=None),
    "meta_acon_c-group_norm": meta_acon(training=True, norm_layer="group_norm"),
    "meta_acon_c-1d": meta_acon(training=False, x=(3, 4, 6)),
    "meta_acon_c-3d": meta_acon(training=True, x=(3, 4, 2, 3, 2)),
    "frelu": frelu(training=False),
    "frelu-training": frelu(training=True),
    "frelu-k5": frelu(training=True, kernel=(5, 5)),
    "frelu-1d": frelu(training=False, kernel=(3,)),
    "frelu-3d": frelu(training=True, kernel=(3, 3, 3)),
    "squeeze_excite": squeeze(),
    "squeeze_excite-maxpool": squeeze(add_maxpool=True),
    "squeeze_excite-batch_norm": squeeze("batch_norm"),
    "squeeze_excite-batch_norm-training": squeeze("batch_norm", training=True),
    "squeeze_excite-group_norm": squeeze("group_norm", training=True),
    "squeeze_excite-instance_norm": squeeze("instance_norm"),
    "squeeze_excite-mish-hard": squeeze(act_layer="mish", gate_layer="hard_sigmoid"),
    "gather_excite": gather(),
    "gather_excite-maxpool": gather(add_maxpool=True),
    "gather_excite-extent2": gather(extent=2),
    "gather_excite-extent4-no_mlp": gather(extent=4, use_mlp=False),
    "gather_excite-extent2-maxpool": gather(extent=2, add_maxpool=True),
    "gather_excite-global": gather(kernels=((7, 6),), extra_params=True),
    "gather_excite-global-training": gather(kernels=((7, 6),), training=True),
    "gather_excite-global-valid": gather(kernels=((7, 6),), global_gather="valid"),
    "gather_excite-global-even": gather(kernels=((4, 4),), x=(2, 4, 4, 4), training=True),
    "gather_excite-params-extent2": gather(kernels=((3, 3),), extent=2, training=True),
    "gather_excite-params-extent4": gather(kernels=((3, 3), (3, 3)), extent=4),
    "gather_excite-params-extent4-theta+": gather(kernels=((3, 3), (3, 3)), extent=4, gather_act=True, training=True),
    "gather_excite-params-extent8-theta": gather(
        kernels=((3, 3),) * 3, extent=8, use_mlp=False, norm_layer="group_norm", act_layer="swish"
    ),
    "gather_excite-params-no_norm": gather(kernels=((3, 3),), extent=2, norm_layer=None),
    "gather_excite-hard": gather(extent=2, act_layer="hard_swish", gate_layer="hard_sigmoid"),
}


def draw(case: Case, seed: int = 0) -> tuple[np.ndarray, dict[str, np.ndarray], np.ndarray]:
    """x, the state and a cotangent, in float32. Variances are positive."""
    rng = np.random.default_rng(seed)
    state = {key: rng.normal(size=shape).astype(np.float32) for key, shape in case.shapes.items()}
    for key, value in state.items():
        if key.endswith("running_var"):
            state[key] = value * value + np.float32(0.5)
        if key.endswith("fc1.bias"):
            value[0] += 3  # one hidden unit that is surely alive
    x, cotangent = (rng.normal(size=case.x).astype(np.float32) for _ in range(2))
    return x, state, cotangent


def expect(case: Case, drawn: Any, dtype: str = "float32") -> Any:
    x, state, cotangent = drawn
    return evaluate(
        case.name,
        {"x": x},
        state,
        case.options,
        dtype=dtype,
        cotangent=cotangent,
        training=case.training,
        constants=CONSTANTS,
        layers=case.layers,
    )


def run(case: Case, m: Any, x: Any, state: Mapping[str, Any]) -> Any:
    function = find_reference(case.name)
    assert function is not None
    arguments = bind_arguments(function, {}, state, case.options, case.training, case.layers)
    return function(m, x, **arguments)


def is_learnt(key: str) -> bool:
    return key not in CONSTANTS and not key.endswith(STATISTICS)


def in_float32(case: Case, drawn: Any) -> Actual:
    """The same formulas, and their gradients, in NumPy's float32."""
    x, state, cotangent = drawn
    m = ErrorCarrying("float32", working=np.float32)
    leaf = m.leaf(x)
    nodes = {key: m.leaf(v) if is_learnt(key) else m.lift(v) for key, v in state.items()}
    y = run(case, m, leaf, nodes)
    wanted = {"x": leaf} | {key: node for key, node in nodes.items() if is_learnt(key)}
    adjoints = m.gradients(y, list(wanted.values()), cotangent)
    return Actual(y.value, {key: g.value for key, g in zip(wanted, adjoints, strict=True)})


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_value_and_gradients_against_50_digits(case: Case) -> None:
    """Every gradient by central differences along a random direction, at a step of 1e-15."""
    drawn = draw(case)
    x, state, cotangent = drawn
    expected = expect(case, drawn, "float64")
    point = {"x": x} | state
    exact = {key: DECIMALS.number(value) for key, value in point.items()}
    y = run(case, DECIMALS, exact["x"], {k: v for k, v in exact.items() if k != "x"})
    distance = np.abs((DECIMALS.number(expected.value) - y).astype(np.float64))
    assert (distance <= expected.value_bound).all()

    assert set(expected.gradients) == {"x"} | {key for key in state if is_learnt(key)}
    rng = np.random.default_rng(9)
    weight = DECIMALS.number(cotangent)
    for key, (gradient, bound) in expected.gradients.items():
        along = rng.normal(size=point[key].shape)
        ends = []
        for sign in (1, -1):
            moved = exact | {key: exact[key] + sign * STEP * DECIMALS.number(along)}
            inputs = {k: v for k, v in moved.items() if k != "x"}
            ends.append((run(case, DECIMALS, moved["x"], inputs) * weight).sum())
        slope = float((ends[0] - ends[1]) / (2 * STEP))
        allowed = (bound * np.abs(along)).sum() + 1e-14 * np.abs(gradient * along).sum()
        assert abs((gradient * along).sum() - slope) <= allowed, key
        assert allowed <= 1e-8 * max(1, np.abs(gradient * along).sum()), "a bound that says nothing"


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
@pytest.mark.parametrize("seed", range(2))
def test_float32_passes(case: Case, seed: int) -> None:
    drawn = draw(case, seed)
    verdict = judge(expect(case, drawn), in_float32(case, drawn))
    assert verdict.passed, (verdict.worst, verdict.outputs[verdict.worst])
    assert verdict.ratio > 0.0005, "a bound that says nothing"


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_small_defect_fails(case: Case) -> None:
    """1e-4 in the value. 1e-2 in gradients: few numbers are normalised here, or many summed."""
    drawn = draw(case)
    actual = in_float32(case, drawn)
    wrong = Actual(
        actual.value * np.float32(1 + 1e-4),
        {key: g * np.float32(1 + 1e-2) for key, g in actual.gradients.items()},
    )
    verdict = judge(expect(case, drawn), wrong)
    assert verdict.value.ratio > 1
    assert verdict.gradients["x"].ratio > 1
    sharp = not case.training and case.options.get("norm_layer") in (None, "batch_norm")
    no_defect_possible = {"conv.bias"} if case.name == "dyrelu_c" else set()  # softmax ignores it
    unseen = {key for key, each in verdict.gradients.items() if each.passed} - no_defect_possible
    assert not (sharp and unseen)


# Special cases of DyReLU.


@pytest.mark.parametrize(
    ("case", "scale"),
    [
        pytest.param(dyrelu("a"), 1, id="a"),
        pytest.param(dyrelu("b"), 1, id="b"),
        pytest.param(dyrelu("b", normaliser="hard_sigmoid"), 1, id="b-hard"),
        pytest.param(dyrelu("c", attend="residual"), 1, id="c-residual"),
        pytest.param(dyrelu("c"), 1 / 3, id="c-coefficients"),
        pytest.param(dyrelu("c", gamma=2.0), 1, id="c-held-at-1"),
        # 15 positions, and 1/5 each: the softmax is over one row of 5.
        pytest.param(dyrelu("c", gamma=0.25, softmax_over="last_axis"), 0.75, id="c-last_axis"),
    ],
)
def test_zero_weights_give_relu(case: Case, scale: float) -> None:
    x, state, cotangent = draw(case)
    zeros = {key: np.zeros_like(value) for key, value in state.items()}
    zeros |= {"lambdas": np.float32([1, 1, 0.5, 0.5]), "init_v": np.float32([1, 0, 0, 0])}
    expected = expect(case, (x, zeros, cotangent), "float64")
    assert expected.value == pytest.approx(scale * np.maximum(x.astype(float), 0), rel=1e-14, abs=1e-300)


def test_layouts_are_permutations_of_one_another() -> None:
    """Row blk * C + c of DyHead's fc2 is row c * 4 + {0, 2, 1, 3}[blk] of the interleaved one."""
    x, state, cotangent = draw(dyrelu("b"))
    rows = [c * 4 + (0, 2, 1, 3)[block] for block in range(4) for c in range(4)]
    permuted = state | {key: state[key][rows] for key in ("fc2.weight", "fc2.bias")}
    blocked = expect(dyrelu("b", layout="blocked"), (x, permuted, cotangent), "float64")
    interleaved = expect(dyrelu("b"), (x, state, cotangent), "float64")
    assert np.array_equal(blocked.value, interleaved.value)


def test_dyrelu_b_by_hand() -> None:
    """Two channels of two positions, on paper: the mean is (1, 0), theta (0, ln 3, 0, -ln 3)."""
    x = np.array([[[3.0, -1.0], [2.0, -2.0]]])
    log3 = np.log(3.0)
    state = {
        "fc1.weight": np.array([[1.0, 5.0]]),
        "fc1.bias": np.zeros(1),
        "fc2.weight": np.array([[0.0], [log3], [0.0], [-log3]] * 2),
        "fc2.bias": np.zeros(8),
        "lambdas": np.array([1.0, 1.0, 0.5, 0.5]),
        "init_v": np.array([1.0, 0.0, 0.0, 0.0]),
    }
    # 2 sigmoid(ln 3) - 1 = 1/2: lines x and x/2 - 1/4.
    expected = expect(dyrelu("b", axes=1), (x, state, np.ones_like(x)), "float64")
    assert expected.value == pytest.approx(np.array([[[3.0, -0.75], [2.0, -1.25]]]), rel=1e-14)


# Special cases of the others.


def test_acon_with_a_silent_network_has_beta_one_half() -> None:
    x, state, cotangent = draw(meta_acon(training=False, norm_layer=None))
    state |= {"p1": np.ones_like(state["p1"]), "p2": np.zeros_like(state["p2"])}
    state |= {key: np.zeros_like(state[key]) for key in ("fc2.weight", "fc2.bias")}
    expected = expect(meta_acon(False, None), (x, state, cotangent), "float64")
    assert expected.value == pytest.approx(x / (1 + np.exp(-x.astype(float) / 2)), rel=1e-14)


@pytest.mark.parametrize("offset", [0, 1])
def test_frelu_of_one_tap_compares_with_a_neighbour(offset: int) -> None:
    """An unnormalised kernel of a single 1 moves the image."""
    x, state, cotangent = draw(frelu(training=False, kernel=(3,)))
    state["conv.weight"] = np.tile(np.eye(3)[1 + offset], (4, 1, 1)).astype(np.float32)
    state |= {f"bn.{key}": np.full(4, key in ("weight", "running_var"), np.float32)
              for key in ("weight", "bias", *STATISTICS)}  # fmt: skip
    expected = expect(frelu(False, (3,)), (x, state, cotangent), "float64")
    neighbour = np.pad(x, ((0, 0), (0, 0), (0, 1)))[:, :, offset : offset + x.shape[2]]
    assert expected.value == pytest.approx(np.maximum(x, neighbour / np.sqrt(1 + 1e-5)), rel=1e-14)


@pytest.mark.parametrize("add_maxpool", [False, True])
def test_gather_excite_over_everything_is_squeeze_excite(add_maxpool: bool) -> None:
    case = gather(add_maxpool=add_maxpool)
    x, state, cotangent = draw(case)
    renamed = {key.removeprefix("mlp."): value for key, value in state.items()}
    squeezed = Case("squeeze_excite", {}, {"add_maxpool": add_maxpool})
    same = expect(squeezed, (x, renamed, cotangent))
    assert np.array_equal(expect(case, (x, state, cotangent)).value, same.value)


def test_gather_with_a_mean_for_a_kernel_is_the_mean() -> None:
    """The paper's theta, without padding, and theta-: a kernel of 1/42 over 7 x 6 positions."""
    theta = gather(kernels=((7, 6),), norm_layer=None, global_gather="valid")
    x, state, cotangent = draw(theta)
    state["gather.conv1.weight"] = np.full((4, 1, 7, 6), 1 / 42)
    rest = {key: value for key, value in state.items() if key.startswith("mlp")}
    same = expect(gather(), (x, rest, cotangent), "float64")
    assert expect(theta, (x, state, cotangent), "float64").value == pytest.approx(same.value)


def test_a_coarse_context_is_repeated_to_the_nearest() -> None:
    """extent 2 on 7 positions: contexts 0 1 2 3 over rows 0 0 1 1 2 2 3, floor(i 4 / 7)."""
    case = gather(extent=2, use_mlp=False, x=(1, 1, 7, 1), gate_layer="relu")
    x = np.arange(1.0, 8.0).reshape(1, 1, 7, 1)
    means = np.array([1.5, 3.0, 5.0, 6.5])
    expected = expect(case, (x, {}, x), "float64").value.ravel()
    assert expected == pytest.approx(x.ravel() * means[[0, 0, 1, 1, 2, 2, 3]])


# Ties.


def test_equal_lines_give_the_gradient_to_the_first() -> None:
    case = dyrelu("b", axes=1)
    x, state, cotangent = draw(case)
    state |= {key: np.zeros_like(state[key]) for key in ("fc2.weight", "lambdas", "init_v")}
    expected = expect(case, (x, state, cotangent))
    assert not expected.value.any()
    assert expected.ambiguous == 0  # all coefficients are exactly 0


def context_gradient(extent: int, add_maxpool: bool) -> np.ndarray:
    """The gradient of the sum of x times its gate, at x = 1 everywhere; the gate is a sigmoid."""
    case = gather(extent=extent, add_maxpool=add_maxpool, use_mlp=False, x=(1, 1, 4, 4))
    x = np.ones(case.x)
    expected = expect(case, (x, {}, x), "float64")
    gradient, bound = expected.gradients["x"]
    assert expected.ambiguous == 0
    assert (bound < 1e-13).all()
    return np.asarray(gradient[0, 0])


GATE = 1 / (1 + np.exp(-1.0))


def test_a_tie_of_the_global_maximum_is_shared() -> None:
    assert context_gradient(0, True) == pytest.approx(GATE + GATE * (1 - GATE))


def test_a_tie_in_a_window_goes_to_the_first() -> None:
    """Four windows of 3 x 3, each the context of four positions; half of it is the maximum."""
    shared = GATE + 0.5 * (context_gradient(2, False) - GATE)
    from_maximum = context_gradient(2, True) - shared
    expected = np.zeros((4, 4))
    expected[:2, :2] = 0.5 * 4 * GATE * (1 - GATE)
    assert from_maximum == pytest.approx(expected, abs=1e-14)


# How inputs, options and state are matched.


def test_a_key_that_no_part_claims_is_named() -> None:
    x, state, cotangent = draw(dyrelu("b"))
    with pytest.raises(ValueError, match=r"fc3\.weight"):
        expect(dyrelu("b"), (x, state | {"fc3.weight": np.zeros(3)}, cotangent))


def test_counters_are_no_parts() -> None:
    x, state, cotangent = draw(frelu(training=True))
    state["bn.num_batches_tracked"] = np.array(3)
    assert "bn.num_batches_tracked" not in expect(frelu(True), (x, state, cotangent)).gradients


@pytest.mark.parametrize(
    "options",
    [
        {"normaliser": "softmax"},
        {"layout": "random"},
        {"attend": "nothing"},
        {"softmax_over": "channels"},
    ],
    ids=lambda options: next(iter(options)),
)
def test_an_unknown_option_is_named(options: dict[str, str]) -> None:
    case = dyrelu("c", **options)
    with pytest.raises(ValueError, match=next(iter(options.values()))):
        expect(case, draw(case))
