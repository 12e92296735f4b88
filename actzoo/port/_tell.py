"""How it is told how far something is; shows nothing."""

from collections.abc import Callable

Tell = Callable[[int, int, str], None]
"""Told how many steps are done, of how many (0 if nobody knows), and what comes next."""


def silent(done: int, of: int, what: str) -> None:
    """For whoever does not ask."""
