"""Worker processes: started, asked, watched. Knows not what they are asked."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Answer = dict[str, Any]

PACKAGES = ("actzoo", "actzoo_parity", "actzoo_kernels", "actzoo_torch", "actzoo_paddle", "actzoo_flax")
STARTING = 180.0
"""Seconds that a worker may take to import its framework."""

WORDS = 12
"""How many lines of what a worker printed are told when it is lost."""

LONGEST = 2**26
"""Bytes of an answer, which are facts and comparisons: arrays pass as files."""


class Lost(Exception):
    """A worker that crashed, hung or could not start; the message says how, with what it printed last."""


class Missing(Exception):
    """A worker whose framework is not installed."""


@dataclass(frozen=True)
class Settings:
    """How workers are started.

    pythons  an interpreter by role, where it is not this one
    timeout  seconds for a request
    """

    folder: Path
    pythons: Mapping[str, str] = field(default_factory=dict)
    timeout: float = 600.0
    devices: tuple[str, ...] = ("cpu",)

    def environment(self) -> dict[str, str]:
        given = {
            "PYTHONPATH": str(self.roots()),
            "OMP_NUM_THREADS": "1",  # `--jobs` uses the cores; threads that wait for each other took 20 times as long
            "NVIDIA_TF32_OVERRIDE": "0",
            "PYTHONUNBUFFERED": "1",
            "PYTHONSAFEPATH": "1",  # a random.py in the current folder is not Python's
            "XLA_PYTHON_CLIENT_PREALLOCATE": "false",
        }
        if "cuda" not in self.devices:
            given |= {"JAX_PLATFORMS": "cpu", "CUDA_VISIBLE_DEVICES": ""}
        # What Linen computes has mostly been compiled for NNX. A folder that the environment names serves the next run.
        shared = {
            "JAX_COMPILATION_CACHE_DIR": str(self.folder / "compiled"),
            "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
            "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
        }
        return {**shared, **os.environ, **given}

    def roots(self) -> Path:
        """A folder with our packages alone: another interpreter must not see the rest of what is installed here."""
        from importlib.util import find_spec

        folder = self.folder / "packages"
        if not folder.exists():
            folder.mkdir()
            for name in PACKAGES:
                found = find_spec(name)
                if found and found.submodule_search_locations:
                    (folder / name).symlink_to(Path(next(iter(found.submodule_search_locations))).resolve())
        return folder


class Worker:
    """One process of a role. It answers one request at a time."""

    def __init__(self, role: str, process: asyncio.subprocess.Process, log: Path, timeout: float) -> None:
        self.role, self.process, self.log, self.timeout = role, process, log, timeout
        self.facts: dict[str, str] = {}

    @classmethod
    async def start(cls, role: str, settings: Settings) -> Worker:
        """Start one and wait until it is ready. `Missing` if its framework is not there, `Lost` if it dies."""
        python = settings.pythons.get(role, sys.executable)
        handle, path = tempfile.mkstemp(".log", f"{role}-", settings.folder)
        try:
            process = await asyncio.create_subprocess_exec(
                python,
                *("-m", "actzoo_parity.worker", role),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=handle,
                env=settings.environment(),
                limit=LONGEST,
            )
        except OSError as error:
            raise Lost(f"cannot start {python}: {error.strerror}") from None
        finally:
            os.close(handle)
        worker = cls(role, process, Path(path), settings.timeout)
        answer = await worker.answer(max(STARTING, settings.timeout))
        if "missing" in answer:
            await worker.stop()
            raise Missing(answer["missing"])
        worker.facts = answer["ready"]
        return worker

    async def ask(self, request: Mapping[str, Any]) -> Answer:
        """The answer to a request. `Lost` if the worker crashes, or is still silent after its time."""
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(json.dumps(request).encode() + b"\n")
            await self.process.stdin.drain()
        except (BrokenPipeError, ConnectionResetError):
            pass  # it is gone: what it said last is told below
        return await self.answer(self.timeout)

    async def answer(self, timeout: float) -> Answer:
        assert self.process.stdout is not None
        try:
            line = await asyncio.wait_for(self.process.stdout.readline(), timeout)
        except TimeoutError:
            await self.stop()
            raise Lost(f"the {self.role} worker gave no answer for {timeout:g} seconds{self.words()}") from None
        if not line:
            raise Lost(f"the {self.role} worker {ending(await self.process.wait())}{self.words()}")
        answer: Answer = json.loads(line)
        return answer

    def words(self) -> str:
        """What it printed last."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines() if self.log.exists() else []
        return "".join(f"\n    {line}" for line in lines[-WORDS:])

    async def stop(self) -> None:
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()


def ending(status: int) -> str:
    """How a process ended, in words."""
    if status >= 0:
        return f"ended with exit status {status}"
    name = signal.Signals(-status).name
    return f"was killed by {name}" + (", as when there is no memory left" if name == "SIGKILL" else "")
