"""Writes torch's own format; imports torch when it is asked to."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from .._bits import Bits
from .._torch import Torch


def write_pt(arrays: Mapping[str, Bits], path: Path) -> None:
    """Write a state dict for `torch.load(path, weights_only=True)`."""
    import torch

    torch.save(Torch().write({(("params"), tuple(key.split("."))): bits.fresh() for key, bits in arrays.items()}), path)
