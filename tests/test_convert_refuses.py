"""What convert must refuse, and say by name; and what it must drop, copy or keep on the way."""

import subprocess
import sys
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import paddle
import pytest
import torch
from flax import linen, nnx
from models.tree import TREES, FlaxTree, TorchTree

from actzoo.weights import ConversionError, convert, framework_key


class Mix(torch.nn.Module):
    """A square dense layer and an embedding of the same shape."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = torch.nn.Linear(4, 4, bias=False)
        self.table = torch.nn.Embedding(4, 4)


def to_flax(state: Any, model: Any) -> Any:
    return convert(state, source="torch", target="flax", model=model)


def test_importing_the_package_imports_no_framework() -> None:
    code = (
        "import sys, actzoo.weights; "
        "print([m for m in ('torch', 'paddle', 'jax', 'flax', 'ml_dtypes') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_square_dense_layer_is_transposed_and_an_embedding_is_not() -> None:
    model = Mix()
    made = convert(model.state_dict(), source="torch", target="paddle", model=model)
    np.testing.assert_array_equal(made["fc.weight"].numpy(), model.fc.weight.detach().numpy().T)
    np.testing.assert_array_equal(made["table.weight"].numpy(), model.table.weight.detach().numpy())


def test_missing_and_left_over_keys_are_all_named() -> None:
    model = Mix()
    state = {"table.weight": torch.zeros(4, 4), "old.a": torch.zeros(1), "old.b": torch.zeros(1)}
    with pytest.raises(
        ConversionError,
        match=r"missing from the torch state: fc\.weight; left over.*old\.a, old\.b$",
    ):
        to_flax(state, model)


@pytest.mark.parametrize("framework", ["torch", "paddle"])
def test_a_left_over_key_alone_is_named(framework: str) -> None:
    state = {"fc.weight": np.zeros((4, 4)), "table.weight": np.zeros((4, 4)), "old": np.zeros(1)}
    with pytest.raises(ConversionError, match=rf"; left over in the {framework} state: old$"):
        convert(state, source=framework, target="linen", model=Mix())


@pytest.mark.parametrize("framework", ["torch", "paddle"])
def test_a_missing_key_alone_is_named(framework: str) -> None:
    state = {"fc.weight": np.zeros((4, 4))}
    with pytest.raises(ConversionError, match=rf"; missing from the {framework} state: table\.weight$"):
        convert(state, source=framework, target="linen", model=Mix())


def test_shapes_that_do_not_fit_are_all_named() -> None:
    model = Mix()
    state = {"fc.weight": torch.zeros(5, 4), "table.weight": torch.zeros(4)}
    with pytest.raises(ConversionError) as caught:
        to_flax(state, model)
    assert "'fc.weight': got (5, 4) from torch, the model expects (4, 4)" in str(caught.value)
    assert "'table.weight': got (4,) from torch, the model expects (4, 4)" in str(caught.value)


def test_a_shape_that_does_not_fit_the_target_is_named_in_its_words() -> None:
    state = {"fc.weight": torch.zeros(4, 5)}
    with pytest.raises(ConversionError, match=r"'fc\.kernel': got \(4, 5\) from torch, the model expects \(4, 4\)"):
        to_flax(state, nnx.Dict(fc=nnx.Linear(4, 4, use_bias=False, rngs=nnx.Rngs(0))))


@pytest.mark.parametrize(
    ("model", "target", "named"),
    [
        pytest.param(
            lambda: torch.nn.Sequential(torch.nn.MultiheadAttention(4, 2)),
            "paddle",
            "MultiheadAttention at '0'",
            id="torch-attention",
        ),
        pytest.param(
            lambda: paddle.nn.Sequential(paddle.nn.MultiHeadAttention(4, 2)),
            "torch",
            "MultiHeadAttention at '0'",
            id="paddle-attention",
        ),
        pytest.param(
            lambda: nnx.Sequential(nnx.MultiHeadAttention(2, 4, rngs=nnx.Rngs(0))),
            "torch",
            "MultiHeadAttention at '0'",
            id="flax-attention",
        ),
        pytest.param(
            lambda: nnx.Sequential(nnx.LinearGeneral(4, (2, 2), rngs=nnx.Rngs(0))),
            "torch",
            "LinearGeneral at '0'",
            id="flax-general",
        ),
        pytest.param(
            lambda: torch.nn.ModuleDict({"rnn": torch.nn.LSTM(3, 4)}),
            "flax",
            "LSTM at 'rnn' in flax",
            id="torch-lstm-to-flax",
        ),
        pytest.param(
            lambda: torch.nn.ConvTranspose2d(4, 4, 3, groups=2),
            "linen",
            "ConvTranspose2d at '' in linen",
            id="grouped-transpose-to-linen",
        ),
        pytest.param(
            lambda: torch.nn.utils.parametrizations.weight_norm(torch.nn.Linear(2, 2)),
            "paddle",
            "ParametrizationList at 'parametrizations.weight'",
            id="torch-weight-norm",
        ),
        pytest.param(
            lambda: paddle.incubate.nn.FusedLinear(2, 2),
            "torch",
            "FusedLinear at ''",
            id="paddle-fused",
        ),
        pytest.param(
            lambda: torch.nn.InstanceNorm2d(3, track_running_stats=True),
            "paddle",
            "'running_mean' of layer type InstanceNorm2d",
            id="tracked-instance-norm",
        ),
    ],
)
def test_a_layer_without_a_rule_is_named(model: Any, target: str, named: str) -> None:
    made = model()
    source = "flax" if isinstance(made, nnx.Module) else type(made).__mro__[-2].__module__.split(".")[0]
    state = nnx.state(made) if source == "flax" else dict(made.state_dict())
    with pytest.raises(ConversionError, match=rf"no rule for .*{named}"):
        convert(state, source=source, target=target, model=made)


def test_a_prelu_per_channel_has_no_place_in_flax() -> None:
    model = torch.nn.PReLU(4)
    with pytest.raises(ConversionError, match=r"'weight': got \(4,\) from torch"):
        to_flax(model.state_dict(), model)


@pytest.mark.parametrize(
    ("model", "message"),
    [
        pytest.param(linen.Dense(3), r"model=\(module, example_input", id="linen-alone"),
        pytest.param(object(), "model is a object", id="no-model"),
    ],
)
def test_a_model_that_tells_nothing_is_refused(model: Any, message: str) -> None:
    with pytest.raises(ConversionError, match=message):
        convert({}, source="torch", target="linen", model=model)


def test_an_unknown_framework_is_named() -> None:
    with pytest.raises(ConversionError, match="no framework 'keras'; choose one of torch"):
        convert({}, source="keras", target="torch", model=Mix())


def test_subclasses_count_as_their_base_and_may_own_more() -> None:
    class Scaled(torch.nn.Linear):
        def __init__(self) -> None:
            super().__init__(2, 3, bias=False)
            self.scale = torch.nn.Parameter(torch.rand(3))

    model = Scaled()
    made = convert(model.state_dict(), source="torch", target="paddle", model=model)
    np.testing.assert_array_equal(made["weight"].numpy(), model.weight.detach().numpy().T)
    np.testing.assert_array_equal(made["scale"].numpy(), model.scale.detach().numpy())


def test_the_batch_counter_is_dropped_and_born_as_zero() -> None:
    model = torch.nn.BatchNorm1d(2)
    state = model.state_dict() | {"num_batches_tracked": torch.tensor(7)}
    there = convert(state, source="torch", target="paddle", model=model)
    assert set(there) == {"weight", "bias", "_mean", "_variance"}
    back = convert(there, source="paddle", target="torch", model=model)
    assert back["num_batches_tracked"].dtype == torch.int64
    assert back["num_batches_tracked"].shape == ()
    assert int(back["num_batches_tracked"]) == 0
    same = convert(state, source="torch", target="torch", model=model)
    assert int(same["num_batches_tracked"]) == 7


def test_a_batch_norm_without_statistics_has_no_counter() -> None:
    model = torch.nn.BatchNorm1d(2, track_running_stats=False)
    made = convert(model.state_dict(), source="torch", target="torch", model=model)
    assert set(made) == {"weight", "bias"}


def test_paddles_name_table_is_dropped_and_its_uint16_is_bfloat16() -> None:
    state = {
        "weight": np.array([[0x3F80, 0x7FA1]], np.uint16),
        "bias": np.array([0x8000, 0x0001], np.uint16),
        "StructuredToParameterName@@": {"weight": "linear_0.w_0"},
    }
    made = convert(state, source="paddle", target="torch", model=torch.nn.Linear(1, 2))
    assert made["weight"].dtype == torch.bfloat16
    assert made["weight"].view(torch.int16).tolist() == [[0x3F80], [0x7FA1]]


def test_paddle_recurrent_cells_repeat_the_parameters() -> None:
    layer = paddle.nn.GRU(2, 3)
    state = dict(layer.state_dict())
    flat = {key: value for key, value in state.items() if "cell" not in key}
    model = torch.nn.GRU(2, 3)
    assert set(convert(state, model=model)) == set(convert(flat, model=model)) == set(flat)
    state["0.cell.bias_ih"] = state["0.cell.bias_ih"] + 1
    with pytest.raises(ConversionError, match=r"'bias_ih_l0' and '0\.cell\.bias_ih' should hold"):
        convert(state, model=model)


@pytest.mark.parametrize("pure", [False, True], ids=["state", "pure-dict"])
def test_random_generators_are_no_weights(pure: bool) -> None:
    model = FlaxTree()
    state = nnx.state(model)
    given = nnx.to_pure_dict(state) if pure else state
    made = convert(given, source="flax", target="torch", model=TorchTree())
    TorchTree().load_state_dict(made, strict=True)


@pytest.mark.parametrize("target", ["torch", "paddle"])
def test_the_result_shares_no_memory_with_the_state(target: str) -> None:
    model = Mix()
    state = model.state_dict()
    made = convert(state, source="torch", target=target, model=model)
    before = made["table.weight"].numpy().copy()
    state["table.weight"].zero_()
    np.testing.assert_array_equal(made["table.weight"].numpy(), before)


@pytest.mark.parametrize("target", ["flax", "linen"])
def test_64_bits_stay_in_jax(target: str) -> None:
    model = TorchTree()
    made = convert(model.state_dict(), source="torch", target=target, model=model)
    steps = (made if target == "flax" else made["buffers"])["steps"]
    assert isinstance(steps, jax.Array)
    assert steps.dtype == np.int64
    assert int(np.asarray(steps)) == 2**40 + 1


def test_a_model_without_values_will_do() -> None:
    state = TorchTree().state_dict()
    with torch.device("meta"):
        bare = torch.nn.Sequential(torch.nn.Linear(2, 3))
    abstract = nnx.eval_shape(FlaxTree)
    assert "kernel" in convert(state, source="torch", target="flax", model=abstract)["stem"]["layers"][0]
    given = {"0.weight": np.zeros((3, 2)), "0.bias": np.zeros(3)}
    assert convert(given, source="torch", target="paddle", model=bare)["0.weight"].shape == [2, 3]


def test_every_loader_takes_the_result() -> None:
    state = TorchTree().state_dict()
    made = {
        target: convert(state, source="torch", target=target, model=TREES[target]())
        for target in ("paddle", "flax", "linen")
    }
    assert TREES["paddle"]().set_state_dict(made["paddle"]) == ([], [])
    model = FlaxTree()
    variables = nnx.state(model)
    nnx.replace_by_pure_dict(variables, made["flax"])
    nnx.update(model, made["flax"])
    module, example = TREES["linen"]()
    module.apply(made["linen"], jnp.zeros_like(example))


@pytest.mark.parametrize(
    ("kind", "part", "framework", "name", "permutation"),
    [
        ("dense", "weight", "paddle", "weight", (1, 0)),
        ("dense", "weight", "flax", "kernel", (1, 0)),
        ("conv", "weight", "linen", "kernel", (2, 3, 1, 0)),
        ("conv", "weight", "paddle", "weight", (0, 1, 2, 3)),
        ("conv", "bias", "flax", "bias", (0,)),
        ("batch_norm", "running_var", "paddle", "_variance", (0,)),
        ("batch_norm", "running_var", "flax", "var", (0,)),
        ("group_norm", "weight", "flax", "scale", (0,)),
    ],
)
def test_the_table_answers_by_framework(
    kind: str, part: str, framework: str, name: str, permutation: tuple[int, ...]
) -> None:
    key = framework_key(kind, part, framework)
    assert key.name == name
    assert key.permutation(len(permutation)) == permutation


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        pytest.param(("dense", "weight", "keras"), "no framework 'keras'", id="framework"),
        pytest.param(("densely", "weight", "torch"), "no layer kind 'densely'", id="kind"),
        pytest.param(("dense", "gain", "torch"), "has no part 'gain'", id="part"),
        pytest.param(("batch_norm", "num_batches_tracked", "flax"), "flax has no twin", id="no-twin"),
    ],
)
def test_the_table_refuses_by_name(asked: tuple[str, str, str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        framework_key(*asked)
