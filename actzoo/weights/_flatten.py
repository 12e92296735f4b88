"""Which layers read a flattened feature map: a small abstract interpretation; imports no framework.

Channels-first and channels-last frameworks flatten a map in different orders, so such a layer's
inputs must be reordered. A value is in one of four states; an unknown step passes on the worst
state of its arguments.
"""

from collections.abc import Iterable, Mapping
from enum import IntEnum
from typing import Any

from ._layers import LAYERS
from ._outline import Path, Site

_FEATURES = frozenset({"embedding", "lstm", "gru", "rnn", "recurrent_cell"})


class State(IntEnum):
    """What may be known of a value, the worse the larger."""

    ONE = 0
    """One position per channel: flattening it changes no order."""
    FEATURES = 1
    """Features stand last in every framework."""
    MAP = 2
    """A map of channels and positions."""
    FLAT = 3
    """A map, flattened."""


def after(site: Site, module: Any, state: State) -> State:
    """Tell the state of a layer's output from that of its input."""
    if site.class_name == "Flatten":
        return flattened(state) if _start_axis(module) <= 1 else state
    if site.class_name == "Unflatten" or site.kind.endswith("conv_transpose"):
        return State.MAP
    if site.class_name.startswith("Adaptive"):
        return State.ONE if pools_to_one(_output_size(module)) else state
    if site.kind == "dense" or site.kind in _FEATURES or site.class_name == "MultiheadAttention":
        return State.FEATURES
    if site.kind == "conv":
        return State.ONE if state is State.ONE else State.MAP
    return state


def orders_features(site: Site) -> bool:
    """Whether the order of flattened features matters to a layer's weights."""
    return site.kind in LAYERS and LAYERS[site.kind].features is not None


def flattened(state: State) -> State:
    """Tell the state of a value after its channels and positions are flattened."""
    return State.FLAT if state is State.MAP else state


def pools_to_one(output_size: object) -> bool:
    """Whether an adaptive pooling of that output size leaves one position."""
    if isinstance(output_size, list | tuple):
        return all(size == 1 for size in output_size)
    return output_size == 1


def flattened_in_sequence(modules: Mapping[Path, Any], sites: Mapping[Path, Site]) -> frozenset[Path]:
    """Find dense and norm layers that follow a Flatten in the same chain of Sequentials.

    A flatten in a model's own `forward` is not seen.
    """
    found: set[Path] = set()
    for path, site in sites.items():
        if site.container != "sequential" or _in_sequence(path, sites):
            continue
        state = State.MAP
        for step in _chain(path, sites):
            if orders_features(sites[step]) and state is State.FLAT:
                found.add(step)
            state = after(sites[step], modules[step], state)
    return frozenset(found)


def _in_sequence(path: Path, sites: Mapping[Path, Site]) -> bool:
    return bool(path) and sites[path[:-1]].container == "sequential"


def _chain(path: Path, sites: Mapping[Path, Site]) -> Iterable[Path]:
    """List the layers of a Sequential, and of the Sequentials in it, in order."""
    for step in sites:
        if len(step) == len(path) + 1 and step[: len(path)] == path:
            yield from _chain(step, sites) if sites[step].container == "sequential" else (step,)


def _start_axis(module: Any) -> int:
    return int(module.start_dim if "start_dim" in vars(module) else vars(module).get("start_axis", 1))


def _output_size(module: Any) -> object:
    return vars(module).get("output_size", vars(module).get("_output_size"))
