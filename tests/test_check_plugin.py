"""The pytest plugin: its fixture, its options, its line in the summary; alone and under pytest-xdist."""

import json
import subprocess
import sys

import pytest

pytest_plugins = "pytester"
PLUGIN = ("-p", "no:cacheprovider")
TESTS = """
    import numpy as np
    import torch
    from actzoo_parity import check

    X = np.linspace(-2, 2, 7, dtype=np.float32)

    def test_by_the_fixture(parity_check):
        report = parity_check(torch.tanh, np.tanh, X)
        assert report.seed == {seed}

    def test_by_import():
        check(torch.sin, np.sin, X)

    def test_without_a_check():
        pass
"""
WRONG = """
    import numpy as np
    import torch

    def test_wrong(parity_check):
        parity_check(torch.tanh, np.sin, np.linspace(-2, 2, 7, dtype=np.float32))
"""


@pytest.mark.parametrize("workers", [(), ("-p", "xdist", "-n", "2")], ids=["alone", "xdist"])
def test_a_run_has_a_line_and_a_report(workers: tuple[str, ...], pytester: pytest.Pytester) -> None:
    pytester.makepyfile(TESTS.format(seed=3))
    result = pytester.runpytest_subprocess(
        *PLUGIN, *workers, "--parity-report", "parity.json", "--parity-seed", "3", "-W", "error"
    )
    result.assert_outcomes(passed=3)
    result.stdout.re_match_lines([r"parity: 2 checks, worst 0\.\d\d of its bound"])
    records = json.loads((pytester.path / "parity.json").read_text())
    assert sorted((r["test"].partition("::")[2], r["framework"], r["seed"]) for r in records) == [
        ("test_by_import", "numpy", 0),
        ("test_by_import", "torch", 0),
        ("test_by_the_fixture", "numpy", 3),
        ("test_by_the_fixture", "torch", 3),
    ]
    assert all(r["status"] == "held" for r in records)


def test_a_failure_is_in_the_report_and_shows_no_code_of_ours(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(WRONG)
    result = pytester.runpytest_subprocess(*PLUGIN, "--parity-report", "parity.json")
    result.assert_outcomes(failed=1)
    says = [r"E .*numpy differs from torch in value: \S+ times the bound", r"parity: 1 check, 1 not held, worst"]
    result.stdout.re_match_lines(says)
    result.stdout.no_re_match_line(".*reference: what the values are judged against.*")
    records = json.loads((pytester.path / "parity.json").read_text())
    assert [(r["framework"], r["status"]) for r in records] == [("torch", "held"), ("numpy", "failed")]


def test_a_run_without_checks_has_no_line(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_nothing(): pass")
    result = pytester.runpytest_subprocess(*PLUGIN)
    result.assert_outcomes(passed=1)
    result.stdout.no_re_match_line("parity:.*")


def test_a_report_that_cannot_be_written_is_said(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(TESTS.format(seed=0))
    result = pytester.runpytest_subprocess(*PLUGIN, "--parity-report", "no/folder/parity.json")
    result.assert_outcomes(passed=3)
    result.stdout.re_match_lines([r"parity: no/folder/parity\.json could not be written: No such file or directory"])


def test_pytest_starts_without_a_framework() -> None:
    heavy = {"torch", "paddle", "jax", "numpy", "scipy", "actzoo"}
    code = f"import sys, actzoo_parity.plugin; print(*sorted({heavy!r} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.split() == []
