"""Inference models: the program beside the parameters tells their names, and what is a linear layer's weight."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import paddle
import pytest
from typer.testing import CliRunner

from actzoo._main import app
from actzoo.weights.files import WeightsFileError, carry, read_weights

nn = paddle.nn


class Model(nn.Layer):
    """Square matrices everywhere; half the parameters have names of the user's, which tell no layer."""

    def __init__(self) -> None:
        super().__init__()

        def named(name: str) -> paddle.ParamAttr:
            return paddle.ParamAttr(name=name)

        self.stem = nn.Conv2D(3, 4, 3, weight_attr=named("stem"), bias_attr=named("stem_b"))
        self.up = nn.Conv2DTranspose(4, 4, 3, weight_attr=named("up"))
        self.norm = nn.BatchNorm2D(4)
        self.slope = nn.PReLU(weight_attr=named("slope"))
        self.words = nn.Embedding(4, 4, weight_attr=named("words"))
        self.layer_norm = nn.LayerNorm(4)
        self.fc = nn.Linear(4, 4)
        self.head = nn.Linear(4, 4, weight_attr=named("head"), bias_attr=named("head_b"))
        self.own = self.create_parameter([4, 4])

    def forward(self, x: paddle.Tensor, ids: paddle.Tensor) -> paddle.Tensor:
        maps = self.slope(self.norm(self.up(self.stem(x))))
        words = self.layer_norm(self.words(ids))
        return self.head(self.fc(nn.functional.linear(words + maps.mean([2, 3]).unsqueeze(1), self.own)))


OWN = "model_0.w_0"
OF_PROGRAM = {"stem": "conv", "up": "conv_transpose", "slope": "prelu", "words": "embedding", "head": "dense"}

FUNCTIONS = """
import sys
import paddle

paddle.enable_static()
with paddle.pir_utils.OldIrGuard():
    main, start = paddle.static.Program(), paddle.static.Program()
    with paddle.static.program_guard(main, start):
        x = paddle.static.data("x", [None, 4, 1, 1])
        y = paddle.static.nn.prelu(x, "channel", param_attr=paddle.ParamAttr(name="slopes"))
        y = paddle.static.nn.fc(paddle.static.nn.fc(y, 4), 4, bias_attr=False)
    run = paddle.static.Executor(paddle.CPUPlace())
    run.run(start)
    paddle.static.save_inference_model(sys.argv[1], [x], [y], run, program=main)
"""
STATIC = """
import sys
sys.path.insert(0, sys.argv[1])
import numpy as np
import paddle
from test_weights_inference import Model

paddle.enable_static()
with paddle.pir_utils.OldIrGuard():
    main, start = paddle.static.Program(), paddle.static.Program()
    with paddle.static.program_guard(main, start):
        model = Model()
        model.eval()
        inputs = [paddle.static.data("x", [None, 3, 8, 8]), paddle.static.data("ids", [None, 5], "int64")]
        outputs = [model(*inputs)]
    run = paddle.static.Executor(paddle.CPUPlace())
    run.run(start)
    paddle.static.save_inference_model(sys.argv[2], inputs, outputs, run, program=main)
    names, scope = [v.name for v in model.state_dict().values()], paddle.static.global_scope()
    np.savez(sys.argv[2], **{name: np.array(scope.find_var(name).get_tensor()) for name in names})
"""


