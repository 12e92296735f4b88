"""`.pdiparams`: tensors one after another, without names; these stand in a file beside it. Knows no layer."""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from .._bits import CARRIERS, Bits
from ._contents import Contents
from ._errors import WeightsFileError
from ._machine import read_pickle

_DTYPES = {
    0: "bool",
    1: "int16",
    2: "int32",
    3: "int64",
    4: "float16",
    5: "float32",
    6: "float64",
    20: "uint8",
    21: "int8",
    22: "bfloat16",
    23: "complex64",
    24: "complex128",
}
"""By the number that framework.proto gives it."""


def read_pdiparams(path: Path, data: bytes) -> Contents:
    """Read the tensors, in the order of their names: of `x.json` (3.x) or `x.pdiparams.info` (2.x)."""
    tensors = list(_tensors(data))
    structured, beside = _names(path)
    names = sorted(structured)
    if names and len(names) != len(tensors):
        raise WeightsFileError(f"{path.name} has {len(tensors)} tensors, and {beside} names {len(names)}")
    if not names:
        arrays = {f"tensor_{index}": each for index, each in enumerate(tensors)}
        return Contents("Paddle's inference parameters, without names", arrays)
    arrays = {structured[name]: each for name, each in zip(names, tensors, strict=True)}
    return Contents(
        f"Paddle's inference parameters, named by {beside}", arrays, {structured[name]: name for name in names}
    )


def _tensors(data: bytes) -> Iterator[Bits]:
    """Version, levels of detail, version, a description, and the numbers."""
    at = 0

    def take(count: int, what: str) -> bytes:
        nonlocal at
        if count < 0 or count > len(data) - at:
            raise WeightsFileError(f"{what} claims {count} bytes where {len(data) - at} are left", at)
        at += count
        return data[at - count : at]

    while at < len(data):
        start = at
        version, levels = struct.unpack("<IQ", take(12, "a tensor's head"))
        if version:
            raise WeightsFileError(f"a tensor of version {version}", start)
        for _ in range(min(levels, len(data))):
            take(struct.unpack("<Q", take(8, "a level's size"))[0], "a level")
        take(4, "a tensor's version")
        (length,) = struct.unpack("<i", take(4, "a description's size"))
        dtype, shape = _description(take(length, "a description"), start)
        carrier = np.dtype(CARRIERS.get(dtype, dtype))
        numbers = take(math.prod(shape) * carrier.itemsize, f"a tensor of {dtype} and the shape {shape}")
        yield Bits(np.frombuffer(numbers, carrier).reshape(shape), dtype)


def _description(data: bytes, start: int) -> tuple[str, tuple[int, ...]]:
    """A protobuf message: field 1 the dtype, field 2 an extent, each a varint."""
    dtype, shape, numbers = None, [], _varints(data, start)
    for tag in numbers:
        value = next(numbers, None)
        if value is None or tag not in (0x08, 0x10):
            raise WeightsFileError("a tensor's description is none", start)
        if tag == 0x08:
            dtype = _DTYPES.get(value)
        else:
            shape.append(value)
    if dtype is None:
        raise WeightsFileError("a tensor of no dtype that is known", start)
    return dtype, tuple(shape)


def _varints(data: bytes, start: int) -> Iterator[int]:
    value = shift = 0
    for byte in data:
        value |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            yield value
            value = shift = 0
        elif shift > 63:
            raise WeightsFileError("a tensor's description has a number without end", start)


def _names(path: Path) -> tuple[dict[str, str], str]:
    """Paddle's names of the tensors with the names that the model has for them, and where they stand."""
    info, program = path.with_name(path.name + ".info"), path.with_suffix(".json")
    if info.is_file():
        with info.open("rb") as file:
            table = read_pickle(file, info.stat().st_size)
        if isinstance(table, dict):
            return {str(n): str(_of(told, "structured_name") or n) for n, told in table.items()}, info.name
    if program.is_file():
        try:
            found = dict.fromkeys(_parameters(json.loads(program.read_text(encoding="utf-8"))))
        except (ValueError, RecursionError) as error:
            raise WeightsFileError(f"{program.name} is no program: {error}") from None
        return {name: name for name in found}, program.name
    return {}, ""


def _of(told: Any, key: str) -> Any:
    return told.get(key) if isinstance(told, dict) else None


def _parameters(node: Any) -> Iterator[str]:
    """The parameters of a program: its operations `p`, whose last attribute is the name."""
    if isinstance(node, dict):
        attributes = node.get("A")
        if node.get("#") == "p" and isinstance(attributes, list) and attributes and isinstance(attributes[-1], str):
            yield attributes[-1]
        node = list(node.values())
    if isinstance(node, list):
        for each in node:
            yield from _parameters(each)
