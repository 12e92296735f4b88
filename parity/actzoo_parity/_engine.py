"""Runs tasks on worker processes, as many at a time as there are slots. Knows not what the tasks are."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Iterable
from typing import Any

from ._exchange import ExchangeError
from ._pool import Lost, Missing, Settings, Worker
from ._tasks import Task


class Engine:
    """Runs tasks and what follows them, until none is left; collects the facts that workers tell of themselves.

    A worker that is lost costs its task, which says what follows. A role whose worker cannot start is gone: its
    tasks are refused. An error of the files that workers exchange ends the run.
    """

    def __init__(self, settings: Settings, slots: int) -> None:
        self.settings, self.slots = settings, slots
        self.ready: dict[tuple[float, str], deque[Task]] = {}
        self.running = 0
        self.idle: dict[str, list[Worker]] = defaultdict(list)
        self.alive: dict[str, int] = defaultdict(int)
        self.gone: dict[str, tuple[str, str]] = {}
        self.facts: dict[str, dict[str, str]] = {}

    def run(self, tasks: Iterable[Task]) -> None:
        """Run all. `ExchangeError` if a file of theirs could not be written or read."""
        asyncio.run(self._run(tasks))

    async def _run(self, tasks: Iterable[Task]) -> None:
        self.changed = asyncio.Condition()
        self.queue(tasks)
        slots = [asyncio.create_task(self.slot()) for _ in range(self.slots)]
        try:
            await asyncio.gather(*slots)
        finally:
            for slot in slots:
                slot.cancel()
            await asyncio.gather(*slots, return_exceptions=True)
            await asyncio.gather(*(worker.stop() for workers in self.idle.values() for worker in workers))

    async def slot(self) -> None:
        while True:
            async with self.changed:
                await self.changed.wait_for(lambda: self.ready or not self.running)
                if not self.ready:
                    self.changed.notify_all()
                    return
                task = self.next()
                self.running += 1
            follow = await self.do(task)
            async with self.changed:
                self.queue(follow)
                self.running -= 1
                self.changed.notify_all()

    def queue(self, tasks: Iterable[Task]) -> None:
        for task in tasks:
            self.ready.setdefault((task.urgency, task.role), deque()).append(task)

    def next(self) -> Task:
        """The most urgent task that is ready; of several, the one that was so first."""
        found = min(self.ready, key=self.urgency)
        task = self.ready[found].popleft()
        if not self.ready[found]:
            del self.ready[found]
        return task

    def urgency(self, kind: tuple[float, str]) -> float:
        """A task whose worker waits comes first; a second worker of a role is started last of all."""
        urgency, role = kind
        waits = bool(self.idle[role]) or role in self.gone
        return urgency + (0 if waits else 1.5 if not self.alive[role] else 5)

    async def do(self, task: Task) -> list[Task]:
        """The tasks that follow this one."""
        role = task.role
        if role not in self.gone and not self.idle[role]:
            await self.start(role)
        if role in self.gone:
            return list(task.refused(*self.gone[role]))
        if not self.idle[role]:  # one more could not start, but others live: wait for one of them
            await asyncio.sleep(1)
            return [task]
        worker = self.idle[role].pop()
        try:
            answer = await worker.ask(task.request())
        except Lost as error:
            self.alive[role] -= 1
            return list(task.lost(str(error)))
        except BaseException:
            await worker.stop()
            raise
        self.idle[role].append(worker)
        if "exchange" in answer:
            raise ExchangeError(answer["exchange"])
        return list(task.lost(answer["error"]) if "error" in answer else task.done(answer))

    async def start(self, role: str) -> None:
        self.alive[role] += 1
        status: Any = "error"
        try:
            worker = await Worker.start(role, self.settings)
        except (Lost, Missing) as error:
            self.alive[role] -= 1
            if isinstance(error, Missing):
                status = "not run"
            if not self.alive[role]:
                self.gone[role] = (status, str(error))
            return
        self.facts[role] = worker.facts
        self.idle[role].append(worker)
