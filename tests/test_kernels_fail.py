"""Kernels that cannot be loaded, compiled or kept: one warning, and the framework's operations."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

CALL = """
import os
import warnings
import {package} as zoo
import numpy as np
{prepare}
layer = zoo.{name}
with warnings.catch_warnings(record=True) as found:
    warnings.simplefilter("always")
    for _ in range(2):
        x = {tensor}
        layer(x).sum().backward()
ours = [str(w.message) for w in found if "actzoo" in str(w.message)]
print(len(ours), *ours)
gradient = np.asarray(x.grad.numpy()).tolist()
os.environ["ACTZOO_KERNELS"] = "off"
y = {tensor}
layer(y).sum().backward()
assert np.allclose(gradient, np.asarray(y.grad.numpy()), rtol=1e-5, atol=1e-5)
"""
FRAMEWORKS = {
    "torch": {
        "package": "actzoo_torch",
        "name": "AconC(8)",
        "prepare": "import torch",
        "tensor": "torch.linspace(-3, 3, 8 * 600).reshape(1, 8, 20, 30).requires_grad_()",
    },
    "paddle": {
        "package": "actzoo_paddle",
        "name": "AconC(8)",
        "prepare": "import paddle",
        "tensor": "paddle.to_tensor(np.linspace(-3, 3, 4800, dtype='f').reshape(1, 8, 20, 30), stop_gradient=False)",
    },
}
NOTHING_IS_WRITTEN = """
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
"""


def run(framework: str, *, prepare: str = "", **environment: str) -> str:
    code = CALL.format(**{**FRAMEWORKS[framework], "prepare": FRAMEWORKS[framework]["prepare"] + prepare})
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ, **environment}, timeout=120
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_full_disk(framework: str, tmp_path: Path) -> None:
    said = run(framework, prepare=NOTHING_IS_WRITTEN, NUMBA_CACHE_DIR=str(tmp_path))
    assert said.startswith("1 actzoo goes on by the framework's operations: Numba failed in this process, with OSError")


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_no_folder_for_compiled_kernels(framework: str) -> None:
    said = run(framework, NUMBA_CACHE_LOCATOR_CLASSES="IPythonCacheLocator")  # as without a home to write to
    assert said.startswith(
        "1 actzoo goes on by the framework's operations: Numba failed in this process, with RuntimeE"
    )
    assert "NUMBA_CACHE_DIR" in said


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_truncated_index(framework: str, tmp_path: Path) -> None:
    assert run(framework, NUMBA_CACHE_DIR=str(tmp_path)).startswith("0")
    indices = list(tmp_path.rglob("*.nbi"))
    assert indices
    for index in indices:
        index.write_bytes(index.read_bytes()[:20])
    said = run(framework, NUMBA_CACHE_DIR=str(tmp_path))
    assert said.startswith("1 actzoo goes on by the framework's operations: Numba failed")


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_numba_without_its_compiler(framework: str) -> None:
    assert run(framework, NUMBA_DISABLE_JIT="1").startswith("0")


def test_a_switch_that_asks_for_kernels_hides_no_failure(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="OSError"):
        run("torch", prepare=NOTHING_IS_WRITTEN, NUMBA_CACHE_DIR=str(tmp_path), ACTZOO_KERNELS="always")


def test_a_switch_that_there_is_not() -> None:
    with pytest.raises(AssertionError, match="ACTZOO_KERNELS is 'on'; it is one of off, always, triton, or not set"):
        run("torch", ACTZOO_KERNELS="on")


THREADS = """
import os, torch, actzoo_torch
torch.set_num_threads(1)
layer = actzoo_torch.Mish()
layer(torch.randn(64, 64)).sum()
assert torch.get_num_threads() == 1, torch.get_num_threads()
child = os.fork()
if child == 0:
    torch.randn(512, 512) @ torch.randn(512, 512)
    layer(torch.randn(64, 64))
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
"""


def test_the_number_of_threads_is_the_users() -> None:
    subprocess.run([sys.executable, "-W", "ignore", "-c", THREADS], check=True, timeout=60)
