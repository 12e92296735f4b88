"""A bar for what takes longer than a second, where errors go. Knows not what is being done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Timer

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

SECONDS = 1.0
"""What is done sooner has no bar."""


@contextmanager
def bar(console: Console) -> Iterator[Callable[[int, int, str], None]]:
    """Show it from the first second on.

    What it gives is told how many steps are done, of how many (0 if unknown), and of what.
    """
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    progress = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
    task = progress.add_task("", total=None)
    timer = Timer(SECONDS, progress.start)
    timer.daemon = True
    timer.start()

    def tell(done: int, of: int, what: str) -> None:
        progress.update(task, completed=done, total=of or None, description=escape(what))

    try:
        yield tell
    finally:
        timer.cancel()
        timer.join()  # it may be starting the bar now
        progress.stop()
