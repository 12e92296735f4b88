"""Writes torch's own format; imports torch when it is asked to."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from .._bits import Bits
from .._torch import Torch
from ._errors import WeightsFileError


def write_pt(arrays: Mapping[str, Bits], path: Path, rest: Mapping[str, Any] = MappingProxyType({})) -> None:
    """Write a state dict for `torch.load(path, weights_only=True)`; `rest` by dotted keys becomes a nest in it."""
    import torch

    made = Torch().write({(("params"), tuple(key.split("."))): bits.fresh() for key, bits in arrays.items()})
    whole: dict[str, Any] = dict(made)
    for key, value in rest.items():
        *folders, name = key.split(".")
        inner = whole
        for folder in folders:
            inner = inner.setdefault(folder, {})
            if not isinstance(inner, dict):
                raise WeightsFileError(f"'{key}' would lie in '{folder}', which is no dict")
        if name in inner:
            raise WeightsFileError(f"two entries would both be called '{key}'")
        inner[name] = value
    data = io.BytesIO()
    torch.save(whole, data)
    path.write_bytes(data.getbuffer())  # to a file of its own it hides what went wrong, as a full disk
