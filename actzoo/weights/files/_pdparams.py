"""`.pdparams`, `.pdopt`, `.pdtensor`: a pickle of a dict of arrays; knows Paddle's keys, and no layer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

import numpy as np

from .._bits import Bits
from ._contents import Contents
from ._errors import WeightsFileError
from ._machine import read_pickle

NAMES = "StructuredToParameterName@@"
SLICED = "UnpackBigParamInfor@@"
TORCH_MAGIC = 0x1950A86A20F9469CFC6C
"""The number that stood first in torch's files before they were zip archives."""


def read_pdparams(file: BinaryIO, size: int) -> Contents:
    """Read what `paddle.save` wrote, by any protocol."""
    found = read_pickle(file, size)
    if found == TORCH_MAGIC:
        raise WeightsFileError("a file of torch, of the kind before 1.6; no file of Paddle's. torch.load reads it")
    if _unfolded(found, {}) > size:
        raise WeightsFileError("its containers, written out, would have more entries than the file has bytes")
    arrays: dict[str, Bits] = {}
    names: dict[str, str] = {}
    rest: dict[str, Any] = {}
    for key, value in _leaves(found, ""):
        if key in arrays or key in rest:
            raise WeightsFileError(f"two entries would both be called '{key}'")
        if key.rpartition(".")[2] == NAMES:
            prefix = key.removesuffix(NAMES)
            names |= {f"{prefix}{k}": v for k, v in value.items() if isinstance(k, str) and isinstance(v, str)}
        elif _is_named_tensor(value):  # deeper in a nest, each tensor brings its name
            names[key], arrays[key] = value
        elif isinstance(value, Bits):
            arrays[key] = value
        else:
            rest[key] = value
    return Contents("Paddle's pickle", arrays, names, rest, _nest(found))


def _unfolded(value: Any, seen: dict[int, int]) -> int:
    """The number of entries, each counted as often as it is referred to."""
    if not isinstance(value, dict | list | tuple):
        return 1
    if id(value) not in seen:
        held = value.values() if isinstance(value, dict) else value
        seen[id(value)] = 1 + sum(_unfolded(each, seen) for each in held)
    return seen[id(value)]


def _nest(value: Any) -> str:
    """The keys of the dicts around the one that holds all arrays, as in `{"state_dict": {...}, "epoch": 3}`."""
    holders = [key for key, each in value.items() if _holds_arrays(each)] if isinstance(value, dict) else []
    if len(holders) != 1 or not isinstance(value[holders[0]], dict) or SLICED in value:
        return ""
    return f"{holders[0]}.{_nest(value[holders[0]])}"


def _leaves(value: Any, key: str) -> Iterator[tuple[str, Any]]:
    """Every leaf by its dotted key, in a list by its index; the table of names is one, and a list without arrays."""
    if isinstance(value, list | tuple) and not _is_named_tensor(value) and _holds_arrays(value):
        value = dict(enumerate(value))
    if not isinstance(value, dict):
        yield key or ("tensor" if _holds_arrays(value) else "contents"), value
        return
    value = _joined(value)
    for name, each in value.items():
        path = f"{key}.{name}" if key else str(name)
        if name == NAMES and isinstance(each, dict):
            yield path, each
        else:
            yield from _leaves(each, path)


def _holds_arrays(value: Any) -> bool:
    """Whether an array lies in it, at any depth."""
    if isinstance(value, dict | list | tuple):
        return any(map(_holds_arrays, value.values() if isinstance(value, dict) else value))
    return isinstance(value, Bits)


def _is_named_tensor(value: Any) -> bool:
    return isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], str) and isinstance(value[1], Bits)


def _joined(values: dict[Any, Any]) -> dict[Any, Any]:
    """Arrays that protocols 2 and 3 had to cut are put together again."""
    table = values.get(SLICED)
    if not isinstance(table, dict):
        return values
    joined = {key: each for key, each in values.items() if key != SLICED}
    for key, told in table.items():
        try:
            parts = [joined.pop(part) for part in told["slices"]]
            array = np.concatenate([part.array.ravel() for part in parts])
            if key in joined:
                raise ValueError("there is one of that name")
            joined[key] = Bits(array.reshape(told["OriginShape"]), parts[0].dtype)
        except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
            raise WeightsFileError(f"the slices of '{key}' do not make an array: {error}") from None
    return joined
