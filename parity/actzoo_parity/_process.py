"""A worker process for code that waits for its answers: one that opens models of source texts, started when needed."""

from __future__ import annotations

import asyncio
from typing import Any, final

from ._pool import Lost, Settings, Worker
from ._sides import SideError
from ._sides._elsewhere import refused


@final
class Process:
    """A worker of a framework. One that is lost is started again for the next model that is to be opened."""

    def __init__(self, framework: str, settings: Settings) -> None:
        self.framework, self.folder = framework, settings.folder
        self._settings = settings
        self._loop = asyncio.new_event_loop()
        self._worker: Worker | None = None
        self._lost = False

    def request(self, do: str, **more: Any) -> dict[str, Any]:
        """The answer. `SideError` if the process crashes, hangs or refuses; `Missing` without its framework."""
        try:
            if self._lost and do != "open":
                raise SideError(f"the {self.framework} worker is gone")
            if self._worker is None:
                self._lost = False
                self._worker = self._loop.run_until_complete(Worker.start(self.framework, self._settings))
            answer = self._loop.run_until_complete(self._worker.ask({"do": do, **more}))
        except Lost as error:
            self._lost = True
            self._stop()
            raise SideError(str(error)) from None
        return refused(self.framework, answer)

    def close(self) -> None:
        """End the process."""
        self._stop()
        self._loop.close()

    def _stop(self) -> None:
        if self._worker is not None:
            self._loop.run_until_complete(self._worker.stop())
            self._worker = None
