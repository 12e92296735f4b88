"""The one error of reading a file of weights; knows nothing else."""

from typing import final

LONGEST = 2000
"""Characters of a message."""


@final
class WeightsFileError(ValueError):
    """A file of weights is damaged, hostile, or of a kind that is not known; the message says where."""

    def __init__(self, message: str, offset: int | None = None) -> None:
        # a file's own words do not steer a terminal, and do not fill it
        shown = "".join(each if each.isprintable() else repr(each)[1:-1] for each in message[:LONGEST])
        shown += "..." if len(message) > LONGEST else ""
        super().__init__(shown if offset is None else f"{shown}, at byte {offset}")
        self.offset = offset
