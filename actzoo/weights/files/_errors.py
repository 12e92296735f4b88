"""The one error of reading a file of weights; knows nothing else."""

from typing import final


@final
class WeightsFileError(ValueError):
    """A file of weights is damaged, hostile, or of a kind that is not known; the message says where."""

    def __init__(self, message: str, offset: int | None = None) -> None:
        super().__init__(message if offset is None else f"{message}, at byte {offset}")
        self.offset = offset