def with_old_programs(script: str, *arguments: str) -> None:
    """Run a script in which Paddle makes programs of 2.x: the flag has to be set before it is imported."""
    environment = {**os.environ, "FLAGS_enable_pir_api": "0"}
    subprocess.run([sys.executable, "-c", script, *arguments], env=environment, check=True)


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Paths without their suffixes, by the suffix of the program; the arrays lie in `.npz`."""
    folder = tmp_path_factory.mktemp("inference")
    with paddle.utils.unique_name.guard():
        model = Model()
    model.eval()
    of = paddle.static.InputSpec
    paddle.jit.save(model, str(folder / "new"), input_spec=[of([None, 3, 8, 8]), of([None, 5], "int64")])
    np.savez(folder / "new", **{each.name: each.numpy() for each in model.state_dict().values()})
    with_old_programs(STATIC, str(Path(__file__).parent), str(folder / "old"))
    return {".json": folder / "new", ".pdmodel": folder / "old"}


@pytest.fixture(params=[".json", ".pdmodel"])
def model(request: pytest.FixtureRequest, saved: dict[str, Path], tmp_path: Path) -> Path:
    """The parameters of a copy of the model in `tmp_path`, with the program beside it."""
    for suffix in (request.param, ".pdiparams"):
        (tmp_path / f"m{suffix}").write_bytes(saved[request.param].with_suffix(suffix).read_bytes())
    (tmp_path / "m.npz").write_bytes(saved[request.param].with_suffix(".npz").read_bytes())
    return tmp_path / "m.pdiparams"


def program_of(model: Path) -> Path:
    return next(path for path in model.parent.iterdir() if path.suffix in (".json", ".pdmodel"))


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["weights", *map(str, arguments)], env={"COLUMNS": "120"})
    return result.exit_code, " ".join(result.output.split())


def test_the_program_names_the_parameters(model: Path) -> None:
    contents, wanted = read_weights(model), np.load(model.with_suffix(".npz"))
    assert set(contents.arrays) == set(wanted)
    for key, bits in contents.arrays.items():
        np.testing.assert_array_equal(bits.array, wanted[key], err_msg=key)


def test_linear_layers_are_told_by_name_and_by_use(model: Path) -> None:
    contents = read_weights(model)
    carried = carry(contents)
    turned = {"linear_0.w_0", "head"}
    for key, bits in contents.arrays.items():
        wanted = bits.array.T if key in turned else bits.array
        np.testing.assert_array_equal(carried.arrays[key].array, wanted, err_msg=key)
    assert {key: carried.layers[key] for key in OF_PROGRAM} == OF_PROGRAM
    assert set(carried.by_use) == set(OF_PROGRAM)
    assert carried.unknown == (OWN,)  # multiplied as a linear layer's is, and named after a user's class
    status, output = run(model, "--to", "torch")
    assert status == 1
    assert f"{OWN}: nothing tells which layer it belongs to, so it was left as it is" in output
    assert "head: its name tells no layer, and its use in the program does" in output


def test_flax_has_the_axes_of_what_the_program_tells(model: Path) -> None:
    contents = read_weights(model)
    carried = carry(contents, to="flax")
    moves: dict[str, Callable[[np.ndarray], np.ndarray]] = {
        "stem": lambda a: a.transpose(2, 3, 1, 0),
        "up": lambda a: a.transpose(2, 3, 0, 1)[::-1, ::-1],
        "slope": lambda a: a[0],
        "words": lambda a: a,
        "head": lambda a: a,
        "linear_0.w_0": lambda a: a,
    }
    for key, move in moves.items():
        np.testing.assert_array_equal(carried.arrays[key].array, move(contents.arrays[key].array), err_msg=key)
    assert carried.complete  # also of the user's matrix: every matrix lies in Flax as it does in Paddle


def test_without_names_everything_is_listed(model: Path) -> None:
    program_of(model).unlink()
    contents = read_weights(model)
    carried = carry(contents)
    assert carried.unknown == tuple(contents.arrays) == tuple(f"tensor_{index}" for index in range(len(carried.arrays)))
    status, output = run(model)
    assert status == 1
    assert "without names: neither .info, .json nor .pdmodel lies beside them" in output


def test_info_gives_the_model_s_names(model: Path) -> None:
    keys = {name: f"{index}.weight" for index, name in enumerate(read_weights(model).arrays)}
    info = model.with_name("m.pdiparams.info")
    info.write_bytes(pickle.dumps({name: {"structured_name": key} for name, key in keys.items()}, 2))
    contents = read_weights(model)
    assert set(contents.arrays) == set(keys.values())
    carried = carry(contents)
    np.testing.assert_array_equal(carried.arrays[keys["head"]].array, contents.arrays[keys["head"]].array.T)
    info.write_bytes(pickle.dumps({name: {"structured_name": "weight"} for name in keys}, 2))
    with pytest.raises(WeightsFileError, match="info calls several tensors 'weight'"):
        read_weights(model)


def test_another_model_s_program_is_refused(model: Path) -> None:
    program = program_of(model)
    data = program.read_bytes()
    program.write_bytes(data.replace(b"stem", b"xtem"))  # the same number of parameters in another order
    with pytest.raises(WeightsFileError, match=rf"has the shape .* in {program.name}"):
        read_weights(model)
    program.write_bytes(b'{"program": 3}' if program.suffix == ".json" else b"\x0a\x02\x08\x00")
    with pytest.raises(WeightsFileError, match=f"{program.name} is no program of Paddle"):
        read_weights(model)


def test_other_json_beside_is_passed_over(saved: dict[str, Path], tmp_path: Path) -> None:
    for suffix in (".pdiparams", ".pdmodel"):
        (tmp_path / f"m{suffix}").write_bytes(saved[".pdmodel"].with_suffix(suffix).read_bytes())
    (tmp_path / "m.json").write_text('{"batch": 3}')
    assert "named by m.pdmodel" in read_weights(tmp_path / "m.pdiparams").format


def test_what_lies_beside_is_never_written_over(model: Path) -> None:
    program = program_of(model)
    before = program.read_bytes()
    status, output = run(model, "--to", "torch", "-o", program, "--force")
    assert status == 2
    assert f"{program} is read, and {program} is the same file" in output
    assert program.read_bytes() == before


def test_json_has_what_is_printed(model: Path) -> None:
    result = CliRunner().invoke(app, ["weights", str(model), "--json"])
    found = json.loads(result.stdout)
    assert result.exit_code == 1
    assert found["unknown"] == [OWN]
    assert {row["key"]: row["layer"] for row in found["arrays"] if row["key"] in OF_PROGRAM} == OF_PROGRAM
    assert set(found["by_use"]) == set(OF_PROGRAM)


def test_functions_of_static_graphs(tmp_path: Path) -> None:
    with_old_programs(FUNCTIONS, str(tmp_path / "m"))
    contents = read_weights(tmp_path / "m.pdiparams")
    found = carry(contents)
    for key in ("fc_0.w_0", "fc_1.w_0"):
        np.testing.assert_array_equal(found.arrays[key].array, contents.arrays[key].array.T)
    assert set(found.by_use) == {"fc_0.w_0", "fc_1.w_0"}
    assert found.unknown == ("slopes",)  # of the shape (1, 4, 1, 1), which no layer of torch has
    assert set(found.arrays) == set(contents.arrays)


def test_mutated_programs_are_read_or_refused(model: Path) -> None:
    program, random, refused = program_of(model), np.random.default_rng(0), 0
    whole = program.read_bytes()
    for _ in range(100):
        data = bytearray(whole)
        for at in random.integers(len(data), size=3):
            data[at : at + 4] = (random.bytes(4), b"", bytes(data[at : at + 4]) * 2)[int(random.integers(3))]
        program.write_bytes(data)
        try:
            carry(read_weights(model))
        except WeightsFileError:
            refused += 1
    assert 10 < refused <= 100


def test_a_recurrent_layer_s_state_is_no_parameter(tmp_path: Path) -> None:
    """Paddle's program of an LSTM names the state of its dropout, which is not in the file."""
    layer = nn.LSTM(4, 4)
    layer.eval()
    paddle.jit.save(layer, str(tmp_path / "m"), input_spec=[paddle.static.InputSpec([2, 5, 4])])
    contents = read_weights(tmp_path / "m.pdiparams")
    for each in layer.parameters():
        np.testing.assert_array_equal(contents.arrays[each.name].array, each.numpy())
    assert carry(contents).complete
    assert len(carry(contents, to="flax").misfits) == 4
