"""Arrays in files, between processes and machines: safetensors, which executes nothing of what it reads.

Arrays may be longer than float64: then what float64 cannot hold of `name` is kept as `name~rest`.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

REST = "~rest"


class ExchangeError(Exception):
    """A file that cannot be written or is not what it should be; the message names it."""


def write(path: Path, arrays: Mapping[str, Array]) -> None:
    """Write arrays by name, all or nothing. `ExchangeError` if there is no space or no permission."""
    from safetensors.numpy import save

    parts: dict[str, Array] = {}
    for name, array in arrays.items():
        if array.dtype == np.longdouble != np.float64:
            short = array.astype(np.float64)
            with np.errstate(invalid="ignore"):
                rest = np.where(np.isfinite(short), array - short, 0.0).astype(np.float64)
            parts |= {name: short, name + REST: rest}
        else:
            parts[name] = array
    scratch = path.with_name(path.name + ".part")
    try:
        scratch.write_bytes(save({name: np.asarray(array, order="C") for name, array in parts.items()}))
        os.replace(scratch, path)
    except OSError as error:
        scratch.unlink(missing_ok=True)
        raise ExchangeError(f"cannot write {path}: {error.strerror}") from error


def read(path: Path, prefixes: Iterable[str] | None = None) -> dict[str, Array]:
    """The arrays of a file, or those under some prefixes. `ExchangeError` for what is no such file."""
    from safetensors import SafetensorError, safe_open

    wanted = None if prefixes is None else tuple(prefixes)
    try:
        with safe_open(path, framework="numpy") as file:
            names = [n for n in file.keys() if wanted is None or n.startswith(wanted)]  # noqa: SIM118
            found: dict[str, Array] = {name: file.get_tensor(name) for name in names}
    except FileNotFoundError:
        raise ExchangeError(f"no file {path}") from None
    except (SafetensorError, OSError, ValueError, KeyError) as error:
        raise ExchangeError(f"{path} is damaged or no safetensors file: {error}") from error
    rests = {name: found.pop(name) for name in [*found] if name.endswith(REST)}
    for name, rest in rests.items():
        short = name.removesuffix(REST)
        found[short] = found[short].astype(np.longdouble) + rest
    return found


def digest(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
