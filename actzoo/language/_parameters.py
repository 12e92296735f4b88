"""The tensors of a module's state, in the canonical layout. Knows no framework.

Shapes follow from a part's declaration and the values of the options.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from actzoo.language._declare import Conv, Dense, Layer, Norm
from actzoo.language._evaluate import evaluate


@dataclass(frozen=True)
class Parameter:
    """One tensor of a module's state, in the canonical layout, which is torch's.

    key    its name in the state: "fc1.weight"
    shape  for a layer as torch has it: Linear (out, in), convolution (out, in // groups, *kernel)
    kind   "own" for the module's own tensors, else its layer's: "dense", "conv", "batch_norm", "group_norm"
    part   its name within the layer: "weight", "bias", "running_mean", "running_var"; of an own tensor, its own name
    """

    key: str
    shape: tuple[int, ...]
    init: str
    kind: str
    part: str
    learnt: bool = True


def layer_parameters(part: Layer, key: str, values: Mapping[str, Any]) -> list[Parameter]:
    """The tensors of one layer."""
    if isinstance(part, Norm):
        size, kind = evaluate(part.features, values), evaluate(part.kind, values)
        rows = [("weight", "1", True), ("bias", "0", True)]
        if kind == "batch_norm":
            rows += [("running_mean", "0", False), ("running_var", "1", False)]
        kind = "batch_norm" if kind == "batch_norm" else "group_norm"
        return [Parameter(f"{key}.{n}", (size,), init, kind, n, learnt) for n, init, learnt in rows]
    inputs, outputs = evaluate(part.inputs, values), evaluate(part.outputs, values)
    kernel: tuple[int, ...] = ()
    if isinstance(part, Conv):
        size = evaluate(part.kernel, values)
        rank = int(evaluate(part.rank, values)[0])
        kernel = tuple(size) if isinstance(size, tuple | list) else (size,) * rank
        inputs //= evaluate(part.groups, values)
    fan_in = inputs
    for k in kernel:
        fan_in *= k
    init, kind = f"uniform(-1, 1) / sqrt({fan_in})", "conv" if kernel else "dense"
    parameters = [Parameter(f"{key}.weight", (outputs, inputs, *kernel), init, kind, "weight")]
    if isinstance(part, Dense) or evaluate(part.bias, values):
        parameters.append(Parameter(f"{key}.bias", (outputs,), init, kind, "bias"))
    return parameters
