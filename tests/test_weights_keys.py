"""No array is lost or turned in silence on its way into another framework: cells, colliding names, nameless layers."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import paddle
import pytest
import torch
from safetensors.torch import load_file
from typer.testing import CliRunner

from actzoo._main import app
from actzoo.weights.files import Carried, WeightsFileError, carry, read_weights, write_safetensors

nn = paddle.nn


def carried(saved: Any, folder: Path, to: str = "torch") -> Carried:
    """What comes of a file of the state, or of arrays that have no names of Paddle's."""
    file = folder / "a.pdparams"
    if any(isinstance(each, np.ndarray) for each in saved.values()):
        file.write_bytes(pickle.dumps(saved, 4))
    else:
        paddle.save(saved, str(file))
    return carry(read_weights(file), to)


def distinct(layer: nn.Layer) -> nn.Layer:
    """With values that no two arrays share."""
    generator = np.random.default_rng(0)
    for each in layer.parameters():
        each.set_value(generator.standard_normal(each.shape).astype(np.float32))
    return layer


CELLS = {
    "rnn-of-lstm-cell": lambda: nn.LayerList([nn.RNN(nn.LSTMCell(4, 4))]),
    "rnn-of-gru-cell": lambda: nn.LayerList([nn.Linear(4, 4), nn.RNN(nn.GRUCell(4, 4))]),
    "birnn": lambda: nn.LayerList([nn.BiRNN(nn.LSTMCell(4, 4), nn.LSTMCell(4, 4))]),
    "numbered": lambda: nn.LayerList([nn.LayerDict({"cell": nn.LSTMCell(4, 4), "cell_fw": nn.GRUCell(4, 4)})]),
}
OWN_CELLS = {
    "lstm": lambda: nn.LayerList([nn.LSTM(4, 4, num_layers=2)]),
    "bidirectional": lambda: nn.LayerList([nn.GRU(4, 4, num_layers=2, direction="bidirect")]),
    "simple": lambda: nn.SimpleRNN(4, 4),
}


@pytest.mark.parametrize("named", [True, False], ids=["paddle-names", "no-names"])
@pytest.mark.parametrize("name", CELLS)
def test_cells_of_the_user_s_are_kept(name: str, named: bool, tmp_path: Path) -> None:
    state = distinct(CELLS[name]()).state_dict()
    found = carried(state if named else {key: each.numpy() for key, each in state.items()}, tmp_path)
    assert set(found.keys) == set(state)
    assert len(found.arrays) == len(state)
    assert not found.repeated


@pytest.mark.parametrize("named", [True, False], ids=["paddle-names", "no-names"])
@pytest.mark.parametrize("name", OWN_CELLS)
def test_second_names_are_one_array_only_if_they_hold_the_same(name: str, named: bool, tmp_path: Path) -> None:
    state = distinct(OWN_CELLS[name]()).state_dict()
    saved = state if named else {key: each.numpy() for key, each in state.items()}
    second = {key for key in state if "cell" in key}
    found = carried(saved, tmp_path)
    assert set(found.repeated) == second
    assert set(found.keys) == set(state) - second
    if not named:
        changed = sorted(second)[0]
        saved[changed] = saved[changed] + 1
        assert set(carried(saved, tmp_path).repeated) == second - {changed}


def test_a_shared_layer_keeps_both_names(tmp_path: Path) -> None:
    model = nn.LayerDict({"a": nn.Linear(2, 3)})
    model["b"] = model["a"]
    found = carried(model.state_dict(), tmp_path)
    assert set(found.arrays) == {"a.weight", "a.bias", "b.weight", "b.bias"}
    np.testing.assert_array_equal(found.arrays["b.weight"].array, model["a"].weight.numpy().T)


def test_two_arrays_with_one_name_in_the_target_are_an_error(tmp_path: Path) -> None:
    ones = np.ones(2, np.float32)
    words = "'norm.running_mean' and 'norm._mean' would both be called 'norm.running_mean' in torch"
    with pytest.raises(WeightsFileError, match=words):
        carried({"norm.running_mean": ones, "norm._mean": ones}, tmp_path)
    result = CliRunner().invoke(app, ["weights", str(tmp_path / "a.pdparams"), "--to", "torch"])
    assert result.exit_code == 2
    assert not list(tmp_path.glob("*.safetensors"))


