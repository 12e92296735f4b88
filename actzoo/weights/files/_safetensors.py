"""safetensors, read and written as bits; knows no layer."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from .._bits import CARRIERS, Bits
from ._contents import Contents
from ._errors import WeightsFileError

_NAMES = {
    "BOOL": "bool",
    "U8": "uint8",
    "I8": "int8",
    "I16": "int16",
    "I32": "int32",
    "I64": "int64",
    "F16": "float16",
    "BF16": "bfloat16",
    "F32": "float32",
    "F64": "float64",
    "F8_E4M3": "float8_e4m3fn",
    "F8_E5M2": "float8_e5m2",
    "U16": "uint16",
    "U32": "uint32",
    "U64": "uint64",
    "C64": "complex64",
}


def read_safetensors(data: bytes) -> Contents:
    """Read Paddle's safetensors: linear weights are [in, out] there, and no name tells the layers."""
    from safetensors import SafetensorError, deserialize

    try:
        found = deserialize(data)  # type: ignore[no-untyped-call]
    except SafetensorError as error:
        raise WeightsFileError(f"no readable safetensors: {error}") from None
    arrays = {}
    for key, told in found:
        name = _NAMES.get(told["dtype"])
        if name is None:
            raise WeightsFileError(f"'{key}' is {told['dtype']}, which is not known")
        carrier = np.dtype(CARRIERS.get(name, name))
        arrays[key] = Bits(np.frombuffer(bytes(told["data"]), carrier).reshape(told["shape"]), name)
    return Contents("safetensors", arrays)


def write_safetensors(arrays: Mapping[str, Bits], path: Path) -> None:
    """Write arrays, every bit as it is."""
    import ml_dtypes
    from safetensors.numpy import save

    wrong = [f"'{key}' is {bits.dtype}" for key, bits in arrays.items() if bits.dtype not in _NAMES.values()]
    if wrong:
        raise WeightsFileError(f"safetensors cannot hold all: {', '.join(wrong)}")
    views = {
        key: bits.array.view(getattr(ml_dtypes, bits.dtype)) if bits.dtype in CARRIERS else bits.array
        for key, bits in arrays.items()
    }
    data = save({key: np.ascontiguousarray(view).reshape(view.shape) for key, view in views.items()}, {"format": "pt"})
    path.write_bytes(data)  # safetensors' own way to a file makes one that only its owner may read
