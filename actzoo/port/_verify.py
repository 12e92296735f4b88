"""Runs the original and the port, and compares them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._proof import Proof, Trial

if TYPE_CHECKING:
    from ._port import Result


def verified(result: Result, model: str | None = None, shape: tuple[int, ...] | None = None) -> Proof:
    """Compare each source with its port."""
    return Proof((Trial("the port", "not verified", found=("nothing was compared",)),))