# Without Paddle's names: what every layer agrees on


def zeros(*shape: int) -> np.ndarray:
    return np.arange(np.prod(shape), dtype=np.float32).reshape(shape)


NAMELESS = [
    pytest.param("torch", "weight", zeros(2, 3), None, id="torch-matrix"),
    pytest.param("torch", "weight", zeros(2, 3, 4, 4), "weight", id="torch-kernel"),
    pytest.param("torch", "weight", zeros(3), "weight", id="torch-scale"),
    pytest.param("torch", "bias", zeros(3), "bias", id="torch-bias"),
    pytest.param("torch", "bias", zeros(1, 3), None, id="torch-bias-of-bilinear"),
    pytest.param("torch", "_mean", zeros(3), "running_mean", id="torch-mean"),
    pytest.param("torch", "scale", zeros(3), None, id="torch-instance-norm-or-own"),
    pytest.param("torch", "gamma", zeros(3, 4), "gamma", id="torch-own"),
    pytest.param("flax", "weight", zeros(2, 3), None, id="flax-matrix"),
    pytest.param("flax", "weight", zeros(2, 3, 4, 4), None, id="flax-kernel"),
    pytest.param("flax", "weight", zeros(3), None, id="flax-scale"),
    pytest.param("flax", "bias", zeros(3), "bias", id="flax-bias"),
    pytest.param("flax", "_variance", zeros(3), "var", id="flax-variance"),
]


@pytest.mark.parametrize(("to", "leaf", "array", "becomes"), NAMELESS)
def test_an_array_is_certain_where_every_layer_agrees(
    to: str, leaf: str, array: np.ndarray, becomes: str | None, tmp_path: Path
) -> None:
    found = carried({f"a.{leaf}": array}, tmp_path, to)
    assert found.unknown == (() if becomes else (f"a.{leaf}",))
    assert list(found.arrays) == [f"a.{becomes or leaf}"]
    np.testing.assert_array_equal(found.arrays[f"a.{becomes or leaf}"].array, array)


def test_what_flax_has_no_layer_for_is_listed(tmp_path: Path) -> None:
    found = carried(nn.LayerList([nn.LSTM(2, 2), nn.Bilinear(2, 2, 2), nn.Linear(2, 2)]).state_dict(), tmp_path, "flax")
    assert list(found.arrays) == ["2.kernel", "2.bias"]
    assert len(found.misfits) == 6
    assert not found.complete


def test_own_arrays_of_a_user_s_class_are_certain(tmp_path: Path) -> None:
    class Scaled(nn.Layer):
        def __init__(self) -> None:
            super().__init__()
            self.scale = self.create_parameter([3])
            self.gamma = self.create_parameter([2, 3])
            self.weight = self.create_parameter([2, 3])
            self.register_buffer("bias", paddle.ones([1, 3]))

    found = carried(Scaled().state_dict(), tmp_path)
    assert set(found.arrays) == {"scale", "gamma", "weight", "bias"}
    assert found.unknown == ("weight",)  # as it would be of a class that inherits from Linear


@pytest.mark.parametrize("to", ["torch", "flax"])
def test_safetensors_without_names_list_what_is_not_certain(to: str, tmp_path: Path) -> None:
    paddle.save(nn.Sequential(nn.Conv2D(3, 4, 1), nn.Linear(4, 4)).state_dict(), str(tmp_path / "a.pdparams"))
    write_safetensors(read_weights(tmp_path / "a.pdparams").arrays, tmp_path / "a.safetensors")
    unknown = carry(read_weights(tmp_path / "a.safetensors"), to).unknown
    assert set(unknown) == ({"1.weight"} if to == "torch" else {"0.weight", "1.weight"})


