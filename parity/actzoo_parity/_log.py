"""The checks that this process has finished, for whoever reports on them. Imports nothing of ours.

The pytest plugin empties it after each test; nobody else need look.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._report import Report

finished: deque[Report] = deque(maxlen=1000)
