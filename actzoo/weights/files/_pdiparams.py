"""`.pdiparams`: tensors one after another, without names; these stand in a file beside it. Knows no layer."""

from __future__ import annotations

import math
import struct
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from .._bits import CARRIERS, Bits
from ._contents import Contents
from ._errors import WeightsFileError
from ._machine import read_pickle
from ._program import Program, read_json, read_pdmodel
from ._protobuf import fields
from ._roles import roles

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
    """Read the tensors, in the order of their names: of `x.pdiparams.info`, `x.json` (3.x) or `x.pdmodel` (2.x)."""
    tensors = list(_tensors(data))
    program, beside = _program(path)
    structured = _info(path)
    if structured is not None:
        beside = (path.with_name(path.name + ".info"), *beside)
    elif program is not None:
        structured = {name: name for name in program.shapes}
    if structured is None:
        arrays = {f"tensor_{index}": each for index, each in enumerate(tensors)}
        format = "Paddle's inference parameters, without names: neither .info, .json nor .pdmodel lies beside them"
        return Contents(format, arrays, dict.fromkeys(arrays, ""))
    if len(structured) != len(tensors):
        raise WeightsFileError(f"{path.name} has {len(tensors)} tensors, and {beside[0].name} names {len(structured)}")
    ordered = dict(zip(sorted(structured, key=str.encode), tensors, strict=True))
    twice = [key for key, count in Counter(structured.values()).items() if count > 1]
    if twice:
        raise WeightsFileError(f"{beside[0].name} calls several tensors '{twice[0]}'")
    if program is not None:
        _check(ordered, program, beside[-1].name)
    told = {} if program is None else roles(program)
    return Contents(
        f"Paddle's inference parameters, named by {beside[0].name}",
        {structured[name]: each for name, each in ordered.items()},
        {structured[name]: name for name in ordered},
        roles={structured[name]: role for name, role in told.items() if name in structured},
        beside=beside,
    )


def _check(tensors: Mapping[str, Bits], program: Program, name: str) -> None:
    """`WeightsFileError` if a program has a parameter of another shape, or lacks one: it is another model's."""
    for key, bits in tensors.items():
        shape = program.shapes.get(key)
        if shape is None or len(shape) != bits.array.ndim:
            fits = False
        else:
            fits = all(want in (-1, have) for want, have in zip(shape, bits.array.shape, strict=True))
        if not fits:
            raise WeightsFileError(f"'{key}' has the shape {bits.array.shape}, and {shape} in {name}")


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
    """A protobuf message: field 1 the dtype, field 2 an extent."""
    dtype, shape = None, []
    for number, value in fields(memoryview(data), start):
        if number not in (1, 2) or not isinstance(value, int):
            raise WeightsFileError("a tensor's description is none", start)
        if number == 1:
            dtype = _DTYPES.get(value)
        else:
            shape.append(value)
    if dtype is None:
        raise WeightsFileError("a tensor of no dtype that is known", start)
    return dtype, tuple(shape)


_PROGRAMS: Mapping[str, Callable[[bytes], Program | None]] = {".json": read_json, ".pdmodel": read_pdmodel}


def _program(path: Path) -> tuple[Program | None, tuple[Path, ...]]:
    """The program of the model, and where it lies."""
    for suffix, read in _PROGRAMS.items():
        beside = path.with_suffix(suffix)
        if beside.is_file():
            try:
                found = read(beside.read_bytes())
            except WeightsFileError as error:
                raise WeightsFileError(f"{beside.name} is {error}") from None
            if found is not None:
                return found, (beside,)
    return None, ()


def _info(path: Path) -> dict[str, str] | None:
    """Paddle's names of the tensors with the names that the model has for them."""
    info = path.with_name(path.name + ".info")
    if not info.is_file():
        return None
    with info.open("rb") as file:
        table = read_pickle(file, info.stat().st_size)
    if not isinstance(table, dict):
        raise WeightsFileError(f"{info.name} is no table of names")
    return {str(name): str(_of(told, "structured_name") or name) for name, told in table.items()}


def _of(told: Any, key: str) -> Any:
    return told.get(key) if isinstance(told, dict) else None
