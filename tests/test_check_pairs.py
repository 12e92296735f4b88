"""Pairs listed in a file: how it is read, what its errors say, and the records of a pair."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from actzoo_parity import PairsError, is_pairs_file, pair, pairs_of, run_pair
from actzoo_parity._record import from_data, to_data

FILE = '''
"""A linear layer and a softmax."""

import numpy as np

from actzoo_parity import pair

X = np.random.default_rng(0).standard_normal((3, 4)).astype(np.float32)


def in_torch():
    import torch

    return torch.nn.Linear(4, 4)


def in_paddle():
    import paddle

    return paddle.nn.Linear(4, 4)


def softmax():
    import torch

    return lambda x: torch.softmax(x, -1)


def softmax_in_numpy():
    return lambda x: np.exp(x) / np.exp(x).sum(AXIS, keepdims=True)


AXIS = -1
pair("linear", torch=in_torch, paddle=in_paddle, inputs=X)
pair("softmax", numpy=softmax_in_numpy, torch=softmax, inputs=lambda: X)
'''


IMPORT = "from actzoo_parity import pair\n"


def test_a_file_lists_pairs_and_each_has_a_record_a_side(tmp_path: Path) -> None:
    file = tmp_path / "pairs.py"
    file.write_text(FILE)
    assert is_pairs_file(file)
    linear, softmax = pairs_of(file)
    assert (linear.name, softmax.name) == ("linear", "softmax")
    assert linear.file == str(file)
    for each, frameworks in ((linear, ["torch", "paddle"]), (softmax, ["numpy", "torch"])):
        records = run_pair(each)
        assert [(r.activation, r.framework, r.status, r.against) for r in records] == [
            (each.name, framework, "held", "estimated") for framework in frameworks
        ]
        assert all(from_data(to_data(r)) == r for r in records)


def test_a_pair_that_differs_fails_with_its_message(tmp_path: Path) -> None:
    file = tmp_path / "pairs.py"
    file.write_text(FILE.replace("AXIS = -1", "AXIS = 0"))
    records = run_pair(pairs_of(file)[1])
    assert [r.status for r in records] == ["held", "failed"]
    assert "torch differs from numpy in value" in records[1].message
    assert records[1].outputs["value"].ratio > 1


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("import nothing_of_that_name", "pairs.py:1: ModuleNotFoundError", id="import"),
        pytest.param("\n1 / 0", "pairs.py:2: ZeroDivisionError: division by zero", id="raises"),
        pytest.param("x = (", "pairs.py:1: .* was never closed", id="syntax"),
        pytest.param("", "lists no pair", id="empty"),
        pytest.param(f"{IMPORT}pair('a', torch=int, inputs=1)", "pairs.py:2: .* 1 sides", id="one"),
        pytest.param(
            f"{IMPORT}pair('a', torch=int, numpy=3, inputs=1)",
            "numpy is no function",
            id="built",
        ),
        pytest.param(
            f"{IMPORT}pair('a', torch=int, numpy=int, inputs=1, weight=2)",
            "pair 'a' has no argument weight",
            id="argument",
        ),
        pytest.param(
            f"{IMPORT}for _ in range(2): pair('a', torch=int, numpy=int, inputs=1)",
            "pairs.py:2: there is a pair 'a' already",
            id="twice",
        ),
    ],
)
def test_a_file_that_is_wrong_says_where(text: str, says: str, tmp_path: Path) -> None:
    file = tmp_path / "pairs.py"
    file.write_text(text)
    with pytest.raises(PairsError, match=says):
        pairs_of(file)


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(PairsError, match=r"nothing\.py"):
        pairs_of(tmp_path / "nothing.py")


def test_other_files_are_no_files_of_pairs(tmp_path: Path) -> None:
    file = tmp_path / "spec.py"
    file.write_text("import actzoo_parity\nactzoo_parity.pair('a', numpy=int, torch=int, inputs=1)")
    assert is_pairs_file(file)
    file.write_text("from actzoo_parity import reference")
    assert not is_pairs_file(file)
    assert not is_pairs_file(tmp_path / "nothing.py")


def in_numpy() -> Any:
    return np.tanh


def not_there() -> Any:
    raise ModuleNotFoundError("No module named 'torch'", name="torch")


def broken() -> Any:
    raise RuntimeError("out of memory")


def test_a_framework_that_is_not_installed_is_not_run() -> None:
    records = run_pair(pair("tanh", numpy=in_numpy, torch=not_there, inputs=np.ones(3, np.float32)))
    assert [(r.framework, r.status) for r in records] == [("numpy", "not run"), ("torch", "not run")]
    assert records[1].message == "torch is not installed"


def test_a_builder_that_raises_is_an_error_and_the_others_run() -> None:
    def in_paddle() -> Any:
        import paddle

        return paddle.tanh

    x = np.linspace(-1, 1, 5, dtype=np.float32)
    records = run_pair(pair("tanh", torch=broken, paddle=in_paddle, numpy=in_numpy, inputs=x))
    assert [(r.framework, r.status) for r in records] == [("torch", "error"), ("paddle", "held"), ("numpy", "held")]
    assert "RuntimeError: out of memory (test_check_pairs.py:" in records[0].message


def test_inputs_that_cannot_be_compared_are_errors_of_all() -> None:
    def inputs() -> Any:
        raise OSError("no photographs")

    both = {"numpy": in_numpy, "paddle": in_numpy}
    for given, says in ((inputs, "OSError: no photographs"), (np.arange(3), "which dtype is to be judged")):
        records = run_pair(pair("tanh", **both, inputs=given))
        assert [r.status for r in records] == ["error", "error"]
        assert all(says in r.message for r in records)
