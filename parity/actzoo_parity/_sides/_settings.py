"""What a layer is set to, under one name and one meaning for every framework. Imports none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

TABLE: Mapping[str, Mapping[str, tuple[str, Callable[[Any], Any]]]] = {
    "epsilon": {"torch": ("eps", float), "paddle": ("_epsilon", float), "flax": ("epsilon", float)},
    "momentum, as the weight of the new statistics,": {
        "torch": ("momentum", lambda value: None if value is None else float(value)),
        "paddle": ("_momentum", lambda value: round(1 - value, 12)),
        "flax": ("momentum", lambda value: round(1 - value, 12)),
    },
    "training mode": {
        "torch": ("training", bool),
        "paddle": ("training", bool),
        "flax": ("use_running_average", lambda value: None if value is None else not value),
    },
    "gelu's approximation by tanh": {
        "torch": ("approximate", lambda value: value == "tanh"),
        "paddle": ("_approximate", bool),
        "flax": ("approximate", bool),
    },
    "negative slope": {
        "torch": ("negative_slope", lambda value: value),
        "paddle": ("_negative_slope", lambda value: value),
        "flax": ("negative_slope", lambda value: value),
    },
    "probability of dropping": {"torch": ("p", float), "paddle": ("p", float), "flax": ("rate", float)},
    "number of heads": {"torch": ("num_heads", int), "paddle": ("num_heads", int), "flax": ("num_heads", int)},
    "number of groups": {"torch": ("num_groups", int), "paddle": ("_num_groups", int), "flax": ("num_groups", int)},
}


def settings(layer: Any, framework: str) -> dict[str, Any]:
    """The settings that this layer has."""
    found = {}
    for name, row in TABLE.items():
        attribute, meaning = row[framework]
        value = getattr(layer, attribute, None)
        if isinstance(value, bool | int | float | str):
            found[name] = meaning(value)
    return found
