"""Files of Paddle weights: what Paddle wrote is read to the bit, what is hostile is refused by name and byte."""

from __future__ import annotations

import collections
import os
import pickle
import struct
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import paddle
import pytest
import torch
from safetensors.torch import load_file
from typer.testing import CliRunner

from actzoo._main import app
from actzoo.weights.files import WeightsFileError, carry, read_weights, write_safetensors


def network() -> paddle.nn.Layer:
    """Square matrices everywhere, so that shapes tell nothing."""
    paddle.seed(0)
    nn = paddle.nn
    model = nn.Sequential(
        nn.Conv2D(3, 4, 3),
        nn.BatchNorm2D(4),
        nn.PReLU(),
        nn.Linear(4, 4),
        nn.Conv2DTranspose(4, 4, 3),
        nn.InstanceNorm2D(4),
        nn.GroupNorm(2, 4),
        nn.LayerNorm(4),
    )
    model.add_sublayer("embedding", nn.Embedding(4, 4))
    model.add_sublayer("lstm", nn.LSTM(4, 4, direction="bidirect"))
    model.add_sublayer("bilinear", nn.Bilinear(4, 4, 4))
    return model


def twin() -> torch.nn.Module:
    nn = torch.nn
    model = nn.Sequential(
        nn.Conv2d(3, 4, 3),
        nn.BatchNorm2d(4),
        nn.PReLU(),
        nn.Linear(4, 4),
        nn.ConvTranspose2d(4, 4, 3),
        nn.InstanceNorm2d(4, affine=True),
        nn.GroupNorm(2, 4),
        nn.LayerNorm(4),
    )
    model.add_module("embedding", nn.Embedding(4, 4))
    model.add_module("lstm", nn.LSTM(4, 4, bidirectional=True))
    model.add_module("bilinear", nn.Bilinear(4, 4, 4))
    return model


@pytest.mark.parametrize("protocol", [2, 3, 4])
def test_a_state_dict_arrives(protocol: int, tmp_path: Path) -> None:
    from actzoo import convert

    model, file = network(), tmp_path / "model.pdparams"
    paddle.save(model.state_dict(), str(file), protocol=protocol)
    carried = carry(read_weights(file))
    assert carried.complete
    write_safetensors(carried.arrays, tmp_path / "model.safetensors")
    state = load_file(tmp_path / "model.safetensors")
    wanted = convert(model.state_dict(), source="paddle", target="torch", model=twin())
    wanted = {key: value for key, value in wanted.items() if not key.endswith("num_batches_tracked")}
    assert state.keys() == wanted.keys()
    for key, value in wanted.items():
        assert torch.equal(state[key], value), key
    assert set(carried.repeated) == {key for key in model.state_dict() if ".cell_" in key}


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float64", "int64", "bool", "uint8", "complex64"])
def test_every_dtype_arrives(dtype: str, tmp_path: Path) -> None:
    tensor = paddle.to_tensor([0.0, 1.5, -2.0]).astype(dtype)
    paddle.save({"a": tensor}, str(tmp_path / "a.pdparams"))
    bits = read_weights(tmp_path / "a.pdparams").arrays["a"]
    assert bits.dtype == dtype
    assert bits.array.tobytes() == tensor.numpy().tobytes()


def test_a_tensor_alone_and_a_nest(tmp_path: Path) -> None:
    file = tmp_path / "a.pdparams"
    paddle.save(paddle.ones([2]), str(file))
    assert list(read_weights(file).arrays) == ["tensor"]
    paddle.save({"model": paddle.nn.Linear(2, 2).state_dict(), "epoch": 3}, str(file))
    contents = read_weights(file)
    assert contents.rest == {"epoch": 3}
    assert carry(contents).complete
    assert set(contents.arrays) == {"model.weight", "model.bias"}


def test_slices_of_big_arrays_are_joined(tmp_path: Path) -> None:
    whole = np.arange(12, dtype=np.float32)
    told = {"weight": {"OriginShape": (3, 4), "slices": ["weight@@.0", "weight@@.1"]}}
    saved = {"weight@@.0": whole[:7], "weight@@.1": whole[7:], "UnpackBigParamInfor@@": told}
    (tmp_path / "a.pdparams").write_bytes(pickle.dumps(saved, 2))
    arrays = read_weights(tmp_path / "a.pdparams").arrays
    assert list(arrays) == ["weight"]
    np.testing.assert_array_equal(arrays["weight"].array, whole.reshape(3, 4))


@pytest.mark.parametrize("protocol", range(6))
def test_numpy_s_own_spelling_of_every_protocol(protocol: int, tmp_path: Path) -> None:
    saved = collections.OrderedDict(
        a=np.arange(6.0).reshape(2, 3), f=np.asfortranarray(np.eye(2, 3)), s=np.float32(2.5), e=np.zeros((0, 3), ">i4")
    )
    (tmp_path / "a.pdparams").write_bytes(pickle.dumps(saved, protocol))
    arrays = read_weights(tmp_path / "a.pdparams").arrays
    for key, value in saved.items():
        np.testing.assert_array_equal(arrays[key].array, value)


