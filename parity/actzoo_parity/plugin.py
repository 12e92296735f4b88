"""The pytest plugin: a fixture, a summary line and a report of all checks of a run. Imports nothing of ours at start.

pytest --parity-report parity.json --parity-seed 3
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Generator
from functools import partial
from pathlib import Path
from typing import Any, final

import pytest

CHECKS = "actzoo_parity_checks"
"""Under which name a worker of pytest-xdist hands over what it checked."""


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("parity", "numerical parity (actzoo_parity)")
    group.addoption(
        "--parity-report", metavar="FILE.json", type=Path, help="Write a record of every side of every check there."
    )
    group.addoption("--parity-seed", metavar="N", type=int, default=0, help="The seed of parity_check (default: 0).")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Checks(config), CHECKS)


@pytest.fixture
def parity_check(request: pytest.FixtureRequest) -> Callable[..., Any]:
    """`actzoo_parity.check` with the seed of the command line."""
    from actzoo_parity import check

    made: Callable[..., Any] = partial(check, seed=request.config.getoption("--parity-seed"))
    return made


@final
class Checks:
    """The checks of a run: of this process, and of the workers if there are any."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.found: list[dict[str, Any]] = []

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, Any, Any]:
        self._take()  # of another run in this process, or of an import
        result = yield
        self.found += [{"test": item.nodeid, **each} for each in self._take()]
        return result

    def _take(self) -> list[dict[str, Any]]:
        """What has been checked since; nothing if no test imported `check`."""
        log = sys.modules.get("actzoo_parity._log")
        if log is None:
            return []
        from ._record import to_data

        taken = []
        while log.finished:
            report = log.finished.popleft()
            taken.append({"ratio": _finite(report.ratio), "records": [to_data(r) for r in report.records()]})
        return taken

    def pytest_sessionfinish(self) -> None:
        output = getattr(self.config, "workeroutput", None)
        if output is not None:
            output[CHECKS] = json.dumps(self.found)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take over from a worker that has ended."""
        self.found += json.loads(getattr(node, "workeroutput", {}).get(CHECKS, "[]"))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        path: Path | None = self.config.getoption("--parity-report")
        if path is not None:
            records = [{"test": each["test"], **record} for each in self.found for record in each["records"]]
            try:
                path.write_text(json.dumps(records, indent=2) + "\n", encoding="utf-8")
            except OSError as error:
                terminalreporter.write_line(f"parity: {path} could not be written: {error.strerror}", red=True)
        if self.found:
            worst = max(float(each["ratio"]) for each in self.found)
            broken = sum(any(r["status"] != "held" for r in each["records"]) for each in self.found)
            checks = "1 check" if len(self.found) == 1 else f"{len(self.found)} checks"
            said = f"{checks}, {broken} not held" if broken else checks
            far = f"{worst:.2f}" if worst < 10 else f"{worst:.3g}"
            said += f", worst {far} of its bound" if math.isfinite(worst) else ""
            terminalreporter.write_line(f"parity: {said}", red=broken > 0)


def _finite(ratio: float) -> float | str:
    return ratio if math.isfinite(ratio) else str(ratio)
