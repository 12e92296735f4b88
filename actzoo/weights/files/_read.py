"""Reads a file of weights by its format, which its first bytes tell, and its name where they do not."""

from __future__ import annotations

import io
import mmap
from pathlib import Path
from typing import Any, cast

from ._contents import Contents
from ._errors import WeightsFileError
from ._pdiparams import read_pdiparams
from ._pdparams import read_pdparams
from ._safetensors import read_safetensors

_PICKLE = b"\x80"
_TEXT_PICKLE = b"(cd}]"


def read_weights(path: str | Path) -> Contents:
    """Read a file. `WeightsFileError` if it is damaged, hostile or of another kind; nothing in it is ever run."""
    path = Path(path)
    try:
        with path.open("rb") as file:
            size = path.stat().st_size
            if not size:
                raise WeightsFileError("the file is empty")
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
                return _read(path, mapped, size)
    except OSError as error:
        raise WeightsFileError(f"{path}: {error.strerror or error}") from None
    except WeightsFileError as error:
        named = WeightsFileError(f"{path.name}: {error}")
        named.offset = error.offset
        raise named from None


def _read(path: Path, mapped: mmap.mmap, size: int) -> Contents:
    head = mapped[:16]
    if path.suffix == ".safetensors" or head[8:9] == b"{":
        return read_safetensors(mapped[:])
    if path.suffix == ".pdiparams":
        return read_pdiparams(path, mapped[:])
    if head[:1] == _PICKLE:
        return read_pdparams(cast(Any, mapped), size)
    if head[:1] in [bytes([b]) for b in _TEXT_PICKLE]:
        return read_pdparams(io.BytesIO(mapped[:]), size)
    if head[:2] == b"PK":
        raise WeightsFileError("a zip archive: torch's own format; load it with torch.load")
    raise WeightsFileError("neither a pickle, nor safetensors, nor .pdiparams", 0)
