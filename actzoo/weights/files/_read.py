"""Reads a file of weights by its format, which its first bytes tell, and its name where they do not."""

from __future__ import annotations

import io
import mmap
import os
import stat
from pathlib import Path
from typing import Any, cast

from ._contents import Contents
from ._errors import WeightsFileError
from ._pdiparams import read_pdiparams
from ._pdparams import read_pdparams
from ._safetensors import read_safetensors

_PICKLE = b"\x80"
_TEXT_PICKLE = b"(cd}]"
_SHOWN = 5
"""Keys that an error lists."""


def read_weights(path: str | Path) -> Contents:
    """Read a file. `WeightsFileError` if it is damaged, hostile or of another kind; nothing in it is ever run."""
    if not os.fspath(path):
        raise WeightsFileError("the name of the file is empty")
    path = Path(path)
    try:
        size = _size(path)
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
            contents = _read(path, mapped, size)
    except OSError as error:
        raise WeightsFileError(f"{path} cannot be read: {error.strerror or error}") from None
    except WeightsFileError as error:
        named = WeightsFileError(f"{path.name or path}: {error}")
        named.offset = error.offset
        raise named from None
    if not contents.arrays:
        raise WeightsFileError(f"{path.name} holds no array, only {_said(contents)}")
    return contents


def _size(path: Path) -> int:
    """Of a plain file that holds something: to open a pipe would wait for a writer."""
    state = path.stat()
    if stat.S_ISDIR(state.st_mode):
        raise WeightsFileError("this is a folder; name a file in it")
    if not stat.S_ISREG(state.st_mode):
        raise WeightsFileError("this is a pipe, a device or a socket; name a plain file")
    if not state.st_size:
        raise WeightsFileError("the file is empty")
    return state.st_size


def _said(contents: Contents) -> str:
    if not contents.rest:
        return "empty containers"
    said = [f"'{key[:40]}' ({type(value).__name__})" for key, value in contents.rest.items()]
    return ", ".join(said[:_SHOWN]) + (f" and {len(said) - _SHOWN} more" if len(said) > _SHOWN else "")


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
        raise WeightsFileError("a zip archive, as torch.save writes; no file of Paddle's. torch.load reads it")
    raise WeightsFileError("neither a pickle, nor safetensors, nor .pdiparams", 0)