def test_an_optimiser_s_state_is_laid_as_its_parameters(tmp_path: Path) -> None:
    layer = paddle.nn.Linear(3, 2)
    optimiser = paddle.optimizer.Adam(paddle.optimizer.lr.StepDecay(0.1, 3), parameters=layer.parameters())
    layer(paddle.ones([1, 3])).sum().backward()
    optimiser.step()
    paddle.save(optimiser.state_dict(), str(tmp_path / "a.pdopt"))
    contents = read_weights(tmp_path / "a.pdopt")
    arrays = {key.partition(".")[2]: bits.array for key, bits in carry(contents).arrays.items()}
    assert arrays["w_0_moment1_0"].shape == (2, 3)
    assert contents.rest["LR_Scheduler.last_lr"] == 0.1


def test_an_inference_model_s_parameters(tmp_path: Path) -> None:
    model = paddle.nn.Sequential(paddle.nn.Conv2D(3, 4, 3), paddle.nn.BatchNorm2D(4))
    model.eval()
    with np.errstate(all="ignore"):
        paddle.jit.save(model, str(tmp_path / "m"), input_spec=[paddle.static.InputSpec([None, 3, 6, 6], "float32")])
    arrays = read_weights(tmp_path / "m.pdiparams").arrays
    for parameter in model.state_dict().values():
        np.testing.assert_array_equal(arrays[parameter.name].array, parameter.numpy())
    (tmp_path / "m.json").unlink()
    assert len(read_weights(tmp_path / "m.pdiparams").arrays) == 6


def test_a_matrix_of_no_known_layer_is_listed_and_kept(tmp_path: Path) -> None:
    saved = {"fc.weight": np.ones((2, 3), np.float32), "fc.bias": np.ones(3, np.float32)}
    (tmp_path / "a.pdparams").write_bytes(pickle.dumps(saved, 4))
    carried = carry(read_weights(tmp_path / "a.pdparams"))
    assert carried.unknown == ("fc.weight",)
    assert carried.arrays["fc.weight"].array.shape == (2, 3)


def test_safetensors_come_back(tmp_path: Path) -> None:
    paddle.save({"a": paddle.ones([2, 3]).astype("bfloat16"), "b": paddle.ones([])}, str(tmp_path / "a.pdparams"))
    arrays = read_weights(tmp_path / "a.pdparams").arrays
    write_safetensors(arrays, tmp_path / "a.safetensors")
    again = read_weights(tmp_path / "a.safetensors").arrays
    assert all(again[key].same(arrays[key]) for key in arrays)


# What is refused


class Call:
    """Pickled as a call of a function."""

    def __init__(self, function: Callable[..., Any], *arguments: Any) -> None:
        self.function, self.arguments = function, arguments

    def __reduce__(self) -> Any:
        return self.function, self.arguments


def nested(levels: int, innermost: Any) -> Any:
    return innermost if not levels else {"a": [nested(levels - 1, innermost)]}


def claim(size: int) -> bytes:
    return b"\x80\x04B" + struct.pack("<I", size) + b"x" * 1000


