"""What a layer is set to, under one name and one meaning for every framework. Imports none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Meaning = Callable[[Any], Any]


def _rest(value: Any) -> Any:
    """The weight of the new statistics, of a momentum that weighs the old ones."""
    return round(1 - value, 12)


def _same(value: Any) -> Any:
    return value


def _held(value: Any) -> Any:
    """As float32 holds it, which is where some keep it."""
    return round(value, 7)


MOMENTUM = "momentum, as the weight of the new statistics,"
OWN = ("eps", "epsilon", "_epsilon", "variance_epsilon")
TABLE: Mapping[str, Mapping[str, tuple[tuple[str, ...], Meaning]]] = {
    "epsilon": {"torch": (OWN, float), "paddle": (OWN, float), "flax": (OWN, float)},
    MOMENTUM: {
        "torch": (("momentum",), _held),
        "paddle": (("_momentum",), _rest),
        "flax": (("momentum",), _rest),
    },
    "training mode": {
        "torch": (("training",), bool),
        "paddle": (("training",), bool),
        "flax": (("use_running_average",), lambda value: not value),
    },
    "gelu's approximation by tanh": {
        "torch": (("approximate",), lambda value: value == "tanh"),
        "paddle": (("_approximate",), bool),
        "flax": (("approximate",), bool),
    },
    "negative slope": {
        "torch": (("negative_slope",), _same),
        "paddle": (("_negative_slope",), _same),
        "flax": (("negative_slope",), _same),
    },
    "probability of dropping": {"torch": (("p",), float), "paddle": (("p",), float), "flax": (("rate",), float)},
    "number of heads": {
        "torch": (("num_heads",), int),
        "paddle": (("num_heads",), int),
        "flax": (("num_heads",), int),
    },
    "number of groups": {
        "torch": (("num_groups",), int),
        "paddle": (("_num_groups",), int),
        "flax": (("num_groups",), int),
    },
}


def settings(layer: Any, framework: str) -> dict[str, Any]:
    """The settings that this layer has."""
    found = {}
    for name, row in TABLE.items():
        attributes, meaning = row[framework]
        values = (getattr(layer, attribute, None) for attribute in attributes)
        value = next((v for v in values if isinstance(v, bool | int | float | str)), None)
        if value is not None:
            found[name] = meaning(value)
    return found