def test_an_optimiser_s_array_of_a_parameter_that_a_user_named_is_listed(tmp_path: Path) -> None:
    told = ("linear_0.w_0_moment1_0", "linear_0.w_0_fp32_master_0_moment1_0")
    arrays = {"head_moment1_0": zeros(2, 3), "head_b_moment1_0": zeros(3)} | {key: zeros(2, 3) for key in told}
    found = carried(arrays, tmp_path)
    assert found.unknown == ("head_moment1_0",)
    assert all(found.arrays[key].array.shape == (3, 2) for key in told)


OPTIMISERS = {
    "Momentum": "velocity_0",
    "Adam": "moment1_0 moment2_0",
    "AdamW": "moment1_0 moment2_0",
    "Adamax": "moment_0 inf_norm_0",
    "Adagrad": "moment_0",
    "Adadelta": "_avg_squared_grad_0 _avg_squared_update_0",
    "RMSProp": "momentum_0 mean_square_0 mean_grad_0",
    "Lamb": "moment1_0 moment2_0",
    "NAdam": "moment1_0 moment2_0 momentum_decay_pow_0 beta2_pow_0 mu_product_0",
    "RAdam": "moment1_0 moment2_0 beta1_pow_0 beta2_pow_0 rho_0",
    "Rprop": "prevs_0 learning_rates_0",
    "ASGD": "d_0",
}


@pytest.mark.parametrize("name", OPTIMISERS)
def test_every_optimiser_s_matrices_are_laid_as_their_parameters(name: str, tmp_path: Path) -> None:
    layer, more = nn.Linear(3, 2), {"batch_num": 2} if name == "ASGD" else {}
    optimiser = getattr(paddle.optimizer, name)(learning_rate=0.1, parameters=layer.parameters(), **more)
    layer(paddle.ones([1, 3])).sum().backward()
    optimiser.step()
    paddle.save(optimiser.state_dict(), str(tmp_path / "a.pdopt"))
    contents = read_weights(tmp_path / "a.pdopt")
    found = carry(contents)
    turned = {f"{layer.weight.name}_{each}" for each in OPTIMISERS[name].split()}
    assert turned <= set(contents.arrays)
    for key in turned:
        np.testing.assert_array_equal(found.arrays[key].array, contents.arrays[key].array.T, err_msg=key)
    left = {key for key, bits in contents.arrays.items() if bits.array.ndim > 1} - turned
    assert set(found.unknown) == left
    assert bool(left) == (name == "ASGD")


# The numbers, through the command


def test_a_model_of_every_layer_computes_the_same(tmp_path: Path) -> None:
    """Square matrices everywhere, so that shapes tell nothing."""
    theirs = distinct(
        nn.Sequential(
            nn.Conv2D(3, 4, 3),
            nn.BatchNorm2D(4),
            nn.PReLU(4),
            nn.InstanceNorm2D(4),
            nn.Conv2DTranspose(4, 4, 3),
            nn.GroupNorm(2, 4),
            nn.AdaptiveAvgPool2D(1),
            nn.Flatten(),
            nn.Linear(4, 4),
            nn.LayerNorm(4),
        )
    )
    theirs.eval()
    ours = torch.nn.Sequential(
        torch.nn.Conv2d(3, 4, 3),
        torch.nn.BatchNorm2d(4),
        torch.nn.PReLU(4),
        torch.nn.InstanceNorm2d(4, affine=True),
        torch.nn.ConvTranspose2d(4, 4, 3),
        torch.nn.GroupNorm(2, 4),
        torch.nn.AdaptiveAvgPool2d(1),
        torch.nn.Flatten(),
        torch.nn.Linear(4, 4),
        torch.nn.LayerNorm(4),
    ).eval()
    paddle.save({"state_dict": theirs.state_dict()}, str(tmp_path / "a.pdparams"))
    assert CliRunner().invoke(app, ["weights", str(tmp_path / "a.pdparams"), "--to", "torch"]).exit_code == 0
    ours.load_state_dict(load_file(tmp_path / "a.torch.safetensors"), strict=True)
    x = np.random.default_rng(1).standard_normal((2, 3, 8, 8)).astype(np.float32)
    expected = theirs(paddle.to_tensor(x)).numpy()
    actual = ours(torch.from_numpy(x)).detach().numpy()
    np.testing.assert_allclose(actual, expected, rtol=1e-4, atol=1e-5)
