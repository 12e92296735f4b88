"""Where a torch model flattens a map before a layer that minds, by tracing; knows no weights.

A `forward` that cannot be traced is one opaque step; then only Sequentials are seen.
"""

import copy
from collections.abc import Mapping
from typing import Any

from ._flatten import (
    State,
    after,
    flattened,
    flattened_in_sequence,
    orders_features,
    pools_to_one,
)
from ._outline import Path, site_of

_FLATTENS = frozenset({"flatten", "ravel"})
_RESHAPES = frozenset({"view", "reshape", "_unsafe_view"})
_MEANS = frozenset({"mean", "sum", "amax", "amin", "logsumexp"})


def flattened_inputs(model: Any, modules: Mapping[Path, Any]) -> frozenset[Path]:
    """Find the dense and norm layers that are seen to read a flattened map."""
    sites = {path: site_of(module, "torch") for path, module in modules.items()}
    found = set(flattened_in_sequence(modules, sites))
    states: dict[Any, State] = {}
    for node in _graph(model):
        before = max((states[each] for each in node.all_input_nodes), default=State.ONE)
        if node.op == "placeholder":
            states[node] = State.MAP
        elif node.op == "call_module":
            path = tuple(node.target.split("."))
            if orders_features(sites[path]) and before is State.FLAT:
                found.add(path)
            states[node] = after(sites[path], modules[path], before)
        elif node.op in ("call_function", "call_method"):
            states[node] = _after_call(node, states, before)
        else:
            states[node] = before
    return frozenset(found)


def _after_call(node: Any, states: Mapping[Any, State], before: State) -> State:
    name = node.target if isinstance(node.target, str) else getattr(node.target, "__name__", "")
    first = states.get(node.args[0], before) if node.args else before
    rest = node.args[1:]
    if name in _FLATTENS:
        start = node.kwargs.get("start_dim", rest[0] if rest else 0)
        return flattened(first) if start in (0, 1) else first
    if name in _RESHAPES:
        sizes = rest[0] if len(rest) == 1 and isinstance(rest[0], list | tuple) else rest
        return flattened(first) if len(sizes) == 2 else max(first, State.MAP)
    if name.startswith("adaptive_"):
        size = node.kwargs.get("output_size", rest[0] if rest else None)
        return State.ONE if pools_to_one(size) else first
    if name in _MEANS:
        axes = node.kwargs.get("dim", rest[0] if rest else ())
        return State.ONE if isinstance(axes, list | tuple) else first
    return before


def _graph(model: Any) -> Any:
    """Trace a copy that shares the tensors: a `forward` may store results, not in the model."""
    import torch
    from torch import fx

    class Tracer(fx.Tracer):  # type: ignore[misc]  # torch is not type-checked against
        proxy_buffer_attributes = True

        def call_module(self, m: torch.nn.Module, forward: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
            try:
                return super().call_module(m, forward, args, kwargs)
            except Exception:  # any error of a user's forward run on symbols: opaque from outside
                return self.create_proxy("call_module", self.path_of_module(m), args, kwargs)

    try:
        tensors = {id(t): t for t in (*model.parameters(), *model.buffers())}
        return Tracer().trace(copy.deepcopy(model, dict(tensors))).nodes
    except Exception:  # the outermost forward is opaque, or the model cannot be copied
        return ()