HOSTILE = {
    "os.system": (lambda path: pickle.dumps({"w": Call(os.system, f"touch {path}")}, 4), "global 'posix.system'"),
    "eval": (lambda path: pickle.dumps(Call(eval, f"open({str(path)!r}, 'w')"), 2), "global '__builtin__.eval'"),
    "ten levels deep": (lambda path: pickle.dumps(nested(10, Call(eval, f"open({str(path)!r}, 'w')")), 4), "eval"),
    "a pickle in a pickle": (
        lambda path: pickle.dumps(Call(pickle.loads, pickle.dumps(Call(os.system, f"touch {path}"))), 4),
        "global '_pickle.loads'",
    ),
    "truncated": (lambda path: pickle.dumps({"w": np.ones(100)}, 4)[:-200], "at byte"),
    "2 GiB claimed": (lambda path: claim(2**31 - 1), "at byte"),
    "4 GiB claimed": (lambda path: b"\x80\x04\x8e" + struct.pack("<Q", 2**32) + b"x" * 1000, "at byte"),
    "a shape that claims 2 GiB": (
        lambda path: pickle.dumps(np.ones(3, np.float32), 2).replace(b"K\x03\x85", b"J\0\0\0\x20\x85"),
        "claims the shape",
    ),
    "a hundred thousand lists": (lambda path: b"\x80\x04" + b"]" * 10**5 + b"a" * (10**5 - 1) + b".", "nested deeper"),
    "itself": (lambda path: b"\x80\x04]\x94h\x00a.", "contains itself"),
    "laughs": (
        lambda path: b"\x80\x04]\x94" + b"".join(b"h%ch%c\x86\x94" % (i, i) for i in range(99)) + b".",
        "nested",
    ),
    "objects": (lambda path: pickle.dumps(np.array([None]), 4), "a dtype 'O8'"),
    "a wild instruction": (lambda path: b"\x80\x04\x82\x01.", "refuses the instruction EXT1"),
    "empty": (lambda path: b"", "empty"),
    "no pickle": (lambda path: b"hello, here is some text", "neither a pickle"),
    "zip": (lambda path: b"PK\x03\x04" + bytes(99), "torch.load"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused(name: str, tmp_path: Path) -> None:
    make, words = HOSTILE[name]
    file, touched = tmp_path / "a.pdparams", tmp_path / "touched"
    file.write_bytes(make(touched))
    started = time.perf_counter()
    with pytest.raises(WeightsFileError, match=words) as error:
        read_weights(file)
    assert time.perf_counter() - started < 1
    assert not touched.exists()
    if "global" in words:
        assert error.value.offset is not None
        assert f"at byte {error.value.offset}" in str(error.value)


@pytest.mark.parametrize("levels", [2**40, 3])
def test_claims_of_an_inference_file_are_not_believed(levels: int, tmp_path: Path) -> None:
    (tmp_path / "a.pdiparams").write_bytes(struct.pack("<IQQ", 0, levels, 2**31) + bytes(100))
    with pytest.raises(WeightsFileError, match="claims 2147483648 bytes"):
        read_weights(tmp_path / "a.pdiparams")


MUTATIONS = int(os.environ.get("ACTZOO_MUTATIONS", "1000"))
"""The whole measure is 10,000: `ACTZOO_MUTATIONS=10000 python -m pytest tests/test_weights_files.py -k mutated`."""


@pytest.mark.parametrize("format", ["pdparams-2", "pdparams-4", "pdiparams", "safetensors"])
def test_mutated_files_are_read_or_refused(format: str, tmp_path: Path) -> None:
    """Bytes changed, cut out, doubled: the only thing that comes out but arrays is the error."""
    model = paddle.nn.Sequential(paddle.nn.Conv2D(1, 2, 1), paddle.nn.Linear(2, 2))
    source = tmp_path / "a.pdparams"
    paddle.save(model.state_dict(), str(source), protocol=int(format[-1]) if format[-1].isdigit() else 4)
    if format == "safetensors":
        write_safetensors(read_weights(source).arrays, tmp_path / "a.safetensors")
        source = tmp_path / "a.safetensors"
    if format == "pdiparams":
        model.eval()
        paddle.jit.save(model[0], str(tmp_path / "a"), input_spec=[paddle.static.InputSpec([1, 1, 2, 2], "float32")])
        source = tmp_path / "a.pdiparams"
    whole, random = source.read_bytes(), np.random.default_rng(0)
    refused = 0
    for _ in range(MUTATIONS // 4):
        data = bytearray(whole)
        for _ in range(random.integers(1, 4)):
            at, length = int(random.integers(len(data))), int(random.integers(1, 9))
            fresh = random.integers(0, 256, length, dtype=np.uint8).tobytes()
            data[at : at + length] = (fresh, b"", bytes(data[at : at + length]) * 2)[int(random.integers(3))]
        source.write_bytes(data)
        try:
            carry(read_weights(source))
        except WeightsFileError:
            refused += 1
    assert 0 < refused <= MUTATIONS // 4


# The command


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["weights", *map(str, arguments)], env={"COLUMNS": "120"})
    return result.exit_code, result.output


def test_the_command_shows_and_writes(tmp_path: Path) -> None:
    file = tmp_path / "a.pdparams"
    model = paddle.nn.Linear(2, 3)
    paddle.save(model.state_dict(), str(file))
    status, output = run(file)
    assert status == 0
    assert "2 arrays, 9 numbers" in output
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.pdparams"]
    assert run(file, "--to", "torch", "--pt")[0] == 0
    state = torch.load(tmp_path / "a.torch.pt", weights_only=True)
    np.testing.assert_array_equal(state["weight"].numpy().T, model.weight.numpy())
    assert run(file, "--to", "flax", "-o", tmp_path / "flax.safetensors")[0] == 0
    assert set(load_file(tmp_path / "flax.safetensors")) == {"kernel", "bias"}


def test_the_command_s_exit_status(tmp_path: Path) -> None:
    file = tmp_path / "a.pdparams"
    file.write_bytes(pickle.dumps({"fc.weight": np.ones((2, 2))}, 4))
    assert run(file)[0] == 1
    file.write_bytes(pickle.dumps(Call(os.system, "true"), 4))
    status, output = run(file)
    assert status == 2
    assert "refuses the global 'posix.system', at byte" in " ".join(output.split())
    assert run(tmp_path / "none.pdparams")[0] == 2
    assert run(file, "--to", "keras")[0] == 2
