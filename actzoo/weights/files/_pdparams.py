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


def read_pdparams(file: BinaryIO, size: int) -> Contents:
    """Read what `paddle.save` wrote, by any protocol."""
    found = read_pickle(file, size)
    arrays: dict[str, Bits] = {}
    names: dict[str, str] = {}
    rest: dict[str, Any] = {}
    for key, value in _leaves(found, ""):
        if key.rpartition(".")[2] == NAMES:
            prefix = key.removesuffix(NAMES)
            names |= {f"{prefix}{k}": v for k, v in value.items() if isinstance(k, str) and isinstance(v, str)}
        elif _is_named_tensor(value):  # deeper in a nest, each tensor brings its name
            names[key], arrays[key] = value
        elif isinstance(value, Bits):
            arrays[key] = value
        else:
            rest[key] = value
    return Contents("Paddle's pickle", arrays, names, rest)


def _leaves(value: Any, key: str) -> Iterator[tuple[str, Any]]:
    """Every leaf by its dotted key; the table of names is one."""
    if not isinstance(value, dict):
        yield key or "tensor", value
        return
    value = _joined(value)
    for name, each in value.items():
        path = f"{key}.{name}" if key else str(name)
        if name == NAMES and isinstance(each, dict):
            yield path, each
        else:
            yield from _leaves(each, path)


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
            joined[key] = Bits(array.reshape(told["OriginShape"]), parts[0].dtype)
        except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
            raise WeightsFileError(f"the slices of '{key}' do not make an array: {error}") from None
    return joined
