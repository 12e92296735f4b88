"""The zoo's classes under each of their options, as the contract has them, for tests of the frameworks' tools."""

from __future__ import annotations

from typing import Any

from actzoo.zoo import ZOO
from actzoo_parity._plan import configurations


def classes(channels: int, size: Any) -> dict[str, tuple[str, dict[str, Any]]]:
    """By a readable name: an activation, and what its constructor is given for inputs of these channels and size."""
    stands_for = {"channels": channels, "size": size}
    found = {}
    for name, spec in ZOO.items():
        for options in configurations(name, wide=False):
            given = {k: stands_for.get(v, v) if isinstance(v, str) else v for k, v in options.items()}
            label = "-".join([name, *(f"{k}={v}" for k, v in options.items())]).replace(" ", "")
            found[label] = (name, ({"channels": channels} if spec.uses_channels else {}) | given)
    return found
